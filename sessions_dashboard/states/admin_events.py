"""The administrators' page with the history of everyone; its address says what it shows."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

import reflex as rx
from reflex.event import EventSpec
from sqlalchemy import Connection

from sessions_dashboard import navigation
from sessions_dashboard.accounts.users import MAX_EMAIL_LENGTH
from sessions_dashboard.devices.cleaning import clean_text
from sessions_dashboard.devices.countries import in_order_of_names
from sessions_dashboard.live.access import Access, accessible_to, current_tab
from sessions_dashboard.live.tabs import Topic
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions.counting import MAX_COUNT, Count
from sessions_dashboard.sessions.event_filters import (
    MOMENTS,
    NEWEST_FIRST,
    OLDEST_FIRST,
    PARAMETERS,
    EventFilter,
    EventView,
    unreadable_in,
)
from sessions_dashboard.sessions.events import (
    EventKey,
    EventPage,
    ListedEvent,
    count_events,
    page_of_events,
)
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.labels import distinct_values
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.states.news import MAX_NEWS, Offering
from sessions_dashboard.states.page import PageState
from sessions_dashboard.states.session_rows import Chip, chips_of
from sessions_dashboard.words import admin_events as words
from sessions_dashboard.words.admin import UNREADABLE_NETWORK

# More values of one kind than anybody chooses from.
MAX_CHOICES = 300
COLUMNS = ("user", "address", "by")


@dataclass(frozen=True)
class EventRow:
    at: str = ""
    email: str = ""
    address: str = ""
    text: str = ""
    # What else is known of it, and what somebody typed.
    more: str = ""
    given_reason: str = ""
    ip_address: str = ""
    done_by: str = ""
    alarming: bool = False


class _Loaded(NamedTuple):
    page: EventPage
    total: Count
    browsers: list[str]
    systems: list[str]
    countries: list[str]


@accessible_to(Access.ADMIN, passive=("refresh",))
class AdminEventsState(Offering, PageState):
    # Whether the table was read: a page that could not does not say that there is nothing.
    loaded: bool = False
    rows: list[EventRow] = []
    # The fields of the form, and the address that they were read from.
    fields: dict[str, str] = {}
    shown: str = ""
    # A new number fills the fields anew.
    form_version: int = 0
    chips: list[Chip] = []
    browsers: list[str] = []
    systems: list[str] = []
    # Codes with names.
    countries: list[list[str]] = []
    total_words: str = ""
    oldest_first: bool = False
    hidden: list[str] = []
    # The address of everything, in this order and with these columns.
    unfiltered: str = navigation.ADMIN_EVENTS
    has_older: bool = False
    has_newer: bool = False
    _newest: EventKey | None = None
    _oldest: EventKey | None = None
    # What comes after it is news.
    _known: EventKey | None = None

    @rx.event
    async def load(self) -> None:
        tab = current_tab()
        tab.topic, tab.refresh = Topic.ALL_SESSIONS, AdminEventsState.refresh
        self._show_actor()
        await self._open()

    @rx.event
    async def refresh(self) -> None:
        """Say how much is new; enqueued by the server."""
        self._show_expiry()
        if not self.loaded:
            await self._open()
            return
        wanted, known = self._view().filter, self._known
        # Where the oldest come first, what is new comes last, and moves nothing.
        offered = not (self.has_newer or self.oldest_first)

        def read(db: Connection) -> tuple[Count, int]:
            total = count_events(db, wanted)
            if not offered:
                return total, 0
            new = page_of_events(db, wanted, newer_than=known, size=MAX_NEWS + 1)
            return total, len(new.rows)

        total, new = await current().database.scan(read)
        self._say_total(total)
        if offered:
            self._offer(new)

    @rx.event
    def search(self, form: dict[str, Any]) -> EventSpec | None:
        if not isinstance(form, dict):
            return None
        given = {name: form[name] for name in PARAMETERS if isinstance(form.get(name), str)}
        unreadable = unreadable_in(given)
        if "network" in unreadable:
            self.problem = UNREADABLE_NETWORK
            return None
        # As it was typed where it could not be read, so that the page can say so.
        typed = {name: clean_text(given[name], MAX_EMAIL_LENGTH) for name in unreadable}
        return self._go(EventFilter.read(given).parameters() | typed)

    @rx.event
    def remove(self, name: str) -> EventSpec | None:
        kept = self._view().filter.parameters()
        if not isinstance(name, str) or name not in kept:
            return None
        del kept[name]
        return self._go(kept)

    @rx.event
    def clear(self) -> EventSpec:
        # What was typed and not sent goes too, also where the address stays the same.
        self.form_version += 1
        return self._go({})

    @rx.event
    def turn_round(self) -> EventSpec:
        """The oldest first, or again the newest."""
        sort = NEWEST_FIRST if self.oldest_first else OLDEST_FIRST
        return self._go(self._view().filter.parameters() | {"sort": sort})

    @rx.event
    def show_column(self, name: str, shown: bool) -> EventSpec | None:
        if name not in COLUMNS or not isinstance(shown, bool):
            return None
        hidden = [one for one in COLUMNS if (not shown if one == name else one in self.hidden)]
        return self._go(self._view().filter.parameters() | {"hide": ",".join(hidden)})

    @rx.event
    def older(self) -> EventSpec | None:
        if self._oldest is None or not self.has_older:
            return None
        return self._go({**self._view().filter.parameters(), "older": str(self._oldest)})

    @rx.event
    def newer(self) -> EventSpec | None:
        if self._newest is None or not self.has_newer:
            return None
        return self._go({**self._view().filter.parameters(), "newer": str(self._newest)})

    def _view(self) -> EventView:
        return EventView.read(self._query_parameters())

    def _go(self, parameters: dict[str, str]) -> EventSpec:
        """To another address, with this order and these columns unless it says others."""
        wanted = {**self._arrangement(), **parameters}
        if wanted.get("sort") == NEWEST_FIRST:
            del wanted["sort"]
        return rx.redirect(_address(wanted))

    def _arrangement(self) -> dict[str, str]:
        """What says how the list is shown, whichever lines are in it."""
        order = {"sort": OLDEST_FIRST} if self._view().oldest_first else {}
        hidden = ",".join(self._hidden())
        return order | ({"hide": hidden} if hidden else {})

    def _hidden(self) -> list[str]:
        chosen = self._query_parameters().get("hide", "").split(",")
        return [name for name in COLUMNS if name in chosen]

    async def _open(self) -> None:
        unreadable = unreadable_in(self._query_parameters())
        if unreadable:
            self.problem = words.unreadable(unreadable)
        await self._reload()

    async def _reload(self) -> None:
        parameters, view, now = self._query_parameters(), self._view(), utc_now()
        older = EventKey.read(parameters.get("older", ""))
        newer = EventKey.read(parameters.get("newer", ""))
        found = await current().database.scan(lambda db: _read(db, view, older, newer))
        page = found.page
        self.rows = [_row(one) for one in page.rows]
        keys = [one.key for one in page.rows]
        self._newest, self._oldest = max(keys, default=None), min(keys, default=None)
        self._known = self._newest or EventKey(now, 0)
        self.has_older, self.has_newer = page.has_older, page.has_newer
        self._offer(0)
        self._say_total(found.total)
        self.browsers, self.systems = found.browsers, found.systems
        self.countries = in_order_of_names(found.countries)
        written = view.filter.parameters()
        self.fields = {name: written.get(name, "") for name in PARAMETERS}
        self.shown, self.chips = urlencode(view.parameters()), _chips(view.filter)
        self.oldest_first, self.hidden = view.oldest_first, self._hidden()
        self.unfiltered = _address(self._arrangement())
        self.loaded = True

    def _say_total(self, total: Count) -> None:
        self.total_words = words.total(total.number, is_exact=total.is_exact, least=MAX_COUNT)


def _read(
    db: Connection, view: EventView, older: EventKey | None, newer: EventKey | None
) -> _Loaded:
    wanted, upwards = view.filter, view.oldest_first
    page = page_of_events(db, wanted, older_than=older, newer_than=newer, oldest_first=upwards)
    came_to_the_top = not page.has_older if upwards else not page.has_newer
    if came_to_the_top and (older if upwards else newer) is not None:
        # The first page, of which there may be less than a whole one: from the top, then.
        page = page_of_events(db, wanted, oldest_first=upwards)
    columns = sessions.c.browser, sessions.c.os, sessions.c.country_code
    choices = (distinct_values(db, column, MAX_CHOICES) for column in columns)
    return _Loaded(page, count_events(db, wanted), *choices)


def _address(parameters: dict[str, str]) -> str:
    said = {name: value for name, value in parameters.items() if value}
    return navigation.ADMIN_EVENTS + (f"?{urlencode(said)}" if said else "")


def _chips(wanted: EventFilter) -> list[Chip]:
    return chips_of(words.filter_words(wanted), words.NAMES, wanted.parameters(), MOMENTS)


def _row(one: ListedEvent) -> EventRow:
    event = one.event
    return EventRow(
        at=event.at.isoformat(),
        email=one.email,
        address=navigation.account_address(one.user_public_id) if one.user_public_id else "",
        text=words.sentence(event),
        more=words.more(event),
        given_reason=one.given_reason,
        ip_address=event.ip_address or "",
        done_by=one.done_by,
        alarming=event.kind is EventKind.SIGN_IN_FAILED,
    )
