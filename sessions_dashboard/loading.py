"""Many rows into a table, by the quickest way of each database."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

# So that what is written in no order stays in memory until it is complete.
SQLITE_CACHE_KIBIBYTES = 512 * 1024


class Loader:
    """Writes rows in the transaction of a connection; values as the database itself keeps them."""

    def __init__(self, db: Connection) -> None:
        driver: Any = db.connection.driver_connection
        self._driver = driver
        self._is_sqlite = isinstance(driver, sqlite3.Connection)
        if self._is_sqlite:
            driver.execute(f"PRAGMA cache_size = -{SQLITE_CACHE_KIBIBYTES}")
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

        Those that stand for a constraint stay.
        """
        found = [index for table in tables for index in self._indexes(table)]
        for name, _definition in found:
            self._driver.execute(f"DROP INDEX {name}")
        yield
        for _name, definition in found:
            self._driver.execute(definition)

    def _indexes(self, table: str) -> list[tuple[str, str]]:
        if self._is_sqlite:
            query = (
                "SELECT name, sql FROM sqlite_master"
                " WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?"
            )
        else:
            query = (
                "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname"
                " NOT IN (SELECT conname FROM pg_constraint)"
            )
        return list(self._driver.execute(query, (table,)).fetchall())

    def follow_ids(self, table: str) -> None:
        """Let the database count on from the greatest id that was loaded."""
        if not self._is_sqlite:
            self._driver.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"  # noqa: S608
                f" (SELECT max(id) FROM {table}))"
            )

    def moment(self, at: datetime) -> Any:
        """A time in UTC as the database takes it."""
        if self._is_sqlite:
            return at.replace(tzinfo=None).isoformat(" ", "microseconds")
        return at
