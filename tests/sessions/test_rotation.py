"""A new token for the same session: who gets it, and how long the one before is honoured."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection

from sessions_dashboard.database import Database
from sessions_dashboard.sessions import (
    EndedSession,
    EndReason,
    Policy,
    end,
    end_by_token,
    end_if_reused,
    is_replaced,
    note_token_seen,
    resume,
    resume_by_public_id,
    rotate,
)
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.resume import IN_FLIGHT
from sessions_dashboard.sessions.tokens import digest, new_token
from tests.support.people import (
    NOW,
    POLICY,
    SignedIn,
    add_user,
    lines,
    set_session,
    set_user,
    sign_in,
    stored,
)
from tests.support.together import Work, overtaken, together

INSTANT = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
LATER = NOW + timedelta(hours=1)
GRACE = POLICY.rotation_grace
ROUNDS = 100
TABS = 5


def renewed(db: Connection, browser: SignedIn, at: timedelta = timedelta(0)) -> str:
    """The token that a rotation, so long after `LATER`, gives the browser."""
    token = rotate(db, browser.actor, browser.token, LATER + at)
    assert token is not None
    return token


class TestTheNewToken:
    def test_resumes_the_same_session(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        before = stored(db, browser.public_id)

        found = resume(db, renewed(db, browser), POLICY, LATER)

        assert found is not None
        assert (found.id, found.public_id) == (browser.actor.id, browser.public_id)
        assert (found.token_since, found.token_seen_at) == (LATER, None)
        after = stored(db, browser.public_id)
        kept = ("id", "public_id", "user_id", "created_at", "last_seen_at", "authenticated_at")
        for column in (*kept, "remembered", "device_label", "ip_address", "name"):
            assert getattr(after, column) == getattr(before, column)
        assert after.updated_at == LATER

    def test_is_another_every_time(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        tokens = [browser.token]
        for _ in range(10):
            token = rotate(db, browser.actor, tokens[-1], LATER)
            assert token is not None
            tokens.append(token)

        assert len(set(tokens)) == 11
        assert [one for one in tokens if resume(db, one, POLICY, LATER)] == tokens[-2:]

    def test_stands_in_the_table_as_its_digest_alone(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        token = renewed(db, browser)

        row = stored(db, browser.public_id)

        assert row.token_digest == digest(token)
        assert row.previous_token_digest == digest(browser.token)
        told = repr((row, lines(db)))
        for secret in (token, browser.token):
            assert secret not in told

    def test_does_not_lengthen_the_life_of_the_session(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        found = resume(db, renewed(db, browser), POLICY, LATER)

        assert found is not None
        assert (found.ends_at, found.expires_at) == (
            browser.actor.ends_at,
            browser.actor.expires_at,
        )

    def test_leaves_an_open_socket_its_session(self, db: Connection) -> None:
        """A socket knows the public id from its handshake, and no token."""
        browser, other = (sign_in(db, add_user(db, name)) for name in ("ada", "bob"))
        renewed(db, browser)

        for one in (browser, other):
            found = resume_by_public_id(db, one.public_id, POLICY, LATER)
            assert found is not None
            assert found.user_id == one.actor.user_id

    def test_is_one_line_of_the_history(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        renewed(db, browser)

        (line,) = lines(db, EventKind.ROTATED)
        assert (line.user_id, line.session_id) == (browser.actor.user_id, browser.actor.id)
        assert line.at == LATER


class TestNoNewTokenIsGiven:
    @pytest.mark.parametrize(
        "other", [new_token(), "", "x" * 43], ids=["unknown", "empty", "made up"]
    )
    def test_for_a_token_that_is_not_the_present_one(self, db: Connection, other: str) -> None:
        browser = sign_in(db, add_user(db))
        before = stored(db, browser.public_id)

        assert rotate(db, browser.actor, other, LATER) is None

        assert stored(db, browser.public_id) == before
        assert lines(db, EventKind.ROTATED) == []

    def test_for_the_token_that_was_just_replaced(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        renewed(db, browser)
        before = stored(db, browser.public_id)

        assert rotate(db, browser.actor, browser.token, LATER + INSTANT) is None

        assert stored(db, browser.public_id) == before

    def test_for_the_token_of_another_session(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, other = sign_in(db, user_id), sign_in(db, user_id)

        assert rotate(db, browser.actor, other.token, LATER) is None

        assert resume(db, browser.token, POLICY, LATER) is not None
        assert resume(db, other.token, POLICY, LATER) is not None

    def test_for_a_session_that_ended(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        end_by_token(db, browser.token, NOW)
        before = stored(db, browser.public_id)

        assert rotate(db, browser.actor, browser.token, LATER) is None

        assert stored(db, browser.public_id) == before


class TestTheReplacedToken:
    def test_is_honoured_for_the_grace_and_not_a_microsecond_longer(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        renewed(db, browser)

        for at in (LATER, LATER + GRACE - INSTANT):
            found = resume(db, browser.token, POLICY, at)
            assert found is not None
            assert found.id == browser.actor.id
        assert resume(db, browser.token, POLICY, LATER + GRACE) is None

    @pytest.mark.parametrize("seen_after", [timedelta(0), timedelta(seconds=7)])
    def test_is_honoured_while_requests_are_in_flight_once_the_new_one_was_seen(
        self, db: Connection, seen_after: timedelta
    ) -> None:
        browser = sign_in(db, add_user(db))
        seen_at = LATER + seen_after
        note_token_seen(db, browser.actor.id, renewed(db, browser), seen_at)

        assert resume(db, browser.token, POLICY, seen_at + IN_FLIGHT - INSTANT) is not None
        assert resume(db, browser.token, POLICY, seen_at + IN_FLIGHT) is None

    def test_is_not_honoured_past_the_grace_however_late_the_new_one_was_seen(
        self, db: Connection
    ) -> None:
        browser = sign_in(db, add_user(db))
        seen_at = LATER + GRACE - INSTANT
        note_token_seen(db, browser.actor.id, renewed(db, browser), seen_at)

        assert resume(db, browser.token, POLICY, LATER + GRACE - INSTANT) is not None
        assert resume(db, browser.token, POLICY, LATER + GRACE) is None

    def test_is_not_honoured_at_all_where_the_policy_gives_no_grace(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        renewed(db, browser)

        assert resume(db, browser.token, Policy(rotation_grace=timedelta(0)), LATER) is None

    def test_opens_nothing_that_is_over(self, db: Connection) -> None:
        users = [add_user(db, name) for name in ("ada", "bob", "cleo")]
        ended, idle, disabled = (sign_in(db, user_id) for user_id in users)
        for one in (ended, idle, disabled):
            renewed(db, one)
        end_by_token(db, ended.token, LATER)
        set_session(db, idle.public_id, last_seen_at=LATER - POLICY.idle_timeout)
        set_user(db, users[2], disabled_at=LATER)

        for one in (ended, idle, disabled):
            assert resume(db, one.token, POLICY, LATER + INSTANT) is None

    def test_is_no_token_of_anything_after_the_next_rotation(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        second = renewed(db, browser)
        assert rotate(db, browser.actor, second, LATER + INSTANT) is not None

        assert resume(db, browser.token, POLICY, LATER + INSTANT) is None
        assert resume(db, second, POLICY, LATER + INSTANT) is not None

    def test_signs_out_while_it_is_honoured(self, db: Connection) -> None:
        """Where the answer with the new cookie was lost, the browser has no other to send."""
        browser = sign_in(db, add_user(db))
        token = renewed(db, browser)

        ended = end_by_token(db, browser.token, LATER + INSTANT)

        assert ended is not None
        assert ended.public_id == browser.public_id
        assert resume(db, token, POLICY, LATER + INSTANT) is None
        assert stored(db, browser.public_id).end_reason == EndReason.SIGNED_OUT


class TestNotingThatTheNewTokenWasSeen:
    def test_happens_once(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        token = renewed(db, browser)

        note_token_seen(db, browser.actor.id, token, LATER + INSTANT)
        note_token_seen(db, browser.actor.id, token, LATER + MINUTE)

        assert stored(db, browser.public_id).token_seen_at == LATER + INSTANT

    def test_needs_the_new_token(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        renewed(db, browser)

        for other in (browser.token, new_token()):
            note_token_seen(db, browser.actor.id, other, LATER + INSTANT)

        assert stored(db, browser.public_id).token_seen_at is None

    def test_is_nothing_to_a_session_that_was_never_rotated(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))

        note_token_seen(db, browser.actor.id, browser.token, LATER)

        assert stored(db, browser.public_id).token_seen_at is None

    def test_begins_anew_with_the_next_rotation(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        token = renewed(db, browser)
        note_token_seen(db, browser.actor.id, token, LATER + INSTANT)

        assert rotate(db, browser.actor, token, LATER + MINUTE) is not None

        assert stored(db, browser.public_id).token_seen_at is None
        assert resume(db, token, POLICY, LATER + MINUTE + GRACE - INSTANT) is not None


class TestUseOfAReplacedTokenThatIsNotHonouredAnyMore:
    def test_ends_the_session_at_the_end_of_the_grace_and_no_sooner(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        token = renewed(db, browser)

        assert end_if_reused(db, browser.token, POLICY, LATER + GRACE - INSTANT) is None
        assert resume(db, token, POLICY, LATER + GRACE) is not None

        ended = end_if_reused(db, browser.token, POLICY, LATER + GRACE)

        assert ended == EndedSession(browser.actor.id, browser.public_id, browser.actor.user_id)
        assert resume(db, token, POLICY, LATER + GRACE) is None
        row = stored(db, browser.public_id)
        assert (row.ended_at, row.end_reason) == (LATER + GRACE, "token_reused")
        assert (row.ended_by_user_id, row.ended_by_session_id) == (None, None)

    def test_ends_it_once_nothing_can_be_in_flight_any_more(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        note_token_seen(db, browser.actor.id, renewed(db, browser), LATER + INSTANT)
        over = LATER + INSTANT + IN_FLIGHT

        assert end_if_reused(db, browser.token, POLICY, over - INSTANT) is None
        assert end_if_reused(db, browser.token, POLICY, over) is not None

    @pytest.mark.parametrize("seen_after", [None, timedelta(0), timedelta(seconds=50)])
    @pytest.mark.parametrize("grace", [timedelta(0), timedelta(seconds=5), GRACE])
    def test_is_refused_and_ends_it_at_the_same_instant(
        self, db: Connection, seen_after: timedelta | None, grace: timedelta
    ) -> None:
        """Between the two a thief could ask for ever, or an honest browser lose its session."""
        policy = Policy(rotation_grace=grace)
        user_id = add_user(db)
        moments = {LATER + grace, LATER + IN_FLIGHT, LATER + timedelta(seconds=50) + IN_FLIGHT}
        for moment in sorted(one + shift for one in moments for shift in (-INSTANT, 0 * INSTANT)):
            browser = sign_in(db, user_id)
            token = renewed(db, browser)
            if seen_after is not None:
                note_token_seen(db, browser.actor.id, token, LATER + seen_after)

            refused = resume(db, browser.token, policy, moment) is None

            assert (end_if_reused(db, browser.token, policy, moment) is not None) == refused

    def test_is_one_line_of_the_history_however_often_it_happens(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        renewed(db, browser)

        first, *others = (
            end_if_reused(db, browser.token, POLICY, LATER + GRACE + n * MINUTE) for n in range(3)
        )

        assert first is not None
        assert others == [None, None]
        (line,) = lines(db, EventKind.ENDED)
        assert (line.session_id, line.end_reason) == (browser.actor.id, "token_reused")
        assert (line.at, line.device) == (LATER + GRACE, "Chrome on Windows")

    def test_ends_none_of_the_others(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, other = sign_in(db, user_id), sign_in(db, user_id)
        renewed(db, browser)
        kept = renewed(db, other)

        end_if_reused(db, browser.token, POLICY, LATER + GRACE)

        assert resume(db, kept, POLICY, LATER + GRACE) is not None

    def test_is_told_from_the_use_of_an_unknown_one(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        token = renewed(db, browser)

        for unknown in (new_token(), "", browser.public_id):
            assert is_replaced(db, unknown) is False
            assert end_if_reused(db, unknown, POLICY, LATER + GRACE) is None

        assert is_replaced(db, browser.token) is True
        assert is_replaced(db, token) is False
        assert end_if_reused(db, token, POLICY, LATER + GRACE) is None
        assert resume(db, token, POLICY, LATER + GRACE) is not None

    def test_of_a_session_that_ran_out_before_is_recorded_as_running_out(
        self, db: Connection
    ) -> None:
        """A browser that lost the answer and comes back weeks later is no thief."""
        browser = sign_in(db, add_user(db))
        renewed(db, browser)
        long_after = NOW + 20 * 24 * timedelta(hours=1)

        end_if_reused(db, browser.token, POLICY, long_after)

        row = stored(db, browser.public_id)
        assert (row.ended_at, row.end_reason) == (NOW + POLICY.idle_timeout, "idle")
        (line,) = lines(db, EventKind.ENDED)
        assert (line.at, line.end_reason) == (NOW + POLICY.idle_timeout, "idle")


def rotates(browser: SignedIn) -> Work:
    return lambda db: rotate(db, browser.actor, browser.token, LATER)


class TestAtTheSameInstant:
    def test_one_of_five_tabs_gets_the_new_token_and_nobody_is_signed_out(
        self, database: Database
    ) -> None:
        with database.begin() as db:
            user_id = add_user(db)
        for _round in range(ROUNDS):
            with database.begin() as db:
                browser = sign_in(db, user_id)

            outcomes = together(database, *[rotates(browser)] * TABS)

            tokens = [one for one in outcomes if one is not None]
            assert [type(one) for one in tokens] == [str], outcomes
            with database.begin() as db:
                for one in (tokens[0], browser.token):
                    found = resume(db, one, POLICY, LATER + INSTANT)
                    assert found is not None
                    assert found.id == browser.actor.id
                    assert end_if_reused(db, one, POLICY, LATER + INSTANT) is None
                assert len(lines(db, EventKind.ROTATED, session_id=browser.actor.id)) == 1

    def test_a_revoke_wins_over_a_rotation(self, database: Database) -> None:
        with database.begin() as db:
            user_id = add_user(db)
            other = sign_in(db, user_id)
        for _round in range(ROUNDS):
            with database.begin() as db:
                browser = sign_in(db, user_id)

            token, ended = together(
                database,
                rotates(browser),
                lambda db, one=browser: end(db, other.actor, one.public_id, POLICY, LATER),
            )

            assert isinstance(ended, EndedSession)
            assert token is None or isinstance(token, str)
            with database.reading() as db:
                for one in {browser.token, token} - {None}:
                    assert resume(db, one, POLICY, LATER) is None
                assert stored(db, browser.public_id).end_reason == "revoked"

    def test_a_rotation_that_waited_for_a_revoke_gives_no_token(self, database: Database) -> None:
        with database.begin() as db:
            user_id = add_user(db)
            browser, other = sign_in(db, user_id), sign_in(db, user_id)

        [late] = overtaken(
            database,
            lambda db: end(db, other.actor, browser.public_id, POLICY, LATER),
            rotates(browser),
        )

        assert late is None

    def test_a_rotation_that_waited_for_another_gives_no_token(self, database: Database) -> None:
        with database.begin() as db:
            browser = sign_in(db, add_user(db))

        assert overtaken(database, rotates(browser), rotates(browser)) == [None]

    def test_a_note_that_waited_for_a_rotation_is_not_taken_for_the_newest_token(
        self, database: Database
    ) -> None:
        """Else the token before would be refused though the newest has not arrived."""
        with database.begin() as db:
            browser = sign_in(db, add_user(db))
            second = renewed(db, browser)

        overtaken(
            database,
            lambda db: rotate(db, browser.actor, second, LATER + MINUTE),
            lambda db: note_token_seen(db, browser.actor.id, second, LATER + MINUTE),
        )

        with database.reading() as db:
            assert stored(db, browser.public_id).token_seen_at is None
            assert resume(db, second, POLICY, LATER + MINUTE + IN_FLIGHT) is not None

    def test_a_note_and_a_rotation_always_leave_the_newest_token_unseen(
        self, database: Database
    ) -> None:
        with database.begin() as db:
            user_id = add_user(db)
        for _round in range(ROUNDS):
            with database.begin() as db:
                browser = sign_in(db, user_id)
                second = renewed(db, browser)

            _noted, third = together(
                database,
                lambda db, one=browser, token=second: note_token_seen(
                    db, one.actor.id, token, LATER + MINUTE
                ),
                partial(rotate, session=browser.actor, presented=second, now=LATER + MINUTE),
            )

            assert isinstance(third, str)
            with database.reading() as db:
                assert stored(db, browser.public_id).token_seen_at is None
                assert resume(db, second, POLICY, LATER + MINUTE + IN_FLIGHT) is not None

    def test_two_uses_of_a_stolen_token_end_the_session_once(self, database: Database) -> None:
        with database.begin() as db:
            user_id = add_user(db)
        for _round in range(ROUNDS // 2):
            with database.begin() as db:
                browser = sign_in(db, user_id)
                renewed(db, browser)

            outcomes = together(
                database,
                *[lambda db, one=browser: end_if_reused(db, one.token, POLICY, LATER + GRACE)] * 3,
            )

            assert sorted(type(one).__name__ for one in outcomes) == [
                "EndedSession",
                "NoneType",
                "NoneType",
            ]
            with database.reading() as db:
                assert len(lines(db, EventKind.ENDED, session_id=browser.actor.id)) == 1
