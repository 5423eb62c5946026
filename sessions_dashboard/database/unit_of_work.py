"""Where database work runs, and in what transaction.

The domain is plain synchronous Python over a SQLAlchemy connection. This module alone decides the
thread: on SQLite a short keyed read runs inline on the event loop over one held connection (15 us,
where a hop to a thread alone costs 170), a read that may scan goes to one reader thread, and all
writes go through one writer thread. On PostgreSQL everything goes to a pool of threads, but for
the look-ups of every request and event, which `loop_connections.py` runs on the event loop.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from sessions_dashboard.database.engines import (
    look_up_connect_args,
    postgresql_engine,
    sqlite_engine,
)
from sessions_dashboard.database.errors import (
    DATABASE_ERRORS,
    RETRYABLE_SQLSTATES,
    is_lost,
    sqlstate,
)
from sessions_dashboard.database.loop_connections import LoopConnections, LoopCursor
from sessions_dashboard.database.migrating import migrating_postgresql, upgrade
from sessions_dashboard.metrics import count_events

logger = logging.getLogger(__name__)
T = TypeVar("T")

# How often the write-ahead log is brought into the file, beside the writers: done by a commit, it
# would make every writer behind that one wait for the disk.
SQLITE_CHECKPOINT_SECONDS = 0.5
MAXIMUM_ATTEMPTS = 4


class Database:
    """The database of one process. Open it after a fork, never before."""

    def __init__(self, url: str, pool_size: int = 8) -> None:
        self.url = make_url(url)
        if self.url.drivername == "postgresql":
            self.url = self.url.set(drivername="postgresql+psycopg")
        self._address = self.url.render_as_string(hide_password=False)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = sqlite_engine(self._address)
            self._readers = ThreadPoolExecutor(1, "sqlite-reader")
            self._writers = ThreadPoolExecutor(1, "sqlite-writer")
            self._checkpointers = ThreadPoolExecutor(1, "sqlite-checkpoint")
        else:
            self.engine = postgresql_engine(self._address, pool_size)
            self._readers = self._writers = ThreadPoolExecutor(pool_size, "postgresql")
            self._on_loop = LoopConnections(
                {**self.engine.dialect.create_connect_args(self.url)[1], **look_up_connect_args()}
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
        if sqlstate(error) in RETRYABLE_SQLSTATES:
            return True
        return not committing and self._replace_lost(error)

    def _replace_lost(self, error: Exception) -> bool:
        """Whether it was the connection that failed; the next one is then a new one.

        The whole pool is dropped: what cut one connection has most often cut all.
        """
        if not is_lost(error):
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
        with self.migrating() as connection:
            upgrade(connection)

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection for the one process that migrates at a time.

        On SQLite all of it is one transaction. On PostgreSQL each migration makes its own.
        """
        if self.is_sqlite:
            with self.begin() as connection:
                yield connection
        else:
            with migrating_postgresql(self._address) as connection:
                yield connection

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
