"""The schedule: what the server does by itself, once whatever number of workers there are."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Connection

from sessions_dashboard.cron import cron
from sessions_dashboard.database import Database
from sessions_dashboard.metrics import cleaned_up
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions.cleanup import (
    Position,
    Slice,
    claim_run,
    clean_slice,
    finish_run,
    record_progress,
)
from sessions_dashboard.sessions.policy import Policy

logger = logging.getLogger(__name__)

# What one slice may take of the database's time; sign-ins wait no longer than that.
SLICE_SECONDS = 0.025
FIRST_SLICE_ROWS = 200
MINIMUM_SLICE_ROWS = 20
MAXIMUM_SLICE_ROWS = 5_000
# How far back a run is looked for that was missed while the server was down.
LOOK_BACK = timedelta(days=366)


def last_due(trigger: CronTrigger, now: datetime) -> datetime | None:
    """The latest moment at or before `now` that the schedule names, in UTC."""
    step = timedelta(minutes=1)
    while step <= LOOK_BACK:
        latest: datetime | None = None
        due = trigger.get_next_fire_time(None, now.astimezone(UTC) - step)
        while due is not None and due.astimezone(UTC) <= now:
            latest = due.astimezone(UTC)
            # Asked from a moment in UTC: where the clock goes back, local times come twice and
            # the answer would never get past them.
            due = trigger.get_next_fire_time(None, latest + timedelta(minutes=1))
        if latest is not None:
            return latest
        step *= 2
    return None


async def run_cleanup(
    database: Database, policy: Policy, scheduled_for: datetime | None = None
) -> int | None:
    """Delete what has been over for too long; the number of rows, or None if it is not ours.

    A run goes through in slices, each a short transaction, with as long a pause after each.
    """
    run_id = await database.write(lambda db: claim_run(db, scheduled_for, utc_now()))
    if run_id is None:
        return None
    try:
        deleted = await _delete_all(database, policy, run_id)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        logger.exception("clean-up failed")
        await database.write(lambda db: finish_run(db, run_id, utc_now(), text))
        raise
    await database.write(lambda db: finish_run(db, run_id, utc_now()))
    logger.info("clean-up deleted %d sessions", deleted)
    return deleted


async def _delete_all(database: Database, policy: Policy, run_id: int) -> int:
    now, deleted = utc_now(), 0
    position: Position | None = Position()
    rows = FIRST_SLICE_ROWS
    while position is not None:
        began = time.perf_counter()
        done = await database.write(_slice(policy, now, run_id, position, rows))
        took = time.perf_counter() - began
        deleted += done.deleted
        cleaned_up.inc(done.deleted)
        position = done.next
        rows = _next_size(rows, took)
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


def _next_size(rows: int, took: float) -> int:
    """As many rows as should fit the time, at most twice as many as before."""
    wanted = rows * SLICE_SECONDS / max(took, 0.001)
    return int(min(max(wanted, MINIMUM_SLICE_ROWS), rows * 2, MAXIMUM_SLICE_ROWS))


class Schedule:
    """Runs the clean-up at its times, and first of all one that was missed."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._trigger = cron(runtime.settings.sessions_cleanup_schedule)
        self._scheduler = AsyncIOScheduler()

    def start(self) -> None:
        self._scheduler.add_job(
            self._clean_up, self._trigger, coalesce=True, misfire_grace_time=None
        )
        # Also makes up for the run that was due while no server was up.
        self._scheduler.add_job(self._clean_up)
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)

    async def _clean_up(self) -> None:
        due = last_due(self._trigger, utc_now())
        if due is not None:
            await run_cleanup(self._runtime.database, self._runtime.policy, due)
