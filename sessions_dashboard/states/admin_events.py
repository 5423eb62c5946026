"""The administrators' page with the history of everyone; its address says what it shows."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import reflex as rx
from reflex.event import EventSpec

from sessions_dashboard import navigation
from sessions_dashboard.live.access import Access, accessible_to, current_tab
from sessions_dashboard.live.tabs import Topic
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions.events import (
    PARAMETERS,
    EventFilter,
    EventKey,
    ListedEvent,
    page_of_events,
)
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.states.page import PageState
from sessions_dashboard.states.session_rows import Chip
from sessions_dashboard.words import admin_events as words
from sessions_dashboard.words.admin import news
from sessions_dashboard.words.reading import minute_in_utc

# New ones are counted so far.
MAX_NEWS = 99


@dataclass(frozen=True)
class EventRow:
    at: str = ""
    email: str = ""
    address: str = ""
    text: str = ""
    ip_address: str = ""
    done_by: str = ""
    alarming: bool = False


@accessible_to(Access.ADMIN, passive=("refresh",))
class AdminEventsState(PageState):
    # Whether the table was read: a page that could not does not say that there is nothing.
    loaded: bool = False
    rows: list[EventRow] = []
    # The fields of the form, and the address that they were read from.
    fields: dict[str, str] = {}
    shown: str = ""
    chips: list[Chip] = []
    has_older: bool = False
    has_newer: bool = False
    # How much has happened since, in words; the page does not move under the reader's hand.
    news: str = ""
    _first: EventKey | None = None
    _last: EventKey | None = None
    # What comes after it is news.
    _known: EventKey | None = None

    @rx.event
    async def load(self) -> None:
        tab = current_tab()
        tab.topic, tab.refresh = Topic.ALL_SESSIONS, AdminEventsState.refresh
        self._show_actor()
        await self._reload()

    @rx.event
    async def refresh(self) -> None:
        """Say how much is new; enqueued by the server."""
        self._show_expiry()
        if not self.loaded:
            await self._reload()
            return
        if self.has_newer:
            return
        wanted, known = self._wanted(), self._known
        page = await current().database.scan(
            lambda db: page_of_events(db, wanted, newer_than=known, size=MAX_NEWS + 1)
        )
        self.news = news(len(page.rows), MAX_NEWS) if page.rows else ""

    @rx.event
    async def show_news(self) -> None:
        await self._reload()

    @rx.event
    def search(self, form: dict[str, Any]) -> EventSpec | None:
        if not isinstance(form, dict):
            return None
        given = {name: form[name] for name in PARAMETERS if isinstance(form.get(name), str)}
        read = EventFilter.read(given)
        if given.get("network", "").strip() and not read.network:
            self.problem = words.UNREADABLE_NETWORK
            return None
        return _lead_to(read.parameters())

    @rx.event
    def remove(self, name: str) -> EventSpec | None:
        kept = self._wanted().parameters()
        if not isinstance(name, str) or name not in kept:
            return None
        del kept[name]
        return _lead_to(kept)

    @rx.event
    def clear(self) -> EventSpec:
        return _lead_to({})

    @rx.event
    def older(self) -> EventSpec | None:
        if self._last is None or not self.has_older:
            return None
        return _lead_to({**self._wanted().parameters(), "older": str(self._last)})

    @rx.event
    def newer(self) -> EventSpec | None:
        if self._first is None or not self.has_newer:
            return None
        return _lead_to({**self._wanted().parameters(), "newer": str(self._first)})

    def _parameters(self) -> dict[str, str]:
        return {str(name): str(value) for name, value in self.router.url.query_parameters.items()}

    def _wanted(self) -> EventFilter:
        return EventFilter.read(self._parameters())

    async def _reload(self) -> None:
        parameters, wanted, now = self._parameters(), self._wanted(), utc_now()
        older = EventKey.read(parameters.get("older", ""))
        newer = EventKey.read(parameters.get("newer", ""))
        page = await current().database.scan(
            lambda db: page_of_events(db, wanted, older_than=older, newer_than=newer)
        )
        if newer is not None and not page.has_newer:
            # The first page, of which there may be less than a whole one: from the top, then.
            page = await current().database.scan(lambda db: page_of_events(db, wanted))
        self.rows = [_row(one) for one in page.rows]
        self._first = page.rows[0].key if page.rows else None
        self._last = page.rows[-1].key if page.rows else None
        self._known = self._first or EventKey(now, 0)
        self.has_older, self.has_newer = page.has_older, page.has_newer
        self.news = ""
        written = wanted.parameters()
        self.fields = {name: written.get(name, "") for name in PARAMETERS}
        self.shown, self.chips = urlencode(written), _chips(wanted)
        self.loaded = True


def _lead_to(parameters: dict[str, str]) -> EventSpec:
    address = navigation.ADMIN_EVENTS
    return rx.redirect(f"{address}?{urlencode(parameters)}" if parameters else address)


def _chips(wanted: EventFilter) -> list[Chip]:
    said = {
        "kind": words.kind(wanted.kind) if wanted.kind else "",
        "reason": words.reason(wanted.reason) if wanted.reason else "",
        "from": minute_in_utc(wanted.since) if wanted.since else "",
        "to": minute_in_utc(wanted.until) if wanted.until else "",
    }
    return [
        Chip(name, f"{words.NAMES[name]}: {said.get(name, value)}")
        for name, value in wanted.parameters().items()
    ]


def _row(one: ListedEvent) -> EventRow:
    event = one.event
    return EventRow(
        at=event.at.isoformat(),
        email=one.email,
        address=navigation.account_address(one.user_public_id) if one.user_public_id else "",
        text=words.sentence(event),
        ip_address=event.ip_address or "",
        done_by=one.done_by,
        alarming=event.kind is EventKind.SIGN_IN_FAILED,
    )
