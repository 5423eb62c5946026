"""The schedule: what the server does by itself, once, however many workers there are."""

from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

from sessions_dashboard.jobs.cleanup import run_cleanup
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions.cleanup import ABANDONED_AFTER
from sessions_dashboard.settings.cron import cron

# How far back to look for a run that was missed while the server was down.
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


class Schedule:
    """Runs the clean-up at its times, and at the start one that was missed."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._trigger = cron(runtime.settings.sessions_cleanup_schedule)
        self._scheduler = AsyncIOScheduler()

    def start(self) -> None:
        self._scheduler.add_job(
            self._clean_up, self._trigger, coalesce=True, misfire_grace_time=None
        )
        # Also makes up for the run that was due while no server was up.
        self._scheduler.add_job(self._clean_up, misfire_grace_time=None)
        # And for one whose server was killed just now: until then it may still be at work.
        self._scheduler.add_job(
            self._clean_up,
            DateTrigger(utc_now() + ABANDONED_AFTER + timedelta(seconds=1)),
            misfire_grace_time=None,
        )
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)

    async def _clean_up(self) -> None:
        due = last_due(self._trigger, utc_now())
        if due is not None:
            await run_cleanup(self._runtime.database, self._runtime.policy, due)
