"""The sign-in and setup pages: what they say. The forms themselves are posted over HTTP."""

import reflex as rx
from reflex.event import EventSpec

from sessions_dashboard import navigation
from sessions_dashboard.live.access import (
    Access,
    accessible_to,
    current_actor_or_none,
    current_tab,
)
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions import EndReason
from sessions_dashboard.sessions.queries import Ending, ending_of
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words import http as http_words
from sessions_dashboard.words import recovery as recovery_words
from sessions_dashboard.words import signin as words


@accessible_to(Access.EVERYONE)
class SignInState(PageState):
    # Why this browser has to sign in (again).
    ended: str = ""
    ended_from: str = ""
    ended_at: str = ""
    suspicious: bool = False
    next_path: str = ""
    can_sign_up: bool = False

    @rx.event
    async def load(self) -> EventSpec | None:
        elsewhere = await _elsewhere(self, navigation.SIGN_IN)
        if elsewhere is not None:
            return self._lead_to(elsewhere)
        self._show_actor()
        query = self.router.url.query_parameters
        self.problem = http_words.REFUSALS.get(query.get("error", ""), "")
        if query.get("reset") == "done" and not self.problem:
            self.notice = recovery_words.RESET_DONE
        self.can_sign_up = current().settings.open_sign_up
        self.next_path = navigation.safe_next(query.get("next")) or ""
        await self._explain(query.get("reason", ""))
        return None

    async def _explain(self, reason: str) -> None:
        ending = await self._own_ending()
        if ending is None and reason in list(EndReason):
            ending = Ending(EndReason(reason), None, None)
        if ending is None or self.problem or self.notice:
            self.ended = self.ended_from = self.ended_at = ""
            self.suspicious = False
            return
        self.ended = words.ENDED[ending.reason]
        self.ended_from = ending.ended_from or ""
        self.ended_at = ending.ended_at.isoformat() if ending.ended_at else ""
        self.suspicious = ending.reason is EndReason.REVOKED

    async def _own_ending(self) -> Ending | None:
        """How the session whose cookie this browser still holds ended."""
        ended_id = current_tab().identity.ended_public_id
        if ended_id is None:
            return None
        return await current().database.read(
            lambda db: ending_of(db, ended_id, current().policy, utc_now())
        )


@accessible_to(Access.EVERYONE)
class SetupState(PageState):
    code_wrong: bool = False

    @rx.event
    async def load(self) -> EventSpec | None:
        elsewhere = await _elsewhere(self, navigation.SETUP)
        if elsewhere is not None:
            return self._lead_to(elsewhere)
        self._show_actor()
        error = self.router.url.query_parameters.get("error", "")
        self.problem = http_words.REFUSALS.get(error, "")
        self.code_wrong = error == "code"
        return None


@accessible_to(Access.EVERYONE)
class SignUpState(PageState):
    @rx.event
    async def load(self) -> EventSpec | None:
        elsewhere = await _elsewhere(self, navigation.SIGN_UP)
        if elsewhere is not None:
            return self._lead_to(elsewhere)
        self._show_actor()
        error = self.router.url.query_parameters.get("error", "")
        self.problem = http_words.REFUSALS.get(error, "")
        return None


async def _elsewhere(state: PageState, path: str) -> str | None:
    actor = current_actor_or_none()
    return navigation.redirect_for(
        path,
        state.router.url.query_parameters.get("next", ""),
        has_account=await current().has_account(),
        signed_in=actor is not None,
        is_admin=actor is not None and actor.is_admin,
        challenged=actor is not None and actor.challenge is not None,
        open_sign_up=current().settings.open_sign_up,
    )


@accessible_to(Access.EVERYONE)
class HomeState(PageState):
    """The address of the site itself leads to a page."""

    @rx.event
    async def load(self) -> EventSpec:
        return rx.redirect(await _elsewhere(self, "/") or navigation.SIGN_IN)
