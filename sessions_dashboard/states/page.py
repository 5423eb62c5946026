"""What every page's state has: who is signed in, notices, and the way out."""

import secrets
from urllib.parse import urlsplit

import reflex as rx
from reflex.event import EventSpec
from reflex.state import BaseState, StateUpdate
from reflex_base.constants.state import FIELD_MARKER

from sessions_dashboard import navigation
from sessions_dashboard.live.access import (
    Access,
    accessible_to,
    current_actor,
    current_actor_or_none,
)
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.words.common import SOMETHING_WENT_WRONG
from sessions_dashboard.words.places import CREDITS


@accessible_to(Access.EVERYONE)
class PageState(rx.State):
    """Shared by the pages; it decides nothing, as the table does, at every event."""

    # Where the page has to go by a full load.
    leave_to: str = ""
    email: str = ""
    is_admin: bool = False
    notice: str = ""
    problem: str = ""
    # Tells one failed event from another.
    failure: str = ""
    # When the session runs out unused; empty where using it would not put that off.
    idle_end: str = ""
    # Whether the password is asked for, before something sensitive is done.
    confirming: bool = False
    # Whose data the places are from, where its licence asks to say so.
    credit: str = ""
    credit_address: str = ""

    @rx.event
    def dismiss_notice(self) -> None:
        self.notice = ""
        self.problem = ""

    def _query_parameters(self) -> dict[str, str]:
        """The parameters of the page's address."""
        return {str(name): str(value) for name, value in self.router.url.query_parameters.items()}

    def _lead_to(self, address: str) -> EventSpec | None:
        """A page is reached within the browser, any other address of this site by a full load."""
        if navigation.page_at(urlsplit(address).path) is not None:
            return rx.redirect(address)
        self.leave_to = address
        return None

    def _show_expiry(self) -> None:
        """For the warning before an idle end, which activity puts off."""
        actor = current_actor_or_none()
        can_be_put_off = actor is not None and actor.expires_at < actor.ends_at
        self.idle_end = actor.expires_at.isoformat() if actor and can_be_put_off else ""

    def _show_actor(self) -> None:
        actor = current_actor_or_none()
        self.email = actor.email if actor else ""
        self.is_admin = actor.is_admin if actor else False
        self._show_expiry()
        source = current().places.source
        self.credit, self.credit_address = CREDITS[source] if source else ("", "")
        self.notice = ""
        self.problem = ""
        self.failure = ""
        self.confirming = False


@accessible_to(Access.SIGNED_IN)
class StayState(PageState):
    """The answer to the warning before an idle end."""

    @rx.event
    def stay(self) -> None:
        """Any event of a person's counts as activity; this one does nothing else."""
        actor, policy = current_actor(), current().policy
        span = policy.span(is_admin=actor.is_admin, remembered=actor.remembered)
        self.idle_end = span.expires_at(actor.created_at, utc_now()).isoformat()


def leave_update(address: str) -> StateUpdate:
    """Makes one page go to another address, without any state being read or written."""
    return _update(leave_to=address)


async def show_failure(state: BaseState) -> None:
    """Say on one page that an event failed; the server's log has the details."""
    page = await state.get_state(PageState)
    for name, text in _failure().items():
        setattr(page, name, text)


def failure_update() -> StateUpdate:
    """The same without any state being read or written."""
    return _update(**_failure())


def _failure() -> dict[str, str]:
    return {"notice": "", "problem": SOMETHING_WENT_WRONG, "failure": secrets.token_hex(4)}


def _update(**variables: str) -> StateUpdate:
    shown = {f"{name}{FIELD_MARKER}": value for name, value in variables.items()}
    return StateUpdate(delta={PageState.get_full_name(): shown})
