"""What unfolds below one device: read only when it is opened, so that no list carries it."""

from dataclasses import dataclass

import reflex as rx

from sessions_dashboard.live.access import Access, accessible_to, current_actor
from sessions_dashboard.runtime import current
from sessions_dashboard.sessions import PUBLIC_ID_FORM, queries
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words import activity as activity_words


@dataclass(frozen=True)
class ChangeRow:
    text: str = ""
    ip_address: str = ""
    at: str = ""


@accessible_to(Access.SIGNED_IN)
class DeviceDetailsState(PageState):
    # The device that they are about; empty while none is unfolded.
    device_id: str = ""
    user_agent: str = ""
    browser_version: str = ""
    network: str = ""
    changes: list[ChangeRow] = []

    @rx.event
    async def unfold(self, device_id: str) -> None:
        """Show one device's details, or fold them where they are shown."""
        unfolded = self.device_id
        self._fold()
        if not isinstance(device_id, str) or not PUBLIC_ID_FORM.fullmatch(device_id):
            return
        if device_id != unfolded:
            await self._show(device_id)

    async def _show(self, device_id: str) -> None:
        user_id = current_actor().user_id
        found = await current().database.read(lambda db: queries.details_of(db, user_id, device_id))
        if found is None:
            return
        self.device_id = device_id
        self.user_agent = found.user_agent
        self.browser_version = found.browser_version or ""
        self.network = found.network or ""
        self.changes = [
            ChangeRow(activity_words.sentence(event), event.ip_address or "", event.at.isoformat())
            for event in found.changes
        ]

    def _fold(self) -> None:
        self.device_id = self.user_agent = self.browser_version = self.network = ""
        self.changes = []
