"""The page Activity: a person's own security history, by key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import reflex as rx

from sessions_dashboard.live.access import Access, accessible_to, current_actor, current_tab
from sessions_dashboard.live.tabs import Topic
from sessions_dashboard.runtime import current
from sessions_dashboard.sessions.history import EventKind, HistoryEvent, events_of
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words import activity as words


@dataclass(frozen=True)
class ActivityRow:
    kind: str = ""
    text: str = ""
    at: str = ""
    # When the line above it happened: a new day gets a heading.
    above: str = ""
    ip_address: str = ""
    done_from: str = ""
    alarming: bool = False


@accessible_to(Access.SIGNED_IN, passive=("refresh",))
class ActivityState(PageState):
    rows: list[ActivityRow] = []
    has_older: bool = False
    has_newer: bool = False
    _keys: list[tuple[datetime, int]] = []
    _next_key: tuple[datetime, int] | None = None

    @rx.event
    async def load(self) -> None:
        tab = current_tab()
        tab.topic, tab.refresh = Topic.OWN_SESSIONS, ActivityState.refresh
        self._show_actor()
        self._keys = []
        await self._reload()

    @rx.event
    async def refresh(self) -> None:
        """Show what changed elsewhere; enqueued by the server."""
        self._show_expiry()
        await self._reload()

    @rx.event
    async def older(self) -> None:
        if self._next_key is not None:
            self._keys = [*self._keys, self._next_key]
            await self._reload()

    @rx.event
    async def newer(self) -> None:
        self._keys = self._keys[:-1]
        await self._reload()

    async def _reload(self) -> None:
        actor, before = current_actor(), self._keys[-1] if self._keys else None
        page = await current().database.read(lambda db: events_of(db, actor.user_id, before))
        self.rows = activity_rows(page.events)
        self._next_key = page.next_key
        self.has_older = page.next_key is not None
        self.has_newer = bool(self._keys)


def activity_rows(events: Sequence[HistoryEvent]) -> list[ActivityRow]:
    above = ["", *(event.at.isoformat() for event in events)]
    return [_row(event, at) for event, at in zip(events, above, strict=False)]


def _row(event: HistoryEvent, above: str) -> ActivityRow:
    return ActivityRow(
        kind=event.kind.value,
        text=words.sentence(event),
        at=event.at.isoformat(),
        above=above,
        ip_address=event.ip_address or "",
        done_from=words.done_from(event.actor_device) if event.actor_device else "",
        alarming=event.kind is EventKind.SIGN_IN_FAILED,
    )
