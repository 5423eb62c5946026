"""The page Account: what it says. Its form is posted over HTTP."""

import reflex as rx

from sessions_dashboard.live.access import Access, accessible_to, current_tab
from sessions_dashboard.live.tabs import Topic
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words import account as words
from sessions_dashboard.words.http import REFUSALS


@accessible_to(Access.SIGNED_IN, passive=("refresh",))
class AccountState(PageState):
    @rx.event
    async def load(self) -> None:
        tab = current_tab()
        tab.topic, tab.refresh = Topic.OWN_SESSIONS, AccountState.refresh
        self._show_actor()
        query = self.router.url.query_parameters
        self.problem = REFUSALS.get(query.get("error", ""), "")
        changed = query.get("changed", "")
        if changed.isascii() and changed.isdigit() and len(changed) < 6:
            self.notice = words.changed(int(changed))

    @rx.event
    def refresh(self) -> None:
        """Show what changed elsewhere; enqueued by the server."""
        self._show_expiry()
