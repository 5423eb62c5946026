"""The page that asks for the password before anything else is shown."""

import reflex as rx
from reflex.event import EventSpec

from sessions_dashboard import navigation
from sessions_dashboard.live.access import Access, accessible_to, current_actor
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words import confirm as words
from sessions_dashboard.words.http import REFUSALS


@accessible_to(Access.SIGNED_IN, challenged=True)
class ConfirmState(PageState):
    reason: str = ""
    next_path: str = ""

    @rx.event
    def load(self) -> EventSpec | None:
        query = self.router.url.query_parameters
        onward = navigation.safe_next(query.get("next"))
        challenge = current_actor().challenge
        if challenge is None:
            return self._lead_to(onward or navigation.DEVICES)
        self._show_actor()
        self.next_path = onward or ""
        self.reason = words.REASONS.get(challenge, "")
        self.problem = REFUSALS.get(query.get("error", ""), "")
        return None
