"""The administrator's list: its address is its state, and arguments that no page would send."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import reflex as rx
from sqlalchemy import Connection, select

from sessions_dashboard.accounts.models import users
from sessions_dashboard.components import session_panel
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.states.admin_sessions import PAGE_SIZE, AdminSessionsState
from sessions_dashboard.states.session_panel import PanelEvent, SessionPanelState
from sessions_dashboard.words import admin as words
from sessions_dashboard.words import bulk as bulk_words
from tests.states.conftest import Pages
from tests.states.test_devices import ANYTHING, live
from tests.support.people import (
    FIREFOX,
    add_many_sessions,
    add_user,
    set_session,
    sign_in,
    stored,
)

Run = Callable[[Any], Any]
ADDRESS = "/admin/sessions"

FOUND = [
    ("", 61),
    ("bob", 60),
    ("BOB@EXAMPLE", 60),
    ("ob@", 0),
    ("chief", 1),
    ("198.51.100.5", 11),
    ("198.51.100.59", 1),
    ("windows", 61),
    ("bob windows", 60),
    ("bob linux", 0),
    ("  bob   198.51.100.7 ", 1),
    ("%", 0),
    ("'; DROP TABLE sessions; --", 0),
    ("\x00", 61),
    ("\ud800", 61),
    ("\u202ebob", 60),
    ("b" * 5_000, 0),
]


class Console:
    """The page as a browser has it: what a handler answers leads it to another address."""

    def __init__(self, pages: Pages, run: Run) -> None:
        self.pages = pages
        self._run = run
        self.address = ADDRESS
        self.page = pages.state(AdminSessionsState)
        self.panel = pages.state(SessionPanelState)

    def open(self, address: str) -> None:
        self.address = address
        self.pages.at(address)
        self._run(self.pages.call(AdminSessionsState, "load"))
        self._run(self.pages.call(SessionPanelState, "load"))

    def do(self, handler: str, /, **payload: Any) -> None:
        answer = self._run(self.pages.call(AdminSessionsState, handler, **payload))
        if answer is not None:
            arguments = {str(key): value._var_value for key, value in answer.args}
            assert not arguments["external"]
            assert arguments["path"].startswith(ADDRESS)
            self.open(arguments["path"])

    @property
    def ids(self) -> list[str]:
        return [row.id for row in self.page.rows]


@pytest.fixture
def console(pages: Pages, run: Run) -> Console:
    """The page of an administrator among sixty other sessions, loaded."""
    now = pages.now()
    with pages.runtime.database.begin() as db:
        bob = add_user(db, "bob")
        for number in range(60):
            moment = now - timedelta(minutes=number + 1)
            add_many_sessions(
                db,
                bob,
                1,
                created_at=moment,
                last_seen_at=now,
                ip_address=f"198.51.100.{number}",
                os="Windows" if number % 2 else "Linux",
            )
    pages.sign_in("chief", is_admin=True)
    made = Console(pages, run)
    made.open(ADDRESS)
    return made


def end(console: Console, ids: list[str]) -> None:
    with console.pages.runtime.database.begin() as db:
        for one in ids:
            set_session(db, one, ended_at=console.pages.now(), end_reason="signed_out")


def user_id_of(db: Connection, name: str) -> int:
    return db.execute(select(users.c.id).where(users.c.email == f"{name}@example.com")).scalar_one()


class TestPaging:
    def test_goes_through_all_once_and_back_again(self, console: Console) -> None:
        page = console.page
        assert page.total_words == "61 sessions"
        seen = [console.ids]
        assert (page.has_newer, page.has_older) == (False, True)
        while page.has_older:
            console.do("older")
            seen.append(console.ids)
        assert [len(one) for one in seen] == [PAGE_SIZE, PAGE_SIZE, 61 - 2 * PAGE_SIZE]
        assert len({row for one in seen for row in one}) == 61
        for before in reversed(seen[:-1]):
            console.do("newer")
            assert console.ids == before
        assert page.has_newer is False

    def test_stops_at_both_ends(self, console: Console) -> None:
        first = console.ids
        for _ in range(3):
            console.do("newer")
        assert console.ids == first
        for _ in range(9):
            console.do("older")
        assert len(console.ids) == 61 - 2 * PAGE_SIZE

    def test_is_not_shifted_by_newcomers(self, console: Console) -> None:
        first = set(console.ids)
        with console.pages.runtime.database.begin() as db:
            for number in range(5):
                sign_in(db, add_user(db, f"newcomer{number}"), console.pages.now())
        console.do("older")
        assert not first & set(console.ids)
        assert len(console.ids) == PAGE_SIZE

    def test_a_link_to_a_page_shows_that_page(self, console: Console) -> None:
        console.do("older")
        shown, link = console.ids, console.address
        console.open(ADDRESS)
        assert console.ids != shown
        console.open(link)
        assert console.ids == shown


class TestAddress:
    def test_everything_that_is_chosen_stands_in_it(self, console: Console) -> None:
        console.do("look_for", text="bob")
        console.do("apply", form={"os": "Linux", "network": "198.51.100.0/28", "browser": ""})
        console.do("show_status", status="all")
        console.do("sort_by", sort="seen")
        console.do("show_column", name="place", shown=True)
        link, shown = console.address, console.ids
        assert len(shown) == 8
        for part in ("search=bob", "os=Linux", "network=198.51.100.0%2F28", "status=all"):
            assert part in link
        assert "sort=-seen" in link
        assert "hide=ended" in link
        console.open(ADDRESS)
        console.open(link)
        page = console.page
        assert console.ids == shown
        assert (page.status, page.sort, page.descending) == ("all", "seen", True)
        assert page.hidden == ["ended"]
        assert [chip.name for chip in page.chips] == ["search", "os", "network"]

    def test_a_chip_takes_its_filter_away(self, console: Console) -> None:
        console.do("apply", form={"os": "Linux", "user": "bob@example.com"})
        assert console.page.total_words == "30 sessions"
        console.do("remove", name="os")
        assert console.page.total_words == "60 sessions"
        console.do("clear")
        assert console.address == ADDRESS

    def test_what_clears_the_filters_keeps_columns_and_order(self, console: Console) -> None:
        arranged = f"{ADDRESS}?sort=-seen&hide=device%2Cended"
        console.open(f"{arranged}&os=Linux&search=bob")
        assert console.page.unfiltered == arranged
        console.do("clear")
        assert console.address == arranged
        console.do("show_status", status="ended")
        console.do("apply", form={"os": "Linux"})
        console.do("clear")
        assert console.address == f"{ADDRESS}?status=ended&sort=-seen&hide=device%2Cended"
        for handler, argument, value in (
            ("show_user", "email", "bob@example.com"),
            ("show_network", "address", "198.51.100.7"),
        ):
            console.open(f"{arranged}&os=Linux")
            console.do(handler, **{argument: value})
            assert [chip.name for chip in console.page.chips] == [handler.removeprefix("show_")]
            assert (console.page.sort, console.page.hidden) == ("seen", ["device", "ended"])

    def test_without_an_order_of_its_own_its_tab_leads_to_the_bare_address(
        self, console: Console
    ) -> None:
        console.open(f"{ADDRESS}?os=Linux&search=bob")
        assert console.page.unfiltered == ADDRESS

    def test_of_those_over_it_shows_when_they_ended(self, console: Console) -> None:
        console.do("show_status", status="ended")
        assert console.page.hidden == ["place", "last_active"]
        console.do("show_status", status="live")
        assert console.page.hidden == ["place", "ended"]

    def test_those_over_come_by_their_end_and_others_by_their_start(self, console: Console) -> None:
        ended = console.ids[1:4]
        # The longer ago they were signed in, the later they ended.
        for one in ended:
            end(console, [one])
        console.do("show_status", status="ended")
        assert console.address == f"{ADDRESS}?status=ended"
        assert console.ids == ended[::-1]
        assert (console.page.sort, console.page.descending) == ("ended", True)
        assert console.page.none_to_end == bulk_words.ALL_ENDED
        console.do("sort_by", sort="ended")
        assert (console.address, console.ids) == (f"{ADDRESS}?status=ended&sort=ended", ended)
        console.do("sort_by", sort="ended")
        console.do("sort_by", sort="started")
        assert console.address == f"{ADDRESS}?status=ended&sort=-started"
        console.do("show_status", status="live")
        assert (console.address, console.ids[0]) == (ADDRESS, console.pages.me.public_id)

    def test_what_cannot_be_read_is_named_and_left_out(self, console: Console) -> None:
        console.open(f"{ADDRESS}?network=300.1.1.1&started_from=yesterday&os=Linux")
        assert console.page.problem == words.unreadable(["network", "started_from"])
        assert console.page.total_words == "30 sessions"
        console.open(f"{ADDRESS}?status=foo")
        assert console.page.problem.endswith(" Left out: Status.")

    def test_a_network_that_cannot_be_read_changes_nothing(self, console: Console) -> None:
        console.open(f"{ADDRESS}?os=Linux")
        console.do("apply", form={"os": "", "network": "10.0.0.0/99"})
        assert console.page.problem == words.UNREADABLE_NETWORK
        assert console.address == f"{ADDRESS}?os=Linux"

    def test_the_same_column_again_turns_the_order_round(self, console: Console) -> None:
        newest = console.ids[0]
        console.do("sort_by", sort="started")
        assert console.address == f"{ADDRESS}?sort=started"
        assert newest not in console.ids
        console.do("sort_by", sort="started")
        assert console.ids[0] == newest

    def test_anything_else_leads_nowhere_else(self, console: Console) -> None:
        for value in ANYTHING:
            for name, parameter in (
                ("look_for", "text"),
                ("apply", "form"),
                ("show_status", "status"),
                ("sort_by", "sort"),
                ("remove", "name"),
                ("open_session", "session_id"),
                ("show_user", "email"),
                ("show_network", "address"),
            ):
                console.do(name, **{parameter: value})
            console.do("apply", form={"network": value, "os": value, "nonsense": value})
            console.do("show_column", name=value, shown=value)
            console.do("tick", session_id=value, on=value)
            console.do("tick_page", on=value)
            console.address.encode()
            assert len(console.address) < 2_000


class TestSearch:
    def test_finds_what_all_words_fit(self, console: Console) -> None:
        for text, found in FOUND:
            console.do("look_for", text=text)
            assert console.page.total_words == words.total(found, is_exact=True, least=0), text
            assert len(console.page.rows) == min(found, PAGE_SIZE)
            # What is sent back can be sent, and is no longer than the field.
            console.page.search.encode()
            assert len(console.page.search) <= 100

    def test_begins_at_the_first_page_again(self, console: Console) -> None:
        console.do("older")
        console.do("look_for", text="bob")
        assert (console.page.has_newer, console.page.has_older) == (False, True)
        assert console.page.rows[0].email == "bob@example.com"


class TestTicks:
    def test_what_has_ended_takes_none(self, console: Console) -> None:
        over, then_over = console.ids[1], console.ids[2]
        end(console, [over])
        console.open(f"{ADDRESS}?status=all")
        console.do("tick", session_id=over, on=True)
        assert console.page.ticked == []
        console.do("tick_page", on=True)
        assert set(console.page.ticked) == {*console.ids} - {over}
        assert (console.page.can_tick, console.page.all_ticked) == (True, True)
        end(console, [then_over])
        console.do("refresh")
        assert then_over not in console.page.ticked
        assert console.page.all_ticked
        console.open(f"{ADDRESS}?status=ended")
        assert (console.page.can_tick, console.page.all_ticked) == (False, False)


class TestLive:
    def test_no_row_moves_and_what_changed_is_marked(self, console: Console) -> None:
        ids = console.ids
        with console.pages.runtime.database.begin() as db:
            set_session(db, ids[3], ended_at=console.pages.now(), end_reason="limit")
            for _ in range(12):
                sign_in(db, add_user(db, f"new{_}"), console.pages.now())
        console.do("refresh")
        assert console.ids == ids
        assert [row.id for row in console.page.rows if row.changed] == [ids[3]]
        changed = console.page.rows[3]
        assert (changed.status, changed.reason) == ("ended", "Too many sessions")
        assert not changed.is_live
        assert console.page.news == "12 new"
        assert console.page.total_words == "72 sessions"
        console.do("show_news")
        assert console.page.news == ""
        assert ids[3] not in console.ids
        assert console.page.rows[0].email.startswith("new")

    def test_of_those_over_it_offers_what_has_ended_since(self, console: Console) -> None:
        live_ones = console.ids
        end(console, live_ones[1:3])
        console.open(f"{ADDRESS}?status=ended&sort=-ended")
        ids = console.ids
        assert len(ids) == 2
        console.do("refresh")
        assert console.page.news == ""
        end(console, live_ones[3:6])
        console.do("refresh")
        assert (console.ids, console.page.news) == (ids, "3 new")
        console.do("show_news")
        assert (set(console.ids), console.page.news) == (set(live_ones[1:6]), "")

    def test_by_end_it_offers_what_comes_above_the_first_row(self, console: Console) -> None:
        console.open(f"{ADDRESS}?status=all&sort=-ended&user=bob%40example.com")
        ids = console.ids
        console.do("older")
        further_down = console.ids[0]
        console.do("newer")
        # A row on the page that ends is marked in its place, and is no news.
        end(console, [ids[0]])
        console.do("refresh")
        assert (console.ids, console.page.news) == (ids, "")
        assert console.page.rows[0].changed
        end(console, [further_down])
        with console.pages.runtime.database.begin() as db:
            sign_in(db, user_id_of(db, "bob"), console.pages.now())
        console.do("refresh")
        assert (console.ids, console.page.news) == (ids, "2 new")

    def test_by_last_use_it_offers_who_came_and_not_who_went_on(self, console: Console) -> None:
        console.open(f"{ADDRESS}?sort=-seen")
        ids = console.ids
        console.do("older")
        further_down = console.ids[0]
        console.do("newer")
        with console.pages.runtime.database.begin() as db:
            set_session(db, further_down, last_seen_at=console.pages.now())
        console.do("refresh")
        assert console.page.news == ""
        with console.pages.runtime.database.begin() as db:
            sign_in(db, add_user(db, "newcomer"), console.pages.now())
        console.do("refresh")
        assert (console.ids, console.page.news) == (ids, "1 new")

    def test_the_oldest_first_and_further_down_it_offers_nothing(self, console: Console) -> None:
        for address in (f"{ADDRESS}?sort=started", f"{ADDRESS}?sort=seen", ADDRESS):
            console.open(address)
            if address == ADDRESS:
                console.do("older")
            with console.pages.runtime.database.begin() as db:
                sign_in(db, user_id_of(db, "bob"), console.pages.now())
            console.do("refresh")
            assert console.page.news == ""

    def test_an_empty_list_fills_by_itself(self, console: Console) -> None:
        assert console.page.none_to_end == ""
        console.do("look_for", text="newcomer")
        assert (console.ids, console.page.none_to_end) == ([], bulk_words.NONE_MATCHES)
        with console.pages.runtime.database.begin() as db:
            sign_in(db, add_user(db, "newcomer"), console.pages.now())
        console.do("refresh")
        assert (len(console.ids), console.page.none_to_end) == (1, "")


class TestPanel:
    def test_shows_the_session_its_events_and_the_users_others(self, console: Console) -> None:
        with console.pages.runtime.database.begin() as db:
            grace = add_user(db, "grace")
            first = sign_in(db, grace, console.pages.now(), device=FIREFOX)
            sign_in(db, grace, console.pages.now())
        console.do("open_session", session_id=first.public_id)
        panel = console.panel
        assert panel.open
        assert panel.about.email == "grace@example.com"
        facts = {fact.name: fact.text or fact.at for fact in panel.facts}
        assert facts["Browser"] == "Firefox 140"
        assert facts["Network"] == "Example Net"
        assert [event.text for event in panel.events] == ["Firefox on Linux signed in"]
        assert [other.title for other in panel.others] == ["Chrome on Windows"]
        link = console.address
        console.do("open_session", session_id="")
        assert not panel.open
        console.open(link)
        assert panel.about.id == first.public_id

    def test_what_has_become_of_it_is_shown_where_there_is_something_to_say(
        self, console: Console
    ) -> None:
        now = console.pages.now()
        with console.pages.runtime.database.begin() as db:
            one = sign_in(db, add_user(db, "grace"), now, device=FIREFOX, ip_address="192.0.2.1")
            agent = stored(db, one.public_id).user_agent

        def facts() -> dict[str, str]:
            console.open(f"{ADDRESS}?session={one.public_id}")
            return {fact.name: fact.text or fact.at for fact in console.panel.facts}

        silent = {
            words.HINTS,
            words.RENEWED,
            words.CHALLENGE,
            words.SEEN_ADDRESS,
            words.SEEN_AGENT,
        }
        assert not silent & facts().keys()
        used = {"seen_ip_address": "192.0.2.1", "seen_user_agent": agent}
        console.pages.change(one, **used)
        assert not silent & facts().keys()
        console.pages.change(
            one,
            client_hints={
                "sec-ch-ua-full-version-list": '"Chromium";v="138.0.1", "Not)A;Brand";v="8"',
                "sec-ch-ua-platform": '"Android"',
                "sec-ch-ua-platform-version": '"15.0.0"',
                "sec-ch-ua-model": '"Pixel 8"',
            },
            rotated_at=now,
            seen_ip_address="198.51.100.200",
            seen_user_agent="Firefox/141",
            challenge="ip_address",
        )
        told = facts()
        assert {name: told[name] for name in silent} == {
            words.HINTS: "Chromium 138.0.1 · Android 15.0.0 · Pixel 8",
            words.RENEWED: now.isoformat(),
            words.CHALLENGE: "Its address changed",
            words.SEEN_ADDRESS: "198.51.100.200",
            words.SEEN_AGENT: "Firefox/141",
        }

    def test_a_list_that_goes_on_says_so_and_leads_to_all_of_it(self, console: Console) -> None:
        now = console.pages.now()
        with console.pages.runtime.database.begin() as db:
            grace = add_user(db, "grace")
            first = sign_in(db, grace, now, device=FIREFOX)
            add_many_sessions(db, grace, 10, created_at=now, last_seen_at=now)
            row = stored(db, first.public_id).id
            for _ in range(49):
                record(db, EventKind.RENAMED, now, user_id=grace, session_id=row)
        console.do("open_session", session_id=first.public_id)
        panel = console.panel
        assert (len(panel.events), len(panel.others)) == (50, 10)
        assert (panel.events_cut, panel.others_cut) == ("", "")
        with console.pages.runtime.database.begin() as db:
            add_many_sessions(db, grace, 1, created_at=now, last_seen_at=now)
            record(db, EventKind.RENAMED, now, user_id=grace, session_id=row)
        console.open(console.address)
        assert (len(panel.events), len(panel.others)) == (50, 10)
        assert panel.events_cut == "The newest 50 are shown."
        assert panel.others_cut == "The newest 10 are shown."
        assert panel.all_events == "/admin/events?user=grace%40example.com"
        console.open(panel.all_sessions)
        assert console.page.total_words == "12 sessions"

    def test_every_event_has_its_exact_time(self) -> None:
        assert "ExactTime" in str(session_panel._event(rx.Var("event").to(PanelEvent)))

    def test_whoever_comes_back_from_it_by_another_address_sees_what_that_says(
        self, console: Console
    ) -> None:
        console.open(f"{ADDRESS}?os=Linux")
        console.do("open_session", session_id=console.ids[0])
        console.open(f"{ADDRESS}?user=chief@example.com&status=all")
        assert console.page.total_words == "1 session"
        assert [row.email for row in console.page.rows] == ["chief@example.com"]
        assert [chip.name for chip in console.page.chips] == ["user"]

    def test_opening_it_moves_no_row(self, console: Console) -> None:
        ids = console.ids
        with console.pages.runtime.database.begin() as db:
            sign_in(db, add_user(db, "grace"), console.pages.now())
        console.do("open_session", session_id=ids[1])
        assert console.ids == ids
        assert console.page.news == "1 new"

    def test_of_a_session_that_is_gone_says_so(self, console: Console) -> None:
        console.do("open_session", session_id="00000000-0000-7000-8000-000000000000")
        assert console.panel.open
        assert console.panel.about.id == ""


class TestRevoke:
    def test_ends_anybodys_and_says_whose(self, console: Console) -> None:
        page = console.page
        wanted = next(row for row in page.rows if row.email == "bob@example.com")
        console.do("ask_revoke", session_id=wanted.id)
        assert page.revoke_question == "Revoke Chrome on Windows?"
        assert "bob@example.com is signed out" in page.revoke_consequence
        console.do("revoke")
        assert page.notice == "bob@example.com was signed out on Chrome on Windows."
        assert next(row for row in page.rows if row.id == wanted.id).status == "ended"
        assert page.total_words == "60 sessions"
        with console.pages.runtime.database.reading() as db:
            assert stored(db, wanted.id).end_reason == "revoked_by_admin"

    def test_of_anything_else_does_nothing(self, console: Console) -> None:
        before = live(console.pages)
        for session_id in ANYTHING:
            console.do("ask_revoke", session_id=session_id)
            console.do("revoke")
            assert console.page.problem == words.GONE, session_id
        assert live(console.pages) == before

    def test_says_so_when_it_is_gone_already(self, console: Console) -> None:
        wanted = next(row for row in console.page.rows if row.email == "bob@example.com")
        console.do("ask_revoke", session_id=wanted.id)
        with console.pages.runtime.database.begin() as db:
            set_session(db, wanted.id, ended_at=console.pages.now(), end_reason="signed_out")
        console.do("revoke")
        assert (console.page.notice, console.page.problem) == ("", words.GONE)
