"""The answer to a question that takes a while, shared by all who ask it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)
T = TypeVar("T")

# An answer is good for this long at least, and for this many times as long as it took: however
# large the tables, it takes a twentieth of a reader's time at most.
MINIMUM_SECONDS = 1.0
TIMES_ITS_COST = 20
# Nobody waits for an answer that takes longer: they get the last one, and are told of the new one.
PATIENCE_SECONDS = 0.25
# Unless that one has been out of date for longer than this, because nobody had asked.
OUT_OF_DATE_SECONDS = 60


class Remembered(Generic[T]):
    def __init__(self) -> None:
        # How often it was answered, to tell two answers apart.
        self.number = 0
        self._answer: T | None = None
        self._took = 0.0
        self._good_until = 0.0
        self._renewal: asyncio.Task[None] | None = None
        self._reminding = False

    @property
    def is_good(self) -> bool:
        return self._answer is not None and time.monotonic() < self._good_until

    async def get(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The present answer, or an earlier one while a new one is being worked out."""
        if not self.is_good:
            renewal = self._renew(ask)
            too_old = time.monotonic() > self._good_until + OUT_OF_DATE_SECONDS
            if self._answer is None or self._took < PATIENCE_SECONDS or too_old:
                await asyncio.shield(renewal)
        assert self._answer is not None
        return self._answer

    def _renew(self, ask: Callable[[], Awaitable[T]]) -> asyncio.Task[None]:
        """Ask once, however many want to know."""
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._ask(ask))
            self._renewal.add_done_callback(_log_failure)
        return self._renewal

    async def _ask(self, ask: Callable[[], Awaitable[T]]) -> None:
        began = time.monotonic()
        self._answer = await ask()
        self.number += 1
        self._took = time.monotonic() - began
        self._good_until = time.monotonic() + max(MINIMUM_SECONDS, self._took * TIMES_ITS_COST)

    async def remind(
        self, ask: Callable[[], Awaitable[T]], tell: Callable[[], Awaitable[None]]
    ) -> None:
        """Ask again once the present answer is no longer good, then tell; once for all callers.

        Otherwise those who were answered from memory after a change would never hear of it.
        """
        if self._reminding:
            return
        self._reminding = True
        try:
            await asyncio.sleep(max(0.0, self._good_until - time.monotonic()))
            if not self.is_good:
                await asyncio.shield(self._renew(ask))
        finally:
            self._reminding = False
        await tell()


def _log_failure(renewal: asyncio.Task[None]) -> None:
    if not renewal.cancelled() and renewal.exception() is not None:
        logger.warning("a count failed: %r", renewal.exception())
