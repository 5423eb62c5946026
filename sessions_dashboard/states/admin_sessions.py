"""The administrator's list of all active sessions."""

import reflex as rx
from sqlalchemy import Connection

from sessions_dashboard import sessions
from sessions_dashboard.devices.cleaning import clean_text
from sessions_dashboard.live.access import (
    Access,
    accessible_to,
    current_actor,
    current_tab,
)
from sessions_dashboard.live.tabs import Topic
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions import queries
from sessions_dashboard.sessions.queries import Page, PageKey
from sessions_dashboard.states.page import PageState
from sessions_dashboard.states.rows import DeviceRow, device_row
from sessions_dashboard.words import admin as words

PAGE_SIZE = 25
MAX_SEARCH_LENGTH = 100


@accessible_to(Access.ADMIN, passive=("refresh",))
class AdminSessionsState(PageState):
    rows: list[DeviceRow] = []
    own_id: str = ""
    search: str = ""
    total: int = 0
    has_older: bool = False
    has_newer: bool = False
    revoking: DeviceRow = DeviceRow()
    # The keys that the pages before this one ended with; they stay on the server.
    _keys: list[PageKey] = []
    _next_key: PageKey | None = None

    @rx.var
    def total_words(self) -> str:
        return words.total(self.total, queries.MAX_COUNT)

    @rx.var
    def revoke_question(self) -> str:
        return words.revoke_question(self.revoking.title)

    @rx.var
    def revoke_consequence(self) -> str:
        return words.revoke_consequence(self.revoking.title, self.revoking.email)

    @rx.event
    async def load(self) -> None:
        tab = current_tab()
        tab.topic, tab.refresh = Topic.ALL_SESSIONS, AdminSessionsState.refresh
        self._show_actor()
        self.revoking = DeviceRow()
        self._keys = []
        await self._reload()

    @rx.event
    async def refresh(self) -> None:
        """Show what changed elsewhere; enqueued by the server."""
        self._show_expiry()
        await self._reload()

    @rx.event
    async def look_for(self, text: str) -> None:
        if not isinstance(text, str):
            return
        self.search = clean_text(text, MAX_SEARCH_LENGTH)
        self._keys = []
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

    @rx.event
    def ask_revoke(self, session_id: str) -> None:
        found = (row for row in self.rows if row.id == session_id)
        self.revoking = next(found, DeviceRow())

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
        await self._reload()

    def _close_dialog(self) -> None:
        self.revoking = DeviceRow()
        self.confirming = False

    async def _reload(self) -> None:
        self.own_id = current_actor().public_id
        search, after = self.search, self._keys[-1] if self._keys else None
        page, self.total = await current().database.scan(
            lambda db: _page_and_count(db, search, after)
        )
        self.rows = [device_row(session) for session in page.rows]
        self._next_key = page.next_key
        self.has_older = page.next_key is not None
        self.has_newer = bool(self._keys)


def _page_and_count(db: Connection, search: str, after: PageKey | None) -> tuple[Page, int]:
    policy, now = current().policy, utc_now()
    page = queries.page_of_all(db, policy, now, search, after, PAGE_SIZE)
    return page, queries.count_all(db, policy, now, search)
