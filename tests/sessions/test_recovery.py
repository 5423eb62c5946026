"""A forgotten password, and "This wasn't me": what a mailed link does to an account."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, Row, event, select

from sessions_dashboard.accounts.models import outbox
from sessions_dashboard.accounts.outbox import MailKind
from sessions_dashboard.accounts.users import password_hash_of
from sessions_dashboard.database import Database
from sessions_dashboard.sessions import change_password, resume
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.known_devices import recognise
from sessions_dashboard.sessions.links import LinkSpent, Purpose, find, issue
from sessions_dashboard.sessions.recovery import (
    RESET_MAIL_EVERY,
    deny_by_mail,
    request_reset,
    reset_password,
)
from sessions_dashboard.sessions.tokens import new_token
from tests.support.people import (
    FIREFOX,
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
from tests.support.together import Work, together

LATER = NOW + timedelta(minutes=5)
ROUNDS = 20
RESET, NOT_ME = Purpose.RESET_PASSWORD, Purpose.NOT_ME


def request(db: Connection, email: str = "ada@example.com", now: object = NOW) -> None:
    request_reset(db, email, "Firefox on Linux", "198.51.100.7", now)  # type: ignore[arg-type]


def mails(db: Connection) -> list[Row[tuple[object, ...]]]:
    return list(db.execute(select(outbox).order_by(outbox.c.id)))


class TestAskingForALink:
    def test_puts_a_mail_to_the_account_in_the_outbox(self, db: Connection) -> None:
        user_id = add_user(db)

        request(db)

        [mail] = mails(db)
        assert (mail.kind, mail.user_id) == (MailKind.RESET_PASSWORD.value, user_id)
        [line] = lines(db, EventKind.PASSWORD_RESET_REQUESTED)
        assert (line.user_id, line.device) == (user_id, "Firefox on Linux")
        assert line.ip_address == "198.51.100.7"

    def test_changes_nothing_of_the_account(self, db: Connection) -> None:
        user_id = add_user(db)
        browser = sign_in(db, user_id)

        request(db)

        assert password_hash_of(db, user_id) == "no password"
        assert resume(db, browser.token, POLICY, NOW) is not None

    def test_leaves_a_mail_to_nobody_for_an_unknown_or_disabled_account(
        self, db: Connection
    ) -> None:
        set_user(db, add_user(db), disabled_at=NOW)

        request(db)
        request(db, "nobody@example.com")

        assert [mail.user_id for mail in mails(db)] == [None, None]
        told = lines(db, EventKind.PASSWORD_RESET_REQUESTED)
        assert [line.user_id for line in told] == [None, None]

    def test_is_the_same_work_whoever_is_asked_for(self, db: Connection) -> None:
        add_user(db)
        set_user(db, add_user(db, "bob"), disabled_at=NOW)
        made: list[str] = []
        event.listen(db, "before_cursor_execute", lambda *told: made.append(told[2]))
        work = []

        for email in ("ada@example.com", "ada@example.com", "bob@example.com", "no@example.com"):
            request(db, email)
            work.append(made.copy())
            made.clear()

        assert work == [work[0]] * 4
        assert len(work[0]) == 5

    def test_brings_one_mail_in_ten_minutes(self, db: Connection) -> None:
        user_id = add_user(db)
        moments = (NOW, NOW + RESET_MAIL_EVERY - timedelta(seconds=1), NOW + RESET_MAIL_EVERY)
        for moment in moments:
            request(db, now=moment)

        assert [mail.user_id for mail in mails(db)] == [user_id, None, user_id]

    def test_at_the_same_instant_brings_one_mail(self, database: Database) -> None:
        for n in range(ROUNDS):
            with database.begin() as db:
                user_id = add_user(db, f"user{n}")

            together(database, *[lambda db, n=n: request(db, f"user{n}@example.com")] * 3)

            with database.reading() as db:
                assert len([mail for mail in mails(db) if mail.user_id == user_id]) == 1


class TestChoosingANewPassword:
    def test_stores_it_and_ends_every_session(self, db: Connection) -> None:
        user_id, bob = add_user(db), add_user(db, "bob")
        browsers = [sign_in(db, user_id) for _ in range(3)]
        stranger = sign_in(db, bob)
        token = issue(db, user_id, RESET, NOW)

        recovered = reset_password(db, token, "the new hash", POLICY, LATER)

        assert recovered.user_id == user_id
        assert {one.public_id for one in recovered.ended} == {one.public_id for one in browsers}
        assert password_hash_of(db, user_id) == "the new hash"
        assert password_hash_of(db, bob) == "no password"
        for browser in browsers:
            assert resume(db, browser.token, POLICY, LATER) is None
            assert stored(db, browser.public_id).end_reason == "password_changed"
        assert resume(db, stranger.token, POLICY, LATER) is not None

    def test_is_told_in_the_history_and_by_a_mail(self, db: Connection) -> None:
        user_id = add_user(db)
        set_user(db, user_id, mail_new_devices=False)

        reset_password(db, issue(db, user_id, RESET, NOW), "the new hash", POLICY, LATER)

        [line] = lines(db, EventKind.PASSWORD_RESET)
        assert (line.user_id, line.at) == (user_id, LATER)
        [mail] = mails(db)
        assert (mail.kind, mail.user_id) == (MailKind.PASSWORD_CHANGED.value, user_id)
        assert "the new hash" not in repr(lines(db))

    def test_uses_up_every_other_link_for_it(self, db: Connection) -> None:
        user_id = add_user(db)
        first, second = (issue(db, user_id, RESET, NOW) for _ in range(2))

        reset_password(db, first, "the new hash", POLICY, LATER)

        with pytest.raises(LinkSpent):
            reset_password(db, second, "another hash", POLICY, LATER)
        assert password_hash_of(db, user_id) == "the new hash"

    def test_ends_what_had_run_out_as_that(self, db: Connection) -> None:
        user_id = add_user(db)
        idle = sign_in(db, user_id)
        set_session(db, idle.public_id, last_seen_at=NOW - POLICY.idle_timeout)

        reset_password(db, issue(db, user_id, RESET, NOW), "the new hash", POLICY, LATER)

        assert stored(db, idle.public_id).end_reason == "idle"

    def test_refused_changes_nothing(self, db: Connection) -> None:
        user_id = add_user(db)
        browser = sign_in(db, user_id)
        not_me = issue(db, user_id, NOT_ME, NOW)

        for token in (new_token(), not_me, browser.token):
            with pytest.raises(LinkSpent):
                reset_password(db, token, "the new hash", POLICY, LATER)

        assert password_hash_of(db, user_id) == "no password"
        assert resume(db, browser.token, POLICY, LATER) is not None

    def test_twice_at_once_one_wins(self, database: Database) -> None:
        for n in range(ROUNDS):
            with database.begin() as db:
                user_id = add_user(db, f"user{n}")
                token = issue(db, user_id, RESET, NOW)

            outcomes = together(database, *(resets(token, f"hash {k}") for k in range(2)))

            assert sorted(type(one).__name__ for one in outcomes) == ["LinkSpent", "Recovered"]
            winner = next(k for k, one in enumerate(outcomes) if not isinstance(one, LinkSpent))
            with database.reading() as db:
                assert password_hash_of(db, user_id) == f"hash {winner}"

    def test_against_a_change_by_the_old_one_one_password_counts(self, database: Database) -> None:
        """Either way everything before it is over, and the last one stands."""
        for n in range(ROUNDS):
            with database.begin() as db:
                user_id = add_user(db, f"user{n}")
                browser = sign_in(db, user_id)
                token = issue(db, user_id, RESET, NOW)

            reset, change = together(database, resets(token, "reset"), changes(browser))

            with database.reading() as db:
                stands = password_hash_of(db, user_id)
            if isinstance(reset, LinkSpent):
                # The change came first, and used the link up.
                assert (stands, type(change)) == ("changed", tuple)
            else:
                assert stands == "reset"
                assert type(change).__name__ == "NotSignedIn"

    def test_leaves_no_sign_in_from_before(self, database: Database) -> None:
        for n in range(ROUNDS):
            with database.begin() as db:
                user_id = add_user(db, f"user{n}")
                token = issue(db, user_id, RESET, NOW)

            reset, started = together(
                database, resets(token, "reset"), lambda db, u=user_id: sign_in(db, u, LATER)
            )

            with database.reading() as db:
                over = resume(db, started.token, POLICY, LATER) is None
            assert over == (started.public_id in {one.public_id for one in reset.ended})


def resets(token: str, password_hash: str) -> Work:
    return lambda db: reset_password(db, token, password_hash, POLICY, LATER)


def changes(browser: SignedIn) -> Work:
    return lambda db: change_password(
        db, browser.actor, browser.token, "changed", POLICY, LATER, sign_out_others=True
    )


def test_a_changed_password_uses_up_links_and_sends_a_mail(db: Connection) -> None:
    user_id = add_user(db)
    set_user(db, user_id, mail_new_devices=False)
    browser = sign_in(db, user_id)
    token = issue(db, user_id, RESET, NOW)

    changes(browser)(db)

    with pytest.raises(LinkSpent):
        find(db, token, RESET, LATER)
    [mail] = mails(db)
    assert mail.kind == MailKind.PASSWORD_CHANGED.value
    assert mail.details == {"at": LATER.isoformat(), "device": "Chrome on Windows"}


class TestThisWasNotMe:
    def test_ends_every_session_and_gives_a_link_to_a_new_password(self, db: Connection) -> None:
        user_id = add_user(db)
        thief, mine = sign_in(db, user_id, device=FIREFOX), sign_in(db, user_id)
        stranger = sign_in(db, add_user(db, "bob"))
        token = issue(db, user_id, NOT_ME, NOW, thief.actor.id)

        recovered, onward = deny_by_mail(db, token, POLICY, LATER)

        assert {one.public_id for one in recovered.ended} == {thief.public_id, mine.public_id}
        for over in (thief, mine):
            assert stored(db, over.public_id).end_reason == "revoked_by_email"
        assert resume(db, stranger.token, POLICY, LATER) is not None
        [line] = lines(db, EventKind.DEVICE_DENIED)
        assert (line.session_id, line.device) == (thief.actor.id, "Firefox on Linux")
        reset_password(db, onward, "the new hash", POLICY, LATER)
        assert password_hash_of(db, user_id) == "the new hash"

    def test_works_once(self, db: Connection) -> None:
        user_id = add_user(db)
        token = issue(db, user_id, NOT_ME, NOW)
        deny_by_mail(db, token, POLICY, LATER)
        again = sign_in(db, user_id, LATER)

        with pytest.raises(LinkSpent):
            deny_by_mail(db, token, POLICY, LATER)

        assert resume(db, again.token, POLICY, LATER) is not None

    def test_makes_that_browser_unknown(self, db: Connection) -> None:
        user_id = add_user(db)
        device_token = new_token()
        recognise(db, sign_in(db, user_id).public_id, new_token(), NOW)
        thief = sign_in(db, user_id, device=FIREFOX)
        recognise(db, thief.public_id, device_token, NOW)

        deny_by_mail(db, issue(db, user_id, NOT_ME, NOW, thief.actor.id), POLICY, LATER)
        recognise(db, sign_in(db, user_id, LATER).public_id, device_token, LATER)

        assert len(lines(db, EventKind.NEW_DEVICE)) == 2

    def test_works_after_the_session_was_deleted(self, db: Connection) -> None:
        user_id = add_user(db)

        recovered, _onward = deny_by_mail(db, issue(db, user_id, NOT_ME, NOW, 12345), POLICY, LATER)

        assert recovered.ended == []

    def test_clicked_twice_at_once_gives_one_link(self, database: Database) -> None:
        for n in range(ROUNDS):
            with database.begin() as db:
                user_id = add_user(db, f"user{n}")
                sign_in(db, user_id)
                token = issue(db, user_id, NOT_ME, NOW)

            outcomes = together(
                database, *[lambda db, t=token: deny_by_mail(db, t, POLICY, LATER)] * 3
            )

            names = sorted(type(one).__name__ for one in outcomes)
            assert names == ["LinkSpent", "LinkSpent", "tuple"]
