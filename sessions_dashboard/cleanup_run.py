"""Long work on the sessions, in slices that nobody has to wait for."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from sessions_dashboard.database import Database
from sessions_dashboard.metrics import cleaned_up
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions.cleanup import (
    Position,
    Slice,
    Walk,
    claim_run,
    clean_slice,
    finish_run,
    record_progress,
)
from sessions_dashboard.sessions.policy import Policy

logger = logging.getLogger(__name__)

Tell = Callable[[], Awaitable[None]]
# How often whoever watches a run is told to look.
TELL_SECONDS = 0.5
# What one slice may take of the database's time; sign-ins wait no longer than that.
SLICE_SECONDS = 0.025
FIRST_SLICE_ROWS = 200
MINIMUM_SLICE_ROWS = 20
MAXIMUM_SLICE_ROWS = 5_000


async def run_cleanup(
    database: Database, policy: Policy, scheduled_for: datetime | None = None
) -> int | None:
    """Delete what has been over for too long; the number of rows, or None if it is not ours.

    A run goes through in slices, each a short transaction, with as long a pause after each.
    """
    run_id = await database.write(lambda db: claim_run(db, scheduled_for, utc_now()))
    return await carry_out(database, policy, run_id) if run_id is not None else None


async def _tell_nobody() -> None:
    """For a run that nobody watches."""


async def carry_out(
    database: Database, policy: Policy, run_id: int, tell: Tell = _tell_nobody
) -> int:
    """Go through with a run that was claimed; the number of sessions deleted.

    `tell` is called now and then while it goes on, and at its end.
    """
    try:
        deleted = await _delete_all(database, policy, run_id, tell)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        logger.exception("clean-up failed")
        await database.write(lambda db: finish_run(db, run_id, utc_now(), text))
        await tell()
        raise
    await database.write(lambda db: finish_run(db, run_id, utc_now()))
    await tell()
    logger.info("clean-up deleted %d sessions", deleted)
    return deleted


async def _delete_all(database: Database, policy: Policy, run_id: int, tell: Tell) -> int:
    now, deleted, told = utc_now(), 0, time.monotonic()
    position: Position | None = Position()
    rows = FIRST_SLICE_ROWS
    while position is not None:
        began = time.perf_counter()
        done = await database.write(_slice(policy, now, run_id, position, rows))
        took = time.perf_counter() - began
        deleted += done.deleted
        cleaned_up.inc(done.deleted)
        position = done.next
        if time.monotonic() - told >= TELL_SECONDS:
            told = time.monotonic()
            await tell()
        rows = next_size(rows, took)
        await asyncio.sleep(took)
    return deleted


def _slice(
    policy: Policy, now: datetime, run_id: int, position: Position, rows: int
) -> Callable[[Connection], Slice]:
    def work(db: Connection) -> Slice:
        done = clean_slice(db, policy, now, position, rows)
        record_progress(db, run_id, done, utc_now())
        return done

    return work


def next_size(rows: int, took: float) -> int:
    """As many rows as should fit the time, at most twice as many as before."""
    wanted = rows * SLICE_SECONDS / max(took, 0.001)
    return int(min(max(wanted, MINIMUM_SLICE_ROWS), rows * 2, MAXIMUM_SLICE_ROWS))


async def put_in_force(runtime: Runtime, work: Callable[[Connection], Policy]) -> Policy:
    """Store another policy, and hold every session to it from now on.

    What has run out under the old one ends before, or a longer lifetime would bring it back; what
    runs out under the new one is not left for the night.
    """
    await end_what_ran_out(runtime.database, runtime.policy)
    policy = await runtime.database.write(work)
    await runtime.adopt(policy)
    runtime.in_background(end_what_ran_out(runtime.database, policy))
    return policy


async def end_what_ran_out(database: Database, policy: Policy) -> None:
    """End all sessions that have run out by now, as of the moments when they did."""
    now, rows = utc_now(), FIRST_SLICE_ROWS
    position: Position | None = Position(Walk.END_EXPIRED)
    while position is not None and position.walk is Walk.END_EXPIRED:
        began = time.perf_counter()
        done = await database.write(
            partial(clean_slice, policy=policy, now=now, position=position, limit=rows)
        )
        took = time.perf_counter() - began
        position = done.next
        rows = next_size(rows, took)
        await asyncio.sleep(took)
