"""What every page's state has: who is signed in, notices, and the way out."""

import reflex as rx
from reflex.state import StateUpdate
from reflex_base.constants.state import FIELD_MARKER

from sessions_dashboard.live.access import Access, accessible_to, current_actor_or_none
from sessions_dashboard.words.common import SOMETHING_WENT_WRONG


@accessible_to(Access.EVERYONE)
class PageState(rx.State):
    """Shared by the pages; decides nothing: the table does, at every event."""

    # Where the page has to go by a full load; only ever set in the browser, by `leave_update`.
    leave_to: str = ""
    email: str = ""
    is_admin: bool = False
    notice: str = ""
    problem: str = ""

    @rx.event
    def dismiss_notice(self) -> None:
        self.notice = ""
        self.problem = ""

    def _show_actor(self) -> None:
        actor = current_actor_or_none()
        self.email = actor.email if actor else ""
        self.is_admin = actor.is_admin if actor else False
        self.notice = ""
        self.problem = ""


def leave_update(address: str) -> StateUpdate:
    """Makes one page go to another address, without any state being read or written."""
    return _update(leave_to=address)


def failure_update() -> StateUpdate:
    """Says on one page that an event failed, likewise; the server's log has the details."""
    return _update(notice="", problem=SOMETHING_WENT_WRONG)


def _update(**variables: str) -> StateUpdate:
    shown = {f"{name}{FIELD_MARKER}": value for name, value in variables.items()}
    return StateUpdate(delta={PageState.get_full_name(): shown})
