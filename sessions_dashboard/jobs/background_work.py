"""Work that nobody waits for: looked for, done, and looked for again."""

import asyncio
import contextlib
import logging

from sessions_dashboard.runtime import Runtime

logger = logging.getLogger(__name__)

# How soon a turn that failed is followed by the next one.
RETRY_SECONDS = 1


class BackgroundWork:
    """A task that takes turns at it until it is stopped."""

    def __init__(
        self, runtime: Runtime, look_seconds: float, wanted: asyncio.Event | None = None
    ) -> None:
        self._runtime = runtime
        # How soon work is found that this process was not told of.
        self._look_seconds = look_seconds
        # Set when there is something to do.
        self._wanted = wanted or asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._forever())

    async def stop(self) -> None:
        """Leave off after the write that is under way; another process goes on."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _forever(self) -> None:
        while True:
            try:
                await self._take_turn()
            except Exception:
                logger.exception("%s: one turn failed", type(self).__name__)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                await self._wait()

    async def _take_turn(self) -> None:
        """Do all that there is to do by now."""
        raise NotImplementedError

    async def _wait(self) -> None:
        # Python 3.11's `wait_for` forgets that it was cancelled where it is wanted at that moment.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._look_seconds):
                await self._wanted.wait()
        self._wanted.clear()
