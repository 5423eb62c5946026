"""Carries out what administrators have confirmed, and what a server that is gone has left."""

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Callable

from sqlalchemy import Connection

from sessions_dashboard.cleanup_run import FIRST_SLICE_ROWS, MAXIMUM_SLICE_ROWS, next_size
from sessions_dashboard.database import DATABASE_ERRORS
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import bulk_work
from sessions_dashboard.sessions.bulk_work import Slice

logger = logging.getLogger(__name__)

# How soon an operation is found that this process was not told of.
LOOK_SECONDS = 5


class BulkRunner:
    """Works on one operation at a time, in slices with as long a pause after each."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
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
                    await self._sweep()
                    await self._wait()
            except Exception:
                logger.exception("a bulk operation: one turn failed")
                await asyncio.sleep(1)

    async def _wait(self) -> None:
        wanted = self._runtime.bulk_wanted
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wanted.wait(), LOOK_SECONDS)
        wanted.clear()

    async def _carry_out_one(self) -> bool:
        """Take on an operation and carry it out; whether there was one."""
        database = self._runtime.database
        if not await database.read(lambda db: bulk_work.is_any_free(db, utc_now())):
            return False
        operation = await database.write(lambda db: bulk_work.claim(db, self._worker, utc_now()))
        if operation is None:
            return False
        rows, is_over = FIRST_SLICE_ROWS, False
        while not is_over:
            began = time.perf_counter()
            is_over = await self._slice(operation, rows)
            took = time.perf_counter() - began
            rows = next_size(rows, took)
            await asyncio.sleep(took)
        return True

    async def _slice(self, operation: int, rows: int) -> bool:
        """Whether it is over. What can't be ended is found one by one, and counted as failed."""
        try:
            return (await self._end(operation, rows)).is_over
        except DATABASE_ERRORS:
            logger.exception("a slice of a bulk operation failed and is tried one by one")
        for _ in range(rows):
            try:
                done = await self._end(operation, 1)
            except DATABASE_ERRORS:
                # Where the database is gone this fails too, and the operation waits for another.
                await self._runtime.database.write(
                    lambda db: bulk_work.skip_one(db, operation, self._worker, utc_now())
                )
            else:
                if done.is_over:
                    return True
        return False

    async def _end(self, operation: int, rows: int) -> Slice:
        return await self._runtime.change(self._work(operation, rows), _concerning)

    def _work(self, operation: int, rows: int) -> Callable[[Connection], Slice]:
        return lambda db: bulk_work.end_slice(
            db, operation, self._worker, self._runtime.policy, utc_now(), rows
        )

    async def _sweep(self) -> None:
        while await self._runtime.database.read(
            lambda db: bulk_work.is_any_unwanted(db, utc_now())
        ):
            await self._runtime.database.write(
                lambda db: bulk_work.sweep(db, utc_now(), MAXIMUM_SLICE_ROWS)
            )


def _concerning(done: Slice) -> list[int]:
    waiting = [done.for_user_id] if done.for_user_id is not None else []
    return [one.user_id for one in done.ended] + waiting
