"""Bringing the schema up to date, by one process at a time and between those who work."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.config import Config
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from alembic import command
from sessions_dashboard.database.engines import postgresql_engine
from sessions_dashboard.database.errors import LOCK_NOT_AVAILABLE, sqlstate

logger = logging.getLogger(__name__)

PROJECT_ROOT = Path(__file__).resolve().parents[2]
# Serialises migrations of several workers that start together; any constant will do.
MIGRATION_LOCK_ID = 7_302_511
# A migration that waits for a lock makes everybody behind it wait, so it soon gives up and tries
# again later; once it has the lock, it may take its time.
MIGRATION_LOCK_TIMEOUT_MS = 2_000
MIGRATION_ATTEMPTS = 15


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest revision."""
    config = Config(PROJECT_ROOT / "alembic.ini")
    config.attributes["connection"] = connection
    if connection.dialect.name == "sqlite":
        command.upgrade(config, "head")
    else:
        _upgrade_between_others(config)


@contextmanager
def migrating_postgresql(url: str) -> Iterator[Connection]:
    """A connection for the one process that migrates at a time."""
    engine = postgresql_engine(
        url,
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
            if sqlstate(error) != LOCK_NOT_AVAILABLE or attempt == MIGRATION_ATTEMPTS:
                raise
            config.attributes["connection"].rollback()
            logger.warning("a migration waits for a table that is in use")
            time.sleep(1)
        else:
            return
