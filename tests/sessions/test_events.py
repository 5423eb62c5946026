"""The history of everyone: every filter against plain Python, and pages by key."""

import ipaddress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete

from sessions_dashboard.database import Database
from sessions_dashboard.sessions import EndReason, events
from sessions_dashboard.sessions.events import (
    EventFilter,
    EventKey,
    ListedEvent,
    page_of_events,
)
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.models import session_events
from tests.support.people import NOW, add_user
from tests.support.statements import explain, statements_of

KINDS = (EventKind.SIGNED_IN, EventKind.SIGN_IN_FAILED, EventKind.ENDED, EventKind.ROTATED)
REASONS = (EndReason.REVOKED, EndReason.IDLE)
DEVICES = ("Chrome on Windows", "Safari on iPhone", "50% off_er", None)
ADDRESSES = ("192.0.2.1", "192.0.2.17", "192.0.3.1", "2001:db8::a1", "unknown", None)
NETWORKS = ("192.0.2.1", "192.0.2.0/28", "192.0.2.9/23", "0.0.0.0/0", "2001:db8::/32", "::/0")
WORDS = ("ada", "bob@", "ada@example.com", "192.0.2.1", "192.0.2.", "2001:db8", "chrome", "50%")
MORE_WORDS = ("off_", "_", "%", "nobody", "iphone safari", "ada chrome", "bob 192.0.2.")
LINES = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, 6),
        st.sampled_from(DEVICES),
        st.sampled_from(ADDRESSES),
        st.sampled_from(("ada", "bob", None)),
        st.sampled_from(REASONS),
    ),
    max_size=16,
)
MOMENTS = st.none() | st.integers(0, 20).map(lambda number: NOW - timedelta(hours=8 * number))
FILTERS = st.builds(
    EventFilter,
    search=st.just("") | st.sampled_from(WORDS + MORE_WORDS),
    network=st.just("") | st.sampled_from(NETWORKS),
    kind=st.none() | st.sampled_from(KINDS),
    reason=st.none() | st.sampled_from(REASONS),
    since=MOMENTS,
    until=MOMENTS,
)


@pytest.fixture
def people(db: Connection) -> dict[str | None, int | None]:
    return {"ada": add_user(db, "ada"), "bob": add_user(db, "bob"), None: None}


def fill(db: Connection, people: dict[str | None, int | None], made: list[Any]) -> None:
    db.execute(delete(session_events))
    for kind, days, device, address, whose, reason in made:
        record(
            db,
            kind,
            NOW - timedelta(days=days),
            device=device,
            ip_address=address,
            user_id=people[whose],
            end_reason=reason.value if kind is EventKind.ENDED else None,
        )


def fits(row: ListedEvent, wanted: EventFilter) -> bool:
    event = row.event
    if wanted.kind is None and event.kind is EventKind.ROTATED:
        return False
    for word in wanted.search.split():
        is_address = set(word) <= set("0123456789abcdef.:") and set(word) & set(".:")
        if is_address:
            found = (event.ip_address or "").startswith(word)
        else:
            found = row.email.startswith(word)
            found = found or ("@" not in word and word in (event.device or "").lower())
        if not found:
            return False
    if wanted.network and not is_in(event.ip_address or "", wanted.network):
        return False
    return (
        wanted.kind in (None, event.kind)
        and wanted.reason in (None, event.end_reason)
        and (wanted.since is None or event.at >= wanted.since)
        and (wanted.until is None or event.at < wanted.until)
    )


def is_in(address: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def everything(db: Connection) -> list[ListedEvent]:
    """All lines, those that are left out without a filter too."""
    rows = page_of_events(db, EventFilter(), size=1_000).rows
    routine = page_of_events(db, EventFilter(kind=EventKind.ROTATED), size=1_000).rows
    return sorted([*rows, *routine], key=lambda row: (row.event.at, row.event.id), reverse=True)


@pytest.fixture(params=["few are fetched", "the order is walked"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of finding a network's lines, though there are never many here."""
    if request.param == "the order is walked":
        monkeypatch.setattr(events, "FEW", 0)


@pytest.mark.usefixtures("way")
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(LINES, FILTERS, st.integers(1, 5))
def test_finds_what_a_plain_loop_finds_in_pages_both_ways(
    db: Connection,
    people: dict[str | None, int | None],
    made: list[Any],
    wanted: EventFilter,
    size: int,
) -> None:
    fill(db, people, made)
    assert len(everything(db)) == len(made)
    expected = [row.key for row in everything(db) if fits(row, wanted)]

    pages, page = [], page_of_events(db, wanted, size=size)
    while True:
        pages.append([row.key for row in page.rows])
        if not page.has_older:
            break
        page = page_of_events(db, wanted, older_than=page.rows[-1].key, size=size)
    assert [key for one in pages for key in one] == expected
    for before, after in zip(pages[-2::-1], pages[::-1], strict=False):
        back = page_of_events(db, wanted, newer_than=after[0], size=size)
        assert [row.key for row in back.rows] == before


@given(FILTERS)
def test_an_address_says_the_whole_filter(wanted: EventFilter) -> None:
    assert EventFilter.read(wanted.parameters()) == wanted
    assert all(wanted.parameters().values())


@pytest.mark.parametrize(
    "parameters",
    [
        {"kind": "nonsense", "reason": "x", "from": "yesterday", "to": "2026-02-30"},
        {"q": "\x00\ud800\u202e", "from": "10000-01-01", "to": "0001-01-01T00:00+14:00"},
        {"q": " ", "unknown": "x", "network": "192.0.2.0/33"},
        {"network": "\ud800 1.2.3"},
    ],
)
def test_what_an_address_can_not_mean_is_left_out(parameters: dict[str, str]) -> None:
    assert EventFilter.read(parameters) == EventFilter()


@pytest.mark.parametrize(
    "text", ["", "x", "20260314T120000.000000", "20260314T120000.000000-", "-1", "\ud800-1"]
)
def test_what_is_no_place_is_none(text: str) -> None:
    assert EventKey.read(text) is None
    key = EventKey(NOW.replace(microsecond=17), 42)
    assert EventKey.read(str(key)) == key


def test_newcomers_shift_no_page(db: Connection, people: dict[str | None, int | None]) -> None:
    fill(db, people, [(EventKind.SIGNED_IN, day, None, None, "ada", None) for day in range(10)])
    expected = [row.key for row in everything(db)]
    first = page_of_events(db, EventFilter(), size=4)
    seen = [row.key for row in first.rows]
    while True:
        record(db, EventKind.SIGNED_IN, NOW + timedelta(seconds=1), user_id=people["bob"])
        page = page_of_events(db, EventFilter(), older_than=seen[-1], size=4)
        seen += [row.key for row in page.rows]
        if not page.has_older:
            break
    assert seen == expected


def test_says_who_did_it_where_that_is_another(
    db: Connection, people: dict[str | None, int | None]
) -> None:
    ada, bob = people["ada"], people["bob"]
    record(db, EventKind.ACCOUNT_DISABLED, NOW, user_id=ada, actor_user_id=bob)
    record(db, EventKind.RENAMED, NOW, user_id=ada, actor_user_id=ada)
    record(db, EventKind.POLICY_CHANGED, NOW, actor_user_id=bob)
    by = {row.event.kind: (row.email, row.done_by) for row in everything(db)}
    assert by == {
        EventKind.ACCOUNT_DISABLED: ("ada@example.com", "bob@example.com"),
        EventKind.RENAMED: ("ada@example.com", ""),
        EventKind.POLICY_CHANGED: ("", "bob@example.com"),
    }
    found = page_of_events(db, replace(EventFilter(), search="bob")).rows
    assert [row.event.kind for row in found] == [EventKind.POLICY_CHANGED]


@pytest.mark.parametrize(
    ("wanted", "number", "index"),
    [
        (EventFilter(network="192.0.2.1"), 10, "ix_session_events_ip_key_at_kind"),
        (EventFilter(network="192.0.2.0/24"), 10, "ix_session_events_ip_key_at_kind"),
        (EventFilter(search="192.0.2."), 10, "ix_session_events_ip_key_at_kind"),
    ],
)
def test_few_among_many_are_found_by_an_index(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    wanted: EventFilter,
    number: int,
    index: str,
) -> None:
    with database.begin() as db:
        for one in range(4_000):
            address = "192.0.2.1" if one % 400 == 0 else f"198.51.{one // 100}.{one % 100}"
            record(db, EventKind.SIGN_IN_FAILED, NOW - timedelta(seconds=one), ip_address=address)
        if not database.is_sqlite:
            db.exec_driver_sql("ANALYZE")
    with database.reading() as db, statements_of(db, monkeypatch) as sent:
        found = page_of_events(db, wanted)
    assert len(found.rows) == number
    with database.reading() as db:
        plan = "\n".join(explain(db, *sent[-1]))
    assert index in plan
