"""Measure what the administrator's lists wait for the database.

    python benchmarks/console.py [--rows 10000 1000000 5000000] [--databases sqlite postgresql]

Fills databases of each size as `python -m sessions_dashboard demo` does, with their history (about
four lines a session) and accounts (one for six), and times the queries of the lists of sessions,
events and users on each: the first page, every filter alone, searches, the page ten thousand pages
on, other orders, and the count beside them. With `--plans` it prints how each was gone about at the
greatest size; with `--keep FOLDER` the databases stay there, and the next run measures them again.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, event, func, select

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sessions_dashboard import demo  # noqa: E402
from sessions_dashboard.accounts.directory import (  # noqa: E402
    AccountSort,
    Kind,
    Order,
    count_accounts,
    page_of_accounts,
)
from sessions_dashboard.accounts.models import users  # noqa: E402
from sessions_dashboard.database import Database  # noqa: E402
from sessions_dashboard.runtime import utc_now  # noqa: E402
from sessions_dashboard.sessions import Policy  # noqa: E402
from sessions_dashboard.sessions.event_filters import EventView  # noqa: E402
from sessions_dashboard.sessions.events import (  # noqa: E402
    EventKey,
    count_events,
    page_after,
)
from sessions_dashboard.sessions.filters import read_view  # noqa: E402
from sessions_dashboard.sessions.listing import Key, Place, count_of, page_of  # noqa: E402
from sessions_dashboard.sessions.models import session_events, sessions  # noqa: E402
from tests.support.postgresql import running_server  # noqa: E402

POLICY = Policy()
PAGE_SIZE = 25
EVENTS_A_PAGE = 50
FAR_PAGE = 10_000
AIM_MS = 100
ROUNDS = 7
# What is far too slow is not repeated as often.
PATIENCE_SECONDS = 10.0

Work = Callable[[Connection], object]


class Question(NamedTuple):
    """What an administrator asks for: a page, and the number beside it where there is one."""

    name: str
    page: Work
    count: Work | None = None


class Times(NamedTuple):
    """In milliseconds."""

    page: float
    count: float | None


def days_before(now: datetime, days: float) -> str:
    return (now - timedelta(days=days)).isoformat()


def about_sessions(db: Connection, now: datetime) -> Iterator[Question]:
    day = {"from": days_before(now, 11), "to": days_before(now, 10)}
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
        "network IPv6 /32": {"network": "2001:db8::/32", "status": "all"},
        "network, none": {"network": "10.0.0.0/8", "status": "all"},
        "new device": {"new_device": "yes", "status": "all"},
        "moved": {"moved": "yes", "status": "all"},
        "started, a day": {f"started_{end}": at for end, at in day.items()} | {"status": "all"},
        "seen, a day": {f"seen_{end}": at for end, at in day.items()} | {"status": "all"},
        "ended, a day": {f"ended_{end}": at for end, at in day.items()},
        "search email": {"search": demo.USER_EMAIL, "status": "all"},
        "search email prefix": {"search": "barbara.khan", "status": "all"},
        "search short prefix": {"search": "ba", "status": "all"},
        "search address prefix": {"search": "198.18.2", "status": "all"},
        "search device": {"search": "firefox linux", "status": "all"},
        "search nothing": {"search": "nothing-has-this", "status": "all"},
        "search two that never meet": {"search": "firefox iphone", "status": "all"},
        "by last active": {"status": "all", "sort": "-seen"},
        "by last active, oldest": {"status": "all", "sort": "seen"},
        "by last active, signed in": {"sort": "-seen"},
        "by last active, a browser": {"sort": "-seen", "browser": "Firefox"},
        "by end": {"status": "all", "sort": "-ended"},
        "two filters": {"browser": "Firefox", "country": "DE"},
    }
    for name, parameters in asked.items():
        view = read_view(parameters).view
        yield Question(
            name,
            lambda db, view=view: page_of(db, view, POLICY, now, None, PAGE_SIZE),
            lambda db, view=view: count_of(db, view, POLICY, now),
        )
    everything = read_view({"status": "all"}).view
    row = far_row(db, sessions, "created_at")
    far = Place(Key(0, row.created_at, row.id))
    yield Question(
        f"page {FAR_PAGE:,}", lambda db: page_of(db, everything, POLICY, now, far, PAGE_SIZE)
    )


def about_events(db: Connection, now: datetime) -> Iterator[Question]:
    day = {"from": days_before(now, 11), "to": days_before(now, 10)}
    asked: dict[str, Mapping[str, str]] = {
        "events (first page)": {},
        "events: kind": {"kind": "sign_in_failed"},
        "events: routine kind": {"kind": "rotated"},
        "events: kind, none": {"kind": "policy_changed"},
        "events: end reason": {"reason": "revoked_by_admin"},
        "events: end reason, none": {"reason": "ip_changed"},
        "events: a day": day,
        "events: address": {"network": "192.0.2.7"},
        "events: network /24": {"network": "198.18.7.0/24"},
        "events: network /16": {"network": "198.18.0.0/16"},
        "events: network IPv6 /32": {"network": "2001:db8::/32"},
        "events: network, none": {"network": "10.0.0.0/8"},
        "events: search email": {"q": demo.USER_EMAIL},
        "events: search prefix": {"q": "barbara.khan"},
        "events: search short prefix": {"q": "ba"},
        "events: search address": {"q": "198.18.2"},
        "events: search device": {"q": "firefox linux"},
        "events: search nothing": {"q": "nothing-has-this"},
        "events: search no address": {"q": "10.1."},
        "events: search, never meet": {"q": "firefox iphone"},
        "events: prefix and kind": {"q": "barbara.khan", "kind": "sign_in_failed"},
        "events: device and reason": {"q": "curl", "reason": "revoked_by_admin"},
        "events: user": {"user": demo.USER_EMAIL},
        "events: user, administrator": {"user": demo.ADMIN_EMAIL},
        "events: role admin": {"role": "admin"},
        "events: role user": {"role": "user"},
        "events: browser, common": {"browser": "Chrome"},
        "events: browser, rare": {"browser": "curl"},
        "events: browser, none": {"browser": "Netscape"},
        "events: system": {"os": "Linux"},
        "events: system by its machine": {"os": "iPadOS"},
        "events: kind of device, common": {"device_kind": "desktop"},
        "events: kind of device, rare": {"device_kind": "script"},
        "events: kind of device, none": {"device_kind": "car"},
        "events: country, common": {"country": "DE"},
        "events: country, rare": {"country": "IS"},
        "events: country, none": {"country": "AQ"},
        "events: new device": {"new_device": "yes"},
        "events: moved": {"moved": "yes"},
        "events: moved, a country": {"moved": "yes", "country": "DE"},
        "events: a rare kind, moved": {"moved": "yes", "device_kind": "script"},
        "events: moved, one kind": {"moved": "yes", "kind": "signed_in"},
        "events: of no session": {"country": "DE", "kind": "sign_in_failed"},
        "events: oldest of a country": {"country": "IS", "sort": "at"},
        "events: by an administrator": {"by_admin": "yes"},
        "events: role and browser": {"role": "admin", "browser": "Chrome"},
        "events: browser and system": {"browser": "Firefox", "os": "Linux"},
        "events: never meet": {"browser": "Firefox", "os": "iOS"},
        "events: browser and kind": {"browser": "Edge", "kind": "sign_in_failed"},
        "events: a day of a browser": {"browser": "Firefox", **day},
        "events: oldest first": {"sort": "at"},
        "events: oldest, a browser": {"browser": "curl", "sort": "at"},
    }
    for name, parameters in asked.items():
        view = EventView.read(parameters)
        yield Question(
            name,
            lambda db, view=view: page_after(db, view, None, EVENTS_A_PAGE),
            lambda db, view=view: count_events(db, view.filter),
        )
    row = far_row(db, session_events, "at")
    far = EventKey(row.at, row.id)
    yield Question(
        f"events: page {FAR_PAGE:,}",
        lambda db: page_after(db, EventView(), far, EVENTS_A_PAGE),
    )


def about_users(db: Connection, now: datetime) -> Iterator[Question]:
    asked: dict[str, tuple[str, Kind]] = {
        "users (first page)": ("", Kind.ALL),
        "users: administrators": ("", Kind.ADMINS),
        "users: disabled, none": ("", Kind.DISABLED),
        "users: invited, none": ("", Kind.INVITED),
        "users: search email": (demo.USER_EMAIL, Kind.ALL),
        "users: search within": ("khan", Kind.ALL),
        "users: search nothing": ("nothing-has-this", Kind.ALL),
    }
    for name, (text, kind) in asked.items():
        yield Question(
            name,
            lambda db, text=text, kind=kind: page_of_accounts(db, POLICY, now, text, kind),
            lambda db, text=text, kind=kind: count_accounts(db, now, text, kind),
        )
    middle = db.execute(select(func.max(users.c.id) // 2)).scalar_one()
    email = db.execute(select(users.c.email).where(users.c.id == middle)).scalar_one()
    yield Question("users: half way", lambda db: page_of_accounts(db, POLICY, now, after=email))
    newest = Order(AccountSort.CREATED, descending=True)
    for name, text in (("users: newest first", ""), ("users: newest, search within", "khan")):
        yield Question(
            name,
            lambda db, text=text: page_of_accounts(db, POLICY, now, text, order=newest),
        )


def far_row(db: Connection, table: Table, moment: str) -> Any:
    """Where the ten thousandth page begins, or half way where there are not so many."""
    rows = db.execute(select(func.max(table.c.id))).scalar_one()
    at, number = table.c[moment], table.c.id
    skipped = min(FAR_PAGE * PAGE_SIZE, rows // 2)
    newest_first = select(at, number).order_by(at.desc(), number.desc())
    return db.execute(newest_first.limit(1).offset(skipped)).one()


def timed(work: Work, db: Connection) -> float:
    """Milliseconds, the median of several rounds after one that fills caches."""
    began = time.perf_counter()
    work(db)
    took: list[float] = []
    while len(took) < ROUNDS:
        before = time.perf_counter()
        work(db)
        took.append((time.perf_counter() - before) * 1e3)
        if time.perf_counter() - began > PATIENCE_SECONDS:
            break
    return statistics.median(took)


def measure(database: Database, now: datetime, only: str) -> Iterator[tuple[str, Times]]:
    with database.reading() as db:
        for question in questions(db, now, only):
            page = timed(question.page, db)
            count = timed(question.count, db) if question.count else None
            yield question.name, Times(page, count)


def questions(db: Connection, now: datetime, only: str) -> Iterator[Question]:
    for about in (about_sessions, about_events, about_users):
        yield from (one for one in about(db, now) if only in one.name)


def show_plans(database: Database, now: datetime, only: str) -> None:
    with database.reading() as db:
        for question in questions(db, now, only):
            print(f"\n{question.name}")
            _show_plan(db, question.page)
            if question.count:
                print("  the count")
                _show_plan(db, question.count)


def _show_plan(db: Connection, work: Work) -> None:
    """Of the last statement of all that are sent for it."""
    sent: list[tuple[str, Any]] = []

    def note(_conn: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        sent.append((statement, values))

    event.listen(db, "before_cursor_execute", note)
    work(db)
    event.remove(db, "before_cursor_execute", note)
    statement, values = sent[-1]
    is_sqlite = db.dialect.name == "sqlite"
    word = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN (COSTS OFF)"
    for row in db.exec_driver_sql(f"{word} {statement}", values):
        print(f"    {row[-1]}")


def filled(url: str, kind: str, rows: int) -> tuple[Database, datetime]:
    """A database of that size, and the moment at which it was filled."""
    database = Database(url)
    database.migrate()
    began = time.perf_counter()
    try:
        demo.fill(database, POLICY, rows, utc_now())
    except demo.NotEmpty:
        print(f"{kind}: {rows:,} sessions were kept", flush=True)
    else:
        took = time.perf_counter() - began
        print(f"{kind}: {rows:,} sessions made in {took:.0f} s", flush=True)
    with database.reading() as db:
        return database, db.execute(select(func.max(sessions.c.created_at))).scalar_one()


def run(kind: str, url_of: Callable[[int], str], options: argparse.Namespace) -> None:
    results: dict[int, dict[str, Times]] = {}
    for rows in options.rows:
        database, now = filled(url_of(rows), kind, rows)
        results[rows] = dict(measure(database, now, options.only))
        if options.plans and rows == max(options.rows):
            show_plans(database, now, options.only)
        database.close()
    print(f"\n{kind}: milliseconds for a page, and for the count beside it")
    print(f"{'':28}" + "".join(f"{rows:>20,}" for rows in options.rows))
    for name in results[options.rows[0]]:
        cells = (results[rows][name] for rows in options.rows)
        print(f"{name:28}" + "".join(f"{page:11.1f}{_cell(count)}" for page, count in cells))
    slow = {
        name
        for rows in options.rows
        for name, times in results[rows].items()
        if max(times.page, times.count or 0) > AIM_MS
    }
    print(f"aim: none above {AIM_MS} ms: {'met' if not slow else 'MISSED: ' + ', '.join(slow)}")


def _cell(count: float | None) -> str:
    return " " * 9 if count is None else f"{count:9.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 1_000_000, 5_000_000])
    parser.add_argument("--plans", action="store_true", help="print the query plans as well")
    parser.add_argument("--only", default="", help="what the names of the cases have in them")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the databases stay")
    parser.add_argument(
        "--databases", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"]
    )
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = options.keep
        if folder is None:
            temporary = tempfile.TemporaryDirectory(prefix="sessions-bench-")
            folder = Path(stack.enter_context(temporary))
        for kind in options.databases:
            (folder / kind).mkdir(parents=True, exist_ok=True)
        if "sqlite" in options.databases:
            files = (folder / "sqlite").resolve()
            run("sqlite", lambda rows: f"sqlite:///{files}/{rows}.db", options)
        if "postgresql" in options.databases:
            data = (folder / "postgresql").resolve()
            server = stack.enter_context(running_server(durable=True, folder=data))
            run("postgresql", lambda rows: server.database_named(f"of_{rows}"), options)


if __name__ == "__main__":
    main()
