"""Browsers that an account has used; the alarm about a new one, and who may answer it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Row, select

from sessions_dashboard.accounts.models import outbox
from sessions_dashboard.accounts.outbox import MailKind
from sessions_dashboard.database import Database
from sessions_dashboard.devices import Device
from sessions_dashboard.sessions import (
    ActiveSession,
    NotFound,
    NotSignedIn,
    PasswordNeeded,
    end_by_token,
    resume,
)
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.known_devices import (
    ASKED_FOR,
    confirm,
    deny,
    forget,
    mails_wanted,
    questions_for,
    recognise,
    set_mails_wanted,
)
from sessions_dashboard.sessions.models import known_devices
from sessions_dashboard.sessions.tokens import new_token
from tests.support.people import (
    CHROME,
    FIREFOX,
    NOW,
    POLICY,
    SignedIn,
    add_user,
    lines,
    set_user,
    sign_in,
    stored,
)
from tests.support.together import together

LATER = NOW + timedelta(hours=1)
INSTANT = timedelta.resolution
ROUNDS = 20


Answer = Callable[[Connection, ActiveSession, str, datetime], object]


def denies(db: Connection, actor: ActiveSession, public_id: str, now: datetime) -> object:
    return deny(db, actor, public_id, POLICY, now)


ANSWERS: tuple[Answer, ...] = (confirm, denies)


@dataclass
class Browser:
    """Keeps the cookie that it is known by."""

    device: Device = CHROME
    ip_address: str = "192.0.2.1"

    def __post_init__(self) -> None:
        self.token = new_token()

    def signs_in(self, db: Connection, user_id: int, now: datetime = NOW) -> SignedIn:
        signed_in = sign_in(db, user_id, now, device=self.device, ip_address=self.ip_address)
        recognise(db, signed_in.public_id, self.token, now)
        return signed_in


def mails(db: Connection) -> list[Row[tuple[object, ...]]]:
    query = select(outbox).where(outbox.c.kind == MailKind.NEW_DEVICE.value)
    return list(db.execute(query.order_by(outbox.c.id)))


def asked(db: Connection, browser: SignedIn, now: datetime = LATER) -> list[str]:
    return [question.device for question in questions_for(db, browser.actor, now)]


def question(db: Connection, browser: SignedIn, now: datetime = LATER) -> str:
    [found] = questions_for(db, browser.actor, now)
    return found.public_id


class TestTheAlarm:
    def test_is_not_raised_by_the_first_browser_of_an_account(self, db: Connection) -> None:
        user_id = add_user(db)

        first = Browser().signs_in(db, user_id)

        assert lines(db, EventKind.NEW_DEVICE) == []
        assert mails(db) == []
        assert asked(db, first) == []

    def test_is_raised_by_the_second(self, db: Connection) -> None:
        user_id = add_user(db)
        Browser().signs_in(db, user_id)

        new = Browser(FIREFOX, "198.51.100.7").signs_in(db, user_id, LATER)

        [line] = lines(db, EventKind.NEW_DEVICE)
        assert (line.at, line.user_id, line.session_id) == (LATER, user_id, new.actor.id)
        assert (line.device, line.ip_address) == ("Firefox on Linux", "198.51.100.7")
        [mail] = mails(db)
        assert (mail.user_id, mail.session_id, mail.due_at) == (user_id, new.actor.id, LATER)
        assert mail.details == {
            "at": LATER.isoformat(),
            "device": "Firefox on Linux",
            "city": "Berlin",
            "country": "Germany",
            "ip_address": "198.51.100.7",
        }

    def test_is_not_raised_by_a_browser_that_comes_back(self, db: Connection) -> None:
        """From another address, and after its session has ended."""
        user_id = add_user(db)
        browser = Browser()
        Browser().signs_in(db, user_id)
        signed_in = browser.signs_in(db, user_id)
        end_by_token(db, signed_in.token, NOW)

        browser.ip_address = "203.0.113.99"
        again = browser.signs_in(db, user_id, LATER)

        assert len(lines(db, EventKind.NEW_DEVICE)) == 1
        assert len(mails(db)) == 1
        known = stored(db, again.public_id).known_device_id
        assert known == stored(db, signed_in.public_id).known_device_id
        last_seen = select(known_devices.c.last_seen_at).where(known_devices.c.id == known)
        assert db.execute(last_seen).scalar_one() == LATER

    def test_is_raised_where_the_cookie_was_deleted(self, db: Connection) -> None:
        user_id = add_user(db)
        Browser().signs_in(db, user_id)

        Browser().signs_in(db, user_id, LATER)

        assert len(lines(db, EventKind.NEW_DEVICE)) == 1

    def test_is_each_accounts_own(self, db: Connection) -> None:
        """One browser of two people is new to each."""
        ada, bob = add_user(db, "ada"), add_user(db, "bob")
        shared = Browser()
        Browser().signs_in(db, bob)
        shared.signs_in(db, ada)

        shared.signs_in(db, bob, LATER)

        [line] = lines(db, EventKind.NEW_DEVICE)
        assert line.user_id == bob

    def test_sends_no_mail_to_whoever_wants_none(self, db: Connection) -> None:
        user_id = add_user(db)
        first = Browser().signs_in(db, user_id)
        set_mails_wanted(db, first.actor, False, NOW)

        Browser().signs_in(db, user_id, LATER)

        assert mails(db) == []
        assert len(lines(db, EventKind.NEW_DEVICE)) == 1
        assert asked(db, first) == ["Chrome on Windows"]

    def test_no_table_holds_the_cookies_token(self, db: Connection) -> None:
        user_id = add_user(db)
        browser = Browser()
        Browser().signs_in(db, user_id)
        browser.signs_in(db, user_id)

        for table in ("known_devices", "sessions", "session_events", "outbox"):
            rows = db.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert browser.token not in repr(rows)

    def test_two_sign_ins_of_a_new_browser_at_once_are_one(self, database: Database) -> None:
        for n in range(ROUNDS):
            browser = Browser()
            with database.begin() as db:
                user_id = add_user(db, f"user{n}")
                Browser().signs_in(db, user_id)

            outcomes = together(
                database, *[lambda db, b=browser, u=user_id: b.signs_in(db, u, LATER)] * 3
            )

            assert all(isinstance(one, SignedIn) for one in outcomes), outcomes
            with database.reading() as db:
                assert len(lines(db, EventKind.NEW_DEVICE, user_id=user_id)) == 1


class TestTheQuestion:
    def test_says_which_browser_and_system_it_is_about(self, db: Connection) -> None:
        user_id = add_user(db)
        owner = Browser().signs_in(db, user_id)
        Browser(FIREFOX).signs_in(db, user_id, LATER)

        [about] = questions_for(db, owner.actor, LATER)

        assert (about.browser, about.os) == (FIREFOX.browser, FIREFOX.os)

    def test_is_asked_on_the_other_devices_and_not_on_the_new_one(self, db: Connection) -> None:
        user_id = add_user(db)
        old, older = Browser().signs_in(db, user_id), sign_in(db, user_id)
        new = Browser(FIREFOX).signs_in(db, user_id, LATER)
        stranger = Browser().signs_in(db, add_user(db, "bob"))

        # `older` is a session from before devices were known.
        assert asked(db, old) == asked(db, older) == ["Firefox on Linux"]
        assert asked(db, new) == asked(db, stranger) == []

    def test_is_not_asked_on_the_new_one_after_it_signed_in_again(self, db: Connection) -> None:
        user_id = add_user(db)
        Browser().signs_in(db, user_id)
        thief = Browser(FIREFOX)
        thief.signs_in(db, user_id)

        assert asked(db, thief.signs_in(db, user_id, LATER)) == []

    def test_can_not_be_answered_by_another_new_one(self, db: Connection) -> None:
        """A thief with two browsers."""
        user_id = add_user(db)
        owner = Browser().signs_in(db, user_id)
        first = Browser(FIREFOX).signs_in(db, user_id)
        Browser(CHROME).signs_in(db, user_id)
        about_second = questions_for(db, owner.actor, LATER)[0].public_id

        assert asked(db, first) == []
        for answer in ANSWERS:
            with pytest.raises(NotFound):
                answer(db, first.actor, about_second, LATER)

    def test_is_asked_for_fourteen_days(self, db: Connection) -> None:
        user_id = add_user(db)
        old = Browser().signs_in(db, user_id)
        new = Browser(FIREFOX).signs_in(db, user_id)
        Browser(CHROME).signs_in(db, user_id, NOW + ASKED_FOR - INSTANT)

        assert len(asked(db, old, NOW + ASKED_FOR - INSTANT)) == 2
        assert asked(db, old, NOW + ASKED_FOR) == ["Chrome on Windows"]
        # By then the first is a device like any other.
        assert asked(db, new, NOW + ASKED_FOR) == ["Chrome on Windows"]

    def test_is_asked_no_more_after_a_yes_and_that_device_may_answer_itself(
        self, db: Connection
    ) -> None:
        user_id = add_user(db)
        old = Browser().signs_in(db, user_id)
        second = Browser(FIREFOX).signs_in(db, user_id)

        confirm(db, old.actor, question(db, old), LATER)

        assert asked(db, old) == []
        assert resume(db, second.token, POLICY, LATER) is not None
        Browser().signs_in(db, user_id, LATER)
        assert asked(db, second) == ["Chrome on Windows"]
        [line] = lines(db, EventKind.DEVICE_CONFIRMED)
        assert (line.user_id, line.device) == (user_id, "Firefox on Linux")
        assert line.actor_device == "Chrome on Windows"

    def test_a_no_ends_every_session_of_that_browser_and_no_other(self, db: Connection) -> None:
        user_id = add_user(db)
        thief = Browser(FIREFOX)
        old, another = Browser().signs_in(db, user_id), sign_in(db, user_id)
        first = thief.signs_in(db, user_id)
        second = thief.signs_in(db, user_id, LATER)

        ended = deny(db, old.actor, question(db, old), POLICY, LATER)

        assert {one.public_id for one in ended} == {first.public_id, second.public_id}
        assert stored(db, first.public_id).end_reason == "revoked"
        for mine in (old, another):
            assert resume(db, mine.token, POLICY, LATER) is not None
        assert asked(db, old) == []
        [line] = lines(db, EventKind.DEVICE_DENIED)
        assert (line.device, line.actor_device) == ("Firefox on Linux", "Chrome on Windows")

    def test_after_a_no_its_next_sign_in_raises_the_alarm_again(self, db: Connection) -> None:
        user_id = add_user(db)
        thief = Browser(FIREFOX)
        old = Browser().signs_in(db, user_id)
        thief.signs_in(db, user_id)
        deny(db, old.actor, question(db, old), POLICY, LATER)

        thief.signs_in(db, user_id, LATER)

        assert asked(db, old) == ["Firefox on Linux"]

    def test_a_no_works_after_the_new_one_has_signed_out(self, db: Connection) -> None:
        user_id = add_user(db)
        old = Browser().signs_in(db, user_id)
        new = Browser(FIREFOX).signs_in(db, user_id)
        end_by_token(db, new.token, NOW)

        assert deny(db, old.actor, question(db, old), POLICY, LATER) == []
        assert stored(db, new.public_id).end_reason == "signed_out"

    def test_a_no_asks_a_young_session_for_the_password_first(self, db: Connection) -> None:
        """Else whoever holds the person's own browser for a moment could sign the older one out."""
        user_id = add_user(db)
        mine, thief = Browser(), Browser(FIREFOX)
        mine.signs_in(db, user_id)
        theirs = thief.signs_in(db, user_id)
        then = NOW + 2 * POLICY.young_for
        young = mine.signs_in(db, user_id, then)

        with pytest.raises(PasswordNeeded):
            deny(db, young.actor, question(db, young, then), POLICY, then)

        assert asked(db, young, then) == ["Firefox on Linux"]
        assert resume(db, theirs.token, POLICY, then) is not None

    @pytest.mark.parametrize("answer", ANSWERS)
    def test_of_another_account_is_not_there(self, db: Connection, answer: Answer) -> None:
        ada, bob = add_user(db, "ada"), add_user(db, "bob")
        old, stranger = Browser().signs_in(db, ada), Browser().signs_in(db, bob)
        Browser(FIREFOX).signs_in(db, ada)

        with pytest.raises(NotFound):
            answer(db, stranger.actor, question(db, old), LATER)

        assert asked(db, old) == ["Firefox on Linux"]

    @pytest.mark.parametrize("answer", ANSWERS)
    @pytest.mark.parametrize("public_id", ["", "x", "\x00", "\ud800", "0" * 36])
    def test_that_never_was_one_is_not_there(
        self, db: Connection, answer: Answer, public_id: str
    ) -> None:
        old = Browser().signs_in(db, add_user(db))

        with pytest.raises(NotFound):
            answer(db, old.actor, public_id, LATER)

    @pytest.mark.parametrize("answer", ANSWERS)
    def test_is_not_answered_by_a_session_that_is_over(
        self, db: Connection, answer: Answer
    ) -> None:
        user_id = add_user(db)
        old = Browser().signs_in(db, user_id)
        Browser(FIREFOX).signs_in(db, user_id)
        asked_id = question(db, old)
        end_by_token(db, old.token, NOW)

        with pytest.raises(NotSignedIn):
            answer(db, old.actor, asked_id, LATER)

    def test_that_two_devices_answer_at_once_is_answered_once(self, database: Database) -> None:
        for n in range(ROUNDS):
            with database.begin() as db:
                user_id = add_user(db, f"user{n}")
                first, second = Browser().signs_in(db, user_id), sign_in(db, user_id)
                Browser(FIREFOX).signs_in(db, user_id)
                asked_id = question(db, first)

            outcomes = together(
                database,
                lambda db, one=first, q=asked_id: confirm(db, one.actor, q, LATER),
                lambda db, one=second, q=asked_id: deny(db, one.actor, q, POLICY, LATER),
            )

            assert sum(isinstance(one, NotFound) for one in outcomes) == 1
            with database.reading() as db:
                told = lines(db, user_id=user_id)
            answers = {"device_confirmed", "device_denied"}
            assert len([line for line in told if line.kind in answers]) == 1


class TestMailsAboutNewDevices:
    def test_are_wanted_until_somebody_says_no(self, db: Connection) -> None:
        ada, bob = add_user(db, "ada"), add_user(db, "bob")
        browser = sign_in(db, ada)
        assert mails_wanted(db, ada)

        set_mails_wanted(db, browser.actor, False, NOW)

        assert not mails_wanted(db, ada)
        assert mails_wanted(db, bob)
        set_mails_wanted(db, browser.actor, True, NOW)
        assert mails_wanted(db, ada)

    def test_being_turned_on_or_off_is_told_in_the_history_once(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))

        for wanted in (True, False, False, True):
            set_mails_wanted(db, browser.actor, wanted, NOW)

        told = [line.kind for line in lines(db)][1:]
        assert told == ["device_mails_off", "device_mails_on"]

    def test_are_not_turned_off_by_a_session_that_is_over(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        end_by_token(db, browser.token, NOW)

        with pytest.raises(NotSignedIn):
            set_mails_wanted(db, browser.actor, False, NOW)

    def test_are_not_turned_off_by_a_disabled_account(self, db: Connection) -> None:
        user_id = add_user(db)
        browser = sign_in(db, user_id)
        set_user(db, user_id, disabled_at=NOW)

        with pytest.raises(NotSignedIn):
            set_mails_wanted(db, browser.actor, False, NOW)


def test_a_forgotten_browser_is_new_again(db: Connection) -> None:
    user_id = add_user(db)
    browser = Browser(FIREFOX)
    Browser().signs_in(db, user_id)
    signed_in = browser.signs_in(db, user_id)

    assert forget(db, user_id, signed_in.actor.id) == "Firefox on Linux"
    assert forget(db, user_id, None) is None

    browser.signs_in(db, user_id, LATER)
    assert len(lines(db, EventKind.NEW_DEVICE)) == 2
