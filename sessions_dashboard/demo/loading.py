"""Many rows into a table, by the quickest way of each database."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

# Enough to keep pages that are written in no order in memory until they are complete.
SQLITE_CACHE_KIBIBYTES = 512 * 1024
# Sorting (for an index, say) is done in pieces of this size, by several threads: in one piece it
# would be done by one.
SQLITE_SORTING_KIBIBYTES = 16 * 1024
SQLITE_SORTING_THREADS = 2


@contextmanager
def written_once(connected: Callable[[], AbstractContextManager[Connection]]) -> Iterator[None]:
    """Surrounds the filling of an empty database; leaves it like one that has been in use.

    Meanwhile SQLite does without its write-ahead log, unless another process has the file open: new
    pages need neither a log nor a copy, and an interrupted fill is rolled back all the same.
    PostgreSQL has statistics afterwards, and need not guess until autovacuum comes by.
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


def _try_journal_mode(db: Connection, mode: str) -> None:
    with suppress(OperationalError):
        db.exec_driver_sql(f"PRAGMA journal_mode = {mode}")


class Loader:
    """Writes rows in a connection's transaction; values are given as the database keeps them."""

    def __init__(self, db: Connection) -> None:
        driver: Any = db.connection.driver_connection
        self._driver = driver
        self._is_sqlite = isinstance(driver, sqlite3.Connection)
        if self._is_sqlite:
            driver.execute(f"PRAGMA threads = {SQLITE_SORTING_THREADS}")
        else:
            db.exec_driver_sql("SET LOCAL statement_timeout = 0")
            db.exec_driver_sql("SET LOCAL work_mem = '256MB'")
            db.exec_driver_sql("SET LOCAL maintenance_work_mem = '256MB'")

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Append rows; the names are the program's own, never a person's."""
        names = ", ".join(columns)
        if self._is_sqlite:
            marks = ", ".join("?" * len(columns))
            self._driver.execute(f"PRAGMA cache_size = -{SQLITE_CACHE_KIBIBYTES}")
            self._driver.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608
            self._driver.execute(f"PRAGMA cache_size = -{SQLITE_SORTING_KIBIBYTES}")
            return
        with (
            self._driver.cursor() as cursor,
            cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)

    @contextmanager
    def indexes_made_last(self, *tables: str) -> Iterator[None]:
        """Drop the tables' indexes meanwhile: built over all rows at once they cost a tenth.

        On PostgreSQL foreign keys and unique constraints, too, which it then checks by one sort or
        join each. SQLite's constraints stay.
        """
        taken = [one for table in tables for one in self._taken_away(table)]
        for away, _back in taken:
            self._driver.execute(away)
        yield
        for _away, back in taken:
            self._driver.execute(back)

    def _taken_away(self, table: str) -> list[tuple[str, str]]:
        """Pairs of statements: one drops an index or a constraint, the other brings it back."""
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
        """Make the table's next id follow the greatest that was loaded."""
        if not self._is_sqlite:
            self._driver.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"  # noqa: S608
                f" (SELECT max(id) FROM {table}))"
            )
