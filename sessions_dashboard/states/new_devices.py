""" "Was this you?": the question about a browser that is new to the account."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from sessions_dashboard import navigation, sessions
from sessions_dashboard.devices import scope_of
from sessions_dashboard.devices.marks import browser_mark, system_mark
from sessions_dashboard.live.access import Access, accessible_to, current_actor
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions import known_devices
from sessions_dashboard.sessions.known_devices import NewDevice
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words import devices as words
from sessions_dashboard.words import new_devices as new_device_words


@dataclass(frozen=True)
class QuestionRow:
    id: str = ""
    device: str = ""
    kind: str = ""
    browser_mark: str = ""
    os_mark: str = ""
    place: str = ""
    ip_address: str = ""
    at: str = ""


@accessible_to(Access.SIGNED_IN)
class NewDevicesState(PageState):
    questions: list[QuestionRow] = []
    # The device said to be somebody else's, while the password is asked for.
    denying: str = ""

    @rx.event
    async def it_was_me(self, device_id: str) -> None:
        actor, now = current_actor(), utc_now()
        if not isinstance(device_id, str):
            return
        self.notice = self.problem = ""
        try:
            await current().change(
                lambda db: known_devices.confirm(db, actor, device_id, now),
                lambda _none: [actor.user_id],
            )
        except sessions.NotFound:
            self.problem = new_device_words.ANSWERED
        else:
            self.notice = new_device_words.THANKS
        await self._reload()

    @rx.event
    async def it_was_not_me(self, device_id: str) -> EventSpec | None:
        if not isinstance(device_id, str):
            return None
        return await self._deny(device_id)

    async def _deny(self, device_id: str) -> EventSpec | None:
        actor, policy, now = current_actor(), current().policy, utc_now()
        self.notice = self.problem = self.denying = ""
        try:
            await current().change(
                lambda db: known_devices.deny(db, actor, device_id, policy, now),
                lambda _ended: [actor.user_id],
            )
        except sessions.PasswordNeeded:
            self.denying, self.confirming = device_id, True
            return None
        except sessions.NotFound:
            self.problem = new_device_words.ANSWERED
            await self._reload()
            return None
        return rx.redirect(f"{navigation.ACCOUNT}?secured=1")

    async def _reload(self) -> None:
        actor = current_actor()
        asked = await current().database.read(
            lambda db: known_devices.questions_for(db, actor, utc_now())
        )
        self.questions = [_question(device) for device in asked]


def _question(device: NewDevice) -> QuestionRow:
    return QuestionRow(
        id=device.public_id,
        device=device.device,
        kind=device.device_type,
        browser_mark=browser_mark(device.browser),
        os_mark=system_mark(device.os),
        place=words.place(device.city, device.country, scope_of(device.ip_address)),
        ip_address=device.ip_address,
        at=device.first_seen_at.isoformat(),
    )
