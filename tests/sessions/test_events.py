"""The history of everyone: every filter against plain Python, and pages by key."""

import ipaddress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, select, update

from sessions_dashboard.database import Database
from sessions_dashboard.devices import DeviceKind
from sessions_dashboard.sessions import EndReason, conditions, counting, labels
from sessions_dashboard.sessions.counting import Count
from sessions_dashboard.sessions.event_filters import EventFilter, EventView, unreadable_in
from sessions_dashboard.sessions.events import (
    EventKey,
    ListedEvent,
    count_events,
    page_after,
    page_of_events,
)
from sessions_dashboard.sessions.filters import Role
from sessions_dashboard.sessions.history import EventKind, record, record_all
from sessions_dashboard.sessions.models import session_events, sessions
from tests.support.people import NOW, add_sessions, add_user
from tests.support.statements import explain, statements_of

People = dict[str | None, int | None]
KINDS = (EventKind.SIGNED_IN, EventKind.SIGN_IN_FAILED, EventKind.ENDED, EventKind.ROTATED)
REASONS = (EndReason.REVOKED, EndReason.IDLE)
# With the browser and the system that each says, and what it says nothing of.
DEVICES: dict[str | None, tuple[str, str]] = {
    "Chrome on Windows": ("Chrome", "Windows"),
    "Safari on iPhone": ("Safari", "iOS"),
    "Chrome on Pixel 8": ("Chrome", "Android"),
    "curl (script)": ("curl", ""),
    "50% off_er": ("", ""),
    None: ("", ""),
}
# What the owners of two sessions call them, of which one is the first's own device.
NAMED = {"Mum's": ("Chrome", "Windows"), "Firefox on Linux": ("Safari", "iOS")}
# What other sessions say, one each.
UNNAMED: tuple[dict[str, Any], ...] = (
    {"device_type": "desktop", "country_code": "DE"},
    {"device_type": "phone", "country_code": "DE", "new_device": True},
    {"device_type": "phone", "country_code": "IS", "moved": True},
    {"device_type": "tablet", "country_code": None, "new_device": True, "moved": True},
)
# Whose session is a line's, unless its device has a name; of none, and of one that is gone.
OF_NONE, OF_DELETED = -1, -2
ADDRESSES = ("192.0.2.1", "192.0.2.17", "192.0.3.1", "2001:db8::a1", "unknown", None)
NETWORKS = ("192.0.2.1", "192.0.2.0/28", "192.0.2.9/23", "0.0.0.0/0", "2001:db8::/32", "::/0")
WORDS = ("ada", "bob@", "ada@example.com", "192.0.2.1", "192.0.2.", "2001:db8", "chrome", "50%")
MORE_WORDS = ("off_", "_", "%", "nobody", "iphone safari", "ada chrome", "bob 192.0.2.")
# Whom a line concerns, and who did it.
PEOPLE = ("ada", "bob", None)
LINES = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, 6),
        st.sampled_from([*DEVICES, *NAMED]),
        st.sampled_from(ADDRESSES),
        st.sampled_from(PEOPLE),
        st.sampled_from(REASONS),
        st.sampled_from(PEOPLE),
        st.sampled_from([*range(len(UNNAMED)), OF_NONE, OF_DELETED]),
    ),
    max_size=16,
)
MOMENTS = st.none() | st.integers(0, 20).map(lambda number: NOW - timedelta(hours=8 * number))
PARTS: dict[str, st.SearchStrategy[Any]] = {
    "search": st.sampled_from(WORDS + MORE_WORDS),
    "user": st.sampled_from(("ada@example.com", "bob@example.com", "nobody@example.com")),
    "role": st.sampled_from(Role),
    "browser": st.sampled_from(("Chrome", "Safari", "curl", "Firefox", "chrome")),
    "os": st.sampled_from(("Windows", "iOS", "Android", "Linux", "iPhone")),
    "device_kind": st.sampled_from(
        (DeviceKind.DESKTOP, DeviceKind.PHONE, DeviceKind.TABLET, DeviceKind.TV)
    ),
    "country": st.sampled_from(("DE", "IS", "FR", "de")),
    "new_device": st.just(True),
    "moved": st.just(True),
    "network": st.sampled_from(NETWORKS),
    "kind": st.sampled_from(KINDS),
    "reason": st.sampled_from(REASONS),
    "by_admin": st.just(True),
    "since": MOMENTS,
    "until": MOMENTS,
}
FILTERS = st.fixed_dictionaries({}, optional=PARTS).map(lambda parts: EventFilter(**parts))
OF_SESSION = ("device_kind", "country", "new_device", "moved")
FILTERS_OF_SESSION = st.fixed_dictionaries(
    {}, optional={name: PARTS[name] for name in OF_SESSION}
).map(lambda parts: EventFilter(**parts))
ONE_PART = st.one_of(
    *(parts.map(lambda one, name=name: EventFilter(**{name: one})) for name, parts in PARTS.items())
)


@pytest.fixture
def people(db: Connection) -> People:
    """Bob is an administrator; two of ada's sessions have names."""
    ada, bob = add_user(db, "ada"), add_user(db, "bob", is_admin=True)
    rows = [{"name": name, "browser": one, "os": os} for name, (one, os) in NAMED.items()]
    began = {"created_at": NOW - timedelta(days=6)}
    for row in (*rows, *UNNAMED):
        add_sessions(db, ada, [began | row])
    return {"ada": ada, "bob": bob, None: None}


def fill(db: Connection, people: People, made: list[Any]) -> None:
    db.execute(delete(session_events))
    known = list(db.execute(select(sessions.c.name, sessions.c.id).order_by(sessions.c.id)))
    named = {row.name: row.id for row in known if row.name}
    others = dict(enumerate(row.id for row in known if not row.name))
    others[OF_DELETED] = known[-1].id + 1
    for kind, days, device, address, whose, reason, by, session in made:
        if kind is EventKind.SIGN_IN_FAILED:
            # Of no session, so of none that has a name.
            session, device = OF_NONE, None if device in NAMED else device
        record(
            db,
            kind,
            NOW - timedelta(days=days),
            device=device,
            ip_address=address,
            user_id=people[whose],
            actor_user_id=people[by],
            session_id=named.get(device, others.get(session)),
            end_reason=reason.value if kind is EventKind.ENDED else None,
        )


def sessions_of_lines(db: Connection) -> dict[int, Any]:
    """What each line's session says, by the line's number, where there is such a session."""
    kept = {row.id: row for row in db.execute(select(sessions))}
    lines = db.execute(select(session_events.c.id, session_events.c.session_id))
    return {line.id: kept[line.session_id] for line in lines if line.session_id in kept}


def fits(row: ListedEvent, session: Any, wanted: EventFilter) -> bool:
    event = row.event
    if wanted.kind is None and event.kind is EventKind.ROTATED:
        return False
    for word in wanted.search.split():
        is_address = set(word) <= set("0123456789abcdef.:") and set(word) & set(".:")
        if is_address:
            found = (event.ip_address or "").startswith(word)
        else:
            found = person(row).startswith(word)
            found = found or ("@" not in word and word in (event.device or "").lower())
        if not found:
            return False
    if not any(_is_device(wanted, *told) for told in _browsers_and_systems(event.device)):
        return False
    if not _is_of_session(session, wanted):
        return False
    if wanted.user and person(row) != wanted.user:
        return False
    if wanted.role and person(row)[:3] != {Role.ADMIN: "bob", Role.USER: "ada"}[wanted.role]:
        return False
    if wanted.by_admin and not row.done_by:
        return False
    if wanted.network and not is_in(event.ip_address or "", wanted.network):
        return False
    return (
        wanted.kind in (None, event.kind)
        and wanted.reason in (None, event.end_reason)
        and (wanted.since is None or event.at >= wanted.since)
        and (wanted.until is None or event.at < wanted.until)
    )


def _browsers_and_systems(device: str | None) -> list[tuple[str | None, str | None]]:
    """What its session says and what its label says; both count, but not half of each."""
    browser, _on, system = (device or "").partition(" on ")
    by_label = (browser, None if system in ("iPhone", "Pixel 8") else system)
    return [DEVICES.get(device, NAMED.get(device or "", (None, None))), by_label]


def _is_device(wanted: EventFilter, browser: str | None, system: str | None) -> bool:
    return wanted.browser in ("", browser) and wanted.os in ("", system)


def _is_of_session(session: Any, wanted: EventFilter) -> bool:
    if not (wanted.device_kind or wanted.country or wanted.new_device or wanted.moved):
        return True
    return session is not None and (
        wanted.device_kind in (None, session.device_type)
        and wanted.country in ("", session.country_code)
        and wanted.new_device in (False, session.new_device)
        and wanted.moved in (False, session.moved)
    )


def person(row: ListedEvent) -> str:
    """Whom it concerns, or who did it where that is nobody."""
    return row.email or row.done_by


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
    """Both ways of finding lines, though there are never many here, nor many names of devices."""
    if request.param == "the order is walked":
        monkeypatch.setattr(conditions, "FEW", 0)
        monkeypatch.setattr(labels, "MAX_LABELS", 2)


@pytest.mark.usefixtures("way")
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(LINES, ONE_PART | FILTERS | FILTERS_OF_SESSION, st.integers(1, 5))
def test_finds_what_a_plain_loop_finds_in_pages_both_ways(
    db: Connection,
    people: People,
    made: list[Any],
    wanted: EventFilter,
    size: int,
) -> None:
    fill(db, people, made)
    assert len(everything(db)) == len(made)
    of_lines = sessions_of_lines(db)
    found = [row for row in everything(db) if fits(row, of_lines.get(row.event.id), wanted)]
    expected = [row.key for row in found]
    assert count_events(db, wanted) == Count(len(expected))

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

    view, oldest, key = EventView(wanted, oldest_first=True), [], None
    while not oldest or key is not None:
        rows, key = page_after(db, view, key, size)
        oldest += [row.key for row in rows] or [None]
    assert oldest == (expected[::-1] or [None])


@pytest.mark.parametrize(
    "wanted",
    [
        EventFilter(search="chrome windows"),
        EventFilter(browser="Chrome"),
        EventFilter(os="Windows"),
        EventFilter(browser="Chrome", os="Windows"),
    ],
    ids=["search", "browser", "system", "both"],
)
def test_nobody_hides_a_device_behind_names_by_the_thousand(
    db: Connection, people: People, monkeypatch: pytest.MonkeyPatch, wanted: EventFilter
) -> None:
    monkeypatch.setattr(labels, "MAX_LABELS", 20)
    names = [f"!{number} of {number}" for number in range(20)]
    for device in (*names, "Chrome on Windows", "Chrome on Pixel 8"):
        record(db, EventKind.RENAMED, NOW, device=device, user_id=people["ada"])
    found = {row.event.device for row in page_of_events(db, wanted).rows}
    phone = {"Chrome on Pixel 8"} if wanted == EventFilter(browser="Chrome") else set()
    assert found == {"Chrome on Windows"} | phone
    assert count_events(db, wanted) == Count(len(found))


@given(FILTERS, st.booleans())
def test_an_address_says_the_whole_view(wanted: EventFilter, oldest_first: bool) -> None:
    view = EventView(wanted, oldest_first)
    assert EventView.read(view.parameters()) == view
    assert EventFilter.read(view.parameters()) == wanted
    assert all(view.parameters().values())
    assert unreadable_in(view.parameters()) == ()


@pytest.mark.parametrize(
    "parameters",
    [
        {"kind": "nonsense", "reason": "x", "from": "yesterday", "to": "2026-02-30"},
        {"q": "\x00\ud800\u202e", "from": "10000-01-01", "to": "0001-01-01T00:00+14:00"},
        {"q": " ", "unknown": "x", "network": "192.0.2.0/33"},
        {"network": "\ud800 1.2.3", "role": "chief", "by_admin": "no", "sort": "kind"},
        {"from": "9999-12-31T23:59:59", "to": "9999-01-01"},
        {"device_kind": "toaster", "country": "\x00", "new_device": "no", "moved": "1"},
        {"user": "\u202e", "browser": "x" * 101, "os": "\x00", "q": "x" * 101},
    ],
)
def test_what_an_address_can_not_mean_is_left_out_and_named(parameters: dict[str, str]) -> None:
    assert EventView.read(parameters) == EventView()
    said = {name for name, text in parameters.items() if text.strip() and name != "unknown"}
    assert set(unreadable_in(parameters)) == said


@pytest.mark.parametrize(
    "text", ["", "x", "20260314T120000.000000", "20260314T120000.000000-", "-1", "\ud800-1"]
)
def test_what_is_no_place_is_none(text: str) -> None:
    assert EventKey.read(text) is None
    key = EventKey(NOW.replace(microsecond=17), 42)
    assert EventKey.read(str(key)) == key


def test_newcomers_shift_no_page(db: Connection, people: People) -> None:
    line = (None, None, "ada", None, None, OF_NONE)
    fill(db, people, [(EventKind.SIGNED_IN, day, *line) for day in range(10)])
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


def test_says_who_did_it_where_that_is_another(db: Connection, people: People) -> None:
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
        (EventFilter(user="ada@example.com"), 10, "ix_session_events_user_id_at_kind"),
        (EventFilter(browser="Lynx"), 10, "ix_session_events_device_kind_id"),
        (EventFilter(browser="Lynx", os="BeOS"), 10, "ix_session_events_device_kind_id"),
        (EventFilter(country="IS"), 10, "ix_session_events_session_id_at_kind"),
        (EventFilter(device_kind=DeviceKind.TV), 10, "ix_session_events_session_id_at_kind"),
        (EventFilter(new_device=True), 10, "ix_session_events_session_id_at_kind"),
        (EventFilter(moved=True, country="IS"), 10, "ix_session_events_session_id_at_kind"),
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
        ada, bob = add_user(db, "ada", is_admin=True), add_user(db, "bob")
        says = {"country_code": "IS", "device_type": "tv", "new_device": True, "moved": True}
        add_sessions(db, ada, [says | {"created_at": NOW - timedelta(days=1)}])
        add_sessions(db, bob, [{}] * 399)
        ids = list(db.execute(select(sessions.c.id).order_by(sessions.c.id)).scalars())
        rare = {"ip_address": "192.0.2.1", "user_id": ada, "device": "Lynx on BeOS"}
        common = {"ip_address": "198.51.100.1", "user_id": bob, "device": "Chrome on Windows"}
        by_bob = {"kind": EventKind.SIGN_IN_FAILED, "actor_user_id": bob}
        record_all(
            db,
            (
                {
                    "at": NOW - timedelta(seconds=one),
                    "session_id": ids[one % 400],
                    **by_bob,
                    **(common if one % 400 else rare),
                }
                for one in range(4_000)
            ),
        )
        if not database.is_sqlite:
            db.exec_driver_sql("ANALYZE")
    with database.reading() as db, statements_of(db, monkeypatch) as sent:
        found = page_of_events(db, wanted)
    assert len(found.rows) == number
    with database.reading() as db:
        plan = "\n".join(explain(db, *sent[-1]))
    assert index in plan


def test_the_count_is_honest_beyond_what_is_counted(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MAX_COUNT", 200)
    monkeypatch.setattr(counting, "SAMPLE", 100)
    monkeypatch.setattr(conditions, "FEW", 200)
    devices = ("Chrome on Windows", "Chrome on Windows", "Chrome on Pixel 8", "Lynx on BeOS")
    kinds = (EventKind.SIGNED_IN, EventKind.ROTATED)
    with database.begin() as db:
        lines = ({"kind": kinds[n // 4 % 2], "device": devices[n % 4]} for n in range(2_400))
        record_all(db, ({"at": NOW, **line} for line in lines))
    with database.reading() as db:
        every = count_events(db, EventFilter())
        common = count_events(db, EventFilter(browser="Chrome"))
        rare = count_events(db, EventFilter(browser="Lynx"))
        few = count_events(db, EventFilter(browser="Lynx", kind=EventKind.ENDED))
    assert every == Count(1_000, is_exact=False)
    assert not common.is_exact
    assert 200 <= common.number <= 1_200
    # 300, of which a sample of a hundred can't say that there are so many.
    assert not rare.is_exact
    assert 200 <= rare.number <= 500
    assert few == Count(0)


def test_what_has_one_of_the_words_elsewhere_is_counted_only_with_the_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "SAMPLE", 100)
    monkeypatch.setattr(conditions, "FEW", 10)
    of = ["Firefox on Linux", "Chrome on Windows", "Chrome on Windows", "Firefox on Windows"]
    with database.begin() as db:
        linus, bob = add_user(db, "linux-fan"), add_user(db, "bob")
        whose = [bob, linus, bob, linus]
        lines = ({"device": of[n % 4], "user_id": whose[n % 4]} for n in range(1_200))
        record_all(db, ({"at": NOW, "kind": EventKind.SIGNED_IN, **line} for line in lines))
    with database.reading() as db:
        assert count_events(db, EventFilter(search="firefox linux")) == Count(600)


def test_lines_of_many_sessions_are_counted_as_honestly(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MAX_COUNT", 200)
    monkeypatch.setattr(counting, "SAMPLE", 100)
    monkeypatch.setattr(conditions, "FEW", 140)
    countries = ("DE", "DE", "DE", "IS")
    with database.begin() as db:
        ada = add_user(db, "ada")
        add_sessions(db, ada, [{"country_code": countries[n % 4]} for n in range(600)])
        add_sessions(db, ada, [{"country_code": "FR"}] * 20)
        ids = db.execute(select(sessions.c.id).order_by(sessions.c.id)).scalars().all()
        kinds = (EventKind.SIGNED_IN, EventKind.SIGNED_IN, EventKind.ROTATED, EventKind.ROTATED)
        line = {"at": NOW, "user_id": ada}
        record_all(db, ({"session_id": one, "kind": kind, **line} for one in ids for kind in kinds))
    with database.reading() as db:
        common = count_events(db, EventFilter(country="DE"))
        # 300, of which a sample of a hundred can't say that there are so many.
        with monkeypatch.context() as patch:
            # Nor is it counted: every session's start is in the history.
            patch.delattr(counting, "_counted_by")
            rare = count_events(db, EventFilter(country="IS"))
        few = count_events(db, EventFilter(country="FR"))
        page = page_of_events(db, EventFilter(country="DE"))
    assert (common.is_exact, rare.is_exact) == (False, False)
    assert 200 <= common.number <= 1_200
    assert 200 <= rare.number <= 500
    assert few == Count(40)
    assert len(page.rows) == 50
    with database.begin() as db:
        # The starts are gone, as of sessions that are kept for longer than their history.
        db.execute(delete(session_events).where(session_events.c.kind == EventKind.SIGNED_IN.value))
        record_all(
            db, ({"session_id": ids[n], "kind": EventKind.RENAMED, **line} for n in range(8))
        )
        db.execute(update(session_events).values(at=NOW + timedelta(hours=1)))
    with database.reading() as db:
        assert count_events(db, EventFilter(country="DE")) == Count(6)


def test_the_history_before_the_first_such_session_is_not_walked(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conditions, "FEW", 10)
    with database.begin() as db:
        ada = add_user(db, "ada")
        add_sessions(db, ada, [{"moved": True}] * 20)
        ids = list(db.execute(select(sessions.c.id)).scalars())
        gone = ids[-1] + 1
        record_all(
            db,
            (
                {
                    "kind": EventKind.SIGNED_IN,
                    "at": NOW + timedelta(seconds=number if number < 20 else -number),
                    "session_id": ids[number] if number < 20 else gone,
                }
                for number in range(4_000)
            ),
        )
        if not database.is_sqlite:
            db.exec_driver_sql("ANALYZE")
    with database.reading() as db, statements_of(db, monkeypatch) as sent:
        assert len(page_of_events(db, EventFilter(moved=True)).rows) == 20
    bound = "at>?" if database.is_sqlite else "Index Cond: (at >= "
    with database.reading() as db:
        plan = "\n".join(explain(db, *sent[-1]))
    assert "ix_session_events_at" in plan
    assert bound in plan
