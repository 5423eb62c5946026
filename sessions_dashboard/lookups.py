"""Rows by their key, for what every request and event asks: on the driver's own cursor, and those
that are asked for at the same time together."""

import asyncio
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ARRAY, ColumnElement, Connection, Select, any_, bindparam

from sessions_dashboard.database import Database

Key = TypeVar("Key")
Value = TypeVar("Value")
Row = tuple[Any, ...]

# While so many statements are under way, whoever asks waits for the next one.
STATEMENTS_AT_ONCE = 2


class KeyedSelect:
    """A SELECT by a unique column, compiled once and run on the driver's own cursor: a fifth of
    the time of Core.

    For the hottest lookups only. Values come as the driver gives them: on SQLite a time is text,
    which `utc` reads.
    """

    def __init__(self, statement: Select[Any], column: ColumnElement[Any]) -> None:
        self._one = statement.where(column == bindparam("key"))
        keys = bindparam("keys", type_=ARRAY(column.type))
        self._many = statement.add_columns(column).where(column == any_(keys))
        self._compiled: dict[tuple[bool, str], str] = {}

    def first(self, db: Connection, key: Any) -> Row | None:
        row: Row | None = self._run(db, self._one, {"key": key}).fetchone()
        return row

    def each(self, db: Connection, keys: Collection[Any]) -> dict[Any, Row]:
        """The rows of those keys that have one; on PostgreSQL by one statement."""
        if db.dialect.name == "sqlite":
            found = ((key, self.first(db, key)) for key in keys)
            return {key: row for key, row in found if row is not None}
        rows = self._run(db, self._many, {"keys": list(keys)}).fetchall()
        return {row[-1]: row[:-1] for row in rows}

    def _run(self, db: Connection, statement: Select[Any], values: dict[str, Any]) -> Any:
        driver: Any = db.connection.driver_connection
        sql = self._sql(db, statement)
        if db.dialect.name == "sqlite":
            return driver.execute(sql, tuple(values.values()))
        # These alone are prepared; see `database._postgresql_engine`.
        return driver.execute(sql, values, prepare=True)

    def _sql(self, db: Connection, statement: Select[Any]) -> str:
        form = statement is self._one, db.dialect.name
        if form not in self._compiled:
            self._compiled[form] = str(statement.compile(dialect=db.dialect))
        return self._compiled[form]


class SharedLookup(Generic[Key, Value]):
    """Look-ups that are made together where the way to the database costs more than they do.

    On SQLite each is made at once, in place. On PostgreSQL those who ask while statements are
    under way are answered together by the next one, which begins after all of them have asked: an
    answer is never older than its question.
    """

    def __init__(
        self,
        database: Callable[[], Database],
        look_up: Callable[[Connection, Collection[Key]], dict[Key, Value]],
    ) -> None:
        self._database = database
        self._look_up = look_up
        self._turns = asyncio.Semaphore(STATEMENTS_AT_ONCE)
        self._asked: set[Key] = set()
        self._next: asyncio.Task[dict[Key, Value]] | None = None

    async def get(self, key: Key) -> Value | None:
        database = self._database()
        if database.is_sqlite:
            found = await database.read(lambda db: self._look_up(db, (key,)))
            return found.get(key)
        self._asked.add(key)
        if self._next is None:
            self._next = asyncio.create_task(self._together(database))
        # Whoever stops waiting takes nobody else's answer away.
        return (await asyncio.shield(self._next)).get(key)

    async def _together(self, database: Database) -> dict[Key, Value]:
        async with self._turns:
            keys, self._asked, self._next = self._asked, set(), None
            return await database.read(lambda db: self._look_up(db, keys))


def utc(value: str | datetime) -> datetime:
    """A time as a driver gave it, as an aware datetime in UTC."""
    if isinstance(value, str):
        # Faster by far than `replace(tzinfo=UTC)`, and there are three in every resume.
        return datetime.fromisoformat(value + "+00:00")
    return value.astimezone(UTC)
