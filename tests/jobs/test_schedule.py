"""The schedule: when it is due, and that it runs once whatever number of workers there are."""

import asyncio
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Row, func, insert, select, update

from sessions_dashboard.database import Database
from sessions_dashboard.jobs import Schedule, carry_out, cleanup, run_cleanup, schedule, slices
from sessions_dashboard.jobs.schedule import last_due
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import cleanup as domain
from sessions_dashboard.sessions.cleanup import claim_run, finish_run
from sessions_dashboard.sessions.models import cleanup_runs, sessions
from sessions_dashboard.settings import Settings
from sessions_dashboard.settings.cron import cron
from tests.support.people import POLICY, add_many_sessions, add_user

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)  # a Saturday


def at(expression: str, zone: str = "UTC") -> CronTrigger:
    trigger = cron(expression)
    trigger.timezone = ZoneInfo(zone)
    return trigger


def due(expression: str, now: datetime = NOW, zone: str = "UTC") -> str | None:
    found = last_due(at(expression, zone), now)
    return found.astimezone(UTC).strftime("%a %d %b %H:%M") if found else None


class TestLastDue:
    @pytest.mark.parametrize(
        ("expression", "moment"),
        [
            ("0 3 * * *", "Sat 14 Mar 03:00"),
            ("0 13 * * *", "Fri 13 Mar 13:00"),
            ("0 12 * * *", "Sat 14 Mar 12:00"),
            ("* * * * *", "Sat 14 Mar 12:00"),
            ("7-59/7 * * * *", "Sat 14 Mar 11:56"),
            ("59 23 28 2 *", "Sat 28 Feb 23:59"),
            ("0 0 1 1 *", "Thu 01 Jan 00:00"),
            ("30 4 1,15 * *", "Sun 01 Mar 04:30"),
            ("0 3 * * 1", "Mon 09 Mar 03:00"),
        ],
    )
    def test_it_is_the_latest_moment_that_is_not_in_the_future(
        self, expression: str, moment: str
    ) -> None:
        assert due(expression) == moment

    def test_the_very_second_counts(self) -> None:
        assert due("0 3 * * *", datetime(2026, 3, 14, 3, tzinfo=UTC)) == "Sat 14 Mar 03:00"
        before = datetime(2026, 3, 14, 3, tzinfo=UTC) - timedelta(microseconds=1)
        assert due("0 3 * * *", before) == "Fri 13 Mar 03:00"

    def test_what_is_due_every_fourth_year_may_not_have_been_for_long(self) -> None:
        assert due("0 0 29 2 *") is None

    @pytest.mark.parametrize(
        "now",
        [
            # Berlin skips 2:00 to 3:00 on 29 March and has 2:00 to 3:00 twice on 25 October.
            datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
            datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
            datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
            datetime(2026, 10, 25, 2, 30, tzinfo=UTC),
        ],
    )
    @pytest.mark.parametrize("expression", ["0 3 * * *", "30 2 * * *", "*/15 * * * *"])
    def test_a_change_of_the_clock_leaves_it_in_the_past_and_the_newest(
        self, now: datetime, expression: str
    ) -> None:
        """The search for it once ran without end in the hour that comes twice."""
        trigger = at(expression, "Europe/Berlin")
        found = last_due(trigger, now)
        assert found is not None
        assert found <= now
        following = trigger.get_next_fire_time(None, found + timedelta(minutes=1))
        assert following.astimezone(UTC) > now

    def test_it_stays_the_same_until_the_next_one(self) -> None:
        trigger = at("0 3 * * *")
        moments = {
            last_due(trigger, datetime(2026, 3, 14, 3, tzinfo=UTC) + timedelta(hours=hours))
            for hours in range(24)
        }
        assert len(moments) == 1


@pytest.fixture
def doomed(database: Database) -> Database:
    """A database with 500 sessions that are over for long, and 5 that are not."""
    with database.begin() as db:
        user_id = add_user(db)
        long_ago = utc_now() - timedelta(days=200)
        for number, changed in (
            (300, {"ended_at": long_ago, "end_reason": "revoked"}),
            (200, {"created_at": long_ago, "last_seen_at": long_ago}),
            (5, {"created_at": utc_now(), "last_seen_at": utc_now()}),
        ):
            add_many_sessions(db, user_id, number, **changed)
    return database


def runs(database: Database) -> list[Row[Any]]:
    with database.reading() as db:
        return list(db.execute(select(cleanup_runs).order_by(cleanup_runs.c.id)))


def left(database: Database) -> int:
    with database.reading() as db:
        return int(db.execute(select(func.count()).select_from(sessions)).scalar_one())


class TestARun:
    def test_deletes_what_is_over_for_long_and_records_itself(self, doomed: Database) -> None:
        assert asyncio.run(run_cleanup(doomed, POLICY, NOW)) == 500
        assert left(doomed) == 5
        (run,) = runs(doomed)
        assert run.deleted_rows == 500
        assert run.scheduled_for == NOW
        assert run.finished_at is not None
        assert run.error is None

    def test_goes_in_slices_so_that_others_get_their_turn(
        self, doomed: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cleanup, "FIRST_SLICE_ROWS", 20)
        monkeypatch.setattr(slices, "MAXIMUM_SLICE_ROWS", 20)
        between: list[int] = []

        async def story() -> None:
            running = asyncio.create_task(run_cleanup(doomed, POLICY, NOW))
            while not running.done():
                between.append(await doomed.write(lambda db: 1))
                await asyncio.sleep(0)

        asyncio.run(story())
        assert left(doomed) == 5
        # Each of some 25 slices let at least one other write in between.
        assert len(between) > 20

    def test_of_two_at_once_for_one_moment_one_runs(self, doomed: Database) -> None:
        async def story() -> list[int | None]:
            other = Database(doomed.url.render_as_string(hide_password=False))
            try:
                return await asyncio.gather(
                    *(run_cleanup(database, POLICY, NOW) for database in (doomed, other) * 3)
                )
            finally:
                other.close()

        assert sorted(asyncio.run(story()), key=lambda deleted: deleted or 0) == [None] * 5 + [500]
        assert len(runs(doomed)) == 1

    def test_runs_by_hand_are_no_moment_and_never_in_the_way(self, doomed: Database) -> None:
        async def story() -> None:
            assert await run_cleanup(doomed, POLICY) == 500
            assert await run_cleanup(doomed, POLICY) == 0
            assert await run_cleanup(doomed, POLICY, NOW) == 0

        asyncio.run(story())
        assert [run.scheduled_for for run in runs(doomed)] == [None, None, NOW]

    def test_an_error_is_recorded_and_logged(
        self, doomed: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(*_arguments: object) -> None:
            raise RuntimeError("the disk is full " + "x" * 1_000)

        monkeypatch.setattr(cleanup, "clean_slice", fail)
        with pytest.raises(RuntimeError), caplog.at_level(logging.ERROR):
            asyncio.run(run_cleanup(doomed, POLICY, NOW))
        (run,) = runs(doomed)
        assert run.error.startswith("RuntimeError: the disk is full")
        assert len(run.error) <= 500
        assert run.finished_at is not None
        assert "clean-up failed" in caplog.text

    def test_one_that_was_abandoned_is_taken_over_and_one_that_goes_on_is_not(
        self, doomed: Database
    ) -> None:
        def begin(silent_for: timedelta) -> None:
            moment = utc_now() - silent_for
            with doomed.begin() as db:
                db.execute(cleanup_runs.delete())
                db.execute(
                    insert(cleanup_runs).values(
                        scheduled_for=NOW, started_at=moment, heartbeat_at=moment, deleted_rows=7
                    )
                )

        begin(timedelta(seconds=20))
        assert asyncio.run(run_cleanup(doomed, POLICY, NOW)) is None
        assert left(doomed) == 505
        begin(timedelta(seconds=40))
        assert asyncio.run(run_cleanup(doomed, POLICY, NOW)) == 500
        (run,) = runs(doomed)
        # What the first one had deleted before it died counts too.
        assert run.deleted_rows == 507
        assert run.finished_at is not None

    def test_one_that_was_only_slow_deletes_nothing_once_another_is_through(
        self, doomed: Database
    ) -> None:
        claim = doomed.write_here(lambda db: claim_run(db, NOW, NOW))
        assert claim is not None
        doomed.write_here(lambda db: finish_run(db, claim, NOW))
        assert asyncio.run(carry_out(doomed, POLICY, claim)) is None
        (run,) = runs(doomed)
        # Of what it was about to delete there would be no account.
        assert (run.deleted_rows, run.error, left(doomed)) == (0, None, 505)

    def test_one_that_hung_and_then_failed_leaves_the_run_to_whoever_took_it_over(
        self, doomed: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        began = utc_now() - timedelta(seconds=40)
        slow = doomed.write_here(lambda db: claim_run(db, NOW, began))
        assert slow is not None
        another = doomed.write_here(lambda db: claim_run(db, NOW, utc_now()))
        assert another is not None

        def fail(*_arguments: object) -> None:
            raise RuntimeError("the network was away")

        with monkeypatch.context() as broken:
            broken.setattr(cleanup, "clean_slice", fail)
            with pytest.raises(RuntimeError):
                asyncio.run(carry_out(doomed, POLICY, slow))
        assert asyncio.run(carry_out(doomed, POLICY, another)) == 500
        (run,) = runs(doomed)
        assert (run.deleted_rows, run.error, left(doomed)) == (500, None, 5)


class TestSchedule:
    @pytest.fixture
    def runtime(self, doomed: Database) -> Iterator[Runtime]:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            secret_key="k" * 32,
            database_url=doomed.url.render_as_string(hide_password=False),
            sessions_cleanup_schedule="0 3 * * *",
        )
        runtime = Runtime(settings, ())
        runtime.open()
        yield runtime
        runtime.database.close()

    async def until(self, database: Database, wanted: int) -> None:
        for _ in range(1_000):
            finished = [run for run in runs(database) if run.finished_at is not None]
            if len(finished) >= wanted:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"no {wanted} runs: {runs(database)}")

    async def start_and_stop(self, runtime: Runtime) -> None:
        schedule = Schedule(runtime)
        schedule.start()
        await self.until(runtime.database, 1)
        schedule.stop()

    def test_a_run_that_was_missed_is_made_up_for_once(
        self, runtime: Runtime, doomed: Database
    ) -> None:
        asyncio.run(self.start_and_stop(runtime))
        assert left(doomed) == 5
        (first,) = runs(doomed)
        assert first.scheduled_for <= utc_now()
        # Started again on the same day it has nothing to make up for.
        asyncio.run(self.start_and_stop(runtime))
        assert runs(doomed) == [first]

    def test_a_start_that_is_slow_makes_up_for_it_all_the_same(
        self, runtime: Runtime, doomed: Database
    ) -> None:
        async def story() -> None:
            schedule = Schedule(runtime)
            schedule.start()
            # Longer than APScheduler lets a job be late by itself.
            time.sleep(1.2)
            await self.until(doomed, 1)
            schedule.stop()

        asyncio.run(story())
        assert left(doomed) == 5

    def test_of_two_workers_one_makes_up_for_it(self, runtime: Runtime, doomed: Database) -> None:
        async def story() -> None:
            workers = [Schedule(runtime), Schedule(runtime)]
            await asyncio.gather(*(worker._clean_up() for worker in workers * 2))

        asyncio.run(story())
        assert len(runs(doomed)) == 1
        assert left(doomed) == 5

    def test_one_that_died_a_moment_before_the_start_is_taken_over_soon_after(
        self, runtime: Runtime, doomed: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in (domain, schedule):
            monkeypatch.setattr(module, "ABANDONED_AFTER", timedelta(seconds=1))
        due = last_due(cron("0 3 * * *"), utc_now())
        with doomed.begin() as db:
            assert claim_run(db, due, utc_now()) is not None
        asyncio.run(self.start_and_stop(runtime))
        (run,) = runs(doomed)
        assert (run.deleted_rows, left(doomed)) == (500, 5)

    def test_one_that_died_midway_is_taken_over_at_the_next_start(
        self, runtime: Runtime, doomed: Database
    ) -> None:
        asyncio.run(self.start_and_stop(runtime))
        with doomed.begin() as db:
            db.execute(
                update(cleanup_runs).values(
                    finished_at=None, heartbeat_at=utc_now() - timedelta(minutes=6)
                )
            )
        asyncio.run(self.start_and_stop(runtime))
        (run,) = runs(doomed)
        assert run.finished_at is not None
        assert run.deleted_rows == 500
