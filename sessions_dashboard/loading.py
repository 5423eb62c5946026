"""Many rows into a table, by the quickest way of each database."""

import gc
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

# So that what is written in no order stays in memory until it is complete.
SQLITE_CACHE_KIBIBYTES = 512 * 1024
# An index is sorted in pieces of this size, each by another thread: all of it at once would be
# sorted by one.
SQLITE_SORTING_KIBIBYTES = 16 * 1024
SQLITE_SORTING_THREADS = 2


@contextmanager
def written_once(connected: Callable[[], AbstractContextManager[Connection]]) -> Iterator[None]:
    """For what fills an empty database, which is left as one that has been in use for a while.

    SQLite does not write ahead meanwhile, where no other process has the file open: new pages need
    neither a log nor a copy, and a fill that is cut off is taken back all the same. PostgreSQL,
    that otherwise would guess until it has looked by itself, has statistics afterwards.
    """
    with connected() as db:
        is_sqlite = db.dialect.name == "sqlite"
        if is_sqlite:
            _try_journal_mode(db, "DELETE")
    try:
        yield
    finally:
        with connected() as db:
            if is_sqlite:
                _try_journal_mode(db, "WAL")
            else:
                db.exec_driver_sql("SET statement_timeout = 0")
                db.exec_driver_sql("VACUUM (ANALYZE) users, sessions, session_events")
                db.exec_driver_sql("RESET statement_timeout")


@contextmanager
def no_search_for_circles() -> Iterator[None]:
    """Without Python's collector, that looks through millions of waiting rows and finds none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _try_journal_mode(db: Connection, mode: str) -> None:
    with suppress(OperationalError):
        db.exec_driver_sql(f"PRAGMA journal_mode = {mode}")


class Loader:
    """Writes rows in the transaction of a connection; values as the database itself keeps them."""

    def __init__(self, db: Connection) -> None:
        driver: Any = db.connection.driver_connection
        self._driver = driver
        self._is_sqlite = isinstance(driver, sqlite3.Connection)
        if self._is_sqlite:
            driver.execute(f"PRAGMA cache_size = -{SQLITE_CACHE_KIBIBYTES}")
            driver.execute(f"PRAGMA threads = {SQLITE_SORTING_THREADS}")
        else:
            db.exec_driver_sql("SET LOCAL statement_timeout = 0")
            db.exec_driver_sql("SET LOCAL maintenance_work_mem = '256MB'")

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Append rows; the names are the program's own, never a person's."""
        names = ", ".join(columns)
        if self._is_sqlite:
            marks = ", ".join("?" * len(columns))
            self._driver.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608
            return
        with (
            self._driver.cursor() as cursor,
            cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)

    @contextmanager
    def indexes_made_last(self, *tables: str) -> Iterator[None]:
        """Take the tables' indexes away meanwhile: made of all rows at once they cost a tenth.

        On PostgreSQL so are constraints, but for the primary key: of all rows at once it checks
        them by one sort or join. Those of SQLite stay.
        """
        taken = [one for table in tables for one in self._taken_away(table)]
        for away, _back in taken:
            self._driver.execute(away)
        yield
        if self._is_sqlite:
            self._driver.execute(f"PRAGMA cache_size = -{SQLITE_SORTING_KIBIBYTES}")
        for _away, back in taken:
            self._driver.execute(back)

    def _taken_away(self, table: str) -> list[tuple[str, str]]:
        """Statements that take an index or a constraint away, and bring it back."""
        if self._is_sqlite:
            query = (
                "SELECT 'DROP INDEX ' || name, sql FROM sqlite_master"
                " WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = :name"
            )
        else:
            query = (
                "SELECT 'DROP INDEX ' || indexname, indexdef FROM pg_indexes"
                " WHERE tablename = %(name)s"
                " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
                " UNION ALL SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', relname, conname),"
                " format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', relname, conname,"
                " pg_get_constraintdef(pg_constraint.oid))"
                " FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid"
                " WHERE relname = %(name)s AND contype IN ('f', 'u')"
            )
        return list(self._driver.execute(query, {"name": table}).fetchall())

    def follow_ids(self, table: str) -> None:
        """Let the database count on from the greatest id that was loaded."""
        if not self._is_sqlite:
            self._driver.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"  # noqa: S608
                f" (SELECT max(id) FROM {table}))"
            )
