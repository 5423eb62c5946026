"""Measure what sign-ins notice of the nightly clean-up.

    python benchmarks/cleanup.py [--rows 500000] [--databases sqlite postgresql]

Sign-ins arrive at a steady pace, whether or not the ones before are through, and each is timed from
the moment it was due until its session is committed. They do so first with nothing else going on,
then while the clean-up deletes the given number of sessions that are long over, and at last, as the
peer, while one DELETE removes the same rows from a copy of the same database.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.resume import Rows, fill_sessions, fill_users  # noqa: E402
from sessions_dashboard.database import Database  # noqa: E402
from sessions_dashboard.devices import Device, DeviceKind, Place  # noqa: E402
from sessions_dashboard.jobs import run_cleanup  # noqa: E402
from sessions_dashboard.sessions import Policy, RequestInfo, start  # noqa: E402
from sessions_dashboard.sessions.models import sessions  # noqa: E402
from tests.support.postgresql import PostgresqlServer, running_server  # noqa: E402

USERS = 10_000
# Sessions that stay, one to four of those that go.
KEPT_SHARE = 4
AIM_MS = 300
POLICY = Policy()
REQUEST = RequestInfo("192.0.2.1", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", {})
DEVICE = Device("Firefox", "140", "Linux", None, DeviceKind.DESKTOP, False, "Firefox on Linux")
PLACE = Place("Berlin", None, "DE", "Germany", None, "public")


@dataclass
class SignIns:
    """What the sign-ins of one phase went through."""

    waits_ms: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    work_seconds: float = 0
    work_done: str = ""


async def sign_ins_during(
    database: Database, a_second: float, work: Callable[[], Awaitable[str]]
) -> SignIns:
    """Let sign-ins arrive until `work` is done, and wait for the last of them."""
    result = SignIns()
    tasks: set[asyncio.Task[None]] = set()
    began = time.perf_counter()

    async def sign_in(number: int, due: float) -> None:
        user_id = number % USERS + 1
        try:
            await database.write(
                lambda db: start(db, user_id, REQUEST, DEVICE, PLACE, POLICY, datetime.now(UTC))
            )
        except Exception as error:
            result.failures.append(f"{type(error).__name__}: {error}")
        else:
            result.waits_ms.append((time.perf_counter() - due) * 1e3)

    working = asyncio.ensure_future(work())
    number = 0
    while not working.done():
        due = began + number / a_second
        await asyncio.sleep(max(0, due - time.perf_counter()))
        tasks.add(asyncio.create_task(sign_in(number, due)))
        number += 1
    result.work_seconds = time.perf_counter() - began
    result.work_done = await working
    await asyncio.gather(*tasks)
    return result


async def phases(url: str, copy_url: str, options: argparse.Namespace) -> dict[str, SignIns]:
    """The three phases, the last one on the copy."""
    database, peer = Database(url), Database(copy_url)
    results: dict[str, SignIns] = {}

    async def nothing() -> str:
        await asyncio.sleep(options.quiet_seconds)
        return ""

    async def clean_up() -> str:
        return f"{await run_cleanup(database, POLICY):,} rows"

    # The first sign-ins open connections and fill caches.
    await sign_ins_during(database, options.pace, lambda: asyncio.sleep(1, ""))
    results["no clean-up"] = await sign_ins_during(database, options.pace, nothing)
    results["clean-up"] = await sign_ins_during(database, options.pace, clean_up)
    with database.reading() as db:
        left = db.execute(select(func.count()).select_from(sessions).where(_over())).scalar_one()
    assert left == 0, f"{left} rows were left behind"
    database.close()

    async def one_delete() -> str:
        return f"{await peer.write(_delete_all):,} rows"

    await sign_ins_during(peer, options.pace, lambda: asyncio.sleep(1, ""))
    results["one DELETE"] = await sign_ins_during(peer, options.pace, one_delete)
    peer.close()
    return results


def _over() -> ColumnElement[bool]:
    """What the clean-up deletes of the rows that were filled in."""
    kept_since = datetime.now(UTC) - POLICY.retention
    return or_(
        sessions.c.ended_at < kept_since,
        sessions.c.created_at < kept_since - POLICY.lifetime,
    )


def _delete_all(db: Connection) -> int:
    if db.dialect.name == "postgresql":
        db.exec_driver_sql("SET LOCAL statement_timeout = 0")
    return db.execute(delete(sessions).where(_over())).rowcount


def fill(database: Database, count: int) -> None:
    now = datetime.now(UTC)
    with database.reading() as db:
        rows = Rows(db.connection.driver_connection)
        days_ago = [rows.moment(now - timedelta(days=days, hours=1)) for days in range(400)]

        def life(n: int) -> tuple[object, object, object]:
            if n >= count:
                return days_ago[n % 20], days_ago[n % 10], None
            began = 70 + n % 300
            # Half of them were ended, half just ran out.
            return days_ago[began], days_ago[began - 2], days_ago[began - 2] if n % 2 else None

        fill_users(rows, USERS, now)
        fill_sessions(rows, range(count + count // KEPT_SHARE), USERS, life)
        rows.settle()


def show(kind: str, results: dict[str, SignIns]) -> None:
    print(f"\n{kind}: what a sign-in waits for the database, in ms")
    print(f"{'':14}{'sign-ins':>9}{'failed':>8}{'median':>9}{'99 %':>9}{'max':>9}   took")
    for name, one in results.items():
        waits = sorted(one.waits_ms)
        print(
            f"{name:14}{len(waits):9}{len(one.failures):8}{statistics.median(waits):9.1f}"
            f"{_quantile(waits, 0.99):9.1f}{waits[-1]:9.1f}"
            f"   {one.work_seconds:.1f} s {one.work_done}"
        )
        if one.failures:
            print(f"{'':14}first failure: {one.failures[0]}")
    longest, failed = max(results["clean-up"].waits_ms), len(results["clean-up"].failures)
    met = longest <= AIM_MS and not failed
    print(f"aim: none fails, none waits more than {AIM_MS} ms: {'met' if met else 'MISSED'}")


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def on_sqlite(folder: Path, options: argparse.Namespace) -> dict[str, SignIns]:
    file = folder / "sessions.db"
    url = f"sqlite:///{file}"
    database = Database(url)
    database.migrate()
    fill(database, options.rows)
    database.close()
    original = shutil.copyfile(file, folder / "peer.db")
    return asyncio.run(phases(url, f"sqlite:///{original}", options))


def on_postgresql(server: PostgresqlServer, options: argparse.Namespace) -> dict[str, SignIns]:
    url = server.create_database()
    database = Database(url)
    database.migrate()
    fill(database, options.rows)
    database.close()
    copy = server.create_database(url)
    return asyncio.run(phases(url, copy, options))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=500_000, help="sessions to be deleted")
    parser.add_argument("--pace", type=float, default=25, help="sign-ins a second")
    parser.add_argument("--quiet-seconds", type=float, default=20, help="without any clean-up")
    parser.add_argument(
        "--databases", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"]
    )
    options = parser.parse_args()
    with ExitStack() as stack:
        if "sqlite" in options.databases:
            with tempfile.TemporaryDirectory(prefix="sessions-bench-") as folder:
                show("sqlite", on_sqlite(Path(folder), options))
        if "postgresql" in options.databases:
            server = stack.enter_context(running_server(durable=True))
            show("postgresql", on_postgresql(server, options))


if __name__ == "__main__":
    main()
