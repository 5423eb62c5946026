"""The sign-in and setup pages: what they say, and whom they send on."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from sessions_dashboard.sessions import EndReason
from sessions_dashboard.states.signin import HomeState, SetupState, SignInState
from sessions_dashboard.words import http as http_words
from sessions_dashboard.words import signin as words
from tests.states.conftest import Pages
from tests.support.people import add_user

Run = Callable[[Any], Any]


@pytest.fixture
def page(pages: Pages) -> Any:
    """The sign-in page of nobody, where there is an account."""
    with pages.runtime.database.begin() as db:
        add_user(db, "somebody")
    return pages.state(SignInState)


def load(pages: Pages, run: Run, address: str, **options: Any) -> Any:
    pages.at(address)
    return run(pages.call(SignInState, "load", **options))


def test_whoever_is_signed_in_is_led_on_to_what_is_no_page_by_a_full_load(
    pages: Pages, page: Any, run: Run
) -> None:
    pages.sign_in()
    onward = "/auth/onward?to=https://wiki.example.com/"
    assert load(pages, run, f"/signin?next={quote(onward)}") is None
    assert page.leave_to == onward


class TestWhatItSays:
    def test_a_refusal_is_put_into_words(self, pages: Pages, page: Any, run: Run) -> None:
        for code, said in http_words.REFUSALS.items():
            load(pages, run, f"/signin?error={code}")
            assert page.problem == said

    def test_anything_else_in_the_address_is_not_repeated(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        for query in ("error=nonsense", "error=<b>x</b>", "error=", "reason=nonsense", "reason="):
            load(pages, run, f"/signin?{query}")
            assert (page.problem, page.ended, page.next_path) == ("", "", "")

    def test_every_reason_has_words(self, pages: Pages, page: Any, run: Run) -> None:
        for reason in EndReason:
            load(pages, run, f"/signin?reason={reason.value}")
            assert page.ended == words.ENDED[reason] != ""
            # Who only knows the address is told no device and no time.
            assert (page.ended_from, page.ended_at) == ("", "")

    def test_the_table_knows_better_than_the_address(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        """The browser still holds the cookie of the session that ended."""
        me = pages.sign_in()
        pages.change(me, ended_at=pages.now(), end_reason="revoked_by_admin")
        pages.me = None
        load(pages, run, "/signin?reason=signed_out", ended=me.public_id)
        assert page.ended == words.ENDED[EndReason.REVOKED_BY_ADMIN]
        assert page.ended_at
        assert page.suspicious is False

    def test_a_refusal_goes_before_an_ending(self, pages: Pages, page: Any, run: Run) -> None:
        load(pages, run, "/signin?error=invalid&reason=revoked")
        assert page.problem
        assert page.ended == ""

    def test_the_way_onward_is_kept_when_it_is_of_this_site(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        for sent, kept in (
            ("%2Fadmin%2Fsessions", "/admin/sessions"),
            ("%2F%2Fevil.example", ""),
            ("https:%2F%2Fevil.example", ""),
        ):
            load(pages, run, f"/signin?next={sent}")
            assert page.next_path == kept


class TestWhereItLeads:
    def test_somebody_signed_in_is_sent_on(self, pages: Pages, run: Run) -> None:
        pages.sign_in()
        answer = load(pages, run, "/signin?next=%2Fadmin%2Fsessions")
        assert "/admin/sessions" in str(answer)
        assert "/devices" in str(load(pages, run, "/signin?next=%2F%2Fevil.example"))
        assert "evil" not in str(load(pages, run, "/signin?next=%2F%2Fevil.example"))

    def test_without_an_account_everything_leads_to_setup(self, pages: Pages, run: Run) -> None:
        assert "/setup" in str(load(pages, run, "/signin"))
        pages.at("/")
        assert "/setup" in str(run(pages.call(HomeState, "load")))
        pages.at("/setup")
        assert run(pages.call(SetupState, "load")) is None

    def test_the_address_of_the_site_leads_to_a_page(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        pages.at("/")
        assert "/signin" in str(run(pages.call(HomeState, "load")))
        pages.sign_in()
        assert "/devices" in str(run(pages.call(HomeState, "load")))

    def test_setup_asks_for_the_code_only_after_it_was_wrong(self, pages: Pages, run: Run) -> None:
        setup = pages.state(SetupState)
        pages.at("/setup")
        run(pages.call(SetupState, "load"))
        assert (setup.code_wrong, setup.problem) == (False, "")
        pages.at("/setup?error=code")
        run(pages.call(SetupState, "load"))
        assert setup.code_wrong is True
        assert setup.problem == http_words.REFUSALS["code"]
