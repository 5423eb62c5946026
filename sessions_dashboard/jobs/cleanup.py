"""A run of the clean-up, in slices that keep nobody waiting."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy import Connection

from sessions_dashboard.database import Database
from sessions_dashboard.jobs.slices import FIRST_SLICE_ROWS, next_size
from sessions_dashboard.metrics import cleaned_up
from sessions_dashboard.runtime import utc_now
from sessions_dashboard.sessions.cleanup import (
    Claim,
    Position,
    RunIsOver,
    Slice,
    claim_run,
    clean_slice,
    finish_run,
    record_progress,
)
from sessions_dashboard.sessions.policy import Policy

logger = logging.getLogger(__name__)

Tell = Callable[[], Awaitable[None]]
# How often those who watch a run are told to look.
TELL_SECONDS = 0.5


async def run_cleanup(
    database: Database, policy: Policy, scheduled_for: datetime | None = None
) -> int | None:
    """Delete what has been over for too long, unless another worker does so already.

    Each slice is a short transaction, followed by a pause that is as long.

    Returns:
        How many sessions were deleted; None where another worker has the run.
    """
    claim = await database.write(lambda db: claim_run(db, scheduled_for, utc_now()))
    return await carry_out(database, policy, claim) if claim is not None else None


async def _tell_nobody() -> None:
    """For a run that nobody watches."""


async def carry_out(
    database: Database, policy: Policy, claim: Claim, tell: Tell = _tell_nobody
) -> int | None:
    """Carry out a run that was claimed; `tell` is called now and then, and at the end.

    Returns:
        How many sessions were deleted; None where the run was so slow that another worker took
        it over.
    """
    run = _Run(database, policy, claim, tell)
    try:
        deleted = await run.delete_all()
    except RunIsOver:
        logger.warning("clean-up was taken over, having been silent for too long")
        return None
    except Exception as error:
        logger.exception("clean-up failed")
        await run.finish(f"{type(error).__name__}: {error}")
        raise
    await run.finish()
    logger.info("clean-up deleted %d sessions", deleted)
    return deleted


class _Run:
    """A worker's part of a run, as long as the run is its own."""

    def __init__(self, database: Database, policy: Policy, claim: Claim, tell: Tell) -> None:
        self._database = database
        self._policy = policy
        self._claim = claim
        self._tell = tell
        self._began = utc_now()

    async def delete_all(self) -> int:
        deleted, told = 0, time.monotonic()
        position: Position | None = Position()
        rows = FIRST_SLICE_ROWS
        while position is not None:
            began = time.perf_counter()
            done, self._claim = await self._database.write(self._slice(position, rows))
            took = time.perf_counter() - began
            deleted += done.deleted
            cleaned_up.inc(done.deleted)
            position = done.next
            if time.monotonic() - told >= TELL_SECONDS:
                told = time.monotonic()
                await self._tell()
            rows = next_size(rows, took)
            await asyncio.sleep(took)
        return deleted

    def _slice(self, position: Position, rows: int) -> Callable[[Connection], tuple[Slice, Claim]]:
        policy, now, claim = self._policy, self._began, self._claim

        def work(db: Connection) -> tuple[Slice, Claim]:
            done = clean_slice(db, policy, now, position, rows)
            return done, record_progress(db, claim, done, utc_now())

        return work

    async def finish(self, error: str | None = None) -> None:
        await self._database.write(lambda db: finish_run(db, self._claim, utc_now(), error))
        await self._tell()
