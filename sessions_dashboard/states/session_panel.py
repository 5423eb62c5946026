"""The side panel: everything that is known of one session."""

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

import reflex as rx
from sqlalchemy import Connection

from sessions_dashboard import navigation
from sessions_dashboard.devices import hints
from sessions_dashboard.live.access import Access, accessible_to
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions.events import doers_of, reasons_given
from sessions_dashboard.sessions.filters import SessionFilter, Status, View, parameters_of
from sessions_dashboard.sessions.history import HistoryPage, events_of
from sessions_dashboard.sessions.listing import (
    ListedSession,
    ListPage,
    SessionDetails,
    details_of_session,
    page_of,
    sessions_by_id,
)
from sessions_dashboard.sessions.resume import PUBLIC_ID_FORM
from sessions_dashboard.states.activity import done_from
from sessions_dashboard.states.page import PageState
from sessions_dashboard.states.session_rows import SessionRow, session_row
from sessions_dashboard.words import admin as words
from sessions_dashboard.words import admin_events as event_words

EVENTS_SHOWN = 50
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
    done_from: str = ""
    done_by: str = ""
    given_reason: str = ""


class _Found(NamedTuple):
    session: ListedSession
    details: SessionDetails
    history: HistoryPage
    # What was typed for its end, and who did what others did, by the number of the line.
    reasons: dict[int, str]
    doers: dict[int, str]
    others: ListPage


@accessible_to(Access.ADMIN, passive=("refresh",))
class SessionPanelState(PageState):
    open: bool = False
    # The session that it is about; empty when that is no longer there.
    about: SessionRow = SessionRow()
    facts: list[Fact] = []
    events: list[PanelEvent] = []
    others: list[SessionRow] = []
    # The words under a list that goes on, empty where it doesn't; and the addresses of all of it.
    events_cut: str = ""
    others_cut: str = ""
    all_events: str = ""
    all_sessions: str = ""

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
        session, others = found.session, found.others
        self.about = session_row(session, now)
        self.facts = _facts(session, found.details, self.about)
        self.events = [
            PanelEvent(
                text=event_words.sentence(event),
                at=event.at.isoformat(),
                ip_address=event.ip_address or "",
                done_from=done_from(event),
                done_by=found.doers.get(event.id, ""),
                given_reason=found.reasons.get(event.id, ""),
            )
            for event in found.history.events
        ]
        self.others = [
            session_row(other, now) for other in others.rows if other.public_id != public_id
        ][:OTHERS_SHOWN]
        has_older = found.history.next_key is not None
        self.events_cut = words.newest_shown(EVENTS_SHOWN) if has_older else ""
        self.others_cut = words.newest_shown(OTHERS_SHOWN) if others.older is not None else ""
        self.all_events = f"{navigation.ADMIN_EVENTS}?{urlencode({'user': session.email})}"
        of_user = urlencode(parameters_of(_all_of(session)))
        self.all_sessions = f"{navigation.ADMIN_SESSIONS}?{of_user}"


def _read(db: Connection, public_id: str) -> _Found | None:
    policy, now = current().policy, utc_now()
    session = sessions_by_id(db, [public_id], policy).get(public_id)
    details = details_of_session(db, public_id)
    if session is None or details is None:
        return None
    others = page_of(db, _all_of(session), policy, now, None, OTHERS_SHOWN + 1)
    history = events_of(db, session.user_id, size=EVENTS_SHOWN, of_session=public_id)
    reasons, doers = reasons_given(db, history.events), doers_of(db, history.events)
    return _Found(session, details, history, reasons, doers, others)


def _all_of(session: ListedSession) -> View:
    """All sessions of the same user."""
    return View(SessionFilter(user=session.email, status=Status.ALL))


def _facts(session: ListedSession, details: SessionDetails, row: SessionRow) -> list[Fact]:
    browser = " ".join(part for part in (session.browser, session.browser_version) if part)
    facts = [
        Fact(words.STATUS, row.status_words),
        Fact(words.WHY, row.reason),
        Fact(words.CHALLENGE, words.CHALLENGES.get(details.challenge or "", "")),
        Fact(words.STARTED, at=row.started),
        Fact(words.LAST_ACTIVE, at=row.last_active),
        Fact(words.ENDED, at=row.ended if row.status == Status.ENDED else ""),
        Fact(words.RAN_OUT, at=row.ended if row.status == Status.EXPIRED else ""),
        Fact(words.EXPIRES, at=session.expires_at.isoformat() if row.is_live else ""),
        Fact(words.CONFIRMED, at=session.authenticated_at.isoformat()),
        Fact(words.RENEWED, at=details.rotated_at.isoformat() if details.rotated_at else ""),
        Fact(words.REMEMBERED, words.YES if session.remembered else words.NO),
        Fact(words.NEW_DEVICE, words.YES if session.new_device else ""),
        Fact(words.MOVED, words.YES if session.moved else ""),
        Fact(words.ADDRESS, session.ip_address),
        Fact(words.PLACE, row.place),
        Fact(words.NETWORK_NAME, session.network or ""),
        Fact(words.SEEN_ADDRESS, _since(session.ip_address, details.seen_ip_address)),
        Fact(words.BROWSER, browser),
        Fact(words.SYSTEM, session.os or ""),
        Fact(words.AGENT, session.user_agent),
        Fact(words.SEEN_AGENT, _since(session.user_agent, details.seen_user_agent)),
        Fact(words.HINTS, words.client_hints(hints.read(details.client_hints))),
        Fact(words.ID, session.public_id),
    ]
    return [fact for fact in facts if fact.text or fact.at]


def _since(first: str, now: str | None) -> str:
    """What something is now, where it was something else at sign-in."""
    return now if now is not None and now != first else ""
