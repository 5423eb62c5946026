"""Who may call the handlers of a state, and who is calling right now.

Every public function of a state can be called by any client. A state class therefore says who it
is for; one that says nothing is for nobody.
"""

from collections.abc import Callable
from contextvars import ContextVar
from enum import Enum
from typing import TypeVar

import reflex as rx

from sessions_dashboard.live.tabs import Tab
from sessions_dashboard.sessions import ActiveSession
from sessions_dashboard.words.reading import read_by

StateClass = TypeVar("StateClass", bound=type[rx.State])


class Access(Enum):
    EVERYONE = "everyone"
    SIGNED_IN = "signed in"
    ADMIN = "administrators"


_access: dict[type[rx.State], Access] = {}
_passive: set[tuple[type, str]] = set()
_for_challenged: set[type[rx.State]] = set()
_actor: ContextVar[ActiveSession | None] = ContextVar("actor", default=None)
_tab: ContextVar[Tab | None] = ContextVar("tab", default=None)


class NoActor(Exception):
    """A handler asked who is calling, and nobody is signed in: its state's access is wrong."""


def accessible_to(
    access: Access, *, passive: tuple[str, ...] = (), challenged: bool = False
) -> Callable[[StateClass], StateClass]:
    """Declare who may call a state's handlers.

    `passive` names the handlers that run without a person's doing, and so are no activity.
    `challenged` admits sessions that have to give their password before anything else.
    """

    def declare(state: StateClass) -> StateClass:
        _access[state] = access
        _passive.update((state, name) for name in passive)
        if challenged:
            _for_challenged.add(state)
        return state

    return declare


def access_of(state: type) -> Access | None:
    """Who a state is for; None for nobody."""
    return _access.get(state)


def states_for(access: Access) -> list[type[rx.State]]:
    return [state for state, wanted in _access.items() if wanted is access]


def is_for_challenged(state: type) -> bool:
    return state in _for_challenged


def is_passive(state: type, handler_name: str) -> bool:
    return (state, handler_name) in _passive


def admit(tab: Tab, actor: ActiveSession | None) -> None:
    """Set who the running event is from; the gate alone calls this."""
    _tab.set(tab)
    _actor.set(actor)
    read_by(tab.reader)


def current_actor() -> ActiveSession:
    """The live session of the running event, read from the table a moment ago.

    Raises:
        NoActor: the event came from a browser that is not signed in.
    """
    actor = _actor.get()
    if actor is None:
        raise NoActor
    return actor


def current_actor_or_none() -> ActiveSession | None:
    return _actor.get()


def current_tab() -> Tab:
    tab = _tab.get()
    if tab is None:
        raise NoActor
    return tab
