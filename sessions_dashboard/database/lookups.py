"""Rows by their key, for the look-ups of every request and event: on the driver's own cursor, and
those that are asked for at the same time by one statement."""

import asyncio
import json
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import (
    ARRAY,
    URL,
    ColumnElement,
    Connection,
    Dialect,
    Integer,
    Select,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    values,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from sessions_dashboard.database.loop_connections import LoopCursor
from sessions_dashboard.database.unit_of_work import Database

T = TypeVar("T")
Key = TypeVar("Key")
Value = TypeVar("Value")
Row = tuple[Any, ...]
# How many keys SQLite is asked for by one statement, at most; a power of two.
MOST_AT_ONCE = 64
_postgresql = URL.create(drivername="postgresql+psycopg").get_dialect()()


class _OfOneRow(UnaryExpression[Any]):
    """A condition that SQLite takes to hold for one row, whatever its statistics say: from a time
    when no row had such a key they say that all have the same, and it would look at every row."""

    inherit_cache = True


@compiles(_OfOneRow)
def _as_it_is(element: _OfOneRow, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.element, **options))


@compiles(_OfOneRow, "sqlite")
def _as_unlikely(element: _OfOneRow, compiler: Any, **options: Any) -> str:
    return f"likelihood({compiler.process(element.element, **options)}, 0.0)"


def _is(column: ColumnElement[Any], key: ColumnElement[Any]) -> ColumnElement[Any]:
    return _OfOneRow(column == key, operator=custom_op("likelihood"))


class KeyedSelect:
    """A SELECT by a unique column, compiled once and run on the driver's own cursor: a fifth of
    the time of Core.

    For the hottest lookups only. Values come as the driver gives them: on SQLite a time is text,
    which `utc` reads. The columns that are selected hold no bytes.
    """

    def __init__(self, statement: Select[Any], column: ColumnElement[Any]) -> None:
        self._statement = statement
        self._column = column
        self._one = statement.where(_is(column, bindparam("key")))
        keys = bindparam("keys", type_=ARRAY(column.type))
        self._many = statement.add_columns(column).where(column == any_(keys))
        self._compiled: dict[tuple[bool, str], str] = {}
        self._compiled_together: dict[int, str] = {}

    def first(self, db: Connection, key: Any) -> Row | None:
        row: Row | None = self._run(db, self._one, {"key": key}).fetchone()
        return row

    def each(self, db: Connection, keys: Collection[Any]) -> dict[Any, Row]:
        """The rows of those keys that have one, by one statement for many keys."""
        if db.dialect.name != "sqlite":
            rows = self._run(db, self._many, {"keys": list(keys)}).fetchall()
            return {row[-1]: row[:-1] for row in rows}
        if len(keys) > 1:
            return self._together(db, list(keys))
        found = ((key, self.first(db, key)) for key in keys)
        return {key: row for key, row in found if row is not None}

    def _together(self, db: Connection, keys: Sequence[Any]) -> dict[Any, Row]:
        """All rows as one text, as SQLite's driver gives up the interpreter's lock at every row.

        While other threads wait for the lock that takes several times as long as finding the row.
        """
        driver: Any = db.connection.driver_connection
        found: dict[Any, Row] = {}
        for some in _in_pieces(keys, MOST_AT_ONCE):
            # A few forms of the statement serve any number: no row has a key that is null.
            size = 1 << (len(some) - 1).bit_length()
            asked = [*some, *[None] * (size - len(some))]
            (text,) = driver.execute(self._sql_together(db.dialect, size), asked).fetchone()
            found |= {some[place]: tuple(row) for place, *row in json.loads(text)}
        return found

    def _sql_together(self, dialect: Dialect, size: int) -> str:
        if size not in self._compiled_together:
            asked = values(column("place", Integer), column("key", self._column.type)).data(
                [(literal_column(str(place)), bindparam(f"key_{place}")) for place in range(size)]
            )
            wanted = asked.cte("wanted")
            row = func.json_array(wanted.c.place, *self._statement.selected_columns)
            statement = self._statement.with_only_columns(
                func.json_group_array(row), maintain_column_froms=True
            ).where(_is(self._column, wanted.c.key))
            self._compiled_together[size] = str(statement.compile(dialect=dialect))
        return self._compiled_together[size]

    async def each_on_loop(self, db: LoopCursor, keys: Collection[Any]) -> dict[Any, Row]:
        sql, values = self._sql(_postgresql, self._many), {"keys": list(keys)}
        await db.execute(sql, values)
        return {row[-1]: row[:-1] for row in await db.fetchall()}

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


def _in_pieces(keys: Sequence[Key], most: int) -> Iterator[Sequence[Key]]:
    return (keys[first : first + most] for first in range(0, len(keys), most))


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
    """Look-ups that share a statement, as the way to the database costs more than they do.

    On SQLite those who ask in the same turn of the event loop are answered together. On PostgreSQL
    those who ask while a statement is under way are answered by the next one, which begins after
    all of them have asked: two statements at once would each answer fewer, and cost more. An answer
    is never older than its question.
    """

    def __init__(
        self,
        database: Callable[[], Database],
        look_up: Callable[[Collection[Key]], LookUp[dict[Key, Value]]],
    ) -> None:
        self._database = database
        self._look_up = look_up
        self._turn = asyncio.Lock()
        self._asked: list[tuple[Key, asyncio.Future[Value | None]]] = []
        # What will answer them.
        self._next: asyncio.Task[None] | None = None

    async def get(self, key: Key) -> Value | None:
        loop = asyncio.get_running_loop()
        if self._next is None or self._next.done():
            self._asked = []
            self._next = loop.create_task(self._answer_all(self._database()))
        # Of its own: a caller that is cancelled must not take the others' answer away.
        answer: asyncio.Future[Value | None] = loop.create_future()
        self._asked.append((key, answer))
        return await answer

    async def _answer_all(self, database: Database) -> None:
        async with self._turn:
            asked, self._asked, self._next = self._asked, [], None
            waiting = [(key, answer) for key, answer in asked if not answer.done()]
            try:
                found = await self._found(database, {key for key, _answer in waiting})
            except Exception as error:
                for _key, answer in waiting:
                    if not answer.done():
                        answer.set_exception(error)
                return
            for key, answer in waiting:
                if not answer.done():
                    answer.set_result(found.get(key))

    async def _found(self, database: Database, keys: Collection[Key]) -> dict[Key, Value]:
        if database.is_sqlite:
            return await database.read(lambda db: looked_up(db, self._look_up(keys)))
        return await database.read_on_loop(lambda db: looked_up_on_loop(db, self._look_up(keys)))


def utc(value: str | datetime) -> datetime:
    """A time as a driver gave it, as an aware datetime in UTC."""
    if isinstance(value, str):
        # Faster by far than `replace(tzinfo=UTC)`, and there are three in every resume.
        return datetime.fromisoformat(value + "+00:00")
    return value.astimezone(UTC)
