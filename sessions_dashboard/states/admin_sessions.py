"""The administrator's list of sessions: it shows what its address says, and nothing else."""

from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import urlencode

import reflex as rx
from sqlalchemy import Connection

from sessions_dashboard import navigation, sessions
from sessions_dashboard.accounts.users import MAX_EMAIL_LENGTH
from sessions_dashboard.devices.cleaning import clean_text
from sessions_dashboard.devices.countries import in_order_of_names
from sessions_dashboard.live.access import (
    Access,
    accessible_to,
    current_actor,
    current_tab,
)
from sessions_dashboard.live.tabs import Topic
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions import listing
from sessions_dashboard.sessions.counting import MAX_COUNT, Count
from sessions_dashboard.sessions.filters import (
    Sort,
    Status,
    View,
    parameters_of,
    read_view,
)
from sessions_dashboard.sessions.labels import distinct_values
from sessions_dashboard.sessions.listing import Key, ListedSession, ListPage, Place, Top
from sessions_dashboard.sessions.models import sessions as sessions_table
from sessions_dashboard.sessions.resume import PUBLIC_ID_FORM
from sessions_dashboard.states.news import MAX_NEWS, Offering
from sessions_dashboard.states.page import PageState
from sessions_dashboard.states.session_panel import SessionPanelState
from sessions_dashboard.states.session_rows import (
    Chip,
    SessionRow,
    chips,
    field_values,
    session_row,
)
from sessions_dashboard.words import admin as words
from sessions_dashboard.words import bulk as bulk_words

PAGE_SIZE = 25
MAX_SEARCH_LENGTH = 100
# More than anybody ticks one by one; beyond it there is "all that match".
MAX_TICKED = 1_000
# What an address says besides the view: the place in the list, and the session that is open.
PLACES = ("after", "before")
POSITION = (*PLACES, "session")
ARRANGEMENT = ("sort", "hide")
# More values of one kind than anybody chooses from.
MAX_CHOICES = 300
COLUMNS = ("device", "address", "place", "status", "started", "last_active", "ended")
HIDDEN_AT_FIRST = ("place", "ended")
# For sessions that are over, their end is of interest.
HIDDEN_OF_THOSE_OVER = ("place", "last_active")


class _Loaded(NamedTuple):
    page: ListPage
    total: Count


@accessible_to(Access.ADMIN, passive=("refresh",))
class AdminSessionsState(Offering, PageState):
    # Stays true while the address changes, so that the page stays in place.
    loaded: bool = False
    rows: list[SessionRow] = []
    own_id: str = ""
    search: str = ""
    # A new number makes the field show the address's search again.
    search_version: int = 0
    form_version: int = 0
    fields: dict[str, str] = field_values({})
    status: str = Status.LIVE.value
    chips: list[Chip] = []
    sort: str = Sort.STARTED.value
    descending: bool = True
    hidden: list[str] = list(HIDDEN_AT_FIRST)
    # The parameters without the place in the list, for the export.
    query: str = ""
    # The address of all live sessions, in this order and with these columns.
    unfiltered: str = navigation.ADMIN_SESSIONS
    browsers: list[str] = []
    systems: list[str] = []
    countries: list[list[str]] = []
    total_words: str = ""
    # Why nothing that matches can be ended; empty where something can.
    none_to_end: str = ""
    has_older: bool = False
    has_newer: bool = False
    ticked: list[str] = []
    revoking: SessionRow = SessionRow()
    _older: Place | None = None
    _newer: Place | None = None
    # Whatever comes above it is new; None where new sessions are not offered.
    _top: Top | None = None
    # The session in the side panel, and what the address says of the list beside it.
    _opened: str = ""
    _listed: dict[str, str] = {}

    @rx.var
    def revoke_question(self) -> str:
        return words.revoke_question(self.revoking.title)

    @rx.var
    def revoke_consequence(self) -> str:
        return words.revoke_consequence(self.revoking.title, self.revoking.email)

    @rx.var
    def can_tick(self) -> bool:
        return not all(row.is_over for row in self.rows)

    @rx.var
    def all_ticked(self) -> bool:
        return self.can_tick and all(row.is_over or row.id in self.ticked for row in self.rows)

    @rx.event
    async def load(self) -> None:
        """Show what the address says."""
        tab = current_tab()
        tab.topic, tab.refresh = Topic.ALL_SESSIONS, AdminSessionsState.refresh
        parameters = self._query_parameters()
        opened, self._opened = self._opened, parameters.get("session", "")
        listed, self._listed = self._listed, {**self._kept(), **self._position()}
        if self.loaded and opened != self._opened and listed == self._listed:
            # Only the side panel came or went: no row moves for that.
            await self._refresh()
            return
        await self._open(parameters)

    @rx.event
    async def refresh(self) -> None:
        """Show what became of the rows on the page, and how many new ones there are.

        Enqueued by the server. No row moves under the reader's hand.
        """
        self._show_expiry()
        if self.loaded:
            await self._refresh()
        else:
            await self._open(self._query_parameters())

    async def _open(self, parameters: dict[str, str]) -> None:
        self._show_actor()
        self.revoking = SessionRow()
        read = read_view(parameters)
        if read.unreadable:
            self.problem = words.unreadable(list(read.unreadable))
        before = self.query
        self._show_view(read.view)
        if before != self.query:
            self.ticked = []
        await self._load_choices()
        await self._reload()
        self.loaded = True

    async def _refresh(self) -> None:
        view, ids, now = self._view(), [row.id for row in self.rows], utc_now()
        policy, top = current().policy, self._top

        def read(db: Connection) -> tuple[dict[str, ListedSession], Count, int]:
            new = 0
            if top is not None:
                new = listing.count_newer(db, view, policy, now, top, MAX_NEWS)
            count = listing.count_of(db, view, policy, now)
            return listing.sessions_by_id(db, ids, policy), count, new

        found, total, new = await current().database.scan(read)
        if not ids:
            await self._reload()
            return
        self.rows = [self._renewed(row, found.get(row.id)) for row in self.rows]
        self._tick([row.id for row in self.rows if row.is_over], False)
        self._say_total(total)
        self._offer(new)

    @rx.event
    def look_for(self, text: str) -> Any:
        if not isinstance(text, str):
            return None
        self.search = clean_text(text, MAX_SEARCH_LENGTH)
        return self._go({**self._kept(), "search": self.search}, replace=True)

    @rx.event
    def apply(self, form: dict[str, Any]) -> Any:
        """Filter by the form's fields."""
        if not isinstance(form, dict):
            return None
        values = {
            name: clean_text(value, MAX_EMAIL_LENGTH)
            for name, value in form.items()
            if name in words.NAMES and isinstance(value, str)
        }
        if "network" in read_view(values).unreadable:
            # Nothing goes on with half of what was asked for; what was typed stays.
            self.problem = words.UNREADABLE_NETWORK
            return None
        return self._go({**self._kept(), **values})

    @rx.event
    def show_status(self, status: str) -> Any:
        if status not in list(Status):
            return None
        return self._go({**self._kept(), "status": str(status)})

    @rx.event
    def sort_by(self, sort: str) -> Any:
        """In this order, the newest first; again, the oldest first."""
        if sort not in list(Sort):
            return None
        descending = not (self.sort == sort and self.descending)
        return self._go({**self._kept(), "sort": ("-" if descending else "") + sort})

    @rx.event
    def remove(self, name: str) -> Any:
        kept = self._kept()
        if not isinstance(name, str) or name not in kept:
            return None
        del kept[name]
        return self._go(kept)

    @rx.event
    def clear(self) -> Any:
        # What was typed and not sent goes too, also where the address stays the same.
        self.form_version += 1
        return self._go({**self._arrangement(), "status": self.status})

    @rx.event
    def show_column(self, name: str, shown: bool) -> Any:
        if name not in COLUMNS or not isinstance(shown, bool):
            return None
        hidden = [one for one in COLUMNS if (not shown if one == name else one in self.hidden)]
        return self._go({**self._kept(), "hide": ",".join(hidden) or "-"}, replace=True)

    @rx.event
    async def open_session(self, session_id: str) -> Any:
        """Open the side panel, or close it with an empty id."""
        if not isinstance(session_id, str):
            return None
        opened = session_id if PUBLIC_ID_FORM.fullmatch(session_id) else ""
        if not opened:
            # At once, or going back before the address has loaded would find it still open.
            (await self.get_state(SessionPanelState)).open = False
        return self._go({**self._kept(), **self._position(), "session": opened})

    @rx.event
    def show_user(self, email: str) -> Any:
        """All sessions of this user, whatever was looked for before."""
        return self._go_afresh("user", email)

    @rx.event
    def show_network(self, address: str) -> Any:
        return self._go_afresh("network", address)

    def _go_afresh(self, name: str, value: str) -> Any:
        if not isinstance(value, str):
            return None
        return self._go({**self._arrangement(), "status": Status.ALL.value, name: value})

    @rx.event
    def older(self) -> Any:
        return self._turn(self._older)

    @rx.event
    def newer(self) -> Any:
        return self._turn(self._newer)

    @rx.event
    def tick(self, session_id: str, on: bool) -> None:
        if isinstance(session_id, str) and isinstance(on, bool):
            self._tick([session_id] if session_id in self._tickable() else [], on)

    @rx.event
    def tick_page(self, on: bool) -> None:
        self._tick(self._tickable(), on is True)

    @rx.event
    def untick_all(self) -> None:
        self.ticked = []

    def _tickable(self) -> list[str]:
        """Those on the page that can be ended."""
        return [row.id for row in self.rows if not row.is_over]

    def _tick(self, ids: list[str], on: bool) -> None:
        others = [one for one in self.ticked if one not in ids]
        self.ticked = [*others, *ids][:MAX_TICKED] if on else others

    @rx.event
    async def ask_revoke(self, session_id: str) -> None:
        panel = await self.get_state(SessionPanelState)
        found = (row for row in (*self.rows, panel.about) if row.id == session_id)
        self.revoking = next(found, SessionRow())

    @rx.event
    def close_dialog(self) -> None:
        self._close_dialog()

    @rx.event
    async def revoke(self) -> None:
        actor, row = current_actor(), self.revoking
        policy, now = current().policy, utc_now()
        self.notice = self.problem = ""
        try:
            await current().change(
                lambda db: sessions.end(db, actor, row.id, policy, now),
                lambda ended: [ended.user_id],
            )
        except sessions.PasswordNeeded:
            self.confirming = True
            return
        except sessions.NotFound:
            self.problem = words.GONE
        else:
            self.notice = words.revoked(row.title, row.email)
        self._close_dialog()
        await self._refresh()

    def _close_dialog(self) -> None:
        self.revoking = SessionRow()
        self.confirming = False

    def _view(self) -> View:
        return read_view(self._query_parameters()).view

    def _kept(self) -> dict[str, str]:
        """The parameters that stay when one of them changes: all but the place in the list."""
        hide = self._query_parameters().get("hide", "")
        return parameters_of(self._view()) | ({"hide": hide} if hide else {})

    def _position(self) -> dict[str, str]:
        """The parameters that say which page of the list it is."""
        parameters = self._query_parameters()
        return {name: parameters[name] for name in PLACES if parameters.get(name)}

    def _arrangement(self) -> dict[str, str]:
        """The parameters of how the list is shown, whichever sessions are in it."""
        kept = self._kept()
        return {name: kept[name] for name in ARRANGEMENT if name in kept}

    def _go(self, parameters: dict[str, str], *, replace: bool = False) -> Any:
        """Lead the page to another address, which loads it. What says nothing is left out."""
        read = read_view(parameters)
        # As it was typed where it could not be read, so that the page can say so.
        wanted = parameters_of(read.view) | {
            name: clean_text(parameters[name], MAX_SEARCH_LENGTH) for name in read.unreadable
        }
        if parameters.get("hide"):
            wanted["hide"] = parameters["hide"]
        wanted |= {name: parameters[name] for name in POSITION if parameters.get(name)}
        return rx.redirect(_address(wanted), replace=replace)

    def _turn(self, place: Place | None) -> Any:
        if place is None:
            return None
        return self._go({**self._kept(), "before" if place.backwards else "after": str(place.key)})

    def _place(self) -> Place | None:
        parameters = self._query_parameters()
        for name in PLACES:
            key = Key.read(parameters.get(name, ""))
            if key is not None:
                return Place(key, backwards=name == "before")
        return None

    def _show_view(self, view: View) -> None:
        shown = parameters_of(view)
        if self.search != view.filter.search or not self.loaded:
            self.search = view.filter.search
            self.search_version += 1
        fields = field_values(shown)
        if fields != self.fields:
            self.fields = fields
            self.form_version += 1
        self.status, self.chips = view.filter.status.value, chips(view)
        self.sort, self.descending = view.sort.value, view.descending
        self.query, self.unfiltered = urlencode(shown), _address(self._arrangement())
        hide = self._query_parameters().get("hide")
        over = view.filter.status in (Status.ENDED, Status.EXPIRED)
        at_first = HIDDEN_OF_THOSE_OVER if over else HIDDEN_AT_FIRST
        chosen = hide.split(",") if hide is not None else at_first
        self.hidden = [name for name in COLUMNS if name in chosen]

    async def _load_choices(self) -> None:
        columns = sessions_table.c.browser, sessions_table.c.os, sessions_table.c.country_code
        browsers, systems, countries = await current().database.scan(
            lambda db: [distinct_values(db, column, MAX_CHOICES) for column in columns]
        )
        self.browsers, self.systems = browsers, systems
        self.countries = in_order_of_names(countries)

    async def _reload(self) -> None:
        self.own_id = current_actor().public_id
        view = self._view()
        policy, now, place = current().policy, utc_now(), self._place()
        loaded = await current().database.scan(
            lambda db: _Loaded(
                listing.page_of(db, view, policy, now, place, PAGE_SIZE),
                listing.count_of(db, view, policy, now),
            )
        )
        page = loaded.page
        self.rows = [session_row(session, now) for session in page.rows]
        self._older, self._newer = page.older, page.newer
        self._top = listing.top_of(page, view, now)
        self.has_older, self.has_newer = page.older is not None, page.newer is not None
        self._offer(0)
        self._say_total(loaded.total)

    def _say_total(self, total: Count) -> None:
        self.total_words = words.total(total.number, is_exact=total.is_exact, least=MAX_COUNT)
        if total.number == 0:
            self.none_to_end = bulk_words.NONE_MATCHES
        else:
            self.none_to_end = bulk_words.ALL_ENDED if self.status == Status.ENDED else ""

    def _renewed(self, row: SessionRow, session: ListedSession | None) -> SessionRow:
        if session is None:
            # The clean-up has deleted it.
            return replace(row, is_live=False, is_over=True, changed=True)
        new = session_row(session, utc_now())
        return replace(
            new, changed=row.changed or (new.status, new.title) != (row.status, row.title)
        )


def _address(parameters: dict[str, str]) -> str:
    return navigation.ADMIN_SESSIONS + (f"?{urlencode(parameters)}" if parameters else "")
