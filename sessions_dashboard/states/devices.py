"""The page Your devices: what it shows and what a person can do there."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec
from sqlalchemy import Connection

from sessions_dashboard import sessions
from sessions_dashboard.live.access import (
    Access,
    accessible_to,
    current_actor,
    current_tab,
)
from sessions_dashboard.live.tabs import Topic
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions import ActiveSession, queries
from sessions_dashboard.sessions.queries import DeviceSession
from sessions_dashboard.states.device_details import DeviceDetailsState
from sessions_dashboard.states.device_list import (
    Kind,
    KindRow,
    inactive_after,
    kind_rows,
    of_kind,
)
from sessions_dashboard.states.new_devices import NewDevicesState
from sessions_dashboard.states.page import PageState
from sessions_dashboard.states.rows import DeviceRow, device_row
from sessions_dashboard.words import devices as words


@accessible_to(Access.SIGNED_IN, passive=("refresh",))
class DevicesState(PageState):
    # Whether the table was read: a page that could not does not say that there is nothing.
    loaded: bool = False
    this_device: DeviceRow = DeviceRow()
    # Those that are shown, and how many there are in all.
    others: list[DeviceRow] = []
    others_total: int = 0
    not_shown: int = 0
    kinds: list[KindRow] = []
    kind: str = Kind.ALL.value
    advice: str = ""
    selecting: bool = False
    selected: list[str] = []
    # What a dialog or a form is about; empty while none is open.
    revoking: DeviceRow = DeviceRow()
    renaming: DeviceRow = DeviceRow()
    revoking_selected: bool = False
    signing_out_others: bool = False
    rename_problem: str = ""
    _devices: list[DeviceSession] = []

    @rx.var
    def not_shown_words(self) -> str:
        return words.more_not_shown(self.not_shown) if self.not_shown else ""

    @rx.var
    def revoke_question(self) -> str:
        return words.revoke_question(self.revoking.title)

    @rx.var
    def revoke_consequence(self) -> str:
        return words.revoke_consequence(self.revoking.title)

    @rx.var
    def sign_out_others_consequence(self) -> str:
        return words.sign_out_others_consequence(self.others_total + self.not_shown)

    @rx.var
    def selected_words(self) -> str:
        return words.selected(len(self.selected))

    @rx.var
    def revoke_selected_question(self) -> str:
        return words.revoke_several_question(len(self.selected))

    @rx.var
    def revoke_selected_consequence(self) -> str:
        names = [row.title for row in self.others if row.id in self.selected]
        return words.revoke_several_consequence(names)

    @rx.event
    async def load(self) -> None:
        tab = current_tab()
        tab.topic, tab.refresh = Topic.OWN_SESSIONS, DevicesState.refresh
        self._show_actor()
        self._close_dialogs()
        self.kind, self.selecting, self.selected = Kind.ALL.value, False, []
        (await self.get_state(DeviceDetailsState))._fold()
        await self._reload()

    @rx.event
    async def refresh(self) -> None:
        """Show what changed elsewhere; enqueued by the server."""
        self._show_expiry()
        await self._reload()

    @rx.event
    def narrow(self, kind: str) -> None:
        """Show one kind of the other devices alone."""
        if isinstance(kind, str) and kind in list(Kind):
            self.kind = kind
            self._show_others()

    @rx.event
    def review(self) -> None:
        """Show what the advice is about, ready for selecting."""
        self.kind, self.selecting = Kind.INACTIVE.value, True
        self._show_others()

    @rx.event
    def start_or_stop_selecting(self) -> None:
        self.selecting, self.selected = not self.selecting, []

    @rx.event
    def select(self, device_id: str) -> None:
        """Select one device, or deselect it."""
        if self._other(device_id) is None:
            return
        if device_id in self.selected:
            self.selected = [one for one in self.selected if one != device_id]
        else:
            self.selected = [*self.selected, device_id]

    @rx.event
    def select_all(self) -> None:
        self.selected = [row.id for row in self.others]

    @rx.event
    def ask_revoke(self, device_id: str) -> None:
        self._close_dialogs()
        self.revoking = self._other(device_id) or DeviceRow()

    @rx.event
    def ask_revoke_selected(self) -> None:
        self._close_dialogs()
        self.revoking_selected = bool(self.selected)

    @rx.event
    def ask_sign_out_others(self) -> None:
        self._close_dialogs()
        self.signing_out_others = True

    @rx.event
    def ask_rename(self, device_id: str) -> None:
        self._close_dialogs()
        if device_id == self.this_device.id:
            self.renaming = self.this_device
        else:
            self.renaming = self._other(device_id) or DeviceRow()

    @rx.event
    def close_dialog(self) -> None:
        self._close_dialogs()

    @rx.event
    async def revoke(self) -> None:
        await self._revoke()

    @rx.event
    async def revoke_selected(self) -> None:
        await self._revoke_selected()

    @rx.event
    async def sign_out_others(self) -> None:
        await self._sign_out_others()

    @rx.event
    async def go_on(self) -> EventSpec | None:
        """Do what the password was asked for, now that it was entered."""
        if self.signing_out_others:
            await self._sign_out_others()
        elif self.revoking_selected:
            await self._revoke_selected()
        elif self.revoking.id:
            await self._revoke()
        else:
            questions = await self.get_state(NewDevicesState)
            self._close_dialogs()
            return await questions._deny(questions.denying)
        return None

    @rx.event
    async def rename(self, form: dict[str, Any]) -> None:
        actor, device, now = current_actor(), self.renaming, utc_now()
        name = form.get("name") if isinstance(form, dict) else None
        if not isinstance(name, str):
            return
        try:
            stored = await current().change(
                lambda db: sessions.rename(db, actor, device.id, name, now),
                lambda _name: [actor.user_id],
            )
        except sessions.InvalidName:
            self.rename_problem = words.NAME_TOO_LONG
            return
        except sessions.NotFound:
            self._say(problem=words.GONE)
        else:
            self._say(notice=words.renamed(stored or device.label or device.title))
        self._close_dialogs()
        await self._reload()

    async def _revoke(self) -> None:
        actor, device = current_actor(), self.revoking
        policy, now = current().policy, utc_now()
        try:
            await current().change(
                lambda db: sessions.end(db, actor, device.id, policy, now),
                lambda ended: [ended.user_id],
            )
        except sessions.PasswordNeeded:
            self.confirming = True
            return
        except sessions.NotFound:
            self._say(problem=words.GONE)
        else:
            self._say(notice=words.revoked(device.title))
        self._close_dialogs()
        await self._reload()

    async def _revoke_selected(self) -> None:
        actor, chosen = current_actor(), list(self.selected)
        policy, now = current().policy, utc_now()
        try:
            ended = await current().change(
                lambda db: sessions.end_several(db, actor, chosen, policy, now),
                lambda _ended: [actor.user_id],
            )
        except sessions.PasswordNeeded:
            self.confirming = True
            return
        except sessions.NotFound:
            self._say(problem=words.GONE)
        else:
            self._say(notice=words.several_revoked(len(ended)))
        self._close_dialogs()
        self.selecting, self.selected = False, []
        await self._reload()

    async def _sign_out_others(self) -> None:
        actor, policy, now = current_actor(), current().policy, utc_now()
        try:
            ended = await current().change(
                lambda db: sessions.end_others(db, actor, policy, now),
                lambda _ended: [actor.user_id],
            )
        except sessions.PasswordNeeded:
            self.confirming = True
            return
        self._close_dialogs()
        self._say(notice=words.others_revoked(len(ended)))
        await self._reload()

    def _say(self, *, notice: str = "", problem: str = "") -> None:
        self.notice, self.problem = notice, problem

    def _close_dialogs(self) -> None:
        self.confirming = False
        self.revoking = self.renaming = DeviceRow()
        self.signing_out_others = self.revoking_selected = False
        self.rename_problem = ""

    def _other(self, device_id: str) -> DeviceRow | None:
        return next((row for row in self.others if row.id == device_id), None)

    async def _reload(self) -> None:
        await (await self.get_state(NewDevicesState))._reload()
        actor = current_actor()
        listed, total = await current().database.read(lambda db: _own_devices(db, actor))
        self.this_device = next(
            (device_row(device) for device in listed if device.public_id == actor.public_id),
            self.this_device,
        )
        self._devices = [device for device in listed if device.public_id != actor.public_id]
        self.others_total = len(self._devices)
        self.not_shown = total - len(listed)
        self._show_others()
        self.loaded = True

    def _show_others(self) -> None:
        """Show those of the chosen kind; all, once the last of that kind is gone."""
        actor, now = current_actor(), utc_now()
        span = current().policy.span(is_admin=actor.is_admin, remembered=actor.remembered)
        inactive = inactive_after(span)
        shown = of_kind(self._devices, Kind(self.kind), inactive, now)
        if not shown:
            self.kind, shown = Kind.ALL.value, self._devices
        self.others = [device_row(device) for device in shown]
        self.kinds = kind_rows(self._devices, Kind(self.kind), inactive, now)
        unused = len(of_kind(self._devices, Kind.INACTIVE, inactive, now))
        said = unused and self.kind != Kind.INACTIVE
        self.advice = words.inactive_advice(unused, inactive) if said else ""
        there = {row.id for row in self.others}
        self.selected = [one for one in self.selected if one in there]
        self.selecting = self.selecting and bool(there)


def _own_devices(db: Connection, actor: ActiveSession) -> tuple[list[DeviceSession], int]:
    policy, now = current().policy, utc_now()
    listed = queries.devices_of(db, actor.user_id, policy, now)
    if len(listed) < queries.MAX_DEVICES:
        return listed, len(listed)
    return listed, queries.count_devices_of(db, actor.user_id, policy, now)
