"""Ending many as one: what was previewed and nothing else, once, whatever happens meanwhile."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select

from sessions_dashboard.database import Database
from sessions_dashboard.sessions import (
    NotFound,
    NotSignedIn,
    PasswordNeeded,
    bulk,
    bulk_work,
    conditions,
    end_by_token,
)
from sessions_dashboard.sessions.bulk import BulkState
from sessions_dashboard.sessions.events import EventFilter, page_of_events
from sessions_dashboard.sessions.history import EventKind, events_of
from sessions_dashboard.sessions.leases import LEASE
from sessions_dashboard.sessions.models import bulk_operations, bulk_targets, sessions
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
    stored,
)
from tests.support.together import together

MINUTE = timedelta(minutes=1)
WORKER = "a worker"


@pytest.fixture
def admin(db: Connection) -> SignedIn:
    return sign_in(db, add_user(db, "chief", is_admin=True))


def preview(db: Connection, admin: SignedIn, now: datetime = NOW, **parameters: str) -> str:
    """A frozen operation of all that match, collected in small stretches."""
    operation = bulk.freeze_matching(db, admin.actor, parameters, now)
    added, more = 0, True
    while more:
        found = bulk.collect(db, admin.actor, operation, POLICY, 3)
        added, more = added + found.added, found.more
    assert bulk.preview_of(db, admin.actor, operation, 0).total == added
    return operation


def confirm(
    db: Connection,
    admin: SignedIn,
    operation: str,
    *,
    reason: str = "",
    now: datetime = NOW,
    include_own: bool = False,
) -> None:
    """Confirm what is frozen now."""
    seen = bulk.preview_of(db, admin.actor, operation, 0)
    bulk.confirm(db, admin.actor, operation, reason, seen, POLICY, now, include_own=include_own)


@pytest.fixture(params=["few are fetched", "all are gone through"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of freezing, though there are never many sessions here."""
    if request.param == "all are gone through":
        monkeypatch.setattr(conditions, "FEW", 0)


def carry_out(db: Connection, now: datetime = NOW, limit: int = 4) -> None:
    operation = bulk_work.claim(db, WORKER, now)
    assert operation is not None
    while not bulk_work.end_slice(db, operation, WORKER, POLICY, now, limit).is_over:
        pass


def ended(db: Connection) -> set[str]:
    query = select(sessions.c.public_id).where(sessions.c.ended_at.is_not(None))
    return set(db.execute(query).scalars())


def test_administrators_read_the_reason_at_every_line_and_owners_at_none(
    db: Connection, admin: SignedIn
) -> None:
    owner = add_user(db)
    add_many_sessions(db, owner, 2, os="Linux")
    operation = preview(db, admin, os="Linux")
    confirm(db, admin, operation, reason="stolen keys")
    carry_out(db)

    given = {(row.event.kind, row.given_reason) for row in page_of_events(db, EventFilter()).rows}
    assert given == {
        (EventKind.SIGNED_IN, ""),
        (EventKind.BULK_END_STARTED, "stolen keys"),
        (EventKind.ENDED, "stolen keys"),
        (EventKind.BULK_END_FINISHED, "stolen keys"),
    }
    theirs = events_of(db, owner).events
    assert {event.kind for event in theirs} == {EventKind.ENDED}
    assert "stolen keys" not in repr(theirs)


@pytest.mark.usefixtures("way")
def test_ends_all_that_matched_and_tells_whose_they_were(db: Connection, admin: SignedIn) -> None:
    ada, bob = add_user(db, "ada"), add_user(db, "bob")
    wanted = add_many_sessions(db, ada, 7, os="Linux") + add_many_sessions(db, bob, 3, os="Linux")
    add_many_sessions(db, bob, 2, os="Windows")

    operation = preview(db, admin, os="Linux")
    seen = bulk.preview_of(db, admin.actor, operation, 4)
    assert (seen.total, seen.users, seen.includes_own) == (10, 2, False)
    assert set(seen.first_ids) <= set(wanted)
    assert len(seen.first_ids) == 4
    assert ended(db) == set()

    confirm(db, admin, operation, reason="stolen keys")
    carry_out(db)

    assert ended(db) == set(wanted)
    row = stored(db, wanted[0])
    assert (row.end_reason, row.ended_by_user_id) == ("revoked_by_admin", admin.actor.user_id)
    (done,) = bulk.recent(db, NOW)
    assert (done.state, done.total, done.ended, done.already_over, done.failed) == (
        *(BulkState.FINISHED, 10, 10, 0, 0),
    )
    assert done.created_by == "chief@example.com"
    assert db.execute(select(func.count()).select_from(bulk_targets)).scalar_one() == 0


def test_is_in_the_history_from_its_start_to_each_end(db: Connection, admin: SignedIn) -> None:
    add_many_sessions(db, add_user(db), 3, os="Linux")
    operation = preview(db, admin, os="Linux")
    confirm(db, admin, operation, reason="stolen keys")
    carry_out(db)

    (start,) = lines(db, EventKind.BULK_END_STARTED)
    assert start.actor_user_id == admin.actor.user_id
    assert start.details["reason"] == "stolen keys"
    assert start.details["filter"] == {"os": "Linux"}
    each = lines(db, EventKind.ENDED)
    assert len(each) == 3
    assert {line.details["operation"] for line in each} == {operation}
    assert {line.actor_device for line in each} == {None}
    (finish,) = lines(db, EventKind.BULK_END_FINISHED)
    assert (finish.details["ended"], finish.details["state"]) == (3, "finished")


@pytest.mark.usefixtures("way")
def test_what_begins_to_match_after_the_preview_is_not_touched(
    db: Connection, admin: SignedIn
) -> None:
    ada = add_user(db)
    (wanted,) = add_many_sessions(db, ada, 1, os="Linux")
    (other,) = add_many_sessions(db, ada, 1, os="Windows")
    operation = bulk.freeze_matching(db, admin.actor, {"os": "Linux"}, NOW)
    (during,) = add_many_sessions(db, ada, 1, os="Linux")
    bulk.collect(db, admin.actor, operation, POLICY, 1_000)
    (after,) = add_many_sessions(db, ada, 1, os="Linux")
    set_session(db, other, os="Linux")

    confirm(db, admin, operation)
    carry_out(db)

    assert ended(db) == {wanted}
    assert not {during, after, other} & ended(db)


def test_what_was_previewed_is_ended_though_it_matches_no_longer(
    db: Connection, admin: SignedIn
) -> None:
    (wanted,) = add_many_sessions(db, add_user(db), 1, os="Linux")
    operation = preview(db, admin, os="Linux")
    set_session(db, wanted, os="Windows")
    confirm(db, admin, operation)
    carry_out(db)
    assert ended(db) == {wanted}


@pytest.mark.parametrize("include", [False, True])
def test_the_own_session_is_left_out_unless_said(
    db: Connection, admin: SignedIn, include: bool
) -> None:
    other = sign_in(db, admin.actor.user_id)
    operation = preview(db, admin, user="chief@example.com")
    assert bulk.preview_of(db, admin.actor, operation, 5).includes_own
    confirm(db, admin, operation, include_own=include)
    carry_out(db)
    assert ended(db) == {other.public_id} | ({admin.public_id} if include else set())
    assert stored(db, other.public_id).end_reason == "revoked"


def test_counts_the_users_without_the_own_session_too(db: Connection, admin: SignedIn) -> None:
    (other,) = add_many_sessions(db, add_user(db), 1)

    def counted(*public_ids: str) -> tuple[int, int, int]:
        operation = bulk.freeze_chosen(db, admin.actor, public_ids, NOW)
        seen = bulk.preview_of(db, admin.actor, operation, 5)
        return seen.total, seen.users, seen.users_but_own

    assert counted(other) == (1, 1, 1)
    assert counted(admin.public_id) == (1, 1, 0)
    assert counted(admin.public_id, other) == (2, 2, 1)
    # Their other browser is among them: the user stays.
    browser = sign_in(db, admin.actor.user_id)
    assert counted(admin.public_id, other) == (2, 2, 1)
    assert counted(admin.public_id, browser.public_id, other) == (3, 2, 2)
    assert counted(browser.public_id) == (1, 1, 1)


def test_chosen_ones_are_ended_and_no_others(db: Connection, admin: SignedIn) -> None:
    ids = add_many_sessions(db, add_user(db), 5)
    set_session(db, ids[1], ended_at=NOW, end_reason="signed_out")
    operation = bulk.freeze_chosen(db, admin.actor, [*ids[:3], "nonsense", ids[0]], NOW)
    assert bulk.preview_of(db, admin.actor, operation, 5).total == 2
    confirm(db, admin, operation)
    carry_out(db)
    assert ended(db) == set(ids[:3])
    assert stored(db, ids[1]).end_reason == "signed_out"


def test_tells_apart_what_it_ended_and_what_was_over(db: Connection, admin: SignedIn) -> None:
    ada = add_user(db)
    mine, signed_out, deleted, ran_out = (sign_in(db, ada) for _ in range(4))
    operation = preview(db, admin, user="ada@example.com")
    confirm(db, admin, operation)
    end_by_token(db, signed_out.token, NOW)
    db.exec_driver_sql(f"DELETE FROM sessions WHERE id = {deleted.actor.id}")
    set_session(db, ran_out.public_id, last_seen_at=NOW - POLICY.idle_timeout)
    carry_out(db)
    (done,) = bulk.recent(db, NOW)
    assert (done.total, done.ended, done.already_over) == (4, 1, 3)
    assert stored(db, mine.public_id).end_reason == "revoked_by_admin"
    assert stored(db, signed_out.public_id).end_reason == "signed_out"
    assert stored(db, ran_out.public_id).end_reason == "idle"


def test_not_before_a_moment(db: Connection, admin: SignedIn) -> None:
    ada, other_admin = add_user(db), add_user(db, "grace", is_admin=True)
    before, after = sign_in(db, ada, NOW - MINUTE), sign_in(db, ada, NOW)
    admins = sign_in(db, other_admin, NOW - MINUTE)
    moment = NOW.isoformat()
    operation = preview(db, admin, NOW + MINUTE, started_to=moment, role="admin")
    confirm(db, admin, operation)
    carry_out(db)
    assert ended(db) == {admins.public_id}
    operation = preview(db, admin, NOW + MINUTE, started_to=moment)
    confirm(db, admin, operation)
    carry_out(db)
    assert ended(db) == {admins.public_id, before.public_id}
    assert stored(db, after.public_id).ended_at is None


def test_asks_for_the_password_when_it_was_entered_long_ago(
    db: Connection, admin: SignedIn
) -> None:
    operation = bulk.freeze_chosen(db, admin.actor, add_many_sessions(db, add_user(db), 2), NOW)
    later = NOW + POLICY.step_up_after
    with pytest.raises(PasswordNeeded):
        confirm(db, admin, operation, now=later)
    assert bulk_work.claim(db, WORKER, later) is None


class TestWhoMay:
    @pytest.mark.parametrize(
        ("why", "error"),
        [("a user", NotFound), ("disabled", NotSignedIn), ("revoked", NotSignedIn)],
    )
    def test_only_an_administrator_who_is_signed_in(
        self, db: Connection, admin: SignedIn, why: str, error: type[Exception]
    ) -> None:
        ids = add_many_sessions(db, add_user(db), 2)
        operation = bulk.freeze_chosen(db, admin.actor, ids, NOW)
        if why == "a user":
            set_user(db, admin.actor.user_id, is_admin=False)
        elif why == "disabled":
            set_user(db, admin.actor.user_id, disabled_at=NOW)
        else:
            set_session(db, admin.public_id, ended_at=NOW, end_reason="revoked")
        with pytest.raises(error):
            bulk.freeze_chosen(db, admin.actor, ids, NOW)
        with pytest.raises(error):
            bulk.freeze_matching(db, admin.actor, {}, NOW)
        with pytest.raises(error):
            confirm(db, admin, operation, include_own=True)
        with pytest.raises(error):
            bulk.stop(db, admin.actor, operation, NOW)
        assert bulk_work.claim(db, WORKER, NOW) is None

    def test_a_preview_is_its_makers_alone(self, db: Connection, admin: SignedIn) -> None:
        other = sign_in(db, add_user(db, "grace", is_admin=True))
        operation = bulk.freeze_chosen(db, admin.actor, add_many_sessions(db, add_user(db), 2), NOW)
        with pytest.raises(NotFound):
            bulk.preview_of(db, other.actor, operation, 5)
        seen = bulk.preview_of(db, admin.actor, operation, 0)
        with pytest.raises(NotFound):
            bulk.confirm(db, other.actor, operation, "", seen, POLICY, NOW, include_own=False)
        bulk.discard(db, other.actor, operation)
        assert bulk.preview_of(db, admin.actor, operation, 5).total == 2

    @pytest.mark.parametrize("change", [{"is_admin": False}, {"disabled_at": NOW}])
    def test_stops_when_its_maker_is_no_administrator_any_more(
        self, db: Connection, admin: SignedIn, change: dict[str, object]
    ) -> None:
        add_many_sessions(db, add_user(db), 10, os="Linux")
        operation = preview(db, admin, os="Linux")
        confirm(db, admin, operation)
        row = bulk_work.claim(db, WORKER, NOW)
        assert row is not None
        assert not bulk_work.end_slice(db, row, WORKER, POLICY, NOW, 3).is_over
        set_user(db, admin.actor.user_id, **change)
        assert bulk_work.end_slice(db, row, WORKER, POLICY, NOW, 3).is_over
        assert len(ended(db)) == 3
        assert bulk.recent(db, NOW)[0].state is BulkState.STOPPED


class TestOnTheWay:
    @pytest.fixture
    def operation(self, db: Connection, admin: SignedIn) -> str:
        add_many_sessions(db, add_user(db), 10, os="Linux")
        operation = preview(db, admin, os="Linux")
        confirm(db, admin, operation)
        return operation

    def test_can_be_stopped_once(self, db: Connection, admin: SignedIn, operation: str) -> None:
        row = bulk_work.claim(db, WORKER, NOW)
        assert row is not None
        bulk_work.end_slice(db, row, WORKER, POLICY, NOW, 3)
        bulk.stop(db, admin.actor, operation, NOW)
        assert bulk_work.end_slice(db, row, WORKER, POLICY, NOW, 3).is_over
        assert len(ended(db)) == 3
        with pytest.raises(NotFound):
            bulk.stop(db, admin.actor, operation, NOW)
        assert len(lines(db, EventKind.BULK_END_FINISHED)) == 1
        assert bulk_work.is_any_unwanted(db, NOW)
        bulk_work.sweep(db, NOW, 100)
        assert not bulk_work.is_any_unwanted(db, NOW)

    def test_is_taken_over_from_one_that_says_nothing_more(
        self, db: Connection, operation: str
    ) -> None:
        row = bulk_work.claim(db, WORKER, NOW)
        assert row is not None
        bulk_work.end_slice(db, row, WORKER, POLICY, NOW, 3)
        assert not bulk_work.is_any_free(db, NOW + LEASE)
        assert bulk_work.claim(db, "another", NOW + LEASE) is None
        later = NOW + LEASE + MINUTE
        assert bulk_work.is_any_free(db, later)
        assert bulk_work.claim(db, "another", later) == row
        # The first one was only slow: it finds out before it ends anything.
        assert bulk_work.end_slice(db, row, WORKER, POLICY, later, 3) == bulk_work.Slice(
            is_over=True
        )
        bulk_work.skip_one(db, row, WORKER, later)
        while not bulk_work.end_slice(db, row, "another", POLICY, later, 3).is_over:
            pass
        (done,) = bulk.recent(db, later)
        assert (done.ended, done.failed, done.state) == (10, 0, BulkState.FINISHED)
        assert len(lines(db, EventKind.ENDED)) == 10

    def test_is_not_lost_where_the_clock_was_set_back(self, db: Connection, operation: str) -> None:
        row = bulk_work.claim(db, WORKER, NOW + 60 * MINUTE)
        assert row is not None
        assert bulk_work.is_any_free(db, NOW)
        assert bulk_work.claim(db, "another", NOW) == row

    def test_goes_past_what_cannot_be_ended(self, db: Connection, operation: str) -> None:
        row = bulk_work.claim(db, WORKER, NOW)
        assert row is not None
        bulk_work.skip_one(db, row, WORKER, NOW)
        while not bulk_work.end_slice(db, row, WORKER, POLICY, NOW, 3).is_over:
            pass
        (done,) = bulk.recent(db, NOW)
        assert (done.ended, done.failed, done.done) == (9, 1, 10)

    def test_is_shown_for_an_hour(self, db: Connection, operation: str) -> None:
        carry_out(db)
        assert len(bulk.recent(db, NOW + 59 * MINUTE)) == 1
        assert bulk.recent(db, NOW + 61 * MINUTE) == []


def test_previews_that_nobody_confirms_are_forgotten(db: Connection, admin: SignedIn) -> None:
    ids = add_many_sessions(db, add_user(db), 5)
    first = bulk.freeze_chosen(db, admin.actor, ids, NOW)
    second = bulk.freeze_chosen(db, admin.actor, ids, NOW)
    bulk.discard(db, admin.actor, first)
    assert bulk_work.is_any_unwanted(db, NOW)
    bulk_work.sweep(db, NOW, 3)
    bulk_work.sweep(db, NOW, 3)
    assert not bulk_work.is_any_unwanted(db, NOW)
    assert bulk.preview_of(db, admin.actor, second, 5).total == 5
    bulk_work.sweep(db, NOW + 2 * bulk.PREVIEW_KEPT, 100)
    assert db.execute(select(func.count()).select_from(bulk_targets)).scalar_one() == 0
    with pytest.raises(NotFound):
        bulk.preview_of(db, admin.actor, first, 5)


class TestWhatIsConfirmedIsWhatWasSeen:
    @pytest.mark.parametrize("swept", [False, True])
    def test_an_old_preview_is_refused_whole(
        self, db: Connection, admin: SignedIn, swept: bool
    ) -> None:
        operation = bulk.freeze_chosen(db, admin.actor, add_many_sessions(db, add_user(db), 5), NOW)
        seen = bulk.preview_of(db, admin.actor, operation, 0)
        later = NOW + bulk.PREVIEW_KEPT + timedelta.resolution
        set_session(db, admin.public_id, authenticated_at=later)
        admin = replace(admin, actor=admin.actor._replace(authenticated_at=later))
        if swept:
            bulk_work.sweep(db, later, 2)
        with pytest.raises(bulk.PreviewOutdated):
            bulk.confirm(db, admin.actor, operation, "", seen, POLICY, later, include_own=False)
        assert bulk_work.claim(db, WORKER, later) is None

    def test_another_number_than_was_seen_is_refused(self, db: Connection, admin: SignedIn) -> None:
        operation = bulk.freeze_chosen(db, admin.actor, add_many_sessions(db, add_user(db), 5), NOW)
        seen = bulk.preview_of(db, admin.actor, operation, 0)
        for wrong in (replace(seen, total=4), replace(seen, total=6)):
            with pytest.raises(bulk.PreviewOutdated):
                bulk.confirm(db, admin.actor, operation, "", wrong, POLICY, NOW, include_own=False)
        assert bulk_work.claim(db, WORKER, NOW) is None


def test_of_two_that_claim_at_once_one_gets_it(database: Database) -> None:
    with database.begin() as db:
        chief = sign_in(db, add_user(db, "chief", is_admin=True))
        operation = preview(db, chief)
        confirm(db, chief, operation)
    claimed = together(
        database, *(lambda db, n=n: bulk_work.claim(db, f"worker {n}", NOW) for n in range(4))
    )
    assert [one for one in claimed if one is not None] == [_only_operation(database)]


def _only_operation(database: Database) -> int:
    with database.reading() as db:
        return int(db.execute(select(bulk_operations.c.id)).scalar_one())
