"""Where database work runs, and in what transaction.

The domain is plain synchronous Python over a SQLAlchemy connection. This module alone decides the
thread: on SQLite a short keyed read runs inline on the event loop over one held connection (15 us,
where a hop to a thread alone costs 170), a read that may scan goes to one reader thread, and all
writes go through one writer thread. On PostgreSQL everything goes to a pool of threads, but for
the look-ups of every request and event, which `loop_connections.py` runs on the event loop.
"""

import asyncio
import logging
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from alembic import command
from sessions_dashboard.loop_connections import LoopConnections, LoopCursor, is_lost
from sessions_dashboard.metrics import count_events

logger = logging.getLogger(__name__)
T = TypeVar("T")

PROJECT_ROOT = Path(__file__).resolve().parent.parent
# How often the write-ahead log is brought into the file, beside the writers: done by a commit, it
# would make every writer behind that one wait for the disk.
SQLITE_CHECKPOINT_SECONDS = 0.5
# If this many pages (of 4 kB) pile up all the same, a commit does it.
SQLITE_PILED_UP_PAGES = 10_000
# How long a writer waits for another process's write (the command line's, say).
SQLITE_BUSY_SECONDS = 10
POSTGRESQL_STATEMENT_TIMEOUT_MS = 30_000
# A client that vanished in the middle of a transaction holds its locks no longer than this.
POSTGRESQL_IDLE_TIMEOUT_MS = 60_000
# SQLSTATEs after which the same transaction may simply be tried again.
RETRYABLE_SQLSTATES = frozenset({"40001", "40P01"})
MAXIMUM_ATTEMPTS = 4
# Serialises migrations of several workers that start together; any constant will do.
MIGRATION_LOCK_ID = 7_302_511
# A migration that waits for a lock makes everybody behind it wait, so it soon gives up and tries
# again later; once it has the lock, it may take its time.
MIGRATION_LOCK_TIMEOUT_MS = 2_000
MIGRATION_ATTEMPTS = 15
LOCK_NOT_AVAILABLE = "55P03"
# What a lost, full or broken database raises; the drivers' own errors come from `lookups.py`.
DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error, psycopg.Error)


def in_one_line(error: Exception) -> str:
    """What the database itself says of it, without the statement that failed."""
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]


class Database:
    """The database of one process. Open it after a fork, never before."""

    def __init__(self, url: str, pool_size: int = 8) -> None:
        self.url = make_url(url)
        if self.url.drivername == "postgresql":
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = _sqlite_engine(self.url.render_as_string(hide_password=False))
            self._readers = ThreadPoolExecutor(1, "sqlite-reader")
            self._writers = ThreadPoolExecutor(1, "sqlite-writer")
            self._checkpointers = ThreadPoolExecutor(1, "sqlite-checkpoint")
        else:
            self.engine = _postgresql_engine(
                self.url.render_as_string(hide_password=False), pool_size
            )
            self._readers = self._writers = ThreadPoolExecutor(pool_size, "postgresql")
            self._on_loop = LoopConnections(
                {**self.engine.dialect.create_connect_args(self.url)[1], **_look_up_connect_args()}
            )
        self._autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._held: Connection | None = None
        self._checkpoint: asyncio.TimerHandle | None = None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A write transaction in the calling thread; on SQLite it holds the write lock at once."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reads in the calling thread; each statement sees the newest commit."""
        with self._autocommit.connect() as connection:
            yield connection

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a short read that an index serves."""
        if not self.is_sqlite:
            return await self.scan(work)
        if self._held is None:
            self._held = self._autocommit.connect()
        return work(self._held)

    async def scan(self, work: Callable[[Connection], T]) -> T:
        """Run a read that may take a while, off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, self._read_here, work
        )

    async def read_on_loop(self, work: Callable[[LoopCursor], Awaitable[T]]) -> T:
        """Run a short read of PostgreSQL on the event loop, over a connection beside the pool's."""
        return await self._on_loop.read(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction; when this returns, it is committed.

        `work` may run more than once (after a deadlock, say), so it must touch nothing but the
        database. Once begun it is finished, even if the waiting task is cancelled.
        """
        if self.is_sqlite:
            self._checkpoint_soon()
        return await asyncio.get_running_loop().run_in_executor(
            self._writers, self.write_here, work
        )

    def _checkpoint_soon(self) -> None:
        if self._checkpoint is None:
            self._checkpoint = asyncio.get_running_loop().call_later(
                SQLITE_CHECKPOINT_SECONDS, self._begin_checkpoint
            )

    def _begin_checkpoint(self) -> None:
        self._checkpoint = None
        self._checkpointers.submit(self._checkpoint_here)

    def _checkpoint_here(self) -> None:
        try:
            self._read_here(lambda db: db.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)"))
        except DATABASE_ERRORS:
            logger.exception("the write-ahead log could not be brought into the file")

    def write_here(self, work: Callable[[Connection], T]) -> T:
        """`write` in the calling thread, for programs without an event loop.

        A connection that is lost during the work is replaced, and the work done again. One that
        is lost during the commit is not: nobody knows whether it was committed.
        """
        for attempt in range(1, MAXIMUM_ATTEMPTS + 1):
            committing = False
            try:
                with self.begin() as connection:
                    noted(connection).clear()
                    result = work(connection)
                    happened = noted(connection).copy()
                    committing = True
            except DATABASE_ERRORS as error:
                if attempt == MAXIMUM_ATTEMPTS or not self._may_repeat(error, committing):
                    raise
                logger.info("transaction is tried again after: %s", type(error).__name__)
                time.sleep(0.01 * (attempt - 1))
            else:
                count_events(happened)
                return result
        raise AssertionError("unreachable")

    def _may_repeat(self, error: Exception, committing: bool) -> bool:
        if _sqlstate(error) in RETRYABLE_SQLSTATES:
            return True
        return not committing and self._replace_lost(error)

    def _replace_lost(self, error: Exception) -> bool:
        """Whether it was the connection that failed; the next one is then a new one.

        The whole pool is dropped: what cut one connection has most often cut all.
        """
        if not _is_lost(error):
            return False
        self.engine.dispose()
        return True

    def _read_here(self, work: Callable[[Connection], T]) -> T:
        try:
            with self.reading() as connection:
                return work(connection)
        except DATABASE_ERRORS as error:
            if not self._replace_lost(error):
                raise
        with self.reading() as connection:
            return work(connection)

    def migrate(self) -> None:
        """Bring the schema to the newest revision, once, whatever number of workers start."""
        config = Config(PROJECT_ROOT / "alembic.ini")
        with self.migrating() as connection:
            config.attributes["connection"] = connection
            if self.is_sqlite:
                command.upgrade(config, "head")
            else:
                _upgrade_between_others(config)

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection for the one process that migrates at a time.

        On SQLite all of it is one transaction. On PostgreSQL each migration makes its own.
        """
        if self.is_sqlite:
            with self.begin() as connection:
                yield connection
        else:
            engine = _postgresql_engine(
                self.url.render_as_string(hide_password=False),
                pool_size=2,
                # An index over millions of rows takes minutes.
                statement_timeout=0,
                lock_timeout=MIGRATION_LOCK_TIMEOUT_MS,
            )
            try:
                with _turn_to_migrate(engine), engine.connect() as connection:
                    yield connection
            finally:
                engine.dispose()

    def close(self) -> None:
        if self._checkpoint is not None:
            self._checkpoint.cancel()
        if self._held is not None:
            self._held.close()
            self._held = None
        if self.is_sqlite:
            self._checkpointers.shutdown()
        else:
            self._on_loop.close()
        self._readers.shutdown()
        self._writers.shutdown()
        self.engine.dispose()


def noted(db: Connection) -> Counter[tuple[str, str]]:
    """What the present transaction writes into the history, to be counted once it is committed."""
    counts: Counter[tuple[str, str]] = db.info.setdefault("noted", Counter())
    return counts


def _sqlite_engine(url: str) -> Engine:
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


def _postgresql_engine(url: str, pool_size: int, **server_settings: int) -> Engine:
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


def _look_up_connect_args() -> dict[str, Any]:
    """A look-up has one right plan, by the indexes, and planning takes longer than running it. So
    it is planned once, however few rows there are on that day."""
    by_index = dict.fromkeys(("enable_seqscan", "enable_hashjoin", "enable_mergejoin"), "off")
    args = _postgresql_connect_args(plan_cache_mode="force_generic_plan", **by_index)
    return args | {"prepare_threshold": 0}


@contextmanager
def _turn_to_migrate(engine: Engine) -> Iterator[None]:
    """Hold the lock that lets one process migrate at a time.

    `CREATE INDEX CONCURRENTLY` waits until every statement that began before it has ended, so the
    others must not wait for their turn inside a statement: they ask again and again.
    """
    turn = {"id": MIGRATION_LOCK_ID}
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as holder:
        while not holder.execute(text("SELECT pg_try_advisory_lock(:id)"), turn).scalar():
            time.sleep(0.1)
        # Released when the connection is closed, with the engine.
        yield


def _upgrade_between_others(config: Config) -> None:
    """Upgrade; each migration is a transaction, so one that got no lock in time is repeated."""
    for attempt in range(1, MIGRATION_ATTEMPTS + 1):
        try:
            command.upgrade(config, "head")
        except OperationalError as error:
            if _sqlstate(error) != LOCK_NOT_AVAILABLE or attempt == MIGRATION_ATTEMPTS:
                raise
            config.attributes["connection"].rollback()
            logger.warning("a migration waits for a table that is in use")
            time.sleep(1)
        else:
            return


def _sqlstate(error: Exception) -> str | None:
    return getattr(getattr(error, "orig", error), "sqlstate", None)


def _is_lost(error: Exception) -> bool:
    """Whether a connection that stood is gone; one that can't be made is another matter."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated
    # From `lookups.py`, whose statements SQLAlchemy does not see.
    return isinstance(error, psycopg.Error) and is_lost(error)
