"""Measure what the administrator's list of sessions waits for the database.

    python benchmarks/console.py [--rows 10000 1000000 5000000] [--databases sqlite postgresql]

Fills databases of each size as `python -m sessions_dashboard demo` does, with their history, and
times the queries of the list on each: the first page, every filter alone, searches, the page ten
thousand pages on, other orders, and the count beside them. With `--plans` it prints how each was
gone about at the greatest size.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, event, select

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sessions_dashboard import demo  # noqa: E402
from sessions_dashboard.database import Database  # noqa: E402
from sessions_dashboard.sessions import Policy  # noqa: E402
from sessions_dashboard.sessions.filters import View, read_view  # noqa: E402
from sessions_dashboard.sessions.listing import Key, Place, count_of, page_of  # noqa: E402
from sessions_dashboard.sessions.models import sessions  # noqa: E402
from tests.support.postgresql import running_server  # noqa: E402

POLICY = Policy()
PAGE_SIZE = 25
FAR_PAGE = 10_000
AIM_MS = 100
ROUNDS = 7


def cases(now: datetime) -> dict[str, View]:
    """What an administrator asks for, as its address says it."""

    def days_ago(days: float) -> str:
        return (now - timedelta(days=days)).isoformat()

    asked: dict[str, dict[str, str]] = {
        "signed in (first page)": {},
        "all": {"status": "all"},
        "active": {"status": "active"},
        "idle": {"status": "idle"},
        "ran out": {"status": "expired"},
        "ended": {"status": "ended"},
        "user": {"user": demo.USER_EMAIL, "status": "all"},
        "role admin": {"role": "admin", "status": "all"},
        "role user": {"role": "user", "status": "all"},
        "browser, common": {"browser": "Chrome", "status": "all"},
        "browser, rare": {"browser": "curl", "status": "all"},
        "browser, none": {"browser": "Netscape", "status": "all"},
        "system": {"os": "Linux", "status": "all"},
        "kind": {"kind": "tablet", "status": "all"},
        "country, common": {"country": "DE", "status": "all"},
        "country, rare": {"country": "IS", "status": "all"},
        "end reason": {"reason": "revoked_by_admin"},
        "address": {"network": "192.0.2.7", "status": "all"},
        "network /24": {"network": "198.18.7.0/24", "status": "all"},
        "network /16": {"network": "198.18.0.0/16", "status": "all"},
        "network /32, IPv6": {"network": "2001:db8::/32", "status": "all"},
        "started, an hour": {
            "started_from": days_ago(10.05), "started_to": days_ago(10), "status": "all",
        },
        "seen, a day": {"seen_from": days_ago(11), "seen_to": days_ago(10), "status": "all"},
        "ended, a day": {"ended_from": days_ago(11), "ended_to": days_ago(10)},
        "search email": {"search": demo.USER_EMAIL, "status": "all"},
        "search email prefix": {"search": "barbara.khan", "status": "all"},
        "search address prefix": {"search": "198.18.2", "status": "all"},
        "search device": {"search": "firefox linux", "status": "all"},
        "by last active": {"status": "all", "sort": "-seen"},
        "by last active, oldest": {"status": "all", "sort": "seen"},
        "by last active, signed in": {"sort": "-seen"},
        "by last active, a browser": {"sort": "-seen", "browser": "Firefox"},
        "by end": {"status": "all", "sort": "-ended"},
        "two filters": {"browser": "Firefox", "country": "DE"},
    }  # fmt: skip
    return {name: read_view(parameters).view for name, parameters in asked.items()}


def far_place(db: Connection, rows: int) -> Place:
    """Where the ten thousandth page begins, or half way where there are not so many."""
    skipped = min(FAR_PAGE * PAGE_SIZE, rows // 2)
    row = db.execute(
        select(sessions.c.created_at, sessions.c.id)
        .order_by(sessions.c.created_at.desc(), sessions.c.id.desc())
        .limit(1)
        .offset(skipped)
    ).one()
    return Place(Key(0, row.created_at, row.id))


def timed(work: Callable[[], object]) -> float:
    """Milliseconds, the median of several rounds after one that fills caches."""
    work()
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took)


def measure(database: Database, rows: int, now: datetime) -> Iterator[tuple[str, float, float]]:
    """The name of each case, with the milliseconds of its page and of its count."""
    with database.reading() as db:
        far = far_place(db, rows)
        for name, view in cases(now).items():
            page = timed(lambda view=view: page_of(db, view, POLICY, now, None, PAGE_SIZE))
            count = timed(lambda view=view: count_of(db, view, POLICY, now))
            yield name, page, count
        everything = read_view({"status": "all"}).view
        jump = timed(lambda: page_of(db, everything, POLICY, now, far, PAGE_SIZE))
        yield f"page {FAR_PAGE:,}", jump, 0.0


def show_plans(database: Database, now: datetime) -> None:
    for name, view in cases(now).items():
        sent: list[tuple[str, object]] = []
        with database.reading() as db:

            def note(_conn: object, _cursor: object, statement: str, values: object, *_: object):
                sent.append((statement, values))  # noqa: B023

            event.listen(db, "before_cursor_execute", note)
            page_of(db, view, POLICY, now, None, PAGE_SIZE)
        with database.reading() as db:
            statement, values = sent[-1]
            word = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN (COSTS OFF)"
            print(f"\n{name}")
            for row in db.exec_driver_sql(f"{word} {statement}", values):
                print(f"    {row[-1]}")


def run(kind: str, url_of: Callable[[int], str], options: argparse.Namespace) -> None:
    now = datetime.now(UTC)
    results: dict[int, dict[str, tuple[float, float]]] = {}
    for rows in options.rows:
        database = Database(url_of(rows))
        database.migrate()
        began = time.perf_counter()
        demo.fill(database, POLICY, rows, now)
        print(f"{kind}: {rows:,} sessions made in {time.perf_counter() - began:.0f} s", flush=True)
        results[rows] = {name: (page, count) for name, page, count in measure(database, rows, now)}
        if options.plans and rows == max(options.rows):
            show_plans(database, now)
        database.close()
    print(f"\n{kind}: milliseconds for a page, and for the count beside it")
    print(f"{'':27}" + "".join(f"{rows:>20,}" for rows in options.rows))
    for name in results[options.rows[0]]:
        cells = (results[rows][name] for rows in options.rows)
        print(f"{name:27}" + "".join(f"{page:11.1f}{count:9.1f}" for page, count in cells))
    slow = {
        name
        for rows in options.rows
        for name, times in results[rows].items()
        if max(times) > AIM_MS
    }
    print(f"aim: none above {AIM_MS} ms: {'met' if not slow else 'MISSED: ' + ', '.join(slow)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 1_000_000, 5_000_000])
    parser.add_argument("--plans", action="store_true", help="print the query plans as well")
    parser.add_argument(
        "--databases", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"]
    )
    options = parser.parse_args()
    with ExitStack() as stack:
        if "sqlite" in options.databases:
            with tempfile.TemporaryDirectory(prefix="sessions-bench-") as folder:
                run("sqlite", lambda rows: f"sqlite:///{folder}/{rows}.db", options)
        if "postgresql" in options.databases:
            server = stack.enter_context(running_server(durable=True))
            run("postgresql", lambda _rows: server.create_database(), options)


if __name__ == "__main__":
    main()
