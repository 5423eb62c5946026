"""The page Activity: a person's own security history, and what is signed out, each by key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import reflex as rx

from sessions_dashboard.devices.marks import browser_mark, system_mark
from sessions_dashboard.live.access import Access, accessible_to, current_actor, current_tab
from sessions_dashboard.live.tabs import Topic
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions import PUBLIC_ID_FORM
from sessions_dashboard.sessions.ending import end_expired_of
from sessions_dashboard.sessions.history import EventKind, HistoryEvent, events_of
from sessions_dashboard.sessions.page_keys import PageKey
from sessions_dashboard.sessions.policy import Reaction
from sessions_dashboard.sessions.queries import (
    EndedDevice,
    any_ran_out,
    ended_devices_of,
    title_of,
)
from sessions_dashboard.states.page import PageState
from sessions_dashboard.states.paging import Paged
from sessions_dashboard.words import activity as words

ENDED_SHOWN_FOR = timedelta(days=30)
ALARMING = (EventKind.SIGN_IN_FAILED, EventKind.NEW_DEVICE, EventKind.DEVICE_DENIED)


@dataclass(frozen=True)
class ActivityRow:
    kind: str = ""
    text: str = ""
    at: str = ""
    # When the line above it happened, as a new day gets a heading.
    above: str = ""
    ip_address: str = ""
    done_from: str = ""
    alarming: bool = False
    # Which administrator did it, and what they typed who ended many sessions; none of its owner's
    # business.
    done_by: str = ""
    given_reason: str = ""


@dataclass(frozen=True)
class EndedRow:
    id: str = ""
    title: str = ""
    kind: str = ""
    browser_mark: str = ""
    os_mark: str = ""
    text: str = ""
    at: str = ""
    done_from: str = ""


@accessible_to(Access.SIGNED_IN, passive=("refresh",))
class ActivityState(Paged, PageState):
    # Whether the table was read: a page that could not does not say that there is nothing.
    loaded: bool = False
    rows: list[ActivityRow] = []
    ended: list[EndedRow] = []
    has_older_ended: bool = False
    has_newer_ended: bool = False
    # The device that the history is narrowed to.
    only: str = ""
    _only_id: str = ""
    _ended_keys: list[PageKey] = []
    _next_ended_key: PageKey | None = None

    @rx.event
    async def load(self) -> None:
        tab = current_tab()
        tab.topic, tab.refresh = Topic.OWN_SESSIONS, ActivityState.refresh
        self._show_actor()
        self._to_first_page()
        self._ended_keys = []
        await self._narrow(self.router.url.query_parameters.get("session", ""))
        await self._note_what_ran_out()
        await self._reload()

    @rx.event
    async def refresh(self) -> None:
        """Show what changed elsewhere; enqueued by the server."""
        self._show_expiry()
        await self._reload()

    @rx.event
    async def older_ended(self) -> None:
        if self._next_ended_key is not None:
            self._ended_keys = [*self._ended_keys, self._next_ended_key]
            await self._reload()

    @rx.event
    async def newer_ended(self) -> None:
        self._ended_keys = self._ended_keys[:-1]
        await self._reload()

    async def _narrow(self, public_id: str) -> None:
        """To one device, if it is one of the actor's."""
        user_id = current_actor().user_id
        self.only = self._only_id = ""
        if PUBLIC_ID_FORM.fullmatch(public_id):
            title = await current().database.read(lambda db: title_of(db, user_id, public_id))
            if title is not None:
                self.only, self._only_id = title, public_id

    async def _note_what_ran_out(self) -> None:
        """The history tells of every end, even of a session that nobody has looked at since."""
        user_id, policy, now = current_actor().user_id, current().policy, utc_now()
        if await current().database.read(lambda db: any_ran_out(db, user_id, policy, now)):
            await current().change(
                lambda db: end_expired_of(db, user_id, policy, now), lambda _ended: [user_id]
            )

    async def _reload(self) -> None:
        await self._reload_history()
        await self._reload_ended()
        self.loaded = True

    async def _reload_history(self) -> None:
        user_id, before = current_actor().user_id, self._page_begins_behind()
        only = self._only_id or None
        page = await current().database.read(
            lambda db: events_of(db, user_id, before, of_session=only)
        )
        self.rows = activity_rows(page.events)
        self._page_ends_with(page.next_key)

    async def _reload_ended(self) -> None:
        user_id, since = current_actor().user_id, utc_now() - ENDED_SHOWN_FOR
        before = self._ended_keys[-1] if self._ended_keys else None
        listed, self._next_ended_key = await current().database.read(
            lambda db: ended_devices_of(db, user_id, since, before)
        )
        self.ended = [_ended_row(device) for device in listed]
        self.has_older_ended = self._next_ended_key is not None
        self.has_newer_ended = bool(self._ended_keys)


def activity_rows(events: Sequence[HistoryEvent]) -> list[ActivityRow]:
    above = ["", *(event.at.isoformat() for event in events)]
    return [_row(event, at) for event, at in zip(events, above, strict=False)]


def _row(event: HistoryEvent, above: str) -> ActivityRow:
    reaction = event.details.get("reaction", Reaction.OFF)
    return ActivityRow(
        kind=event.kind.value,
        text=words.sentence(event),
        at=event.at.isoformat(),
        above=above,
        ip_address=event.ip_address or "",
        done_from=done_from(event),
        alarming=event.kind in ALARMING or reaction != Reaction.OFF,
    )


def done_from(event: HistoryEvent) -> str:
    """By which of the account's devices or keys; empty where it was none of them."""
    if "api_key" in event.details:
        return words.done_with_key(event.details["api_key"])
    return words.done_from(event.actor_device) if event.actor_device else ""


def _ended_row(device: EndedDevice) -> EndedRow:
    return EndedRow(
        id=device.public_id,
        title=device.title,
        kind=device.device_type,
        browser_mark=browser_mark(device.browser),
        os_mark=system_mark(device.os),
        text=words.ENDED[device.reason].format(device=device.title),
        at=device.ended_at.isoformat(),
        done_from=words.done_from(device.ended_from) if device.ended_from else "",
    )
