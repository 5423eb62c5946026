"""Carries out what administrators have confirmed, and what a server that is gone has left."""

import asyncio
import logging
import time
import uuid

from sessions_dashboard.database import DATABASE_ERRORS
from sessions_dashboard.jobs.background_work import BackgroundWork
from sessions_dashboard.jobs.slices import MAXIMUM_SLICE_ROWS, Timed, next_size, timed
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import bulk_work
from sessions_dashboard.sessions.bulk_work import Slice

logger = logging.getLogger(__name__)

# How often to look for work that another process has confirmed or left.
LOOK_SECONDS = 5
# What one slice may take of the database's time. A slice costs 4 ms however small it is, and every
# row 0.1 ms; while pages are refreshed everything takes longer, and the fewest rows count.
SLICE_SECONDS = 0.05
MINIMUM_SLICE_ROWS = 200
# How long the pause after a slice is, of the slice; who waits to write comes first anyway.
PAUSE_SHARE = 0.25


class BulkRunner(BackgroundWork):
    """Works on one operation at a time, in slices with a short pause after each."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime, LOOK_SECONDS, runtime.bulk_wanted)
        self._worker = str(uuid.uuid4())

    async def _take_turn(self) -> None:
        while await self._carry_out_one():
            pass
        await self._tidy_up()

    async def _carry_out_one(self) -> bool:
        database = self._runtime.database
        if not await database.read(lambda db: bulk_work.is_any_free(db, utc_now())):
            return False
        operation = await database.write(lambda db: bulk_work.claim(db, self._worker, utc_now()))
        if operation is None:
            return False
        rows, is_over = MINIMUM_SLICE_ROWS, False
        while not is_over:
            is_over, took = await self._slice(operation, rows)
            rows = next_size(rows, took, SLICE_SECONDS, MINIMUM_SLICE_ROWS)
            await asyncio.sleep(took * PAUSE_SHARE)
        return True

    async def _slice(self, operation: int, rows: int) -> tuple[bool, float]:
        """Whether it is over, and the seconds that it took of the database's time.

        What can't be ended is found one by one, and counted as failed.
        """
        began = time.perf_counter()
        try:
            done, took = await self._end(operation, rows)
        except DATABASE_ERRORS:
            logger.exception("a slice of a bulk operation failed and is tried one by one")
        else:
            return done.is_over, took
        is_over = await self._one_by_one(operation, rows)
        return is_over, time.perf_counter() - began

    async def _one_by_one(self, operation: int, rows: int) -> bool:
        for _ in range(rows):
            try:
                done, _took = await self._end(operation, 1)
            except DATABASE_ERRORS:
                # Where the database is gone this fails too, and the operation waits for another.
                await self._runtime.database.write(
                    lambda db: bulk_work.skip_one(db, operation, self._worker, utc_now())
                )
            else:
                if done.is_over:
                    return True
        return False

    async def _end(self, operation: int, rows: int) -> Timed[Slice]:
        work = timed(
            lambda db: bulk_work.end_slice(
                db, operation, self._worker, self._runtime.policy, utc_now(), rows
            )
        )
        return await self._runtime.change(work, lambda done: _concerning(done.result))

    async def _tidy_up(self) -> None:
        while await self._runtime.database.read(
            lambda db: bulk_work.is_any_unwanted(db, utc_now())
        ):
            await self._runtime.database.write(
                lambda db: bulk_work.sweep(db, utc_now(), MAXIMUM_SLICE_ROWS)
            )


def _concerning(done: Slice) -> list[int]:
    waiting = [done.for_user_id] if done.for_user_id is not None else []
    return [one.user_id for one in done.ended] + waiting
