""" "Was this you?", and whether mails tell of it: what the pages are told and take."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sessions_dashboard.sessions import NotSignedIn
from sessions_dashboard.sessions.known_devices import mails_wanted, recognise
from sessions_dashboard.sessions.tokens import new_token
from sessions_dashboard.states.account import AccountState
from sessions_dashboard.states.devices import DevicesState
from sessions_dashboard.states.new_devices import NewDevicesState
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words import new_devices as words
from tests.states.conftest import Pages
from tests.states.test_devices import ANYTHING
from tests.support.people import SignedIn, stored

Run = Callable[[Any], Any]


def known(pages: Pages, session: SignedIn) -> SignedIn:
    pages.runtime.database.write_here(
        lambda db: recognise(db, session.public_id, new_token(), pages.now())
    )
    return session


@pytest.fixture
def new_one(pages: Pages, run: Run) -> SignedIn:
    """Somebody's page on a device of theirs, and a new one that has signed in."""
    known(pages, pages.sign_in())
    session = known(pages, pages.add_device())
    run(pages.call(DevicesState, "load"))
    return session


def questions(pages: Pages) -> list[Any]:
    return list(pages.state(NewDevicesState).questions)


def ended(pages: Pages, session: SignedIn) -> bool:
    with pages.runtime.database.reading() as db:
        return stored(db, session.public_id).ended_at is not None


class TestTheQuestion:
    def test_names_device_place_and_time_and_nothing_secret(
        self, pages: Pages, new_one: SignedIn
    ) -> None:
        [row] = questions(pages)
        assert (row.device, row.kind) == ("Firefox on Linux", "desktop")
        assert row.place == "near Berlin, Germany"
        assert row.at.endswith("+00:00")
        assert row.id != new_one.public_id
        assert new_one.token not in repr(row)

    def test_is_gone_after_a_yes(self, pages: Pages, run: Run, new_one: SignedIn) -> None:
        [row] = questions(pages)
        run(pages.call(NewDevicesState, "it_was_me", device_id=row.id))
        assert questions(pages) == []
        assert pages.state(NewDevicesState).notice == words.THANKS
        assert not ended(pages, new_one)

    def test_leads_to_the_account_after_a_no(
        self, pages: Pages, run: Run, new_one: SignedIn
    ) -> None:
        [row] = questions(pages)
        onward = run(pages.call(NewDevicesState, "it_was_not_me", device_id=row.id))
        assert "/account?secured=1" in str(onward)
        assert ended(pages, new_one)

    def test_that_was_answered_meanwhile_is_said_to_be(
        self, pages: Pages, run: Run, new_one: SignedIn
    ) -> None:
        [row] = questions(pages)
        run(pages.call(NewDevicesState, "it_was_me", device_id=row.id))
        run(pages.call(NewDevicesState, "it_was_not_me", device_id=row.id))
        assert pages.state(NewDevicesState).problem == words.ANSWERED
        assert not ended(pages, new_one)

    def test_asks_a_young_session_for_the_password_before_a_no(
        self, pages: Pages, run: Run, new_one: SignedIn
    ) -> None:
        assert pages.me is not None
        two_days_ago = pages.now() - timedelta(days=2)
        pages.change(new_one, created_at=two_days_ago)
        [row] = questions(pages)

        assert run(pages.call(NewDevicesState, "it_was_not_me", device_id=row.id)) is None
        assert pages.state(PageState).confirming
        assert not ended(pages, new_one)

        pages.change(pages.me, authenticated_at=pages.now())
        onward = run(pages.call(DevicesState, "go_on"))
        assert "/account?secured=1" in str(onward)
        assert not pages.state(PageState).confirming
        assert ended(pages, new_one)

    @pytest.mark.parametrize("handler", ["it_was_me", "it_was_not_me"])
    @pytest.mark.parametrize("value", ANYTHING, ids=repr)
    def test_takes_no_answer_about_anything_else(
        self, pages: Pages, run: Run, new_one: SignedIn, handler: str, value: Any
    ) -> None:
        run(pages.call(NewDevicesState, handler, device_id=value))
        assert len(questions(pages)) == 1
        assert not ended(pages, new_one)

    def test_is_not_shown_on_the_new_one(self, pages: Pages, run: Run, new_one: SignedIn) -> None:
        pages.me = new_one
        run(pages.call(DevicesState, "load"))
        assert questions(pages) == []


class TestMails:
    def wanted(self, pages: Pages) -> bool:
        assert pages.me is not None
        user_id = pages.me.actor.user_id
        with pages.runtime.database.reading() as db:
            return mails_wanted(db, user_id)

    def test_are_turned_off_and_on_and_it_is_said(self, pages: Pages, run: Run) -> None:
        pages.sign_in()
        pages.at("/account")
        run(pages.call(AccountState, "load"))
        page = pages.state(AccountState)
        assert page.mail_new_devices

        for wanted, said in ((False, words.MAILS_OFF), (True, words.MAILS_ON)):
            run(pages.call(AccountState, "want_mails", wanted=wanted))
            assert (page.mail_new_devices, page.mails_saved) == (wanted, said)
            assert self.wanted(pages) == wanted

    @pytest.mark.parametrize("value", [one for one in ANYTHING if one is not True], ids=repr)
    def test_are_not_turned_off_by_anything_else(self, pages: Pages, run: Run, value: Any) -> None:
        pages.sign_in()
        run(pages.call(AccountState, "want_mails", wanted=value))
        assert self.wanted(pages)

    def test_are_not_turned_off_by_a_session_that_is_over(
        self, pages: Pages, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        me = pages.sign_in()
        actor = me.actor
        monkeypatch.setattr("sessions_dashboard.states.account.current_actor", lambda: actor)
        pages.change(me, ended_at=pages.now())
        with pytest.raises(NotSignedIn):
            run(pages.call(AccountState, "want_mails", wanted=False))
        assert self.wanted(pages)
