"""Ending what ran out, and deleting what has been over for longer than the retention."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, Row, select

from sessions_dashboard.accounts.models import account_links, outbox
from sessions_dashboard.accounts.outbox import MailKind, claim, finish, put
from sessions_dashboard.database import Database
from sessions_dashboard.sessions import Policy, end_by_token, touch
from sessions_dashboard.sessions.cleanup import (
    ABANDONED_AFTER,
    DEVICES_KEPT,
    MAILS_KEPT,
    MAX_ERROR_LENGTH,
    Claim,
    Position,
    RunIsOver,
    Slice,
    Walk,
    claim_run,
    clean_slice,
    count_doomed,
    finish_run,
    record_progress,
)
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.known_devices import recognise
from sessions_dashboard.sessions.links import VALID_FOR, Purpose, issue, redeem
from sessions_dashboard.sessions.models import cleanup_runs, known_devices, sessions
from sessions_dashboard.sessions.tokens import digest, new_token
from tests.support.people import (
    NOW,
    POLICY,
    SignedIn,
    add_many_sessions,
    add_sessions,
    add_user,
    lines,
    set_session,
    sign_in,
)

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
ENOUGH = 1_000
policy = Policy(lifetime=30 * DAY, idle_timeout=14 * DAY, retention=7 * DAY)


def run(
    db: Connection, rules: Policy = policy, now: datetime = NOW, limit: int = ENOUGH
) -> dict[Walk, list[Slice]]:
    """A whole run; what each of its slices did, by walk."""
    slices: dict[Walk, list[Slice]] = {walk: [] for walk in Walk}
    position: Position | None = Position()
    while position is not None:
        done = clean_slice(db, rules, now, position, limit)
        slices[position.walk].append(done)
        position = done.next
    return slices


def clean(
    db: Connection, rules: Policy = policy, now: datetime = NOW, limit: int = ENOUGH
) -> list[int]:
    """A whole run; how many sessions each slice of its second walk deleted."""
    return [one.deleted for one in run(db, rules, now, limit)[Walk.DELETE_SESSIONS]]


def left(db: Connection) -> set[str]:
    return set(db.execute(select(sessions.c.public_id)).scalars())


def backdated(db: Connection, user_id: int, **values: object) -> SignedIn:
    browser = sign_in(db, user_id)
    set_session(db, browser.public_id, **values)
    return browser


class TestWhatIsDeleted:
    def test_an_active_session_stays(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))

        assert sum(clean(db)) == 0

        assert left(db) == {browser.public_id}

    def test_a_session_that_was_ended_goes_once_it_was_kept_for_the_retention(
        self, db: Connection
    ) -> None:
        user_id = add_user(db)
        kept = backdated(db, user_id, ended_at=NOW - policy.retention)
        backdated(db, user_id, ended_at=NOW - policy.retention - INSTANT)

        assert count_doomed(db, policy, NOW) == 1
        assert sum(clean(db)) == 1

        assert left(db) == {kept.public_id}

    def test_a_session_past_its_lifetime_goes_once_it_was_kept_for_the_retention(
        self, db: Connection
    ) -> None:
        user_id = add_user(db)
        limit = NOW - policy.lifetime - policy.retention
        kept = backdated(db, user_id, created_at=limit, last_seen_at=NOW - 8 * DAY)
        backdated(db, user_id, created_at=limit - INSTANT, last_seen_at=NOW - 8 * DAY)

        assert count_doomed(db, policy, NOW) == 1
        assert sum(clean(db)) == 1

        assert left(db) == {kept.public_id}

    def test_an_idle_session_goes_once_it_was_kept_for_the_retention(self, db: Connection) -> None:
        user_id = add_user(db)
        limit = NOW - policy.idle_timeout - policy.retention
        created = NOW - 29 * DAY
        kept = backdated(db, user_id, created_at=created, last_seen_at=limit)
        backdated(db, user_id, created_at=created, last_seen_at=limit - INSTANT)

        assert count_doomed(db, policy, NOW) == 1
        assert sum(clean(db)) == 1

        assert left(db) == {kept.public_id}

    def test_a_session_never_used_again_goes_though_its_lifetime_lasts(
        self, db: Connection
    ) -> None:
        limit = NOW - policy.idle_timeout - policy.retention - INSTANT
        backdated(db, add_user(db), created_at=limit, last_seen_at=limit)

        assert sum(clean(db)) == 1

    def test_an_idle_session_that_was_then_ended_is_kept_from_its_end_on(
        self, db: Connection
    ) -> None:
        long_ago = NOW - 300 * DAY
        kept = backdated(
            db, add_user(db), created_at=long_ago, last_seen_at=long_ago, ended_at=NOW - DAY
        )

        clean(db)

        assert left(db) == {kept.public_id}

    def test_a_last_seen_in_the_future_keeps_no_session_for_ever(self, db: Connection) -> None:
        created = NOW - policy.lifetime - policy.retention - INSTANT
        backdated(db, add_user(db), created_at=created, last_seen_at=NOW + 3650 * DAY)

        assert sum(clean(db)) == 1

    @pytest.mark.parametrize(
        "rules",
        [
            POLICY,
            policy,
            Policy(retention=timedelta(0)),
            Policy(lifetime=DAY, idle_timeout=DAY, retention=365 * DAY),
            Policy(lifetime=400 * DAY, idle_timeout=timedelta(minutes=15), retention=DAY),
        ],
    )
    def test_is_exactly_what_has_been_over_for_longer_than_the_retention(
        self, db: Connection, rules: Policy
    ) -> None:
        rows = [
            {
                "created_at": NOW - age * DAY,
                "last_seen_at": NOW - idle * DAY,
                "ended_at": NOW - ended * DAY if ended is not None else None,
            }
            for age in range(0, 500, 25)
            for idle in range(0, age + 1, 15)
            for ended in (None, *range(0, idle + 1, 60))
        ]
        public_ids = add_sessions(db, add_user(db), rows)
        stay = {
            public_id
            for public_id, row in zip(public_ids, rows, strict=True)
            if _over_since(row, rules) >= NOW - rules.retention
        }
        doomed = len(rows) - len(stay)

        assert count_doomed(db, rules, NOW) == doomed
        assert sum(clean(db, rules, limit=50)) == doomed

        assert left(db) == stay
        assert count_doomed(db, rules, NOW) == 0

    def test_takes_no_user_with_it(self, db: Connection) -> None:
        user_id = add_user(db)
        backdated(db, user_id, ended_at=NOW - 300 * DAY)

        clean(db)

        assert db.exec_driver_sql("SELECT id FROM users").scalar_one() == user_id


def _over_since(row: dict[str, Any], rules: Policy) -> datetime:
    span = rules.span(is_admin=False, remembered=True)
    return row["ended_at"] or span.expires_at(row["created_at"], row["last_seen_at"])


class TestSlices:
    def test_add_up_to_all_of_it(self, db: Connection) -> None:
        user_id = add_user(db)
        add_many_sessions(db, user_id, 23, ended_at=NOW - 100 * DAY)
        add_many_sessions(db, user_id, 17, created_at=NOW - 100 * DAY, last_seen_at=NOW - 90 * DAY)
        keep = sign_in(db, user_id)

        slices = run(db, limit=5)

        assert [len(one.ended) for one in slices[Walk.END_EXPIRED]] == [5, 5, 5, 2]
        assert [one.deleted for one in slices[Walk.DELETE_SESSIONS]] == [5] * 8 + [0]
        assert left(db) == {keep.public_id}

    def test_walk_one_thing_after_another(self, db: Connection) -> None:
        """A session that ran out is ended before the walk that deletes what was ended."""
        add_many_sessions(db, add_user(db), 3, created_at=NOW - 100 * DAY)
        walks = []
        following: Position | None = Position()
        while following is not None:
            walks.append(following.walk)
            following = clean_slice(db, policy, NOW, following, ENOUGH).next

        assert walks == list(Walk)
        assert walks[:2] == [Walk.END_EXPIRED, Walk.DELETE_SESSIONS]
        assert left(db) == set()

    def test_that_fit_exactly_end_with_an_empty_one(self, db: Connection) -> None:
        add_many_sessions(db, add_user(db), 10, ended_at=NOW - 100 * DAY)

        assert clean(db, limit=5) == [5, 5, 0]

    def test_pass_no_more_rows_than_their_limit_though_none_of_them_ran_out(
        self, db: Connection
    ) -> None:
        """Else one transaction would go over a million rows that live on, and hold the lock."""
        user_id = add_user(db)
        add_many_sessions(db, user_id, 20, created_at=NOW - 20 * DAY)
        over = backdated(db, user_id, created_at=NOW - 19 * DAY, last_seen_at=NOW - 15 * DAY)

        ended = [one.ended for one in run(db, limit=5)[Walk.END_EXPIRED]]

        assert [len(those) for those in ended] == [0, 0, 0, 0, 1]
        assert ended[-1][0].public_id == over.public_id
        assert len(left(db)) == 21

    def test_that_delete_look_at_no_session_that_is_kept(self, db: Connection) -> None:
        user_id = add_user(db)
        add_many_sessions(db, user_id, 20, ended_at=NOW - DAY)
        add_many_sessions(db, user_id, 3, ended_at=NOW - 100 * DAY)

        assert clean(db, limit=5) == [3]

    def test_go_on_where_the_last_one_stopped_even_when_all_rows_share_a_moment(
        self, db: Connection
    ) -> None:
        user_id = add_user(db)
        add_many_sessions(db, user_id, 30, created_at=NOW - 30 * DAY, last_seen_at=NOW - 16 * DAY)
        add_many_sessions(db, user_id, 30, created_at=NOW - 30 * DAY, last_seen_at=NOW - 25 * DAY)

        assert sum(clean(db, limit=7)) == 30

        assert len(left(db)) == 30

    def test_leave_a_session_that_was_touched_since_the_run_began(self, database: Database) -> None:
        created = NOW - 20 * DAY
        with database.begin() as db:
            user_id = add_user(db)
            browsers = [
                backdated(db, user_id, created_at=created, last_seen_at=NOW - 14 * DAY)
                for _ in range(3)
            ]
        strict = Policy(retention=timedelta(0))
        with database.begin() as db:
            first = clean_slice(db, strict, NOW + INSTANT, Position(), 1)
        with database.begin() as db:
            touch(db, browsers[2].actor.id, NOW)
        position = first.next
        while position is not None:
            with database.begin() as db:
                position = clean_slice(db, strict, NOW + INSTANT, position, 1).next

        with database.reading() as db:
            assert left(db) == {browsers[2].public_id}

    def test_begun_again_from_the_start_lose_nothing(self, db: Connection) -> None:
        """A run that is taken over begins anew: positions are not kept."""
        add_many_sessions(db, add_user(db), 12, ended_at=NOW - 100 * DAY)
        first = clean_slice(db, policy, NOW, Position(), 5)

        assert first.deleted + sum(clean(db, limit=5)) == 12

    def test_of_two_runs_at_once_delete_every_row_once(self, database: Database) -> None:
        with database.begin() as db:
            user_id = add_user(db)
            add_many_sessions(db, user_id, 150, ended_at=NOW - 100 * DAY)
            add_many_sessions(db, user_id, 150, created_at=NOW - 99 * DAY)
        both = Barrier(2)

        def run_all(_worker: int) -> int:
            both.wait()
            deleted = 0
            position: Position | None = Position()
            while position is not None:
                done = database.write_here(partial(_slice_of_twenty, position))
                deleted += done.deleted
                position = done.next
            return deleted

        with ThreadPoolExecutor(2) as workers:
            counts = list(workers.map(run_all, range(2)))

        assert sum(counts) == 300
        with database.reading() as db:
            assert left(db) == set()


def _slice_of_twenty(position: Position, db: Connection) -> Slice:
    return clean_slice(db, policy, NOW, position, 20)


def run_of(db: Connection, run_id: int) -> Row[Any]:
    return db.execute(select(cleanup_runs).where(cleanup_runs.c.id == run_id)).one()


def claimed(db: Connection, now: datetime) -> Claim:
    taken = claim_run(db, NOW, now)
    assert taken is not None
    return taken


class TestClaimRun:
    def test_a_scheduled_moment_is_claimed_once(self, db: Connection) -> None:
        first = claimed(db, NOW)

        assert claim_run(db, NOW, NOW + INSTANT) is None
        run = run_of(db, first.run_id)
        assert (run.scheduled_for, run.started_at) == (NOW, NOW)

    def test_the_next_moment_is_another_run(self, db: Connection) -> None:
        assert claim_run(db, NOW, NOW) != claim_run(db, NOW + DAY, NOW + DAY) is not None

    def test_a_run_by_hand_is_always_one_of_its_own(self, db: Connection) -> None:
        first = claim_run(db, None, NOW)
        second = claim_run(db, None, NOW)

        assert first is not None
        assert second is not None
        assert first.run_id != second.run_id

    def test_one_of_many_workers_at_once_gets_it(self, database: Database) -> None:
        workers = 6
        start = Barrier(workers)

        def take(day: int) -> Claim | None:
            start.wait()
            return database.write_here(lambda db: claim_run(db, NOW + day * DAY, NOW))

        with ThreadPoolExecutor(workers) as pool:
            for day in range(8):
                claims = list(pool.map(take, [day] * workers))
                assert len([one for one in claims if one is not None]) == 1

    def test_a_run_that_crashed_is_taken_over_once(self, db: Connection) -> None:
        run_id = claimed(db, NOW).run_id
        late = NOW + ABANDONED_AFTER + INSTANT

        assert claim_run(db, NOW, NOW + ABANDONED_AFTER) is None
        assert claim_run(db, NOW, late) == Claim(run_id, late)
        assert claim_run(db, NOW, late + INSTANT) is None

    def test_one_of_many_workers_takes_an_abandoned_run_over(self, database: Database) -> None:
        workers = 4
        start = Barrier(workers)
        late = NOW + ABANDONED_AFTER + INSTANT
        run_id = database.write_here(lambda db: claimed(db, NOW)).run_id

        def take_over(_worker: int) -> Claim | None:
            start.wait()
            return database.write_here(lambda db: claim_run(db, NOW, late))

        with ThreadPoolExecutor(workers) as pool:
            claims = list(pool.map(take_over, range(workers)))

        assert sorted(claims, key=str) == sorted([Claim(run_id, late), None, None, None], key=str)

    def test_a_run_that_makes_progress_is_not_taken_over(self, db: Connection) -> None:
        record_progress(db, claimed(db, NOW), Slice(None, deleted=5), NOW + ABANDONED_AFTER)

        assert claim_run(db, NOW, NOW + ABANDONED_AFTER + INSTANT) is None

    @pytest.mark.parametrize("error", [None, "OperationalError: disk is full"])
    def test_a_finished_run_is_never_taken_over(self, db: Connection, error: str | None) -> None:
        finish_run(db, claimed(db, NOW), NOW, error)

        assert claim_run(db, NOW, NOW + 10 * DAY) is None

    def test_one_that_was_only_slow_leaves_off_once_another_is_through(
        self, db: Connection
    ) -> None:
        mine = claimed(db, NOW)
        finish_run(db, mine, NOW + INSTANT)

        with pytest.raises(RunIsOver):
            record_progress(db, mine, Slice(None, deleted=5), NOW + DAY)
        finish_run(db, mine, NOW + DAY, "it came too late")

        run = run_of(db, mine.run_id)
        assert (run.deleted_rows, run.finished_at, run.error) == (0, NOW + INSTANT, None)
        assert len(lines(db, EventKind.CLEANED_UP)) == 1

    def test_one_that_was_only_slow_leaves_it_to_whoever_took_it_over(self, db: Connection) -> None:
        slow = claimed(db, NOW)
        slow = record_progress(db, slow, Slice(None, deleted=5), NOW + INSTANT)
        late = NOW + INSTANT + ABANDONED_AFTER + INSTANT
        another = claimed(db, late)

        finish_run(db, slow, late, "it hung, and then it broke")
        finish_run(db, slow, late)
        with pytest.raises(RunIsOver):
            record_progress(db, slow, Slice(None, deleted=500), late)
        another = record_progress(db, another, Slice(None, deleted=7), late + INSTANT)
        finish_run(db, another, late + DAY)

        run = run_of(db, another.run_id)
        assert (run.deleted_rows, run.finished_at, run.error) == (12, late + DAY, None)
        assert len(lines(db, EventKind.CLEANED_UP)) == 1


class TestTheRecordOfARun:
    def test_holds_when_it_ran_and_what_it_deleted(self, db: Connection) -> None:
        mine = claimed(db, NOW)
        slices = (Slice(None, deleted=5), Slice(None, deleted=7, deleted_events=2))
        for count, done in enumerate((*slices, Slice(None, deleted_events=9)), start=1):
            mine = record_progress(db, mine, done, NOW + count * INSTANT)
        assert run_of(db, mine.run_id).finished_at is None

        finish_run(db, mine, NOW + DAY)

        run = run_of(db, mine.run_id)
        assert (run.deleted_rows, run.deleted_events, run.error) == (12, 11, None)
        assert (run.started_at, run.finished_at) == (NOW, NOW + DAY)

    def test_holds_an_error_bounded(self, db: Connection) -> None:
        mine = claimed(db, NOW)

        finish_run(db, mine, NOW, "x" * 10_000)

        assert run_of(db, mine.run_id).error == "x" * MAX_ERROR_LENGTH

    def test_is_true_after_a_crash_between_and_within_slices(self, database: Database) -> None:
        with database.begin() as db:
            add_many_sessions(db, add_user(db), 20, ended_at=NOW - 100 * DAY)
        mine = database.write_here(lambda db: claimed(db, NOW))

        def one_slice(position: Position, mine: Claim, *, crash: bool) -> Position | None:
            with database.begin() as db:
                done = clean_slice(db, policy, NOW, position, 6)
                if crash:
                    raise ConnectionError
                record_progress(db, mine, done, mine.heartbeat_at)
            return done.next

        position = one_slice(Position(Walk.DELETE_SESSIONS), mine, crash=False)
        assert position is not None
        with pytest.raises(ConnectionError):
            one_slice(position, mine, crash=True)

        with database.reading() as db:
            assert run_of(db, mine.run_id).deleted_rows == 6 == 20 - len(left(db))

        late = NOW + ABANDONED_AFTER + INSTANT
        again = database.write_here(lambda db: claimed(db, late))
        assert again.run_id == mine.run_id
        restarted: Position | None = Position()
        while restarted is not None:
            restarted = one_slice(restarted, again, crash=False)
        with database.reading() as db:
            assert run_of(db, mine.run_id).deleted_rows == 20
            assert left(db) == set()


def test_a_browser_whose_session_was_deleted_is_signed_out(db: Connection) -> None:
    browser = backdated(db, add_user(db), ended_at=NOW - 100 * DAY)
    clean(db)

    assert end_by_token(db, browser.token, NOW) is None
    assert touch(db, browser.actor.id, NOW + DAY) is False


def test_a_line_that_was_written_late_goes_by_its_time(db: Connection) -> None:
    """What ran out unnoticed is written down later, as of the moment when it did."""
    user_id = add_user(db)
    kept = NOW - policy.history_retention
    old = kept - INSTANT
    for at in (kept, old, NOW, old):
        record(db, EventKind.RENAMED, at, user_id=user_id)

    clean(db)

    assert [line.at for line in lines(db, EventKind.RENAMED)] == [kept, NOW]


class TestLinksMailsAndDevices:
    def test_go_when_they_are_of_no_use_any_more(self, db: Connection) -> None:
        user_id = add_user(db)
        reset = Purpose.RESET_PASSWORD
        good = issue(db, user_id, reset, NOW)
        issue(db, user_id, reset, NOW - VALID_FOR[reset])
        redeem(db, issue(db, user_id, reset, NOW), reset, NOW)
        for sent in (NOW - MAILS_KEPT, NOW):
            put(db, MailKind.RESET_PASSWORD, user_id, sent)
            mail = claim(db, NOW)
            assert mail is not None
            finish(db, mail, sent)
        put(db, MailKind.NEW_DEVICE, user_id, NOW - 100 * DAY)
        for seen in (NOW - DEVICES_KEPT, NOW - DEVICES_KEPT + INSTANT):
            recognise(db, sign_in(db, user_id).public_id, new_token(), seen)

        for limit in (1, 100):
            run(db, limit=limit)

        assert db.scalars(select(account_links.c.token_digest)).all() == [digest(good)]
        # Of the waiting ones the second tells of the second device.
        assert db.scalars(select(outbox.c.finished_at)).all() == [NOW, None, None]
        assert len(db.scalars(select(known_devices.c.id)).all()) == 1

    def test_go_a_few_at_a_time(self, db: Connection) -> None:
        user_id = add_user(db)
        for _ in range(12):
            issue(db, user_id, Purpose.NOT_ME, NOW - 100 * DAY)

        slices = run(db, limit=5)[Walk.DELETE_LINKS]

        assert len(slices) == 3
        assert db.scalars(select(account_links.c.id)).all() == []
