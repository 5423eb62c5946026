"""A new policy counts at once; what it ends, and what had run out before, is ended by and by."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from sessions_dashboard.database import Database
from sessions_dashboard.sessions import Policy, policy_work, resume_by_public_id
from sessions_dashboard.sessions.filters import SessionFilter, Status, View
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.leases import LEASE
from sessions_dashboard.sessions.listing import page_of
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.page_keys import PageKey
from sessions_dashboard.sessions.policy import Succeeding
from sessions_dashboard.sessions.policy_versions import current_policy, ensure_policy, store_policy
from tests.support.people import (
    NOW,
    POLICY,
    add_many_sessions,
    add_user,
    lines,
    set_session,
    stored,
)

DAY = timedelta(days=1)
LATER = NOW + DAY
WORKER = "a worker"
LONGER = replace(POLICY, lifetime=300 * DAY, idle_timeout=200 * DAY)


@pytest.fixture
def db(db: Connection) -> Connection:
    ensure_policy(db, POLICY, NOW - 300 * DAY)
    return db


def in_force(db: Connection) -> Policy:
    policy = current_policy(db)
    assert policy is not None
    return policy


def carry_through(db: Connection, now: datetime, limit: int = 2) -> None:
    work = policy_work.claim(db, WORKER, now)
    assert work is not None
    after, is_over = None, False
    while not is_over:
        done = policy_work.end_slice(db, work, WORKER, now, after, limit)
        after, is_over = done.after, done.is_over


def is_live(db: Connection, public_id: str, now: datetime) -> bool:
    return resume_by_public_id(db, public_id, in_force(db), now) is not None


def listed(db: Connection, status: Status, now: datetime) -> set[str]:
    view = View(SessionFilter(status=status))
    return {row.public_id for row in page_of(db, view, in_force(db), now, None, 50).rows}


class TestAFormerPolicy:
    """Of three sessions one is over by its age and one by disuse when a longer policy is saved."""

    @pytest.fixture
    def ids(self, db: Connection) -> list[str]:
        ada = add_user(db)
        old = {"created_at": NOW - 31 * DAY, "last_seen_at": NOW - DAY / 2}
        idle = {"created_at": NOW - 20 * DAY, "last_seen_at": NOW - 15 * DAY}
        alive = {"created_at": NOW - 29 * DAY, "last_seen_at": NOW - 13 * DAY}
        ids = [add_many_sessions(db, ada, 1, **times)[0] for times in (old, idle, alive)]
        store_policy(db, LONGER, NOW)
        return ids

    def test_what_ran_out_under_it_stays_over(self, db: Connection, ids: list[str]) -> None:
        old, idle, alive = ids
        for now in (NOW, LATER, NOW + 100 * DAY):
            assert [is_live(db, one, now) for one in ids] == [False, False, True]
            assert listed(db, Status.LIVE, now) == {alive}
            assert listed(db, Status.EXPIRED, now) == {old, idle}

    def test_what_ran_out_under_it_ends_as_of_then(self, db: Connection, ids: list[str]) -> None:
        old, idle, alive = ids
        work = policy_work.claim(db, WORKER, LATER)
        assert work is not None
        assert policy_work.count(db, work, LATER) == 2
        policy_work.note_count(db, work, WORKER, 2, LATER)
        while not policy_work.end_slice(db, work, WORKER, LATER, None, 9).is_over:
            pass
        assert (stored(db, old).end_reason, stored(db, old).ended_at) == ("lifetime", NOW - DAY)
        assert (stored(db, idle).end_reason, stored(db, idle).ended_at) == ("idle", NOW - DAY)
        assert stored(db, alive).ended_at is None
        assert len(lines(db, EventKind.ENDED)) == 2
        found = policy_work.progress(db)
        assert found is not None
        assert (found.is_over, found.ended, found.to_end) == (True, 2, 2)
        assert not policy_work.is_any_free(db, LATER)
        # Nothing is left to be told from the others.
        assert in_force(db) == LONGER

    def test_nor_does_one_after_that_bring_it_back(self, db: Connection, ids: list[str]) -> None:
        store_policy(db, replace(LONGER, lifetime=301 * DAY), LATER)
        assert [is_live(db, one, LATER) for one in ids] == [False, False, True]
        carry_through(db, LATER)
        assert [stored(db, one).ended_at for one in ids] == [NOW - DAY, NOW - DAY, None]

    def test_nor_do_however_many_after_that(self, db: Connection, ids: list[str]) -> None:
        for number in range(150):
            lifetime = LONGER.lifetime + timedelta(seconds=number)
            store_policy(db, replace(LONGER, lifetime=lifetime), NOW + timedelta(seconds=number))
        assert [is_live(db, one, LATER) for one in ids] == [False, False, True]

    def test_those_under_which_a_session_lives_as_long_count_as_one(
        self, db: Connection, ids: list[str]
    ) -> None:
        for number in range(10):
            policy = replace((LONGER, POLICY)[number % 2], max_sessions=number)
            store_policy(db, policy, NOW + timedelta(seconds=number))
        policy = in_force(db)
        assert isinstance(policy, Succeeding)
        until = {former.policy.lifetime: former.until for former in policy.former}
        assert len(policy.former) == len(until) == 2
        assert until[LONGER.lifetime] == NOW + timedelta(seconds=9)
        assert until[POLICY.lifetime] == NOW + timedelta(seconds=8)

    def test_nor_does_a_server_whose_clock_is_behind(self, db: Connection, ids: list[str]) -> None:
        ran_out = NOW - POLICY.idle_timeout - timedelta(seconds=1)
        set_session(db, ids[1], last_seen_at=ran_out)
        carry_through(db, NOW - timedelta(seconds=5))
        assert [is_live(db, one, NOW) for one in ids] == [False, False, True]

    def test_saved_by_a_clock_that_was_set_back_ends_nothing_early(
        self, db: Connection, ids: list[str]
    ) -> None:
        store_policy(db, replace(LONGER, lifetime=301 * DAY), NOW + 999 * DAY)
        carry_through(db, NOW)
        assert [stored(db, one).ended_at is None for one in ids] == [False, False, True]


def test_what_another_transaction_holds_is_not_passed_over(database: Database) -> None:
    """It would be brought back once the policy it ran out under is forgotten."""
    with database.begin() as db:
        ensure_policy(db, POLICY, NOW - 300 * DAY)
        [over] = add_many_sessions(db, add_user(db), 1, created_at=NOW - 31 * DAY)
        store_policy(db, LONGER, NOW)
        work = policy_work.claim(db, WORKER, NOW)
    assert work is not None

    def slice_of_it(after: PageKey | None) -> policy_work.Slice:
        return database.write_here(
            lambda db: policy_work.end_slice(db, work, WORKER, NOW, after, 9)
        )

    done = policy_work.Slice()
    if not database.is_sqlite:
        # Where anybody else can write at the same time.
        with database.begin() as another:
            held = select(sessions.c.id).where(sessions.c.public_id == over).with_for_update()
            another.execute(held).one()
            done = slice_of_it(None)
        assert not done.is_over
    assert slice_of_it(done.after).is_over
    with database.reading() as db:
        assert not is_live(db, over, NOW)
        assert stored(db, over).end_reason == "lifetime"


class TestOnTheWay:
    @pytest.fixture
    def ids(self, db: Connection) -> list[str]:
        times = {"created_at": NOW - 5 * DAY, "last_seen_at": NOW}
        ids = add_many_sessions(db, add_user(db), 7, **times)
        store_policy(db, replace(POLICY, lifetime=4 * DAY, idle_timeout=4 * DAY), NOW)
        return ids

    def test_all_are_refused_before_one_is_ended(self, db: Connection, ids: list[str]) -> None:
        assert not any(is_live(db, one, NOW) for one in ids)
        assert all(stored(db, one).ended_at is None for one in ids)

    def test_is_gone_on_with_by_another_when_one_says_nothing_more(
        self, db: Connection, ids: list[str]
    ) -> None:
        work = policy_work.claim(db, WORKER, NOW)
        assert work is not None
        policy_work.note_count(db, work, WORKER, 7, NOW)
        policy_work.end_slice(db, work, WORKER, NOW, None, 3)
        assert not policy_work.is_any_free(db, NOW + LEASE)
        assert policy_work.claim(db, "another", NOW + LEASE) is None
        later = NOW + 2 * LEASE
        assert policy_work.is_any_free(db, later)
        taken = policy_work.claim(db, "another", later)
        assert taken is not None
        assert taken.to_end == 7
        # The first one was only slow: it finds out before it ends anything.
        assert policy_work.end_slice(db, work, WORKER, later, None, 3).is_over
        policy_work.end_slice(db, taken, "another", later, None, 9)
        assert len(lines(db, EventKind.ENDED)) == len(ids)
        found = policy_work.progress(db)
        assert found is not None
        assert (found.is_over, found.ended) == (True, 7)

    def test_is_claimed_for_no_longer_by_a_clock_that_was_set_back(
        self, db: Connection, ids: list[str]
    ) -> None:
        assert policy_work.claim(db, WORKER, NOW + DAY) is not None
        assert policy_work.is_any_free(db, NOW)
        assert policy_work.claim(db, "another", NOW) is not None
        # Two machines' clocks are never quite the same.
        assert not policy_work.is_any_free(db, NOW - timedelta(seconds=30))

    def test_leaves_off_where_another_policy_is_in_force(
        self, db: Connection, ids: list[str]
    ) -> None:
        work = policy_work.claim(db, WORKER, NOW)
        assert work is not None
        store_policy(db, POLICY, NOW)
        assert policy_work.end_slice(db, work, WORKER, NOW, None, 3).is_over
        assert lines(db, EventKind.ENDED) == []
        # What the policy in between refused stays refused.
        assert not any(is_live(db, one, NOW) for one in ids)
        carry_through(db, NOW)
        assert len(lines(db, EventKind.ENDED)) == len(ids)
