"""Runs of the clean-up: begun by administrators, one at a time, and what they would delete."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert, update

from sessions_dashboard.database import Database
from sessions_dashboard.sessions import NotAdmin, NotSignedIn, PasswordNeeded
from sessions_dashboard.sessions.cleanup import (
    ABANDONED_AFTER,
    Claim,
    claim_run,
    count_doomed,
    finish_run,
)
from sessions_dashboard.sessions.cleanup_runs import (
    AlreadyRunning,
    RunState,
    claim_by_hand,
    count_what_would_go,
    last_done,
    page_of_runs,
    run_under_way,
)
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.models import cleanup_runs
from tests.support.people import (
    NOW,
    POLICY,
    SignedIn,
    add_many_sessions,
    add_user,
    lines,
    set_session,
    set_user,
    sign_in,
)
from tests.support.together import together


@pytest.fixture
def root(db: Connection) -> SignedIn:
    return sign_in(db, add_user(db, "root", is_admin=True))


def test_nobody_but_a_live_administrator_with_a_fresh_password_begins_one(
    db: Connection, root: SignedIn
) -> None:
    plain = sign_in(db, add_user(db, "bob"))
    stale = root.actor._replace(authenticated_at=NOW - POLICY.step_up_after)
    for actor, error in ((plain.actor, NotAdmin), (stale, PasswordNeeded)):
        with pytest.raises(error):
            claim_by_hand(db, actor, POLICY, NOW)
    set_user(db, root.actor.user_id, is_admin=False)
    with pytest.raises(NotAdmin):
        claim_by_hand(db, root.actor, POLICY, NOW)
    set_user(db, root.actor.user_id, is_admin=True)
    set_session(db, root.public_id, ended_at=NOW, end_reason="revoked")
    with pytest.raises(NotSignedIn):
        claim_by_hand(db, root.actor, POLICY, NOW)
    assert page_of_runs(db) == []


def test_one_at_a_time_and_the_history_says_who(db: Connection, root: SignedIn) -> None:
    claim = claim_by_hand(db, root.actor, POLICY, NOW)
    with pytest.raises(AlreadyRunning):
        claim_by_hand(db, root.actor, POLICY, NOW)
    running = run_under_way(db, NOW)
    assert running is not None
    assert (running.id, running.started_by) == (claim.run_id, "root@example.com")
    finish_run(db, claim, NOW)
    assert run_under_way(db, NOW) is None
    (line,) = lines(db, EventKind.CLEANED_UP)
    assert line.actor_user_id == root.actor.user_id
    claim_by_hand(db, root.actor, POLICY, NOW)


def test_of_two_that_begin_at_once_one_goes_on(database: Database) -> None:
    with database.begin() as db:
        admins = [sign_in(db, add_user(db, name, is_admin=True)) for name in ("a", "b", "c")]
    answers = together(
        database,
        *(lambda db, actor=one.actor: claim_by_hand(db, actor, POLICY, NOW) for one in admins),
    )
    assert sum(isinstance(answer, AlreadyRunning) for answer in answers) == 2


def test_one_that_was_broken_off_is_in_nobodys_way(db: Connection, root: SignedIn) -> None:
    claim_by_hand(db, root.actor, POLICY, NOW)
    later = NOW + ABANDONED_AFTER + timedelta(seconds=1)
    (run,) = page_of_runs(db)
    assert run.state(NOW) is RunState.RUNNING
    assert run.state(later) is RunState.BROKEN_OFF
    again = root.actor._replace(authenticated_at=later)
    assert claim_by_hand(db, again, POLICY, later).run_id != run.id


def test_one_from_before_the_clock_was_set_back_is_in_nobodys_way(
    db: Connection, root: SignedIn
) -> None:
    claim_run(db, NOW, NOW + timedelta(days=1))
    (run,) = page_of_runs(db)
    assert run.state(NOW) is RunState.BROKEN_OFF
    assert claim_run(db, NOW, NOW) == Claim(run.id, NOW)
    # Two machines' clocks are never quite the same.
    assert claim_run(db, NOW, NOW - timedelta(minutes=1)) is None
    claim_run(db, NOW + timedelta(hours=1), NOW + timedelta(hours=1))
    finish_run(db, Claim(run.id, NOW), NOW)
    claim_by_hand(db, root.actor, POLICY, NOW)


def test_a_failed_run_says_so(db: Connection, root: SignedIn) -> None:
    finish_run(db, claim_by_hand(db, root.actor, POLICY, NOW), NOW, "the disk is full")
    (run,) = page_of_runs(db)
    assert (run.state(NOW), run.error) == (RunState.FAILED, "the disk is full")


def test_the_last_one_is_one_that_went_through(db: Connection, root: SignedIn) -> None:
    minute = timedelta(minutes=1)
    assert last_done(db) is None
    claim = claim_by_hand(db, root.actor, POLICY, NOW)
    assert last_done(db) is None
    finish_run(db, claim, NOW + minute)
    assert last_done(db) == NOW + minute
    finish_run(db, claim_by_hand(db, root.actor, POLICY, NOW), NOW + 2 * minute, "no disk")
    claim_by_hand(db, root.actor, POLICY, NOW)
    assert last_done(db) == NOW + minute


def test_runs_are_read_in_pages(db: Connection) -> None:
    for number in range(7):
        moment = NOW + timedelta(days=number)
        db.execute(
            insert(cleanup_runs).values(
                scheduled_for=moment, started_at=moment, heartbeat_at=moment, deleted_rows=number
            )
        )
    db.execute(update(cleanup_runs).values(finished_at=NOW))
    first = page_of_runs(db, size=4)
    second = page_of_runs(db, before=first[3].id, size=4)
    assert [run.deleted_sessions for run in first[:4] + second] == [6, 5, 4, 3, 2, 1, 0]


def test_counts_what_a_run_would_delete(db: Connection, root: SignedIn) -> None:
    old = NOW - POLICY.retention - timedelta(days=1)
    add_many_sessions(db, root.actor.user_id, 3, ended_at=old, end_reason="revoked")
    add_many_sessions(db, root.actor.user_id, 2, ended_at=NOW, end_reason="revoked")
    for age in (POLICY.history_retention + timedelta(seconds=1), timedelta(0)):
        record(db, EventKind.RENAMED, NOW - age)
    found = count_what_would_go(db, POLICY, NOW)
    assert (found.sessions, found.events) == (3, 1)
    assert count_doomed(db, POLICY, NOW) == 3
