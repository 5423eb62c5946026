"""The security history: a line for everything that happens, for its owner's eyes alone."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete

from sessions_dashboard.accounts.models import users
from sessions_dashboard.database import Database
from sessions_dashboard.sessions import (
    EndReason,
    InvalidName,
    NotFound,
    NotSignedIn,
    Policy,
    end,
    end_by_token,
    end_from_shell,
    end_others,
    rename,
    rotate,
    touch,
)
from sessions_dashboard.sessions.cleanup import Position, Walk, claim_run, clean_slice, finish_run
from sessions_dashboard.sessions.history import EventKind, HistoryEvent, events_of, record
from tests.support.people import (
    FIREFOX,
    NOW,
    POLICY,
    add_user,
    lines,
    sign_in,
)

INSTANT = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LATER = NOW + timedelta(minutes=10)


def history(db: Connection, user_id: int, size: int = 50) -> list[HistoryEvent]:
    """All pages of a person's history."""
    return [event for page in pages(db, user_id, size) for event in page]


def pages(db: Connection, user_id: int, size: int) -> Iterator[list[HistoryEvent]]:
    page = events_of(db, user_id, None, size)
    yield list(page.events)
    while page.next_key is not None:
        page = events_of(db, user_id, page.next_key, size)
        yield list(page.events)


def kinds(db: Connection, user_id: int) -> list[EventKind]:
    return [event.kind for event in history(db, user_id)]


class TestALine:
    def test_tells_a_sign_in(self, db: Connection) -> None:
        user_id = add_user(db)
        sign_in(db, user_id, device=FIREFOX, ip_address="2001:db8::7")

        (event,) = history(db, user_id)

        assert (event.kind, event.at) == (EventKind.SIGNED_IN, NOW)
        assert (event.device, event.ip_address) == ("Firefox on Linux", "2001:db8::7")
        assert (event.end_reason, event.actor_device, event.details) == (None, None, {})

    def test_tells_a_failed_sign_in_to_the_owner(self, db: Connection) -> None:
        user_id = add_user(db)
        kind, address = EventKind.SIGN_IN_FAILED, "203.0.113.5"
        record(db, kind, LATER, user_id=user_id, device="Chrome on Windows", ip_address=address)
        record(db, kind, LATER, user_id=None, device="Chrome on Windows", ip_address=address)

        (event,) = history(db, user_id)

        assert (event.kind, event.at, event.ip_address) == (kind, LATER, address)

    def test_tells_a_new_name_beside_the_one_before(self, db: Connection) -> None:
        user_id = add_user(db)
        browser = sign_in(db, user_id)
        rename(db, browser.actor, browser.public_id, "Laptop", LATER)
        rename(db, browser.actor, browser.public_id, "Kitchen", LATER + MINUTE)
        rename(db, browser.actor, browser.public_id, "", LATER + 2 * MINUTE)

        told = [(event.device, event.details["name"]) for event in history(db, user_id)[:3]]

        assert told == [
            ("Kitchen", "Chrome on Windows"),
            ("Laptop", "Kitchen"),
            ("Chrome on Windows", "Laptop"),
        ]

    def test_tells_a_sign_out(self, db: Connection) -> None:
        user_id = add_user(db)
        end_by_token(db, sign_in(db, user_id).token, LATER)

        event, _signed_in = history(db, user_id)

        assert (event.kind, event.at) == (EventKind.ENDED, LATER)
        assert (event.end_reason, event.actor_device) == (EndReason.SIGNED_OUT, None)
        assert (event.device, event.ip_address) == ("Chrome on Windows", "192.0.2.1")

    def test_tells_which_device_ended_another(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, other = sign_in(db, user_id, device=FIREFOX), sign_in(db, user_id)
        rename(db, browser.actor, browser.public_id, "Laptop", NOW)
        rename(db, browser.actor, other.public_id, "Old phone", NOW)
        end(db, browser.actor, other.public_id, POLICY, LATER)

        event = history(db, user_id)[0]

        assert (event.end_reason, event.device) == (EndReason.REVOKED, "Old phone")
        assert event.actor_device == "Laptop"
        (line,) = lines(db, EventKind.ENDED)
        assert (line.actor_user_id, line.session_id) == (user_id, other.actor.id)

    def test_tells_every_end_of_many(self, db: Connection) -> None:
        user_id = add_user(db)
        browser = sign_in(db, user_id, device=FIREFOX)
        others = [sign_in(db, user_id) for _ in range(5)]
        end_others(db, browser.actor, POLICY, LATER)

        ends = lines(db, EventKind.ENDED)

        assert {line.session_id for line in ends} == {one.actor.id for one in others}
        assert {(line.end_reason, line.actor_device) for line in ends} == {
            ("revoked", "Firefox on Linux")
        }

    def test_does_not_tell_an_administrators_device(self, db: Connection) -> None:
        user_id = add_user(db)
        admin = sign_in(db, add_user(db, "grace", is_admin=True), device=FIREFOX)
        end(db, admin.actor, sign_in(db, user_id).public_id, POLICY, LATER)

        event, _signed_in = history(db, user_id)

        assert (event.end_reason, event.actor_device) == (EndReason.REVOKED_BY_ADMIN, None)
        assert "Firefox" not in repr(event)
        (line,) = lines(db, EventKind.ENDED)
        assert (line.user_id, line.actor_user_id) == (user_id, admin.actor.user_id)
        assert kinds(db, admin.actor.user_id) == [EventKind.SIGNED_IN]

    def test_tells_an_end_from_the_shell(self, db: Connection) -> None:
        user_id = add_user(db)
        end_from_shell(db, sign_in(db, user_id).public_id, LATER)

        event, _signed_in = history(db, user_id)

        assert (event.end_reason, event.actor_device) == (EndReason.REVOKED_BY_ADMIN, None)

    def test_tells_no_rotation_to_a_person(self, db: Connection) -> None:
        user_id = add_user(db)
        browser = sign_in(db, user_id)
        rotate(db, browser.actor, browser.token, LATER)

        assert kinds(db, user_id) == [EventKind.SIGNED_IN]
        assert len(lines(db, EventKind.ROTATED)) == 1

    def test_tells_a_clean_up_to_no_person(self, db: Connection) -> None:
        user_id = add_user(db)
        claim = claim_run(db, NOW, NOW)
        assert claim is not None
        finish_run(db, claim, LATER, "it broke")

        (line,) = lines(db, EventKind.CLEANED_UP)
        assert line.details == {"deleted_sessions": 0, "deleted_events": 0, "error": "it broke"}
        assert history(db, user_id) == []

    def test_is_not_written_for_what_was_refused(self, db: Connection) -> None:
        ada, bob = sign_in(db, add_user(db, "ada")), sign_in(db, add_user(db, "bob"))
        end_by_token(db, bob.token, NOW)
        before = lines(db)

        with pytest.raises(NotFound):
            end(db, ada.actor, bob.public_id, POLICY, LATER)
        with pytest.raises(NotFound):
            rename(db, ada.actor, bob.public_id, "Mine", LATER)
        with pytest.raises(InvalidName):
            rename(db, ada.actor, ada.public_id, "x" * 1_000, LATER)
        with pytest.raises(NotSignedIn):
            end_others(db, bob.actor, POLICY, LATER)
        assert end_by_token(db, bob.token, LATER) is None
        touch(db, ada.actor.id, LATER)

        assert lines(db) == before

    def test_goes_back_with_the_transaction_of_what_it_tells(self, database: Database) -> None:
        with database.begin() as db:
            browser = sign_in(db, add_user(db))

        def end_and_crash(db: Connection) -> None:
            end_by_token(db, browser.token, LATER)
            raise ConnectionError

        with pytest.raises(ConnectionError), database.begin() as db:
            end_and_crash(db)

        with database.reading() as db:
            assert lines(db, EventKind.ENDED) == []

    def test_goes_with_the_account(self, db: Connection) -> None:
        ada, bob = add_user(db, "ada"), add_user(db, "bob")
        sign_in(db, ada)
        sign_in(db, bob)

        db.execute(delete(users).where(users.c.id == ada))

        assert [line.user_id for line in lines(db)] == [bob]


def written(db: Connection, user_id: int | None, moments: list[datetime]) -> None:
    for n, at in enumerate(moments):
        record(db, EventKind.SIGN_IN_FAILED, at, user_id=user_id, details={"n": n})


class TestPages:
    def test_are_the_newest_first(self, db: Connection) -> None:
        user_id = add_user(db)
        written(db, user_id, [NOW + n * MINUTE for n in (3, 1, 2)])

        assert [event.at - NOW for event in history(db, user_id)] == [
            3 * MINUTE,
            2 * MINUTE,
            MINUTE,
        ]

    @pytest.mark.parametrize("size", [1, 2, 3, 7, 12, 13])
    def test_lose_and_repeat_nothing_though_all_lines_share_an_instant(
        self, db: Connection, size: int
    ) -> None:
        user_id = add_user(db)
        written(db, user_id, [NOW] * 12)

        assert [event.details["n"] for event in history(db, user_id, size)] == list(range(12))[::-1]
        assert all(len(page) <= size for page in pages(db, user_id, size))

    def test_that_fit_exactly_end_with_the_last_line(self, db: Connection) -> None:
        user_id = add_user(db)
        written(db, user_id, [NOW + n * MINUTE for n in range(6)])

        assert [len(page) for page in pages(db, user_id, 3)] == [3, 3]

    @settings(
        max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        moments=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=25),
        size=st.integers(1, 10),
    )
    def test_together_are_everything_of_one_person_in_order(
        self, db: Connection, moments: list[tuple[int, int]], size: int
    ) -> None:
        savepoint = db.begin_nested()
        owners = [add_user(db, "ada"), add_user(db, "bob"), None]
        for n, (at, owner) in enumerate(moments):
            kind = EventKind.ROTATED if n % 5 == 4 else EventKind.SIGN_IN_FAILED
            record(db, kind, NOW + at * INSTANT, user_id=owners[owner], details={"n": n})

        for owner, user_id in enumerate(owners[:2]):
            assert user_id is not None
            expected = [
                (at, n) for n, (at, whose) in enumerate(moments) if whose == owner and n % 5 != 4
            ]
            found = history(db, user_id, size)
            assert [event.details["n"] for event in found] == [
                n for _at, n in sorted(expected, reverse=True)
            ]
        savepoint.rollback()

    def test_stay_in_place_while_new_lines_come_in(self, db: Connection) -> None:
        user_id = add_user(db)
        written(db, user_id, [NOW + n * MINUTE for n in range(6)])
        first = events_of(db, user_id, None, 3)
        written(db, user_id, [LATER] * 4)

        second = events_of(db, user_id, first.next_key, 3)

        assert [event.details["n"] for event in second.events] == [2, 1, 0]

    def test_of_one_person_are_of_nobody_else(self, db: Connection) -> None:
        ada, bob = add_user(db, "ada"), add_user(db, "bob")
        admin = add_user(db, "grace", is_admin=True)
        written(db, ada, [NOW] * 3)
        written(db, None, [NOW] * 3)

        for stranger in (bob, admin, 0, -1):
            assert history(db, stranger, 2) == []
        key = events_of(db, ada, None, 1).next_key
        assert list(events_of(db, bob, key).events) == []


class TestOldLines:
    rules = Policy(history_retention=10 * DAY)

    def clean(self, db: Connection, now: datetime = NOW, limit: int = 100) -> list[int]:
        """How many lines each slice of the last walk deleted."""
        deleted: list[int] = []
        position: Position | None = Position(Walk.DELETE_EVENTS)
        while position is not None:
            done = clean_slice(db, self.rules, now, position, limit)
            deleted.append(done.deleted_events)
            position = done.next
        return deleted

    def test_go_after_the_retention_and_no_sooner(self, db: Connection) -> None:
        user_id = add_user(db)
        written(db, user_id, [NOW])
        limit = NOW + self.rules.history_retention

        assert sum(self.clean(db, limit)) == 0
        assert len(lines(db)) == 1
        assert sum(self.clean(db, limit + INSTANT)) == 1
        assert lines(db) == []

    @pytest.mark.parametrize("limit", [1, 3, 5, 100])
    def test_go_in_slices_and_leave_the_young_ones(self, db: Connection, limit: int) -> None:
        user_id = add_user(db)
        written(db, user_id, [NOW - 30 * DAY + n * DAY for n in range(30)])

        deleted = self.clean(db, limit=limit)

        assert sum(deleted) == 20
        assert max(deleted) <= limit
        assert min(line.at for line in lines(db)) == NOW - 10 * DAY

    def test_go_whoever_they_are_about(self, db: Connection) -> None:
        for owner in (add_user(db), None):
            written(db, owner, [NOW - 11 * DAY])

        assert sum(self.clean(db)) == 2

    def test_are_kept_after_the_session_they_tell_about_was_deleted(self, db: Connection) -> None:
        user_id = add_user(db)
        end_by_token(db, sign_in(db, user_id).token, NOW)
        rules = Policy(retention=timedelta(0), history_retention=10 * DAY)
        position: Position | None = Position()
        while position is not None:
            position = clean_slice(db, rules, NOW + DAY, position, 100).next

        assert db.exec_driver_sql("SELECT count(*) FROM sessions").scalar_one() == 0
        assert kinds(db, user_id) == [EventKind.ENDED, EventKind.SIGNED_IN]

    @pytest.mark.parametrize("limit", [1, 2, 100])
    def test_that_were_written_late_go_with_those_written_before_them_at_the_latest(
        self, db: Connection, limit: int
    ) -> None:
        """What ran out unnoticed is written down later, as of the moment when it did."""
        user_id = add_user(db)
        written(db, user_id, [NOW - 9 * DAY, NOW - 9 * DAY, NOW - 11 * DAY, NOW])

        self.clean(db, limit=limit)
        kept = {line.at for line in lines(db)}
        self.clean(db, NOW + DAY + INSTANT, limit)

        assert kept >= {NOW - 9 * DAY, NOW}
        assert [line.at for line in lines(db)] == [NOW]
