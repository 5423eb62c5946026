"""The page of a forgotten password: what it says. Its form is posted over HTTP."""

import reflex as rx

from sessions_dashboard.live.access import Access, accessible_to
from sessions_dashboard.runtime import current
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words.http import REFUSALS


@accessible_to(Access.EVERYONE, challenged=True)
class ForgotState(PageState):
    sent: bool = False
    can_send: bool = True

    @rx.event
    def load(self) -> None:
        self.notice = ""
        query = self.router.url.query_parameters
        self.problem = REFUSALS.get(query.get("error", ""), "")
        self.sent = query.get("sent") == "1"
        self.can_send = current().settings.sends_mail
