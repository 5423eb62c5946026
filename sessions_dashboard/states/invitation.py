"""The page of a one-time link: what it says. Its form is posted over HTTP."""

import reflex as rx

from sessions_dashboard.accounts.invitations import invited_by
from sessions_dashboard.live.access import Access, accessible_to
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words.http import REFUSALS


@accessible_to(Access.EVERYONE)
class InvitationState(PageState):
    # Whose password it is; empty where the link is not good.
    invited: str = ""
    token: str = ""

    @rx.event
    async def load(self) -> None:
        """Look at the link, which changes nothing: previews open whatever they find."""
        self._show_actor()
        query = self.router.url.query_parameters
        token = query.get("token", "")
        found = await current().database.read(lambda db: invited_by(db, token, utc_now()))
        self.invited = found.email if found is not None else ""
        self.token = token if found is not None else ""
        self.problem = REFUSALS.get(query.get("error", ""), "") if found is not None else ""
