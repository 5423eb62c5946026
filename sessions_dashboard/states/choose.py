"""The devices to choose from after the right password, while there is no room for one more."""

import reflex as rx
from reflex.event import EventSpec

from sessions_dashboard import navigation
from sessions_dashboard.live.access import Access, accessible_to, current_tab
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions.queries import devices_of
from sessions_dashboard.states.page import PageState
from sessions_dashboard.states.rows import DeviceRow, device_row
from sessions_dashboard.words import choose as words
from sessions_dashboard.words.http import REFUSALS


@accessible_to(Access.EVERYONE)
class ChooseState(PageState):
    rows: list[DeviceRow] = []
    limit: int = 0

    @rx.var
    def lead(self) -> str:
        return words.lead(self.limit)

    @rx.event
    async def load(self) -> EventSpec | None:
        self.rows = []
        self._show_actor()
        identity, policy, now = current_tab().identity, current().policy, utc_now()
        user_id, until = identity.pending_user_id, identity.pending_until
        if user_id is None or until is None or until <= now:
            return rx.redirect(navigation.SIGN_IN)
        listed = await current().database.read(lambda db: devices_of(db, user_id, policy, now))
        self.rows = [device_row(device) for device in listed]
        self.limit = policy.max_sessions
        error = self.router.url.query_parameters.get("error", "")
        self.problem = REFUSALS.get(error, "")
        return None
