"""Work that takes long and that nobody waits for: found, done, and looked for again."""

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from sqlalchemy import Connection

from sessions_dashboard.runtime import Runtime

logger = logging.getLogger(__name__)
T = TypeVar("T")

# How soon work is found that this process was not told of.
LOOK_SECONDS = 5


class Timed(NamedTuple, Generic[T]):
    """What came of some work in the database, and the seconds that it took there.

    Seen from the event loop it takes longer: what else the loop does meanwhile is in that.
    """

    result: T
    seconds: float


def timed(work: Callable[[Connection], T]) -> Callable[[Connection], Timed[T]]:
    def run(db: Connection) -> Timed[T]:
        began = time.perf_counter()
        return Timed(work(db), time.perf_counter() - began)

    return run


class LongWork:
    """A task that takes turns at it until it is stopped."""

    def __init__(self, runtime: Runtime, wanted: asyncio.Event) -> None:
        self._runtime = runtime
        # Set when there is something to do.
        self._wanted = wanted
        self._worker = str(uuid.uuid4())
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._forever())

    async def stop(self) -> None:
        """Leave off after the slice that is under way; another process goes on."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _forever(self) -> None:
        while True:
            try:
                if not await self._carry_out_one():
                    await self._tidy_up()
                    await self._wait()
            except Exception:
                logger.exception("%s: one turn failed", type(self).__name__)
                await asyncio.sleep(1)

    async def _carry_out_one(self) -> bool:
        """Take on one piece of work and carry it out; whether there was one."""
        raise NotImplementedError

    async def _tidy_up(self) -> None:
        """What is done when there is nothing else to do."""

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), LOOK_SECONDS)
        self._wanted.clear()
