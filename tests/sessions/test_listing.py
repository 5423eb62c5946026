"""The administrator's list against an oracle in plain Python, on both databases."""

import ipaddress
import random
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from sessions_dashboard.accounts.models import users
from sessions_dashboard.database import Database
from sessions_dashboard.devices import DeviceKind
from sessions_dashboard.sessions import EndReason, Policy, conditions, counting, rename
from sessions_dashboard.sessions.filters import (
    Between,
    Role,
    SessionFilter,
    Sort,
    Status,
    View,
    parameters_of,
    read_view,
)
from sessions_dashboard.sessions.listing import Key, ListPage, Place, count_of, page_of
from sessions_dashboard.sessions.matching import matching
from sessions_dashboard.sessions.models import sessions
from tests.support.lists import all_of
from tests.support.people import CHROME, FIREFOX, NOW, add_sessions, add_user, sign_in
from tests.support.statements import explain, is_keyed, is_sort, statements_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
POLICY = Policy(
    lifetime=30 * DAY,
    idle_timeout=14 * DAY,
    admin_lifetime=12 * HOUR,
    admin_idle_timeout=1 * HOUR,
    unremembered_lifetime=1 * DAY,
)
EMAILS = ("ada", "adam", "bob", "zoe")
ADDRESSES = (
    *("192.0.2.1", "192.0.2.7", "192.0.2.77", "192.0.3.1", "10.0.0.1", "1.2.3.4", "unknown"),
    *("2001:db8::1", "2001:db8:1::1", "2001:db8:0:1::1", "fe80::1"),
)
LABELS = ("Chrome on Windows", "Firefox on Linux", "Safari on iPhone", "curl (script)")
REASONS = (EndReason.SIGNED_OUT, EndReason.REVOKED, EndReason.IDLE, EndReason.IP_CHANGED)
AGES = (0, 0.001, 0.03, 0.2, 0.5, 0.9, 1.0, 1.1, 3, 13.9, 14, 15, 29, 30, 31, 60)


@dataclass(frozen=True)
class Made:
    """What the oracle knows of a session: only what was written."""

    id: int
    email: str
    is_admin: bool
    row: dict[str, Any]


def _random_row(chance: random.Random) -> dict[str, Any]:
    age = chance.choice(AGES) * DAY + timedelta(seconds=chance.choice((0, 0, 1, 400)))
    created = NOW - age
    seen = created + chance.choice((0, 0.2, 0.5, 0.99, 1)) * age
    ended = chance.random() < 0.4
    browser, system = chance.choice((("Chrome", "Windows"), ("Firefox", "Linux"), (None, None)))
    return {
        "ip_address": chance.choice(ADDRESSES),
        "device_label": chance.choice(LABELS),
        "device_type": chance.choice(("desktop", "phone", "script")),
        "browser": browser,
        "os": system,
        "country_code": chance.choice((None, "DE", "PT")),
        "name": chance.choice((None, None, None, "Kitchen", "100% _mine_", "bob's")),
        "remembered": chance.random() < 0.7,
        "new_device": chance.random() < 0.2,
        "moved": chance.random() < 0.2,
        "created_at": created,
        "last_seen_at": seen,
        "ended_at": seen + chance.choice((0, 0.5, 1)) * (NOW - seen) if ended else None,
        "end_reason": chance.choice(REASONS).value if ended else None,
    }


@pytest.fixture
def made(db: Connection) -> list[Made]:
    return fill(db, 240)


def fill(db: Connection, number: int) -> list[Made]:
    chance = random.Random(7)
    owners = {add_user(db, name, is_admin=name == "zoe"): name for name in EMAILS}
    for user_id in owners:
        add_sessions(db, user_id, [_random_row(chance) for _ in range(number // len(owners))])
    rows = db.execute(
        select(sessions, users.c.email, users.c.is_admin).join(
            users, users.c.id == sessions.c.user_id
        )
    ).mappings()
    return [Made(row["id"], row["email"], row["is_admin"], dict(row)) for row in rows]


def holds(one: Made, wanted: SessionFilter) -> bool:
    row = one.row
    checks = [
        _has_status(one, wanted.status),
        all(_has_word(one, word) for word in wanted.search.lower().split()),
        not wanted.user or one.email == wanted.user,
        wanted.role is None or one.is_admin == (wanted.role is Role.ADMIN),
        not wanted.browser or row["browser"] == wanted.browser,
        not wanted.os or row["os"] == wanted.os,
        wanted.kind is None or row["device_type"] == wanted.kind,
        not wanted.country or row["country_code"] == wanted.country,
        not wanted.network or _is_in(row["ip_address"], wanted.network),
        wanted.reason is None or row["end_reason"] == wanted.reason,
        not wanted.new_device or row["new_device"],
        not wanted.moved or row["moved"],
        _is_between(row["created_at"], wanted.started),
        _is_between(row["last_seen_at"], wanted.seen),
        _is_between(row["ended_at"], wanted.ended),
    ]
    return all(checks)


def _has_status(one: Made, status: Status) -> bool:
    lifetime, idle = 30 * DAY, 14 * DAY
    if one.is_admin:
        lifetime, idle = 12 * HOUR, 1 * HOUR
    if not one.row["remembered"]:
        lifetime = min(lifetime, DAY)
    ran_out = one.row["created_at"] + lifetime <= NOW or one.row["last_seen_at"] + idle <= NOW
    if one.row["ended_at"] is not None:
        found = {Status.ENDED, Status.ALL}
    elif ran_out:
        found = {Status.EXPIRED, Status.ALL}
    elif NOW - one.row["last_seen_at"] < DAY:
        found = {Status.ACTIVE, Status.LIVE, Status.ALL}
    else:
        found = {Status.IDLE, Status.LIVE, Status.ALL}
    return status in found


def _has_word(one: Made, word: str) -> bool:
    row = one.row
    if "@" in word:
        return one.email.startswith(word)
    return (
        one.email.startswith(word)
        or row["ip_address"].startswith(word)
        or word in row["device_label"].lower()
        or word in (row["name"] or "").lower()
    )


def _is_in(address: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _is_between(moment: datetime | None, between: Between) -> bool:
    if between == Between():
        return True
    if moment is None:
        return False
    after = between.since is None or moment >= between.since
    return after and (between.until is None or moment < between.until)


def expected(made: list[Made], view: View) -> list[int]:
    found = [one for one in made if holds(one, view.filter)]
    column = {
        Sort.STARTED: "created_at",
        Sort.SEEN: "last_seen_at",
        Sort.ENDED: "ended_at",
    }[view.sort]
    with_moment = [one for one in found if one.row[column] is not None]
    with_moment.sort(key=lambda one: (one.row[column], one.id), reverse=view.descending)
    without = [one for one in found if one.row[column] is None]
    without.sort(key=lambda one: (one.row["created_at"], one.id), reverse=True)
    return [one.id for one in with_moment + without]


moments = st.sampled_from([NOW - age * DAY for age in AGES] + [NOW - DAY - HOUR, NOW + DAY])
betweens = st.builds(Between, st.none() | moments, st.none() | moments)
PARTS: dict[str, st.SearchStrategy[Any]] = {
    "search": st.lists(
        st.sampled_from(
            ("ada", "ADA@example", "bob", "192.0", "192.0.2.7", "2001:db8:", "windows", "o", "%")
            + ("kitchen", "_", "nothing", "on", "\\", "100%", "ö")
        ),
        max_size=2,
    ).map(" ".join),
    "status": st.sampled_from(Status),
    "user": st.sampled_from(["ada@example.com", "zoe@example.com", "none@example.com"]),
    "role": st.sampled_from(Role),
    "browser": st.sampled_from(["Chrome", "Firefox", "Opera"]),
    "os": st.sampled_from(["Windows", "BeOS"]),
    "kind": st.sampled_from([DeviceKind.PHONE, DeviceKind.DESKTOP, DeviceKind.TV]),
    "country": st.sampled_from(["DE", "PT", "XX"]),
    "network": st.sampled_from(
        ["192.0.2.7", "192.0.2.0/24", "192.0.2.9/23", "0.0.0.0/0", "2001:db8::/32", "::/0"]
        + ["2001:db8:0:1::/64", "10.0.0.0/8", "fe80::1"]
    ),
    "reason": st.sampled_from(REASONS),
    "new_device": st.just(True),
    "moved": st.just(True),
    "started": betweens,
    "seen": betweens,
    "ended": betweens,
}
filters = st.sets(st.sampled_from(sorted(PARTS)), max_size=4).flatmap(
    lambda names: st.fixed_dictionaries({name: PARTS[name] for name in sorted(names)})
)
views = st.builds(
    lambda given, sort, descending: View(SessionFilter(**given), sort, descending),
    filters,
    st.sampled_from(Sort),
    st.booleans(),
)
many = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def pages(db: Connection, view: View, size: int) -> Iterator[ListPage]:
    place = None
    while True:
        page = page_of(db, view, POLICY, NOW, place, size)
        yield page
        if page.older is None:
            return
        place = page.older


@pytest.fixture(params=["few are fetched", "the order is walked"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of finding, though there are never many rows here."""
    if request.param == "the order is walked":
        monkeypatch.setattr(conditions, "FEW", 0)


@pytest.mark.usefixtures("way")
def test_every_combination_of_filters_finds_what_the_oracle_finds(
    db: Connection, made: list[Made]
) -> None:
    @many
    @given(views)
    def check(view: View) -> None:
        ids = [row.id for row in all_of(db, view, POLICY, NOW, 50)]
        assert ids == expected(made, view)
        assert count_of(db, view, POLICY, NOW) == counting.Count(len(ids))

    check()


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("name", sorted(PARTS))
def test_every_filter_alone_finds_what_the_oracle_finds(
    db: Connection, made: list[Made], name: str
) -> None:
    @settings(many, max_examples=25)
    @given(PARTS[name])
    def check(value: Any) -> None:
        for status in (Status.ALL, Status.LIVE, Status.ENDED):
            view = View(replace(SessionFilter(status=status), **{name: value}))
            ids = [row.id for row in all_of(db, view, POLICY, NOW, 500)]
            assert ids == expected(made, view)

    check()


def test_the_status_of_a_listed_session_is_the_one_it_is_found_by(
    db: Connection, made: list[Made]
) -> None:
    for status in (Status.ACTIVE, Status.IDLE, Status.EXPIRED, Status.ENDED):
        rows = list(all_of(db, View(SessionFilter(status=status)), POLICY, NOW, 500))
        assert rows
        assert {row.status(NOW) for row in rows} == {status}


@pytest.mark.usefixtures("way")
def test_pages_go_forth_and_back_over_the_same_rows(db: Connection, made: list[Made]) -> None:
    @settings(many, max_examples=30)
    @given(views, st.integers(1, 60))
    def check(view: View, size: int) -> None:
        forth = list(pages(db, view, size))
        assert [row.id for page in forth for row in page.rows] == expected(made, view)
        assert forth[0].newer is None
        for before, page in zip(forth, forth[1:], strict=False):
            back = page_of(db, view, POLICY, NOW, page.newer, size)
            assert [row.id for row in back.rows] == [row.id for row in before.rows]
            assert (back.newer is None) == (before.newer is None)

    check()


@pytest.mark.parametrize("sort", [Sort.STARTED, Sort.ENDED])
@pytest.mark.parametrize("descending", [True, False])
def test_paging_loses_and_repeats_nothing_while_others_sign_in(
    database: Database, sort: Sort, descending: bool
) -> None:
    with database.begin() as db:
        before = {one.id for one in fill(db, 400)}
        newcomer = db.execute(select(users.c.id).limit(1)).scalar_one()
    stop, added = threading.Event(), []

    def sign_in_again_and_again() -> None:
        moment = NOW
        while not stop.is_set():
            moment += timedelta(milliseconds=1)
            with database.begin() as db:
                added.append(sign_in(db, newcomer, moment).actor.id)

    others = threading.Thread(target=sign_in_again_and_again)
    others.start()
    try:
        view = View(SessionFilter(status=Status.ALL), sort, descending)
        with database.reading() as db:
            seen = []
            for page in pages(db, view, 7):
                seen += [row.id for row in page.rows]
                if len(added) > 3_000:
                    stop.set()
                if before <= set(seen) and len(seen) > 450:
                    break
    finally:
        stop.set()
        others.join()
    assert added
    assert len(seen) == len(set(seen))
    assert before <= set(seen)


@many
@given(views)
def test_an_address_leads_back_to_the_same_view(view: View) -> None:
    read = read_view(parameters_of(view))
    assert read.unreadable == ()
    assert read.view == view


@settings(many, max_examples=300)
@given(
    st.dictionaries(
        st.sampled_from([*PARTS, "started_from", "ended_to", "seen_from", "sort", "after"]),
        st.text(max_size=20) | st.sampled_from(["2026-13-01", "1.2.3.4/99", "-", "9999-12-31"]),
    )
)
def test_whatever_an_address_says_is_read_or_named(parameters: dict[str, str]) -> None:
    read = read_view(parameters)
    again = read_view(parameters_of(read.view))
    assert again == replace(again, view=read.view, unreadable=())
    assert set(read.unreadable) <= set(parameters)


def test_asking_how_sessions_ended_asks_for_those_that_did() -> None:
    assert read_view({"reason": "idle"}).view.filter.status is Status.ENDED
    assert read_view({"ended_from": "2026-01-01"}).view.filter.status is Status.ENDED
    assert read_view({"reason": "idle", "status": "all"}).view.filter.status is Status.ALL


@pytest.mark.parametrize(
    ("parameters", "sort"),
    [
        ({}, Sort.STARTED),
        ({"status": "all"}, Sort.STARTED),
        ({"status": "expired"}, Sort.STARTED),
        ({"status": "ended"}, Sort.ENDED),
        ({"reason": "idle"}, Sort.ENDED),
        ({"ended_from": "2026-01-01T00:00"}, Sort.ENDED),
        ({"status": "ended", "started_to": "2026-01-01T00:00"}, Sort.STARTED),
        ({"status": "ended", "seen_from": "2026-01-01T00:00"}, Sort.STARTED),
    ],
)
def test_those_that_are_over_come_by_their_end(parameters: dict[str, str], sort: Sort) -> None:
    view = read_view(parameters).view
    assert (view.sort, view.descending) == (sort, True)
    assert parameters_of(view) == parameters
    chosen = {**parameters, "sort": "ended" if sort is Sort.ENDED else "started"}
    assert parameters_of(read_view(chosen).view) == chosen


@given(st.datetimes(timezones=st.just(NOW.tzinfo)), st.integers(0, 2**63 - 1), st.integers(0, 1))
def test_a_key_is_read_as_it_was_written(moment: datetime, row: int, part: int) -> None:
    assert Key.read(str(Key(part, moment, row))) == Key(part, moment, row)


@pytest.mark.parametrize("text", ["", "0", "0.1", "0.1.2.3", "x.y.z", "2.1.1", "0.1.-1", "0.f" * 9])
def test_what_is_no_key_is_none(text: str) -> None:
    assert Key.read(text) is None


def test_a_page_before_a_row_that_has_become_the_first_is_the_first(
    db: Connection, made: list[Made]
) -> None:
    view = View(SessionFilter(status=Status.ALL))
    first = page_of(db, view, POLICY, NOW, None, 10)
    key = Key(0, first.rows[3].created_at, first.rows[3].id)
    assert page_of(db, view, POLICY, NOW, Place(key, True), 10).rows == first.rows


def test_counts_are_honest_beyond_what_is_counted(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MAX_COUNT", 1_000)
    monkeypatch.setattr(counting, "SAMPLE", 400)
    monkeypatch.setattr(conditions, "FEW", 1_000)
    with database.begin() as db:
        owner = add_user(db)
        add_sessions(db, owner, [{"os": "Linux" if n % 10 else "BeOS"} for n in range(10_500)])
    with database.reading() as db:
        all_ = count_of(db, View(), POLICY, NOW)
        most = count_of(db, View(SessionFilter(os="Linux")), POLICY, NOW)
        some = count_of(db, View(SessionFilter(os="BeOS")), POLICY, NOW)
    assert not all_.is_exact
    assert all_.number in (10_000, 11_000)
    assert not most.is_exact
    assert 8_000 <= most.number <= 11_000
    assert not some.is_exact
    assert some.number >= 1_000


@pytest.mark.parametrize(("since", "until"), [(0, 600), (7, 95), (10, 20), (11, 29), (3, 8)])
def test_an_index_calls_only_those_many_that_were_seen_in_the_time(
    database: Database, since: int, until: int
) -> None:
    minute, midnight = timedelta(minutes=1), NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    seen = [midnight + number * minute for number in range(300)]
    between = Between(midnight + since * minute, midnight + until * minute)
    with database.begin() as db:
        add_sessions(db, add_user(db), [{"last_seen_at": at} for at in seen])
    matches = sum(between.since <= at < between.until for at in seen)
    wanted = SessionFilter(status=Status.ALL, seen=between)
    with database.reading() as db:
        [condition] = matching(db, wanted, POLICY, NOW).conditions
        surely = [number for number in range(matches + 10) if condition.surely_beyond(db, number)]
    slots_within = max(0, min(until, 300) // 10 - -(-since // 10))
    assert surely == list(range(slots_within * 10))
    assert len(surely) <= matches


@pytest.mark.parametrize(
    "wanted",
    [
        SessionFilter(),
        SessionFilter(status=Status.ALL),
        SessionFilter(status=Status.ALL, os="Linux"),
        SessionFilter(status=Status.ALL, country="DE"),
        SessionFilter(reason=EndReason.REVOKED, status=Status.ENDED),
        SessionFilter(new_device=True, status=Status.ALL),
        SessionFilter(moved=True, status=Status.ALL),
    ],
)
def test_the_newest_of_many_are_found_without_sorting(
    database: Database, monkeypatch: pytest.MonkeyPatch, wanted: SessionFilter
) -> None:
    monkeypatch.setattr(conditions, "FEW", 100)
    with database.begin() as db:
        owner = add_user(db)
        add_sessions(
            db,
            owner,
            [
                {
                    "os": "Linux",
                    "country_code": "DE",
                    "new_device": True,
                    "moved": True,
                    "created_at": NOW - timedelta(seconds=n),
                    "ended_at": None if n % 2 else NOW,
                    "end_reason": None if n % 2 else "revoked",
                }
                for n in range(4_000)
            ],
        )
        if not database.is_sqlite:
            db.exec_driver_sql("ANALYZE")
    with database.reading() as db, statements_of(db, monkeypatch) as sent:
        page_of(db, View(wanted), POLICY, NOW, None, 25)
    with database.reading() as db:
        plan = explain(db, *sent[-1])
    assert not [step for step in plan if is_sort(step)], plan


@pytest.mark.parametrize(
    ("wanted", "bound"),
    [
        (SessionFilter(reason=EndReason.REVOKED, status=Status.ENDED), "end_reason ?= ?"),
        (
            SessionFilter(status=Status.ENDED, ended=Between(NOW - DAY, NOW - HOUR)),
            "ended_at ?< ?",
        ),
    ],
)
def test_ends_are_walked_no_further_than_those_that_are_wanted(
    database: Database, monkeypatch: pytest.MonkeyPatch, wanted: SessionFilter, bound: str
) -> None:
    monkeypatch.setattr(conditions, "FEW", 100)
    over = [
        {"ended_at": NOW - timedelta(minutes=n), "end_reason": "idle" if n % 9 else "revoked"}
        for n in range(4_000)
    ]
    with database.begin() as db:
        add_sessions(db, add_user(db), [one | {"created_at": NOW - 9 * DAY} for one in over])
        if not database.is_sqlite:
            db.exec_driver_sql("ANALYZE")
    with database.reading() as db, statements_of(db, monkeypatch) as sent:
        page_of(db, View(wanted, Sort.ENDED), POLICY, NOW, None, 25)
    with database.reading() as db:
        plan = explain(db, *sent[-1])
    of_index = [step for step in plan if is_keyed(step) or "Index Cond" in step]
    assert any(re.search(bound, step) for step in of_index), plan
    assert not [step for step in plan if is_sort(step)], plan


class TestSearch:
    @pytest.fixture(autouse=True)
    def people(self, db: Connection) -> None:
        ada = sign_in(db, add_user(db, "ada"), device=CHROME, ip_address="192.0.2.1")
        bob = sign_in(db, add_user(db, "bob_100%"), device=FIREFOX, ip_address="2001:db8::7")
        rename(db, ada.actor, ada.public_id, "Work/laptop 50% off_x", NOW)
        rename(db, bob.actor, bob.public_id, "Büro", NOW)

    @pytest.mark.parametrize(
        ("words", "found"),
        [
            ("", {"ada", "bob_100%"}),
            ("   ", {"ada", "bob_100%"}),
            ("ada", {"ada"}),
            ("ADA@Example", {"ada"}),
            ("example.com", set()),
            ("192.0.2", {"ada"}),
            ("2001:DB8", {"bob_100%"}),
            ("firefox", {"bob_100%"}),
            ("on", {"ada", "bob_100%"}),
            ("firefox 2001", {"bob_100%"}),
            ("firefox 192", set()),
            ("LAPTOP", {"ada"}),
            ("üro", {"bob_100%"}),
            ("%", {"ada"}),
            ("50%", {"ada"}),
            ("_x", {"ada"}),
            ("o_x", set()),
            ("b_b", set()),
            ("bob_100%", {"bob_100%"}),
            ("bob_1__%", set()),
            ("work/", {"ada"}),
            ("/", {"ada"}),
            ("\\", set()),
            ("'", set()),
            ('" OR 1=1 --', set()),
        ],
    )
    def test_finds_every_word_as_it_is_written(
        self, db: Connection, words: str, found: set[str]
    ) -> None:
        view = read_view({"search": words}).view

        rows = page_of(db, view, POLICY, NOW, None, 25).rows
        assert {row.email.partition("@")[0] for row in rows} == found
        assert count_of(db, view, POLICY, NOW) == counting.Count(len(found))

    @pytest.mark.parametrize("odd", ["ada\x00", "\ud83dada", "\u202eada", "a\x07da"])
    def test_leaves_out_what_no_text_has(self, db: Connection, odd: str) -> None:
        rows = page_of(db, read_view({"search": odd}).view, POLICY, NOW, None, 25).rows

        assert [row.email for row in rows] == ["ada@example.com"]
