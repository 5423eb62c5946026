"""Measure how long a revoked page stays, among many that are open.

    python benchmarks/revoke.py [--tabs 2000 --users 500] [--workers 1 3]

Every user has as many browsers as there are pages to go round, each with *Your devices* open over a
websocket of its own. One browser of each user signs another one out, as a person does on the page.
Timed from the moment when the click is sent: until the other page is told to leave, and until its
connection is closed. With several workers the pages are spread over them by the system, and changes
travel over Redis.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tabs import OpenPage, cookie_of, dashboard, open_all

from sessions_dashboard.states.devices import DevicesState
from tests.support.event_socket import event_name
from tests.support.server import DashboardServer, Session

ASK_REVOKE = event_name(DevicesState, "ask_revoke")
REVOKE = event_name(DevicesState, "revoke")
GONE_SECONDS = 30
# How long pages are left alone before anything is measured: what loading led to is over by then.
QUIET_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Times:
    """In milliseconds from the click; how much memory a page holds, in kilobytes."""

    told: Sequence[float]
    cut: Sequence[float]
    kilobytes: float
    missed: int


async def measure(
    server: DashboardServer, sessions: Sequence[Sequence[Session]], revokes: int, pace: float
) -> Times:
    owned = [
        [OpenPage(server.url, cookie_of(server, session)) for session in theirs]
        for theirs in sessions
    ]
    pages = list(itertools.chain.from_iterable(owned))
    before = server.memory
    await open_all(pages)
    await asyncio.sleep(QUIET_SECONDS)
    kilobytes = (server.memory - before) / len(pages) / 1024
    chosen = random.sample(range(len(owned)), min(revokes, len(owned)))
    clicks = []
    for number, user in enumerate(chosen):
        clicks.append(
            asyncio.create_task(
                _revoke(owned[user][0], owned[user][1], sessions[user][1], number / pace)
            )
        )
    done = await asyncio.gather(*clicks)
    await asyncio.gather(*(page.close() for page in pages if page.gone_at is None))
    found = [times for times in done if times is not None]
    return Times(
        [told for told, _ in found],
        [cut for _, cut in found],
        kilobytes,
        len(done) - len(found),
    )


async def _revoke(
    mine: OpenPage, theirs: OpenPage, session: Session, delay: float
) -> tuple[float, float] | None:
    """Sign another browser out; None where it stayed."""
    await asyncio.sleep(delay)
    await mine.ask(ASK_REVOKE, {"device_id": session.public_id})
    began = time.perf_counter()
    await mine.say(REVOKE)
    try:
        await asyncio.wait_for(theirs.gone.wait(), GONE_SECONDS)
    except TimeoutError:
        return None
    assert theirs.gone_at is not None
    told = theirs.left_at if theirs.left_at is not None else theirs.gone_at
    return (told - began) * 1000, (theirs.gone_at - began) * 1000


def sign_in_all(server: DashboardServer, users: int, tabs: int) -> list[list[Session]]:
    accounts = [server.add_account() for _ in range(users)]
    sessions: list[list[Session]] = [[] for _ in accounts]
    for number in range(tabs):
        user = number % users
        sessions[user].append(server.add_session(accounts[user]))
    return sessions


def show(kind: str, workers: int, times: Times) -> None:
    def line(values: Sequence[float]) -> str:
        points = statistics.quantiles(values, n=100, method="inclusive")
        return f"{statistics.median(values):10.1f}{points[98]:9.1f}{max(values):9.1f}"

    for what, values in (("told to leave", times.told), ("connection closed", times.cut)):
        print(
            f"{kind:12}{workers:8} {what:20}{line(values)}{times.kilobytes:12.0f}{times.missed:8}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tabs", type=int, default=2000)
    parser.add_argument("--users", type=int, default=500)
    parser.add_argument("--revokes", type=int, default=300)
    parser.add_argument("--pace", type=float, default=10, help="revokes a second")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 3])
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    options = parser.parse_args()
    if options.tabs < 2 * options.users:
        parser.error("every user needs two pages or more")
    print(f"{options.tabs} pages of {options.users} users, {options.pace:g} revokes a second")
    print(f"{'':12}{'workers':>8} {'':20}{'median ms':>10}{'99 % ms':>9}{'max ms':>9}", end="")
    print(f"{'kB a page':>12}{'stayed':>8}")
    for kind, workers in itertools.product(options.databases, options.workers):
        with tempfile.TemporaryDirectory(prefix="sessions-bench-") as folder:
            with dashboard(Path(folder) / "server", kind, workers) as server:
                sessions = sign_in_all(server, options.users, options.tabs)
                times = asyncio.run(measure(server, sessions, options.revokes, options.pace))
            show(kind, workers, times)


if __name__ == "__main__":
    main()
