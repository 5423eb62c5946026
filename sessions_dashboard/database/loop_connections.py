"""Connections to PostgreSQL whose statements run on the event loop itself.

For the look-ups of every request and event. On the way to a thread and back Python's lock changes
hands several times, and each time it may take milliseconds while the event loop is busy.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import psycopg

from sessions_dashboard.database.errors import is_lost

T = TypeVar("T")
# A cursor is kept, because it knows how to read the rows of the statement that it ran last.
LoopCursor = psycopg.AsyncCursor[tuple[Any, ...]]


class LoopConnections:
    """As many connections as there are reads at once: opened on demand, kept, replaced when lost.

    An idle one belongs to no event loop, so that it outlives the one that it was opened on.
    """

    def __init__(self, connect_args: dict[str, Any]) -> None:
        self._connect_args = connect_args
        self._idle: list[LoopCursor] = []

    async def read(self, work: Callable[[LoopCursor], Awaitable[T]]) -> T:
        """Run a read on a connection of its own; each statement sees the newest commit.

        If a kept one turns out to be lost, `work` is run once more, on a new one.
        """
        if self._idle:
            try:
                return await self._run(self._idle.pop(), work)
            except psycopg.Error as error:
                if not is_lost(error):
                    raise
            # What cut one connection has most often cut all.
            self.close()
        connection = await psycopg.AsyncConnection.connect(autocommit=True, **self._connect_args)
        return await self._run(connection.cursor(binary=True), work)

    async def _run(self, cursor: LoopCursor, work: Callable[[LoopCursor], Awaitable[T]]) -> T:
        try:
            result = await work(cursor)
        except BaseException:
            # Its state is unknown, above all after a cancellation.
            cursor.connection.pgconn.finish()
            raise
        self._idle.append(cursor)
        return result

    def close(self) -> None:
        """Close the idle ones; a later read opens its own."""
        while self._idle:
            self._idle.pop().connection.pgconn.finish()
