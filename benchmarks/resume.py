"""Measure what every request and event pays for knowing who asks.

    python benchmarks/resume.py [--rows 10000 1000000] [--databases sqlite postgresql]

`resume` is measured whole: the cookie's value comes in, its signature is checked, the session and
its user go out with the policy applied. Beside it stand a bare SELECT by the same index of the same
table, and Django's database-backed session doing the same work (cookie value to user) on a database
of its own with as many rows. One lookup at a time, each of a random row; the contenders take turns
round by round, and the median of the rounds is shown.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import random
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
from sqlalchemy import Connection, bindparam, select

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sessions_dashboard.database import Database  # noqa: E402
from sessions_dashboard.sessions import CookieSigner, Policy, resume  # noqa: E402
from sessions_dashboard.sessions.models import sessions  # noqa: E402
from sessions_dashboard.sessions.tokens import digest  # noqa: E402
from tests.support.postgresql import running_server  # noqa: E402

ROWS_PER_USER = 10
KEY = "a key for measuring, of more than 32 bytes"
BARE, CORE, OPEN, SERVED, DJANGO = (
    "bare SELECT, the driver alone",
    "bare SELECT, SQLAlchemy Core",
    "resume, on an open connection",
    "resume, as the server awaits it",
    "Django session and user",
)
BARE_COLUMNS = ("id", "public_id", "user_id", "created_at", "last_seen_at", "authenticated_at")

# Looks all of these rows up, one after the other; the seconds that it took.
Contender = Callable[[Sequence[int]], float]


def token_of(row: int) -> str:
    """A token like those that are made at sign-in, but the same at every run."""
    raw = hashlib.sha256(b"token %d" % row).digest()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def django_key_of(row: int) -> str:
    return hashlib.sha256(b"key %d" % row).hexdigest()[:32]


class Rows:
    """Fills tables with as many rows as asked for, by the driver's quickest way."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self._is_sqlite = isinstance(driver, sqlite3.Connection)

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        names = ", ".join(columns)
        if self._is_sqlite:
            marks = ", ".join("?" * len(columns))
            self._driver.execute("BEGIN")
            self._driver.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
            self._driver.execute("COMMIT")
            return
        self._driver.execute("SET statement_timeout = 0")
        copying = f"COPY {table} ({names}) FROM STDIN"
        with self._driver.cursor() as cursor, cursor.copy(copying) as copy:
            for row in rows:
                copy.write_row(row)
        self._driver.execute("RESET statement_timeout")

    def settle(self) -> None:
        """What the database does by itself after a while, done now."""
        if self._is_sqlite:
            self._driver.execute("ANALYZE")
            self._driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            self._driver.execute("VACUUM ANALYZE")

    def moment(self, at: datetime) -> Any:
        return f"{at:%Y-%m-%d %H:%M:%S.%f}" if self._is_sqlite else at


def fill_users(rows: Rows, count: int, now: datetime) -> None:
    at = rows.moment(now)
    rows.insert(
        "users",
        ("id", "public_id", "email", "password_hash", "is_admin", "created_at", "updated_at"),
        (
            (n, str(uuid.UUID(int=n)), f"user{n}@example.com", "-", False, at, at)
            for n in range(1, count + 1)
        ),
    )


def fill_sessions(
    rows: Rows, numbers: range, users: int, life: Callable[[int], tuple[Any, Any, Any]]
) -> None:
    """Sessions spread over the users; `life` tells when the nth began, was seen, and was ended."""

    def row(n: int) -> tuple[Any, ...]:
        began, seen, ended = life(n)
        return (
            *(str(uuid.UUID(int=n)), n % users + 1, digest(token_of(n)), "192.0.2.1"),
            *("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",),
            *("{}", "Firefox on Linux", "desktop", "Firefox", "140", "Linux"),
            *("DE", "Germany", "Berlin", began, seen, seen, began, ended),
            *("signed_out" if ended else None, True),
        )

    rows.insert(
        "sessions",
        (
            *("public_id", "user_id", "token_digest", "ip_address", "user_agent"),
            *("client_hints", "device_label", "device_type", "browser", "browser_version"),
            *("os", "country_code", "country", "city", "created_at", "updated_at"),
            *("last_seen_at", "authenticated_at", "ended_at", "end_reason", "remembered"),
        ),
        map(row, numbers),
    )


def fill_ours(database: Database, count: int, now: datetime) -> None:
    users = max(1, count // ROWS_PER_USER)
    with database.reading() as db:
        rows = Rows(db.connection.driver_connection)
        # Distinct enough, and quicker than a million formatted times.
        hours_ago = [rows.moment(now - timedelta(hours=hours)) for hours in range(300)]
        fill_users(rows, users, now)
        fill_sessions(
            rows, range(count), users, lambda n: (hours_ago[n % 300], hours_ago[n % 24], None)
        )
        rows.settle()


def contenders_of_ours(
    database: Database, stack: ExitStack, loop: asyncio.AbstractEventLoop
) -> dict[str, Contender]:
    signer, policy = CookieSigner([KEY]), Policy()
    held = stack.enter_context(database.reading())
    driver: Any = held.connection.driver_connection
    mark = "?" if database.is_sqlite else "%s"
    bare_sql = f"SELECT {', '.join(BARE_COLUMNS)} FROM sessions WHERE token_digest = {mark}"
    core = select(*(sessions.c[name] for name in BARE_COLUMNS)).where(
        sessions.c.token_digest == bindparam("token_digest")
    )

    def bare(key: bytes) -> object:
        return driver.execute(bare_sql, (key,)).fetchone()

    def through_core(key: bytes) -> object:
        return held.execute(core, {"token_digest": key}).first()

    def on_open(cookie: str) -> object:
        token = signer.token(cookie)
        assert token is not None
        return resume_now(token, held)

    def digest_of(row: int) -> bytes:
        return digest(token_of(row))

    def cookie_of(row: int) -> str:
        return signer.sign(token_of(row))

    def resume_now(token: str, db: Connection) -> object:
        return resume(db, token, policy, datetime.now(UTC))

    def served(rows: Sequence[int]) -> float:
        cookies = [cookie_of(row) for row in rows]

        async def run() -> float:
            began = time.perf_counter()
            for cookie in cookies:
                token = signer.token(cookie)
                assert token is not None
                assert await database.read(partial(resume_now, token)) is not None
            return time.perf_counter() - began

        return loop.run_until_complete(run())

    return {
        BARE: timed(bare, digest_of),
        CORE: timed(through_core, digest_of),
        OPEN: timed(on_open, cookie_of),
        SERVED: served,
    }


def timed(look_up: Callable[[Any], object], key_of: Callable[[int], Any]) -> Contender:
    """A contender that looks keys up; making the keys is not counted."""

    def run(rows: Sequence[int]) -> float:
        keys = [key_of(row) for row in rows]
        began = time.perf_counter()
        for key in keys:
            assert look_up(key) is not None
        return time.perf_counter() - began

    return run


class OneDatabase:
    """Sends Django to the database that is being measured."""

    alias = "default"

    def db_for_read(self, _model: Any, **_hints: Any) -> str:
        return self.alias

    db_for_write = db_for_read


router = OneDatabase()


def set_django_up(databases: dict[str, dict[str, Any]]) -> None:
    try:
        import django
        from django.conf import settings
    except ImportError:
        sys.exit("Django is the peer here: pip install -r benchmarks/requirements.txt")
    settings.configure(
        SECRET_KEY=KEY,
        DATABASES={"default": next(iter(databases.values())), **databases},
        DATABASE_ROUTERS=[router],
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
        ],
        SESSION_ENGINE="django.contrib.sessions.backends.db",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


def fill_django(alias: str, count: int, now: datetime) -> None:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from django.db import connections

    router.alias = alias
    call_command("migrate", database=alias, verbosity=0)
    connection = connections[alias]
    connection.ensure_connection()
    rows = Rows(connection.connection)
    users = max(1, count // ROWS_PER_USER)
    joined, expires = rows.moment(now), rows.moment(now + timedelta(days=14))
    rows.insert(
        "auth_user",
        (
            *("id", "password", "is_superuser", "username", "first_name", "last_name"),
            *("email", "is_staff", "is_active", "date_joined"),
        ),
        (
            (n, "-", False, f"user{n}", "", "", f"user{n}@example.com", False, True, joined)
            for n in range(1, users + 1)
        ),
    )
    store = SessionStore()
    password_hash = User(password="-").get_session_auth_hash()
    contents = [
        store.encode(
            {
                SESSION_KEY: str(user_id),
                BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
                HASH_SESSION_KEY: password_hash,
            }
        )
        for user_id in range(1, users + 1)
    ]
    rows.insert(
        "django_session",
        ("session_key", "session_data", "expire_date"),
        ((django_key_of(n), contents[n % users], expires) for n in range(count)),
    )
    rows.settle()


def django_contender(alias: str) -> Contender:
    from django.contrib.auth import get_user
    from django.contrib.sessions.backends.db import SessionStore

    def look_up(key: str) -> Any:
        user = get_user(SimpleNamespace(session=SessionStore(key)))
        assert user.is_authenticated
        return user

    run = timed(look_up, django_key_of)

    def on_its_database(rows: Sequence[int]) -> float:
        router.alias = alias
        return run(rows)

    return on_its_database


def measure(
    contenders: dict[str, Contender], count: int, rounds: int, lookups: int
) -> dict[str, float]:
    """Microseconds a lookup: for each contender the median of the rounds."""
    chance = random.Random(7)
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    # The first round warms caches and prepared statements, and is not counted.
    for number in range(rounds + 1):
        rows = [chance.randrange(count) for _ in range(lookups)]
        order = list(contenders)
        chance.shuffle(order)
        for name in order:
            seconds = contenders[name](rows)
            if number:
                taken[name].append(seconds / lookups * 1e6)
    return {name: statistics.median(times) for name, times in taken.items()}


def show(title: str, result: dict[str, float]) -> None:
    print(f"\n{title}\n{'':34}{'us':>9}{'x bare SELECT':>16}{'x Django':>11}")
    for name, micros in result.items():
        print(f"{name:34}{micros:9.1f}{micros / result[BARE]:16.2f}{micros / result[DJANGO]:11.3f}")


def show_aims(results: dict[tuple[str, int], dict[str, float]], sizes: Sequence[int]) -> None:
    print("\nresume as the server awaits it, against the aims for SQLite")
    for (kind, count), result in results.items():
        if kind == "sqlite":
            of_django, of_bare = (result[SERVED] / result[one] for one in (DJANGO, BARE))
            print(
                f"{count:>11,} rows: {of_django:.3f} of Django's time (aim 0.200 at most),", end=""
            )
            print(f" {of_bare:.2f} times the bare SELECT (aim 4 at most)")
    for kind in dict.fromkeys(kind for kind, _count in results):
        few, many = results[kind, sizes[0]], results[kind, sizes[-1]]
        print(
            f"{kind}: {sizes[-1]:,} rows cost {many[SERVED] / few[SERVED]:.2f} times"
            f" what {sizes[0]:,} rows cost; the bare SELECT {many[BARE] / few[BARE]:.2f} times"
        )


def main() -> None:
    options = _options()
    now = datetime.now(UTC)
    results: dict[tuple[str, int], dict[str, float]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sessions-bench-")))
        server = None
        if "postgresql" in options.databases:
            server = stack.enter_context(running_server(durable=True))
        loop = asyncio.new_event_loop()
        stack.callback(loop.close)
        cases = [(kind, count) for kind in options.databases for count in options.rows]
        urls, django_databases = {}, {}
        for kind, count in cases:
            if kind == "sqlite":
                urls[kind, count] = f"sqlite:///{folder / f'ours-{count}.db'}"
                django_databases[f"{kind}{count}"] = {
                    "ENGINE": "django.db.backends.sqlite3",
                    "NAME": folder / f"django-{count}.db",
                    "OPTIONS": {"init_command": "PRAGMA journal_mode = WAL"},
                }
            else:
                assert server is not None
                urls[kind, count] = server.create_database()
                django_databases[f"{kind}{count}"] = django_postgresql(server.create_database())
        set_django_up(django_databases)
        for kind, count in cases:
            began = time.perf_counter()
            database = Database(urls[kind, count])
            database.migrate()
            fill_ours(database, count, now)
            fill_django(f"{kind}{count}", count, now)
            filled = time.perf_counter() - began
            with ExitStack() as opened:
                contenders = contenders_of_ours(database, opened, loop)
                contenders[DJANGO] = django_contender(f"{kind}{count}")
                results[kind, count] = measure(contenders, count, options.rounds, options.lookups)
            database.close()
            show(f"{kind}, {count:,} rows (filled in {filled:.0f} s)", results[kind, count])
            sys.stdout.flush()
        show_aims(results, options.rows)


def django_postgresql(url: str) -> dict[str, Any]:
    parts = psycopg.conninfo.conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts["dbname"],
        "USER": parts["user"],
        "PASSWORD": parts["password"],
        "HOST": parts["host"],
        "PORT": parts["port"],
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument(
        "--databases", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"]
    )
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--lookups", type=int, default=2_000, help="in each round, per contender")
    return parser.parse_args()


if __name__ == "__main__":
    main()
