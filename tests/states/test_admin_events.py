"""The page with the history of everyone: its address is its state."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.policy_versions import values_of
from sessions_dashboard.states.admin_events import AdminEventsState
from tests.states.conftest import Pages
from tests.states.test_devices import ANYTHING
from tests.support.people import add_sessions, add_user

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
    form = {"q": " Chief ", "kind": "signed_in", "reason": "", "from": "", "to": ""}
    address = led_to(run(pages.call(AdminEventsState, "search", form=form)))
    assert address == "/admin/events?q=chief&kind=signed_in"
    load(pages, run, address)
    assert [row.email for row in page.rows] == ["chief@example.com"]
    assert (page.fields["q"], page.fields["kind"]) == ("chief", "signed_in")
    assert page.chips
    assert led_to(run(pages.call(AdminEventsState, "clear"))) == "/admin/events"


def test_lines_are_found_by_what_their_session_says(pages: Pages, page: Any, run: Run) -> None:
    with pages.runtime.database.begin() as db:
        says = {"device_type": "tv", "country_code": "IS", "new_device": True, "moved": True}
        add_sessions(db, add_user(db, "tess"), [says])
        session = db.execute(select(func.max(sessions.c.id))).scalar_one()
        record(db, EventKind.RENAMED, pages.now(), session_id=session)
    form = {"device_kind": "tv", "country": "IS", "new_device": "yes", "moved": "yes"}
    address = led_to(run(pages.call(AdminEventsState, "search", form=form)))
    assert address == "/admin/events?device_kind=tv&country=IS&new_device=yes&moved=yes"
    load(pages, run, address)
    assert [chip.text for chip in page.chips] == [
        "Kind of device: TV",
        "Country: Iceland",
        "New device",
        "Address or browser changed",
    ]
    assert page.total_words == "1 event"
    assert ["IS", "Iceland"] in page.countries
    kept = led_to(run(pages.call(AdminEventsState, "remove", name="country")))
    assert kept == "/admin/events?device_kind=tv&new_device=yes&moved=yes"
    load(pages, run, "/admin/events?device_kind=phone&country=IS")
    assert page.total_words == "0 events"


def test_what_was_typed_and_cannot_be_read_is_named(pages: Pages, page: Any, run: Run) -> None:
    form = {"q": "", "user": "\u202e", "role": "admin", "by_admin": "yes", "to": "nonsense"}
    address = led_to(run(pages.call(AdminEventsState, "search", form=form)))
    load(pages, run, address)
    assert [chip.text for chip in page.chips] == [
        "Role: Administrators",
        "Done by an administrator",
    ]
    assert page.problem == "The address could not be read whole. Left out: Before."


def test_says_how_many_lines_match(pages: Pages, page: Any, run: Run) -> None:
    load(pages, run, "/admin/events?user=bob%40example.com")
    assert page.total_words == "109 events"
    load(pages, run, "/admin/events?q=chief")
    assert page.total_words == "1 event"
    pages.add_device()
    run(pages.call(AdminEventsState, "refresh"))
    assert (page.total_words, page.news) == ("2 events", "1 new")
    load(pages, run, "/admin/events?role=user&browser=Netscape")
    assert (page.total_words, page.rows) == ("0 events", [])


def test_the_oldest_may_come_first(pages: Pages, page: Any, run: Run) -> None:
    newest_first = texts(page)
    address = led_to(run(pages.call(AdminEventsState, "turn_round")))
    assert address == "/admin/events?sort=at"
    load(pages, run, address)
    seen = [texts(page)]
    while page.has_newer:
        load(pages, run, led_to(run(pages.call(AdminEventsState, "newer"))))
        seen.append(texts(page))
    assert [len(one) for one in seen] == [PAGE, PAGE, 11]
    assert [text for one in seen for text in one][: -PAGE - 1 : -1] == newest_first
    pages.add_device()
    run(pages.call(AdminEventsState, "refresh"))
    assert page.news == ""
    for before in reversed(seen[:-1]):
        load(pages, run, led_to(run(pages.call(AdminEventsState, "older"))))
        assert texts(page) == before
    # What takes the filters away keeps the order.
    load(pages, run, "/admin/events?sort=at&kind=ended&hide=by,nonsense")
    assert page.hidden == ["by"]
    assert led_to(run(pages.call(AdminEventsState, "clear"))) == "/admin/events?sort=at&hide=by"
    back = led_to(run(pages.call(AdminEventsState, "turn_round")))
    assert back == "/admin/events?hide=by&kind=ended"


def test_columns_are_hidden_by_the_address(pages: Pages, page: Any, run: Run) -> None:
    hide = {"name": "address", "shown": False}
    load(pages, run, led_to(run(pages.call(AdminEventsState, "show_column", **hide))))
    assert page.hidden == ["address"]
    show = {"name": "address", "shown": True}
    address = led_to(run(pages.call(AdminEventsState, "show_column", **show)))
    assert address == "/admin/events"


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


def test_what_cannot_be_read_is_named_and_left_out(pages: Pages, page: Any, run: Run) -> None:
    load(pages, run, "/admin/events?network=junk&kind=junk&reason=junk&from=junk&to=junk&q=chief")
    named = "Address or network, What happened, Why a session ended, From, Before"
    assert page.problem == f"The address could not be read whole. Left out: {named}."
    assert [chip.name for chip in page.chips] == ["q"]
    assert {row.email for row in page.rows} == {"chief@example.com"}
    load(pages, run, "/admin/events?kind=sign_in_failed&network=&older=x")
    assert page.problem == ""


TOLD = [
    (
        EventKind.POLICY_CHANGED,
        {
            "changes": {"idle_timeout": 3 * 86_400.0, "max_sessions": 5, "at_limit": "ask"},
            "before": {"idle_timeout": 7 * 86_400.0, "max_sessions": 0, "at_limit": "end_oldest"},
        },
        "The session policy was changed",
        "Idle limit: 7 days → 3 days; Sessions at once: 0 → 5; "
        "At that limit: End the oldest session → Ask which device to sign out",
    ),
    # As it was written down before the values before were.
    (
        EventKind.POLICY_CHANGED,
        {"changes": {"young_for": 0.0}},
        "The session policy was changed",
        "A new session is young for: 0 minutes",
    ),
    (
        EventKind.POLICY_CHANGED,
        {"changes": values_of(Policy()), "before": {}},
        "The session policy was changed",
        "First values",
    ),
    (
        EventKind.EXPORTED,
        {"list": "sessions", "filter": {"status": "idle", "role": "admin", "os": "=BeOS"}},
        "A list of sessions was exported",
        "Role: Administrators; System: =BeOS; Status: Idle",
    ),
    (
        EventKind.EXPORTED,
        {"list": "events", "filter": {"q": "ada", "kind": "ended", "reason": "limit"}},
        "A list of events was exported",
        "Search: ada; What happened: Ends of sessions; Why a session ended: Too many sessions",
    ),
    (
        EventKind.EXPORTED,
        {"list": "users", "filter": {"q": "", "kind": "admins"}},
        "A list of users was exported",
        "Show: Administrators",
    ),
    (
        EventKind.EXPORTED,
        {"list": "users", "filter": {"q": "", "kind": "all"}},
        "A list of users was exported",
        "",
    ),
    (
        EventKind.BULK_END_STARTED,
        {"total": 1, "filter": {"os": "BeOS", "moved": "yes"}},
        "Ending 1 session was started",
        "System: BeOS; Address or browser changed",
    ),
    (EventKind.BULK_END_STARTED, {"total": 1_200}, "Ending 1,200 sessions was started", ""),
    (
        EventKind.BULK_END_FINISHED,
        {"state": "finished", "ended": 1, "total": 1},
        "1 session was ended together",
        "",
    ),
    (
        EventKind.BULK_END_FINISHED,
        {"state": "finished", "total": 16, "ended": 12, "already_over": 1, "failed": 3},
        "12 sessions were ended together",
        "1 was over already, 3 failed",
    ),
    (
        EventKind.BULK_END_FINISHED,
        {"state": "stopped", "total": 12, "ended": 1},
        "Ending 12 sessions was stopped: 1 session was ended",
        "",
    ),
]


@pytest.mark.parametrize(("kind", "details", "text", "more"), TOLD)
def test_a_line_says_what_its_details_do(
    pages: Pages, run: Run, kind: EventKind, details: dict[str, Any], text: str, more: str
) -> None:
    pages.sign_in("chief", is_admin=True)
    with pages.runtime.database.begin() as db:
        record(db, kind, pages.now(), details=details)
    load(pages, run, f"/admin/events?kind={kind.value}")
    row = pages.state(AdminEventsState).rows[0]
    assert (row.text, row.more) == (text, more)


def test_takes_no_nonsense(pages: Pages, page: Any, run: Run) -> None:
    for odd in ANYTHING:
        run(pages.call(AdminEventsState, "search", form=odd))
        run(pages.call(AdminEventsState, "search", form={"q": odd, "from": odd, "kind": odd}))
        run(pages.call(AdminEventsState, "show_column", name=odd, shown=odd))
