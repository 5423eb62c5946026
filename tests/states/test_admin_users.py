"""The administrators' pages about accounts: what they list, do and refuse."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from sessions_dashboard import navigation
from sessions_dashboard.accounts.models import invitations, users
from sessions_dashboard.sessions import Scope, api_keys
from sessions_dashboard.states import admin_users
from sessions_dashboard.states.admin_user import AdminUserState
from sessions_dashboard.states.admin_users import AdminUsersState
from sessions_dashboard.words import admin_users as words
from sessions_dashboard.words.api_keys import may
from tests.states.conftest import Pages
from tests.states.test_devices import ANYTHING
from tests.support.people import SignedIn, add_user, set_user, sign_in, stored

Run = Callable[[Any], Any]


@pytest.fixture
def bob(pages: Pages) -> SignedIn:
    with pages.runtime.database.begin() as db:
        return sign_in(db, add_user(db, "bob"), pages.now())


@pytest.fixture
def page(pages: Pages, run: Run, bob: SignedIn) -> Any:
    pages.sign_in("chief", is_admin=True)
    open_list(pages, run, navigation.ADMIN_USERS)
    return pages.state(AdminUsersState)


@pytest.fixture
def of_bob(pages: Pages, run: Run, bob: SignedIn) -> Any:
    """The page of bob's account."""
    pages.sign_in("chief", is_admin=True)
    pages.at(navigation.account_address(bob.actor.user_public_id))
    run(pages.call(AdminUserState, "load"))
    return pages.state(AdminUserState)


def open_list(pages: Pages, run: Run, address: str) -> None:
    pages.at(address)
    run(pages.call(AdminUsersState, "load"))


def emails(page: Any) -> list[str]:
    return [row.email for row in page.rows]


def asked_long_ago(pages: Pages) -> None:
    """The administrator's password was entered too long ago for anything sensitive."""
    assert pages.me is not None
    long_ago = pages.now() - 2 * pages.runtime.policy.step_up_after
    pages.change(pages.me, authenticated_at=long_ago)


class TestList:
    def test_goes_through_all_once_and_back(self, pages: Pages, page: Any, run: Run) -> None:
        with pages.runtime.database.begin() as db:
            for number in range(60):
                add_user(db, f"person{number:02}")
        run(pages.call(AdminUsersState, "show_news"))
        assert page.total_words == "62 accounts"
        seen = [emails(page)]
        while page.has_next:
            run(pages.call(AdminUsersState, "next_page"))
            seen.append(emails(page))
        everybody = [email for one in seen for email in one]
        assert len(everybody) == 62
        assert everybody == sorted(set(everybody))
        for before in reversed(seen[:-1]):
            run(pages.call(AdminUsersState, "previous_page"))
            assert emails(page) == before
        run(pages.call(AdminUsersState, "previous_page"))
        assert emails(page) == seen[0]

    @pytest.mark.parametrize(
        ("text", "found"),
        [("BOB", 1), ("example chief", 1), ("%", 0), ("\ud800\x00", 2), ("x" * 9_999, 0), ("", 2)],
    )
    def test_finds_parts_of_addresses(
        self, pages: Pages, page: Any, run: Run, text: str, found: int
    ) -> None:
        run(pages.call(AdminUsersState, "look_for", text=text))
        assert len(page.rows) == found

    def test_is_shown_as_its_address_says(self, pages: Pages, page: Any, run: Run) -> None:
        run(pages.call(AdminUsersState, "look_for", text="ch"))
        run(pages.call(AdminUsersState, "show", which="admins"))
        assert page.query == "q=ch&kind=admins"
        open_list(pages, run, navigation.ADMIN_USERS)
        assert (page.query, page.search, page.kind, len(page.rows)) == ("", "", "all", 2)
        open_list(pages, run, f"{navigation.ADMIN_USERS}?q=ch&kind=admins")
        assert (page.search, page.opened_with, page.kind) == ("ch", "ch", "admins")
        assert len(page.rows) == 1

    def test_is_sorted_as_its_address_says(self, pages: Pages, page: Any, run: Run) -> None:
        # By address: bob and chief; made in this order, too.
        by_address = emails(page)
        for sort, query, found in (
            ("email", "sort=-email", by_address[::-1]),
            ("email", "", by_address),
            ("created", "sort=-created", by_address[::-1]),
            ("created", "sort=created", by_address),
            ("email", "", by_address),
        ):
            run(pages.call(AdminUsersState, "sort_by", sort=sort))
            assert (page.query, emails(page)) == (query, found)
        open_list(pages, run, f"{navigation.ADMIN_USERS}?sort=-created")
        assert (page.sort, page.descending, emails(page)) == ("created", True, by_address[::-1])
        for odd in ("password_hash", "-", "", None, 7):
            run(pages.call(AdminUsersState, "sort_by", sort=odd))
            assert page.query == "sort=-created"
        open_list(pages, run, f"{navigation.ADMIN_USERS}?sort=password_hash")
        assert (page.query, emails(page)) == ("", by_address)

    def test_the_newest_first_it_offers_whoever_was_made_since(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        run(pages.call(AdminUsersState, "sort_by", sort="created"))
        shown = emails(page)
        with pages.runtime.database.begin() as db:
            set_user(db, add_user(db, "zoe"), created_at=pages.now())
        run(pages.call(AdminUsersState, "refresh"))
        assert (emails(page), page.news) == (shown, "1 new")
        run(pages.call(AdminUsersState, "show_news"))
        assert emails(page) == ["zoe@example.com", *shown]

    def test_an_address_of_nonsense_shows_everybody(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        open_list(pages, run, f"{navigation.ADMIN_USERS}?kind=nonsense&q=%00&other=1")
        assert (page.search, page.kind, len(page.rows)) == ("", "all", 2)

    def test_shows_what_matters_of_each(self, pages: Pages, page: Any, run: Run) -> None:
        with pages.runtime.database.begin() as db:
            set_user(db, add_user(db, "gone"), disabled_at=pages.now())
        run(pages.call(AdminUsersState, "show_news"))
        bob, chief, gone = page.rows
        assert (bob.sessions, bob.is_admin, bob.is_disabled) == (1, False, False)
        assert (chief.is_admin, chief.is_self) == (True, True)
        assert (gone.sessions, gone.is_disabled, gone.last_active) == (0, True, "")
        for kind, who in (("admins", chief), ("disabled", gone)):
            run(pages.call(AdminUsersState, "show", which=kind))
            assert emails(page) == [who.email]

    def test_no_row_moves_and_what_changed_is_marked(
        self, pages: Pages, page: Any, run: Run, bob: SignedIn
    ) -> None:
        shown = emails(page)
        with pages.runtime.database.begin() as db:
            add_user(db, "anna")
            sign_in(db, bob.actor.user_id, pages.now())
        run(pages.call(AdminUsersState, "refresh"))
        assert (emails(page), page.news, page.total_words) == (shown, "1 new", "3 accounts")
        # What is in use all the time is renewed, and not marked.
        assert [(row.sessions, row.changed) for row in page.rows] == [(2, False), (1, False)]
        with pages.runtime.database.begin() as db:
            set_user(db, bob.actor.user_id, disabled_at=pages.now())
        for _ in range(2):
            run(pages.call(AdminUsersState, "refresh"))
            assert emails(page) == shown
            assert [row.changed for row in page.rows] == [True, False]
        assert page.rows[0].is_disabled
        run(pages.call(AdminUsersState, "show_news"))
        assert (emails(page), page.news) == (["anna@example.com", *shown], "")
        assert not any(row.changed for row in page.rows)

    def test_offers_what_would_stand_on_this_page(self, pages: Pages, page: Any, run: Run) -> None:
        with pages.runtime.database.begin() as db:
            for number in range(30):
                add_user(db, f"person{number:02}")
        run(pages.call(AdminUsersState, "show_news"))
        with pages.runtime.database.begin() as db:
            add_user(db, "zoe")
        run(pages.call(AdminUsersState, "refresh"))
        assert page.news == ""
        run(pages.call(AdminUsersState, "next_page"))
        assert emails(page)[-1] == "zoe@example.com"
        with pages.runtime.database.begin() as db:
            add_user(db, "anna")
            add_user(db, "zora")
        run(pages.call(AdminUsersState, "refresh"))
        assert page.news == "1 new"

    def test_what_could_not_be_read_comes_with_the_next_refresh(
        self, page: Any, pages: Pages, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_asked: object) -> None:
            raise OSError("unreachable")

        with monkeypatch.context() as broken:
            broken.setattr(admin_users, "_listed", fail)
            with pytest.raises(OSError, match="unreachable"):
                run(pages.call(AdminUsersState, "look_for", text="bob"))
        run(pages.call(AdminUsersState, "refresh"))
        assert emails(page) == ["bob@example.com"]

    def test_who_no_longer_matches_stays_until_it_is_read_anew(
        self, pages: Pages, page: Any, run: Run, bob: SignedIn
    ) -> None:
        run(pages.call(AdminUsersState, "show", which="admins"))
        [chief] = emails(page)
        with pages.runtime.database.begin() as db:
            set_user(db, bob.actor.user_id, is_admin=True)
        run(pages.call(AdminUsersState, "refresh"))
        assert (emails(page), page.news) == ([chief], "1 new")
        run(pages.call(AdminUsersState, "show", which="disabled"))
        assert emails(page) == []
        with pages.runtime.database.begin() as db:
            set_user(db, bob.actor.user_id, disabled_at=pages.now())
        # An empty list fills by itself.
        run(pages.call(AdminUsersState, "refresh"))
        assert emails(page) == ["bob@example.com"]
        with pages.runtime.database.begin() as db:
            set_user(db, bob.actor.user_id, disabled_at=None)
        run(pages.call(AdminUsersState, "refresh"))
        [row] = page.rows
        assert (row.is_disabled, row.changed, page.total_words) == (False, True, "0 accounts")

    def test_takes_no_nonsense(self, pages: Pages, page: Any, run: Run) -> None:
        run(pages.call(AdminUsersState, "look_for", text="chief"))
        run(pages.call(AdminUsersState, "show", which="admins"))
        before = emails(page)
        for odd in (*ANYTHING, "nonsense"):
            run(pages.call(AdminUsersState, "show", which=odd))
            if not isinstance(odd, str):
                run(pages.call(AdminUsersState, "look_for", text=odd))
            assert (page.search, page.kind) == ("chief", "admins")
            run(pages.call(AdminUsersState, "create", form=odd))
            run(pages.call(AdminUsersState, "create", form={"email": odd}))
            run(pages.call(AdminUsersState, "create_confirmed"))
        run(pages.call(AdminUsersState, "refresh"))
        assert emails(page) == before


class TestCreate:
    def test_shows_the_link_once(self, pages: Pages, page: Any, run: Run) -> None:
        run(pages.call(AdminUsersState, "ask_create"))
        run(pages.call(AdminUsersState, "create", form={"email": "New@example.com"}))
        assert page.creating is False
        prefix = "https://sessions.example.com/invitation#"
        assert page.link.startswith(prefix)
        with pages.runtime.database.reading() as db:
            held = db.execute(select(invitations.c.token_digest)).scalar_one()
        assert page.link.removeprefix(prefix).encode() != held
        assert "new@example.com" in emails(page)
        run(pages.call(AdminUsersState, "close_link"))
        assert page.link == ""
        run(pages.call(AdminUsersState, "ask_create"))
        run(pages.call(AdminUsersState, "create", form={"email": "newer@example.com"}))
        open_list(pages, run, navigation.ADMIN_USERS)
        assert page.link == ""

    def test_shows_the_link_to_whoever_closed_the_dialog_meanwhile(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        run(pages.call(AdminUsersState, "ask_create"))
        run(pages.call(AdminUsersState, "create", form={"email": "new@example.com"}))
        run(pages.call(AdminUsersState, "close_dialog"))
        assert page.link != ""

    def test_answers_every_attempt(self, pages: Pages, page: Any, run: Run) -> None:
        run(pages.call(AdminUsersState, "ask_create"))
        answers = [page.answers]
        for email in ("nobody", "bob@example.com", "new@example.com", 7):
            run(pages.call(AdminUsersState, "create", form={"email": email}))
            answers.append(page.answers)
        assert len(set(answers)) == len(answers)

    def test_asks_for_the_password_first(self, pages: Pages, page: Any, run: Run) -> None:
        asked_long_ago(pages)
        run(pages.call(AdminUsersState, "ask_create"))
        run(pages.call(AdminUsersState, "create", form={"email": "new@example.com"}))
        run(pages.call(AdminUsersState, "create_confirmed"))
        assert page.confirming is True
        assert page.link == ""
        with pages.runtime.database.reading() as db:
            assert len(db.execute(select(users.c.id)).all()) == 2
        pages.change(pages.me, authenticated_at=pages.now())  # type: ignore[arg-type]
        run(pages.call(AdminUsersState, "create_confirmed"))
        assert page.link != ""

    @pytest.mark.parametrize("email", ["bob@example.com", "nobody"])
    def test_says_what_is_wrong(self, pages: Pages, page: Any, run: Run, email: str) -> None:
        run(pages.call(AdminUsersState, "ask_create"))
        run(pages.call(AdminUsersState, "create", form={"email": email}))
        assert page.create_problem
        assert page.creating is True


class TestAccount:
    def test_shows_sessions_and_history(self, of_bob: Any, bob: SignedIn) -> None:
        assert of_bob.account.email == "bob@example.com"
        assert [device.id for device in of_bob.devices] == [bob.public_id]
        assert [line.kind for line in of_bob.history] == ["signed_in"]
        assert of_bob.all_sessions == "/admin/sessions?user=bob%40example.com&status=all"
        assert of_bob.all_events == "/admin/events?user=bob%40example.com"

    @pytest.mark.parametrize("odd", ["nonsense", "0" * 36, "%00", "../sessions"])
    def test_any_other_address_shows_nobody(
        self, pages: Pages, of_bob: Any, run: Run, odd: str
    ) -> None:
        pages.at(f"{navigation.ADMIN_USERS}/{odd}")
        run(pages.call(AdminUserState, "load"))
        assert of_bob.account.email == ""
        assert of_bob.devices == of_bob.history == []
        run(pages.call(AdminUserState, "ask", deed="disable"))
        assert of_bob.asking == ""

    @pytest.mark.parametrize("deed", list(words.DEEDS))
    def test_every_deed_asks_for_the_password_first(
        self, pages: Pages, of_bob: Any, run: Run, bob: SignedIn, deed: str
    ) -> None:
        asked_long_ago(pages)
        run(pages.call(AdminUserState, "ask", deed=deed))
        assert of_bob.question
        run(pages.call(AdminUserState, "confirm"))
        assert of_bob.confirming is True
        run(pages.call(AdminUserState, "confirm"))
        assert (of_bob.notice, of_bob.link) == ("", "")
        with pages.runtime.database.reading() as db:
            assert stored(db, bob.public_id).ended_at is None

    @pytest.mark.parametrize("deed", list(words.DEEDS))
    def test_every_deed_is_done_once_and_said(
        self, pages: Pages, of_bob: Any, run: Run, deed: str
    ) -> None:
        run(pages.call(AdminUserState, "confirm"))
        assert of_bob.notice == ""
        run(pages.call(AdminUserState, "ask", deed=deed))
        run(pages.call(AdminUserState, "confirm"))
        assert "bob@example.com" in of_bob.notice or "/invitation#" in of_bob.link
        assert of_bob.asking == ""

    def test_ends_one_session(self, pages: Pages, of_bob: Any, run: Run, bob: SignedIn) -> None:
        run(pages.call(AdminUserState, "ask_revoke", session_id=bob.public_id))
        run(pages.call(AdminUserState, "confirm"))
        with pages.runtime.database.reading() as db:
            assert stored(db, bob.public_id).end_reason == "revoked_by_admin"
        assert of_bob.devices == []

    def test_shows_keys_and_revokes_one_after_the_password(
        self, pages: Pages, of_bob: Any, run: Run, bob: SignedIn
    ) -> None:
        key, month = api_keys.new_key(), timedelta(days=30)
        policy, actor = pages.runtime.policy, bob.actor
        with pages.runtime.database.begin() as db:
            api_keys.create_key(
                db, actor, key, "Backup", [Scope.OWN_READ], month, policy, pages.now()
            )
        run(pages.call(AdminUserState, "refresh"))
        [row] = of_bob.keys
        said = may([Scope.OWN_READ], of_another=True)
        assert (row.name, row.ending, row.may) == ("Backup", key[-4:], said)
        asked_long_ago(pages)
        run(pages.call(AdminUserState, "ask_revoke_key", key_id=row.id))
        assert "Backup" in of_bob.question
        assert "bob@example.com" in of_bob.consequence
        run(pages.call(AdminUserState, "confirm"))
        assert of_bob.confirming is True
        pages.change(pages.me, authenticated_at=pages.now())  # type: ignore[arg-type]
        run(pages.call(AdminUserState, "confirm"))
        assert of_bob.keys == []
        assert "Backup" in of_bob.notice
        assert of_bob.history[0].text == "An administrator revoked the API key Backup"
        with pages.runtime.database.reading() as db:
            assert api_keys.resume_key(db, key, pages.now()) is None

    def test_the_last_administrator_stays_one(self, pages: Pages, of_bob: Any, run: Run) -> None:
        assert pages.me is not None
        pages.at(navigation.account_address(pages.me.actor.user_public_id))
        run(pages.call(AdminUserState, "load"))
        for deed, problem in (("withdraw", words.LAST_ADMIN), ("disable", words.OWN_ACCOUNT)):
            run(pages.call(AdminUserState, "ask", deed=deed))
            run(pages.call(AdminUserState, "confirm"))
            assert of_bob.problem == problem
        assert of_bob.account.is_admin is True

    def test_takes_no_nonsense(self, pages: Pages, of_bob: Any, run: Run) -> None:
        for odd in (*ANYTHING, "create"):
            run(pages.call(AdminUserState, "ask", deed=odd))
            run(pages.call(AdminUserState, "confirm"))
            run(pages.call(AdminUserState, "ask_revoke", session_id=odd))
            run(pages.call(AdminUserState, "confirm"))
            run(pages.call(AdminUserState, "ask_revoke_key", key_id=odd))
            run(pages.call(AdminUserState, "confirm"))
            assert (of_bob.notice, of_bob.problem, of_bob.asking) == ("", "", "")
