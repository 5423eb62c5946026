"""The side panel: everything that is known of one session."""

from collections.abc import Sequence
from dataclasses import dataclass

import reflex as rx
from sqlalchemy import Connection

from sessions_dashboard.live.access import Access, accessible_to
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions.filters import SessionFilter, Status, View
from sessions_dashboard.sessions.history import HistoryEvent, events_of
from sessions_dashboard.sessions.listing import ListedSession, ListPage, page_of, sessions_by_id
from sessions_dashboard.sessions.resume import PUBLIC_ID_FORM
from sessions_dashboard.states.page import PageState
from sessions_dashboard.states.session_rows import SessionRow, session_row
from sessions_dashboard.words import admin as words
from sessions_dashboard.words import admin_events as event_words

OTHERS_SHOWN = 10


@dataclass(frozen=True)
class Fact:
    name: str = ""
    text: str = ""
    # A time instead of a text.
    at: str = ""


@dataclass(frozen=True)
class PanelEvent:
    text: str = ""
    at: str = ""
    ip_address: str = ""


@accessible_to(Access.ADMIN, passive=("refresh",))
class SessionPanelState(PageState):
    open: bool = False
    # What it is about; empty when it is not there any more.
    about: SessionRow = SessionRow()
    facts: list[Fact] = []
    events: list[PanelEvent] = []
    others: list[SessionRow] = []
    has_more: bool = False

    @rx.event
    async def load(self) -> None:
        """Show the session that the address names."""
        public_id = str(self.router.url.query_parameters.get("session", ""))
        self.open = PUBLIC_ID_FORM.fullmatch(public_id) is not None
        self.about, self.facts, self.events, self.others = SessionRow(), [], [], []
        if self.open:
            await self._read(public_id)

    @rx.event
    async def refresh(self) -> None:
        """Show what became of it; enqueued by the server."""
        if self.open and self.about.id:
            await self._read(self.about.id)

    async def _read(self, public_id: str) -> None:
        found = await current().database.scan(lambda db: _read(db, public_id))
        if found is None:
            self.about, self.facts, self.events, self.others = SessionRow(), [], [], []
            return
        now = utc_now()
        session, events, others = found
        self.about = session_row(session, now)
        self.facts = _facts(session, self.about)
        self.events = [
            PanelEvent(event_words.sentence(event), event.at.isoformat(), event.ip_address or "")
            for event in events
        ]
        self.others = [
            session_row(other, now) for other in others.rows if other.public_id != public_id
        ][:OTHERS_SHOWN]
        self.has_more = others.older is not None


def _read(
    db: Connection, public_id: str
) -> tuple[ListedSession, Sequence[HistoryEvent], ListPage] | None:
    policy, now = current().policy, utc_now()
    session = sessions_by_id(db, [public_id], policy).get(public_id)
    if session is None:
        return None
    of_user = View(SessionFilter(user=session.email, status=Status.ALL))
    others = page_of(db, of_user, policy, now, None, OTHERS_SHOWN + 1)
    return session, events_of(db, session.user_id, of_session=public_id).events, others


def _facts(session: ListedSession, row: SessionRow) -> list[Fact]:
    browser = " ".join(part for part in (session.browser, session.browser_version) if part)
    facts = [
        Fact(words.STATUS, row.status_words),
        Fact(words.WHY, row.reason),
        Fact(words.STARTED, at=row.started),
        Fact(words.LAST_ACTIVE, at=row.last_active),
        Fact(words.ENDED, at=row.ended if row.status == Status.ENDED else ""),
        Fact(words.RAN_OUT, at=row.ended if row.status == Status.EXPIRED else ""),
        Fact(words.EXPIRES, at=session.expires_at.isoformat() if row.is_live else ""),
        Fact(words.CONFIRMED, at=session.authenticated_at.isoformat()),
        Fact(words.REMEMBERED, words.YES if session.remembered else words.NO),
        Fact(words.NEW_DEVICE, words.YES if session.new_device else ""),
        Fact(words.MOVED, words.YES if session.moved else ""),
        Fact(words.ADDRESS, session.ip_address),
        Fact(words.PLACE, row.place),
        Fact(words.NETWORK_NAME, session.network or ""),
        Fact(words.BROWSER, browser),
        Fact(words.SYSTEM, session.os or ""),
        Fact(words.AGENT, session.user_agent),
        Fact(words.ID, session.public_id),
    ]
    return [fact for fact in facts if fact.text or fact.at]
