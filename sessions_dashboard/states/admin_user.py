"""One account, as an administrator sees it: its sessions, its history, and what can be done."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

import reflex as rx
from sqlalchemy import Connection

from sessions_dashboard import navigation, sessions
from sessions_dashboard.accounts import administration
from sessions_dashboard.accounts.administration import (
    ChangedAccount,
    LastAdministrator,
    OwnAccount,
)
from sessions_dashboard.accounts.directory import Account, account_of
from sessions_dashboard.accounts.invitations import new_invitation_token
from sessions_dashboard.live.access import Access, accessible_to, current_actor, current_tab
from sessions_dashboard.live.tabs import Topic
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions import ActiveSession, Policy, api_keys
from sessions_dashboard.sessions.api_keys import ListedKey, keys_of
from sessions_dashboard.sessions.events import doers_of, reasons_given
from sessions_dashboard.sessions.filters import Status
from sessions_dashboard.sessions.history import HistoryPage, events_of
from sessions_dashboard.sessions.page_keys import PageKey
from sessions_dashboard.sessions.queries import DeviceSession, devices_of
from sessions_dashboard.states.activity import ActivityRow, activity_rows
from sessions_dashboard.states.admin_users import AccountRow, account_row
from sessions_dashboard.states.api_keys import KeyRow, key_row
from sessions_dashboard.states.page import PageState
from sessions_dashboard.states.paging import Paged
from sessions_dashboard.states.rows import DeviceRow, device_row
from sessions_dashboard.words import admin as session_words
from sessions_dashboard.words import admin_users as words
from sessions_dashboard.words import api_keys as key_words

HISTORY_SIZE = 20

Deed = Callable[[Connection, ActiveSession, str, Policy, datetime], ChangedAccount]
DEEDS: dict[str, Deed] = {
    "grant": lambda db, actor, account_id, policy, now: administration.set_admin(
        db, actor, account_id, policy, now, is_admin=True
    ),
    "withdraw": lambda db, actor, account_id, policy, now: administration.set_admin(
        db, actor, account_id, policy, now, is_admin=False
    ),
    "disable": administration.disable,
    "enable": administration.enable,
    "end_all": administration.end_all,
}


class _Shown(NamedTuple):
    account: Account
    devices: list[DeviceSession]
    keys: list[ListedKey]
    history: HistoryPage
    # What was typed for what it tells, and who did what others did, by the number of the line.
    reasons: dict[int, str]
    doers: dict[int, str]


@accessible_to(Access.ADMIN, passive=("refresh",))
class AdminUserState(Paged, PageState):
    # Whether the table was read: a page that could not does not say that there is nothing.
    loaded: bool = False
    account: AccountRow = AccountRow()
    devices: list[DeviceRow] = []
    keys: list[KeyRow] = []
    history: list[ActivityRow] = []
    # Where all of it is, to be filtered and exported.
    all_sessions: str = ""
    all_events: str = ""
    own_session: str = ""
    # What the dialog asks about: one of the deeds, or the session or the key to be revoked.
    asking: str = ""
    revoking: DeviceRow = DeviceRow()
    revoking_key: KeyRow = KeyRow()
    link: str = ""

    @rx.var
    def question(self) -> str:
        if self.revoking.id:
            return session_words.revoke_question(self.revoking.title)
        if self.revoking_key.id:
            return key_words.revoke_question(self.revoking_key.name)
        return words.question(self.asking)

    @rx.var
    def consequence(self) -> str:
        email = self.account.email
        if self.revoking.id:
            return session_words.revoke_consequence(self.revoking.title, email)
        if self.revoking_key.id:
            return key_words.revoke_consequence(email)
        return words.consequence(self.asking, email)

    @rx.var
    def verb(self) -> str:
        revokes = self.revoking.id or self.revoking_key.id
        return session_words.REVOKE if revokes else words.button(self.asking)

    @rx.event
    async def load(self) -> None:
        tab = current_tab()
        tab.topic, tab.refresh = Topic.ALL_SESSIONS, AdminUserState.refresh
        self._show_actor()
        self._close()
        self.link = ""
        self._to_first_page()
        await self._reload()

    @rx.event
    async def refresh(self) -> None:
        """Show what changed elsewhere; enqueued by the server."""
        self._show_expiry()
        await self._reload()

    @rx.event
    def ask(self, deed: str) -> None:
        self._close()
        if isinstance(deed, str) and deed in words.DEEDS and self.account.id:
            self.asking = deed

    @rx.event
    def ask_revoke(self, session_id: str) -> None:
        self._close()
        found = (row for row in self.devices if row.id == session_id)
        self.revoking = next(found, DeviceRow())

    @rx.event
    def ask_revoke_key(self, key_id: str) -> None:
        self._close()
        found = (row for row in self.keys if row.id == key_id)
        self.revoking_key = next(found, KeyRow())

    @rx.event
    def close_dialog(self) -> None:
        """Whoever closes it while a link is made gets to see it all the same."""
        self._close()

    @rx.event
    def close_link(self) -> None:
        self.link = ""

    @rx.event
    async def confirm(self) -> None:
        """Do what the dialog asked about."""
        deed, device, key = self.asking, self.revoking, self.revoking_key
        if not (deed or device.id or key.id):
            return
        self.notice = self.problem = ""
        try:
            if device.id:
                await self._revoke(device)
            elif key.id:
                await self._revoke_key(key)
            elif deed == "link":
                await self._make_link()
            else:
                await self._do(deed)
        except sessions.PasswordNeeded:
            self.confirming = True
            return
        except LastAdministrator:
            self.problem = words.LAST_ADMIN
        except OwnAccount:
            self.problem = words.OWN_ACCOUNT
        except sessions.NotFound:
            gone = words.GONE if device.id else key_words.GONE
            self.problem = words.NOT_FOUND_TITLE if deed else gone
        self._close()
        await self._reload()

    async def _do(self, deed: str) -> None:
        actor, account_id, policy, now = (
            current_actor(),
            self.account.id,
            current().policy,
            utc_now(),
        )
        changed = await current().change(
            lambda db: DEEDS[deed](db, actor, account_id, policy, now),
            lambda changed: [changed.user_id],
        )
        self.notice = words.done(deed, changed.email, changed.ended)

    async def _make_link(self) -> None:
        actor, account_id = current_actor(), self.account.id
        policy, now = current().policy, utc_now()
        token = new_invitation_token()
        await current().change(
            lambda db: administration.make_link(db, actor, account_id, token, policy, now),
            lambda changed: [changed.user_id],
        )
        self.link = navigation.invitation_link(current().settings.public_url, token)

    async def _revoke(self, device: DeviceRow) -> None:
        actor, policy, now = current_actor(), current().policy, utc_now()
        await current().change(
            lambda db: sessions.end(db, actor, device.id, policy, now),
            lambda ended: [ended.user_id],
        )
        self.notice = session_words.revoked(device.title, self.account.email)

    async def _revoke_key(self, key: KeyRow) -> None:
        actor, policy, now = current_actor(), current().policy, utc_now()
        await current().change(
            lambda db: api_keys.revoke_anybodys_key(db, actor, key.id, policy, now),
            lambda revoked: [revoked.user_id],
        )
        self.notice = key_words.revoked(key.name)

    def _close(self) -> None:
        self.confirming = False
        self.asking = ""
        self.revoking, self.revoking_key = DeviceRow(), KeyRow()

    async def _reload(self) -> None:
        actor, now = current_actor(), utc_now()
        account_id = navigation.account_id_in(str(self.router.url.path))
        before = self._page_begins_behind()
        found = await current().database.scan(lambda db: _read(db, account_id, before, now))
        self.own_session = actor.public_id
        self.account, self.devices, self.keys, self.history = AccountRow(), [], [], []
        if found is not None:
            self._show(found, actor, now)
        self._page_ends_with(found.history.next_key if found else None)
        self.loaded = True

    def _show(self, found: _Shown, actor: ActiveSession, now: datetime) -> None:
        email = found.account.email
        self.account = account_row(found.account, actor.user_public_id)
        self.devices = [device_row(device) for device in found.devices]
        self.keys = [key_row(key, now, of_another=not self.account.is_self) for key in found.keys]
        events = found.history.events
        self.history = [
            replace(
                row,
                done_by=found.doers.get(event.id, ""),
                given_reason=found.reasons.get(event.id, ""),
            )
            for row, event in zip(activity_rows(events), events, strict=True)
        ]
        everything = {"user": email, "status": Status.ALL.value}
        self.all_sessions = f"{navigation.ADMIN_SESSIONS}?{urlencode(everything)}"
        self.all_events = f"{navigation.ADMIN_EVENTS}?{urlencode({'user': email})}"


def _read(db: Connection, account_id: str, before: PageKey | None, now: datetime) -> _Shown | None:
    policy = current().policy
    account = account_of(db, account_id, policy, now)
    if account is None:
        return None
    history = events_of(db, account.user_id, before, HISTORY_SIZE)
    return _Shown(
        account,
        devices_of(db, account.user_id, policy, now),
        keys_of(db, account.user_id, now),
        history,
        reasons_given(db, history.events),
        doers_of(db, history.events),
    )
