"""The page with the history of everyone: its address is its state."""

from collections.abc import Callable
from typing import Any

import pytest

from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.states.admin_events import AdminEventsState
from tests.states.conftest import Pages
from tests.states.test_devices import ANYTHING
from tests.support.people import add_user

Run = Callable[[Any], Any]
PAGE = 50


@pytest.fixture
def page(pages: Pages, run: Run) -> Any:
    pages.sign_in("chief", is_admin=True)
    with pages.runtime.database.begin() as db:
        bob = add_user(db, "bob")
        for number in range(2 * PAGE + 9):
            record(db, EventKind.SIGN_IN_FAILED, pages.now(), user_id=bob, device=f"TV {number}")
    load(pages, run, "/admin/events")
    return pages.state(AdminEventsState)


def load(pages: Pages, run: Run, address: str) -> None:
    pages.at(address)
    run(pages.call(AdminEventsState, "load"))


def led_to(event: Any) -> str:
    """The address that a handler sends the page to."""
    [address] = [value for name, value in event.args if str(name) == "path"]
    return str(address).strip('"')


def texts(page: Any) -> list[str]:
    return [row.text for row in page.rows]


def test_shows_lines_with_their_accounts(page: Any) -> None:
    assert len(page.rows) == PAGE
    assert page.rows[0].email == "bob@example.com"
    assert page.rows[0].address.startswith("/admin/users/")
    assert page.rows[0].alarming is True
    assert (page.has_newer, page.has_older) == (False, True)


def test_a_search_becomes_the_address_and_the_address_the_search(
    pages: Pages, page: Any, run: Run
) -> None:
    form = {"q": " Chief ", "kind": "signed_in", "reason": "", "from": "", "to": "nonsense"}
    address = led_to(run(pages.call(AdminEventsState, "search", form=form)))
    assert address == "/admin/events?q=chief&kind=signed_in"
    load(pages, run, address)
    assert [row.email for row in page.rows] == ["chief@example.com"]
    assert (page.fields["q"], page.fields["kind"]) == ("chief", "signed_in")
    assert page.chips
    assert led_to(run(pages.call(AdminEventsState, "clear"))) == "/admin/events"


def test_pages_have_addresses_of_their_own_both_ways(pages: Pages, page: Any, run: Run) -> None:
    seen = [texts(page)]
    while page.has_older:
        load(pages, run, led_to(run(pages.call(AdminEventsState, "older"))))
        seen.append(texts(page))
    assert [len(one) for one in seen] == [PAGE, PAGE, 11]
    for before in reversed(seen[:-1]):
        load(pages, run, led_to(run(pages.call(AdminEventsState, "newer"))))
        assert texts(page) == before
    assert run(pages.call(AdminEventsState, "newer")) is None


def test_what_is_new_is_offered_and_moves_nothing(pages: Pages, page: Any, run: Run) -> None:
    before = texts(page)
    run(pages.call(AdminEventsState, "refresh"))
    assert page.news == ""
    for number in (1, 2):
        pages.add_device()
        run(pages.call(AdminEventsState, "refresh"))
        assert page.news == f"{number} new"
    assert texts(page) == before
    run(pages.call(AdminEventsState, "show_news"))
    assert texts(page)[0] == "Firefox on Linux signed in"
    assert page.news == ""


@pytest.mark.parametrize(
    "address",
    ["?older=x", "?newer=20260314T120000.000000-99", "?kind=x&from=x", "?q=%00%F0", "?older=&q="],
)
def test_any_address_is_a_page(pages: Pages, page: Any, run: Run, address: str) -> None:
    load(pages, run, f"/admin/events{address}")
    assert len(page.rows) <= PAGE


def test_takes_no_nonsense(pages: Pages, page: Any, run: Run) -> None:
    for odd in ANYTHING:
        run(pages.call(AdminEventsState, "search", form=odd))
        run(pages.call(AdminEventsState, "search", form={"q": odd, "from": odd, "kind": odd}))
