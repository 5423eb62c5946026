"""How SQLite and PostgreSQL are connected to, and what each is told at once."""

import os
import sqlite3
import time
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor

# Pages (of 4 kB) that pile up in the write-ahead log before a commit brings them into the file;
# most often `Database` has done so before.
SQLITE_PILED_UP_PAGES = 10_000
# How long a writer waits for another process's write (the command line's, say).
SQLITE_BUSY_SECONDS = 10
POSTGRESQL_STATEMENT_TIMEOUT_MS = 30_000
# A client that vanished in the middle of a transaction holds its locks no longer than this.
POSTGRESQL_IDLE_TIMEOUT_MS = 60_000


def sqlite_engine(url: str) -> Engine:
    engine = create_engine(
        url,
        # An error's text ends up in the log, which must not hold a password hash or a digest.
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": SQLITE_BUSY_SECONDS},
    )

    @event.listens_for(engine, "do_connect")
    def keep_private(
        _dialect: object, _record: object, arguments: list[Any], _more: object
    ) -> None:
        _make_file(arguments[0])

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: DBAPIConnection, _record: object) -> None:
        # The driver must not begin transactions of its own; `begin` below does.
        connection.isolation_level = None
        cursor = connection.cursor()
        _use_wal(cursor)
        # What was reported as done survives a power cut, too.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA wal_autocheckpoint = {SQLITE_PILED_UP_PAGES}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def take_write_lock(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _make_file(path: str) -> None:
    """Make the file, if there is none, for its owner alone: it will hold password hashes.

    SQLite gives the files that it makes beside it the same mode.
    """
    # Where it can't be made, SQLite says why as it opens it.
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _use_wal(cursor: DBAPICursor) -> None:
    """Turn write-ahead logging on; the file itself remembers that.

    SQLite doesn't wait for the lock that turning it on takes, so that of several processes that
    open a new file together all but one would fail.
    """
    give_up_at = time.monotonic() + SQLITE_BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.01)
        else:
            return


def postgresql_engine(url: str, pool_size: int, **server_settings: int) -> Engine:
    """An engine that pings no connection before use: a lost one shows at its first statement."""
    return create_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        connect_args=_postgresql_connect_args(**server_settings),
    )


def _postgresql_connect_args(**server_settings: object) -> dict[str, Any]:
    """What psycopg connects with; `server_settings` replace or join the usual ones."""
    settings = {
        "statement_timeout": POSTGRESQL_STATEMENT_TIMEOUT_MS,
        "idle_in_transaction_session_timeout": POSTGRESQL_IDLE_TIMEOUT_MS,
        "timezone": "UTC",
        # Compiling a plan takes longer (a tenth of a second and more) than running any of ours.
        "jit": "off",
        **server_settings,
    }
    return {
        # The right plan depends on what an administrator filters by, so nothing is prepared.
        "prepare_threshold": None,
        "connect_timeout": 5,
        # A server that vanishes without a word is noticed within a minute, not after two hours.
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }


def look_up_connect_args() -> dict[str, Any]:
    """A look-up has one right plan, by the indexes, and planning takes longer than running it. So
    it is planned once, however few rows there are on that day."""
    by_index = dict.fromkeys(("enable_seqscan", "enable_hashjoin", "enable_mergejoin"), "off")
    args = _postgresql_connect_args(plan_cache_mode="force_generic_plan", **by_index)
    return args | {"prepare_threshold": 0}
