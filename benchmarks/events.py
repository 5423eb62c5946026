"""Measure how many events a second the server takes over websockets, with one worker and with more.

    python benchmarks/events.py [--workers 1 3 5] [--pages 60]

Each page asks for *Your devices* again as soon as it was answered: the session is checked, its
devices are read from the database, and what the page shows is sent. The pages are spread over
processes of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from tabs import OpenPage, cookie_of, dashboard, open_all

from sessions_dashboard.states.devices import DevicesState
from tests.support.event_socket import event_name

LOAD = event_name(DevicesState, "load")
WARM_UP_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Taken:
    """What one process of pages saw."""

    events: int
    milliseconds: Sequence[float]


def drive(url: str, cookies: Sequence[str], seconds: float) -> Taken:
    return asyncio.run(_drive(url, cookies, seconds))


async def _drive(url: str, cookies: Sequence[str], seconds: float) -> Taken:
    pages = [OpenPage(url, cookie) for cookie in cookies]
    await open_all(pages)
    await asyncio.gather(*(_ask_for(page, WARM_UP_SECONDS) for page in pages))
    waits = await asyncio.gather(*(_ask_for(page, seconds) for page in pages))
    await asyncio.gather(*(page.close() for page in pages))
    together = [wait for one in waits for wait in one]
    return Taken(len(together), together)


async def _ask_for(page: OpenPage, seconds: float) -> list[float]:
    waits, until = [], time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        await page.ask(LOAD)
        waits.append((time.perf_counter() - began) * 1000)
    return waits


def measure(kind: str, workers: int, pages: int, drivers: int, seconds: float) -> list[Taken]:
    with (
        tempfile.TemporaryDirectory(prefix="sessions-bench-") as folder,
        dashboard(Path(folder) / "server", kind, workers) as server,
    ):
        cookies = [
            cookie_of(server, server.add_session(server.add_account())) for _ in range(pages)
        ]
        shares = [cookies[number::drivers] for number in range(drivers)]
        with ProcessPoolExecutor(drivers, get_context("spawn")) as pool:
            return list(
                pool.map(drive, itertools.repeat(server.url), shares, itertools.repeat(seconds))
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 3, 5])
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--drivers", type=int, default=2, help="processes that hold the pages")
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    for kind in options.databases:
        print(f"\n{kind}, {options.pages} pages")
        print(f"{'workers':>8}{'a second':>10}{'median ms':>11}{'99 % ms':>9}{'x first':>9}")
        first = 0.0
        for workers in options.workers:
            taken = measure(kind, workers, options.pages, options.drivers, options.seconds)
            a_second = sum(one.events for one in taken) / options.seconds
            first = first or a_second
            waits = [wait for one in taken for wait in one.milliseconds]
            p99 = statistics.quantiles(waits, n=100, method="inclusive")[98]
            print(
                f"{workers:8}{a_second:10.0f}{statistics.median(waits):11.1f}{p99:9.1f}"
                f"{a_second / first:9.2f}"
            )


if __name__ == "__main__":
    main()
