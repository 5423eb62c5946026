"""Rows by their key, for the look-ups of every request and event: on the driver's own cursor, and
those that are asked for at the same time by one statement."""

import asyncio
from collections.abc import Callable, Collection, Generator
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import ARRAY, URL, ColumnElement, Connection, Dialect, Select, any_, bindparam

from sessions_dashboard.database.loop_connections import LoopCursor
from sessions_dashboard.database.unit_of_work import Database

T = TypeVar("T")
Key = TypeVar("Key")
Value = TypeVar("Value")
Row = tuple[Any, ...]
_postgresql = URL.create(drivername="postgresql+psycopg").get_dialect()()


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
        return _by_key(rows)

    async def each_on_loop(self, db: LoopCursor, keys: Collection[Any]) -> dict[Any, Row]:
        sql, values = self._sql(_postgresql, self._many), {"keys": list(keys)}
        await db.execute(sql, values)
        return _by_key(await db.fetchall())

    def _run(self, db: Connection, statement: Select[Any], values: dict[str, Any]) -> Any:
        driver: Any = db.connection.driver_connection
        sql = self._sql(db.dialect, statement)
        if db.dialect.name == "sqlite":
            return driver.execute(sql, tuple(values.values()))
        return driver.execute(sql, values)

    def _sql(self, dialect: Dialect, statement: Select[Any]) -> str:
        form = statement is self._one, dialect.name
        if form not in self._compiled:
            self._compiled[form] = str(statement.compile(dialect=dialect))
        return self._compiled[form]


def _by_key(rows: list[Row]) -> dict[Any, Row]:
    return {row[-1]: row[:-1] for row in rows}


class Wanted(NamedTuple):
    """The rows that a look-up asks for."""

    select: KeyedSelect
    keys: Collection[Any]


# A look-up yields what it asks for and is sent the rows, so that it need not know where they come
# from, nor whether fetching them is awaited.
LookUp = Generator[Wanted, dict[Any, Row], T]


def looked_up(db: Connection, look_up: LookUp[T]) -> T:
    try:
        wanted = next(look_up)
        while True:
            wanted = look_up.send(wanted.select.each(db, wanted.keys))
    except StopIteration as done:
        result: T = done.value
        return result


async def looked_up_on_loop(db: LoopCursor, look_up: LookUp[T]) -> T:
    try:
        wanted = next(look_up)
        while True:
            wanted = look_up.send(await wanted.select.each_on_loop(db, wanted.keys))
    except StopIteration as done:
        result: T = done.value
        return result


class SharedLookup(Generic[Key, Value]):
    """Look-ups that share a statement where the way to the database costs more than they do.

    On SQLite each is made at once, in place. On PostgreSQL those who ask while a statement is under
    way are answered together by the next one, which begins after all of them have asked: an answer
    is never older than its question. Two statements at once would each answer fewer, and cost more.
    """

    def __init__(
        self,
        database: Callable[[], Database],
        look_up: Callable[[Collection[Key]], LookUp[dict[Key, Value]]],
    ) -> None:
        self._database = database
        self._look_up = look_up
        self._turn = asyncio.Lock()
        self._asked: set[Key] = set()
        self._next: asyncio.Task[dict[Key, Value]] | None = None

    async def get(self, key: Key) -> Value | None:
        database = self._database()
        if database.is_sqlite:
            found = await database.read(lambda db: looked_up(db, self._look_up((key,))))
            return found.get(key)
        self._asked.add(key)
        if self._next is None:
            self._next = asyncio.create_task(self._together(database))
        # A caller that is cancelled must not take the others' answer away.
        return (await asyncio.shield(self._next)).get(key)

    async def _together(self, database: Database) -> dict[Key, Value]:
        async with self._turn:
            keys, self._asked, self._next = self._asked, set(), None
            return await database.read_on_loop(
                lambda db: looked_up_on_loop(db, self._look_up(keys))
            )


def utc(value: str | datetime) -> datetime:
    """A time as a driver gave it, as an aware datetime in UTC."""
    if isinstance(value, str):
        # Faster by far than `replace(tzinfo=UTC)`, and there are three in every resume.
        return datetime.fromisoformat(value + "+00:00")
    return value.astimezone(UTC)
