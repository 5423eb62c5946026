"""The answer to a question that takes a while, shared by all who ask it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")

# An answer is good for this long at the least, and for so many times as long as it took: however
# large the tables, a twentieth of a reader's time goes into it at the most.
MINIMUM_SECONDS = 1.0
TIMES_ITS_COST = 20


class Remembered(Generic[T]):
    def __init__(self) -> None:
        # How often the question was asked: tells two answers apart.
        self.number = 0
        self._lock = asyncio.Lock()
        self._answer: T | None = None
        self._good_until = 0.0
        self._reminding = False

    async def get(self, ask: Callable[[], Awaitable[T]]) -> T:
        async with self._lock:
            if self._answer is None or time.monotonic() >= self._good_until:
                began = time.monotonic()
                self._answer = await ask()
                self.number += 1
                took = time.monotonic() - began
                good_for = max(MINIMUM_SECONDS, took * TIMES_ITS_COST)
                self._good_until = time.monotonic() + good_for
            return self._answer

    async def remind(self, tell: Callable[[], Awaitable[None]]) -> None:
        """Call `tell` once the present answer is not good any more; of all who ask, for one.

        Whoever was answered from memory after a change would else never hear of it.
        """
        if self._reminding:
            return
        self._reminding = True
        try:
            await asyncio.sleep(max(0.0, self._good_until - time.monotonic()))
        finally:
            self._reminding = False
        await tell()
