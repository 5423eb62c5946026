"""A password that was changed or entered again, and what it does to the account's sessions."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from sessions_dashboard.accounts.users import password_hash_of
from sessions_dashboard.database import Database
from sessions_dashboard.sessions import (
    EndedSession,
    NotSignedIn,
    RequestInfo,
    TokenReplaced,
    change_password,
    confirm_password,
    end,
    end_by_token,
    resume,
    rotate,
)
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.tokens import new_token
from tests.support.people import (
    FIREFOX,
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
from tests.support.together import Work, overtaken, together

LATER = NOW + timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ROUNDS = 100
HERE = RequestInfo("192.0.2.1", "Chrome/138", {})


def changed(
    db: Connection,
    browser: SignedIn,
    *,
    token: str | None = None,
    others: bool = True,
    password_hash: str = "the new hash",
) -> tuple[str, list[EndedSession]]:
    return change_password(
        db,
        browser.actor,
        browser.token if token is None else token,
        password_hash,
        POLICY,
        LATER,
        sign_out_others=others,
    )


def confirmed(db: Connection, browser: SignedIn, *, token: str | None = None) -> str:
    presented = browser.token if token is None else token
    return confirm_password(db, browser.actor, presented, HERE, LATER)


class TestChangePassword:
    def test_stores_the_hash_for_this_account_alone(self, db: Connection) -> None:
        ada, bob = add_user(db, "ada"), add_user(db, "bob")
        browser = sign_in(db, ada)

        changed(db, browser)

        assert password_hash_of(db, ada) == "the new hash"
        assert password_hash_of(db, bob) == "no password"

    def test_gives_the_session_a_new_token(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))

        token, _ended = changed(db, browser)

        found = resume(db, token, POLICY, LATER)
        assert found is not None
        assert (found.id, found.public_id) == (browser.actor.id, browser.public_id)
        assert found.authenticated_at == LATER
        assert resume(db, browser.token, POLICY, LATER + POLICY.rotation_grace) is None

    def test_ends_all_others_of_the_account(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, *others = (sign_in(db, user_id) for _ in range(4))
        stranger = sign_in(db, add_user(db, "bob"))

        token, ended = changed(db, browser)

        assert {one.public_id for one in ended} == {one.public_id for one in others}
        for one in others:
            row = stored(db, one.public_id)
            assert (row.ended_at, row.end_reason) == (LATER, "password_changed")
            assert (row.ended_by_user_id, row.ended_by_session_id) == (user_id, browser.actor.id)
        for live in (token, stranger.token):
            assert resume(db, live, POLICY, LATER) is not None

    def test_ends_none_where_the_box_was_unticked(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, other = sign_in(db, user_id), sign_in(db, user_id)

        _token, ended = changed(db, browser, others=False)

        assert ended == []
        assert resume(db, other.token, POLICY, LATER) is not None

    def test_counts_what_had_run_out_as_that(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, idle = sign_in(db, user_id), sign_in(db, user_id)
        set_session(db, idle.public_id, last_seen_at=NOW - POLICY.idle_timeout)

        _token, ended = changed(db, browser)

        assert ended == []
        assert stored(db, idle.public_id).end_reason == "idle"

    def test_is_told_in_the_history(self, db: Connection) -> None:
        user_id = add_user(db)
        browser = sign_in(db, user_id, device=FIREFOX)
        other = sign_in(db, user_id)

        changed(db, browser)

        (line,) = lines(db, EventKind.PASSWORD_CHANGED)
        assert (line.at, line.user_id, line.session_id) == (LATER, user_id, browser.actor.id)
        assert line.actor_device == "Firefox on Linux"
        (end_line,) = lines(db, EventKind.ENDED)
        assert (end_line.session_id, end_line.end_reason) == (other.actor.id, "password_changed")
        assert (end_line.device, end_line.actor_device) == ("Chrome on Windows", "Firefox on Linux")

    def test_writes_neither_hash_nor_token_into_the_history(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))

        token, _ended = changed(db, browser)

        told = repr(lines(db))
        for secret in ("the new hash", "no password", token, browser.token):
            assert secret not in told


class TestConfirmPassword:
    def test_renews_when_the_person_was_last_asked(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        assert POLICY.step_up_due(browser.actor.authenticated_at, LATER)

        token = confirmed(db, browser)

        found = resume(db, token, POLICY, LATER)
        assert found is not None
        assert (found.id, found.authenticated_at) == (browser.actor.id, LATER)
        assert not POLICY.step_up_due(found.authenticated_at, LATER)

    def test_renews_it_for_no_other_session(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, other = sign_in(db, user_id), sign_in(db, user_id)
        before = stored(db, other.public_id)

        confirmed(db, browser)

        assert stored(db, other.public_id) == before

    def test_changes_no_password(self, db: Connection) -> None:
        user_id = add_user(db)

        confirmed(db, sign_in(db, user_id))

        assert password_hash_of(db, user_id) == "no password"

    def test_is_told_in_the_history(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))

        confirmed(db, browser)

        (line,) = lines(db, EventKind.CONFIRMED)
        assert (line.at, line.user_id) == (LATER, browser.actor.user_id)
        assert (line.session_id, line.device) == (browser.actor.id, "Chrome on Windows")


@pytest.mark.parametrize("ago", [timedelta(0), POLICY.step_up_after - timedelta.resolution])
def test_nobody_is_asked_again_within_the_policys_window(ago: timedelta) -> None:
    assert not POLICY.step_up_due(NOW - ago, NOW)
    assert POLICY.step_up_due(NOW - POLICY.step_up_after, NOW)


Write = Callable[..., object]


@pytest.mark.parametrize("write", [changed, confirmed])
class TestARefusal:
    def refused(
        self, db: Connection, write: Write, browser: SignedIn, why: type[Exception], **values: str
    ) -> None:
        """With this error, and nothing is changed, the other sessions least of all."""
        add_many_sessions(db, browser.actor.user_id, 2)
        before = self.everything(db)

        with pytest.raises(why):
            write(db, browser, **values)

        assert self.everything(db) == before

    def everything(self, db: Connection) -> object:
        tables = ("users", "sessions", "session_events")
        return [db.exec_driver_sql(f"SELECT * FROM {table} ORDER BY id").all() for table in tables]

    def test_comes_when_another_tab_has_rotated(self, db: Connection, write: Write) -> None:
        browser = sign_in(db, add_user(db))
        assert rotate(db, browser.actor, browser.token, NOW + MINUTE) is not None

        self.refused(db, write, browser, TokenReplaced)

    def test_comes_for_a_token_of_nobody(self, db: Connection, write: Write) -> None:
        browser = sign_in(db, add_user(db))

        self.refused(db, write, browser, TokenReplaced, token=new_token())

    def test_comes_for_the_token_of_another_session(self, db: Connection, write: Write) -> None:
        user_id = add_user(db)
        browser, other = sign_in(db, user_id), sign_in(db, user_id)

        self.refused(db, write, browser, TokenReplaced, token=other.token)

    def test_comes_after_the_session_has_ended(self, db: Connection, write: Write) -> None:
        browser = sign_in(db, add_user(db))
        end_by_token(db, browser.token, NOW)

        self.refused(db, write, browser, NotSignedIn)

    def test_comes_after_the_account_was_disabled(self, db: Connection, write: Write) -> None:
        user_id = add_user(db)
        browser = sign_in(db, user_id)
        set_user(db, user_id, disabled_at=NOW)

        self.refused(db, write, browser, NotSignedIn)


def changes(browser: SignedIn, password_hash: str) -> Work:
    return lambda db: changed(db, browser, password_hash=password_hash)


class TestAtTheSameInstant:
    def test_a_change_that_waited_for_a_revoke_is_refused(self, database: Database) -> None:
        with database.begin() as db:
            user_id = add_user(db)
            browser, other = sign_in(db, user_id), sign_in(db, user_id)

        [late] = overtaken(
            database,
            lambda db: end(db, other.actor, browser.public_id, POLICY, LATER),
            changes(browser, "the new hash"),
        )

        assert isinstance(late, NotSignedIn)
        with database.reading() as db:
            assert password_hash_of(db, user_id) == "no password"

    def test_of_two_changes_in_two_browsers_one_wins_and_stays(self, database: Database) -> None:
        for n in range(ROUNDS):
            with database.begin() as db:
                user_id = add_user(db, f"user{n}")
                browsers = [sign_in(db, user_id) for _ in range(2)]

            outcomes = together(
                database, *(changes(one, f"hash {k}") for k, one in enumerate(browsers))
            )

            assert sorted(type(one).__name__ for one in outcomes) == ["NotSignedIn", "tuple"]
            winner = next(k for k, one in enumerate(outcomes) if isinstance(one, tuple))
            with database.reading() as db:
                assert password_hash_of(db, user_id) == f"hash {winner}"
                assert resume(db, outcomes[winner][0], POLICY, LATER) is not None

    def test_of_two_changes_in_two_tabs_one_wins(self, database: Database) -> None:
        for n in range(ROUNDS):
            with database.begin() as db:
                user_id = add_user(db, f"user{n}")
                browser = sign_in(db, user_id)

            outcomes = together(database, *(changes(browser, f"hash {k}") for k in range(2)))

            assert sorted(type(one).__name__ for one in outcomes) == ["TokenReplaced", "tuple"]
            with database.reading() as db:
                winner = next(k for k, one in enumerate(outcomes) if isinstance(one, tuple))
                assert password_hash_of(db, user_id) == f"hash {winner}"
                assert len(lines(db, EventKind.PASSWORD_CHANGED, user_id=user_id)) == 1

    def test_no_sign_in_that_was_there_before_outlives_a_change(self, database: Database) -> None:
        """A sign-in at that instant either came first, and is ended, or came after."""
        for n in range(ROUNDS):
            with database.begin() as db:
                user_id = add_user(db, f"user{n}")
                browser = sign_in(db, user_id)

            (_token, ended), started = together(
                database,
                changes(browser, "the new hash"),
                lambda db, user_id=user_id: sign_in(db, user_id, LATER),
            )

            with database.reading() as db:
                over = resume(db, started.token, POLICY, LATER) is None
            assert over == (started.public_id in {one.public_id for one in ended})
