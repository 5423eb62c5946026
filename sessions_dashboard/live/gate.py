"""The check in front of every event, whatever it is and however it got here."""

import inspect
import logging
from collections.abc import Callable
from typing import Any

import reflex as rx
from reflex.event import Event
from reflex.middleware.middleware import Middleware
from reflex.state import (
    BaseState,
    EventHandlerSetVar,
    FrontendEventExceptionState,
    OnLoadInternalState,
    State,
    StateUpdate,
)
from reflex_base.event.context import EventContext
from reflex_base.registry import RegisteredEventHandler, RegistrationContext

from sessions_dashboard import navigation
from sessions_dashboard.live.access import (
    Access,
    access_of,
    admit,
    is_for_challenged,
    is_passive,
    states_for,
)
from sessions_dashboard.live.tabs import Tab
from sessions_dashboard.logs import request_id
from sessions_dashboard.runtime import Runtime
from sessions_dashboard.sessions import ActiveSession

logger = logging.getLogger(__name__)

# Reflex's own handlers that pages need. They read and write nothing of ours.
FRAMEWORK_HANDLERS = frozenset(
    {
        (State, "hydrate"),
        (State, "hydrate_and_load"),
        (State, "set_is_hydrated"),
        (OnLoadInternalState, "on_load_internal"),
        (OnLoadInternalState, "set_is_hydrated"),
        (FrontendEventExceptionState, "handle_frontend_exception"),
    }
)
# What their arguments may be. Nothing is kept in the browser's storage, so there are no `vars`.
FRAMEWORK_ARGUMENTS: dict[str, Callable[[Any], bool]] = {
    "value": lambda value: isinstance(value, bool),
    "vars": lambda value: not value,
    "hashes": lambda value: value is None or _is_list_of_text(value),
    "info": lambda value: isinstance(value, str),
    "component_stack": lambda value: isinstance(value, str),
}
# With these a page asks for the whole of its state.
HYDRATION = frozenset({(State, "hydrate"), (State, "hydrate_and_load")})
REFUSED = StateUpdate()


class EventGate(Middleware):
    """Resolves the actor of an event from its socket and the table, or refuses the event.

    Runs inside Reflex, right before the handler, for everything that reaches one: events of
    clients, events chained by handlers, refreshes that the server itself enqueues.
    """

    def __init__(
        self,
        runtime: Runtime,
        leave: Callable[[str], StateUpdate],
        dismiss: Callable[[Tab], None],
    ) -> None:
        self._runtime = runtime
        self._leave = leave
        self._dismiss = dismiss

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        tab = self._tab(app)
        registered = RegistrationContext.get().event_handlers.get(event.name)
        if tab is None or tab.dismissed or registered is None:
            return REFUSED
        request_id.set(tab.request_id)
        actor = await self._actor(tab)
        if actor is None and tab.identity.session_public_id is not None:
            self._dismiss(tab)
            return REFUSED
        refusal = await self._refusal(registered, tab, actor, state)
        if refusal is not None:
            return refusal
        if _key(registered) in HYDRATION:
            await _forget_what_is_not_theirs(state, actor)
        if not _accepts(registered, event):
            logger.warning("event %s refused: its arguments do not fit", event.name)
            return REFUSED
        tab.expires_at = actor.expires_at if actor is not None else None
        admit(tab, actor)
        return None

    def _tab(self, app: rx.App) -> Tab | None:
        namespace = app.event_namespace
        if namespace is None:
            return None
        # Not `token_to_sid`, which is built anew from all sockets whenever it is read.
        socket = namespace._token_manager.token_to_socket.get(EventContext.get().token)
        return self._runtime.tabs.get(socket.sid) if socket is not None else None

    async def _actor(self, tab: Tab) -> ActiveSession | None:
        if tab.identity.session_public_id is None:
            return None
        return await self._runtime.resume_by_public_id(tab.identity.session_public_id)

    async def _refusal(
        self,
        registered: RegisteredEventHandler,
        tab: Tab,
        actor: ActiveSession | None,
        state: BaseState,
    ) -> StateUpdate | None:
        owner, name = _key(registered)
        if (owner, name) in FRAMEWORK_HANDLERS:
            return None
        if isinstance(registered.handler, EventHandlerSetVar):
            # Reflex gives every state such a handler, which sets variables by name.
            logger.warning("event %s refused: no page sends it", name)
            return REFUSED
        if actor is not None and actor.challenge is not None and not is_for_challenged(owner):
            return self._leave(navigation.address(navigation.CONFIRM, next_path=_path(state)))
        match access_of(owner), actor:
            case Access.EVERYONE, _:
                pass
            case ((Access.SIGNED_IN | Access.ADMIN), None):
                return self._leave(await self._way_in(state))
            case Access.ADMIN, ActiveSession(is_admin=False):
                logger.warning("event %s refused: not an administrator", name)
                return self._leave(navigation.DEVICES)
            case None, _:
                logger.warning("event %s refused: its state is for nobody", name)
                return REFUSED
        if actor is not None and not is_passive(owner, name):
            self._runtime.note_activity(actor)
        return None

    async def _way_in(self, state: BaseState) -> str:
        if not await self._runtime.has_account():
            return navigation.SETUP
        return navigation.sign_in_address(next_path=_path(state))


def _path(state: BaseState) -> str:
    return str(state.router.url.path)


def _key(registered: RegisteredEventHandler) -> tuple[type[BaseState], str]:
    return registered.states[0], registered.handler.fn.__name__


async def _forget_what_is_not_theirs(state: BaseState, actor: ActiveSession | None) -> None:
    """Empty the administrators' states where the page is not an administrator's, and all personal
    ones while the password is asked for."""
    hidden = [] if actor is not None and actor.is_admin else states_for(Access.ADMIN)
    if actor is not None and actor.challenge is not None:
        hidden = states_for(Access.ADMIN) + states_for(Access.SIGNED_IN)
    for personal in hidden:
        (await state.get_state(personal)).reset()  # type: ignore[no-untyped-call]


def _is_list_of_text(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _accepts(registered: RegisteredEventHandler, event: Event) -> bool:
    """Whether the payload's names are the handler's; the values are for the handler to check.

    Reflex's own handlers don't, and log a value of the wrong type in full: theirs are checked here.
    """
    payload: dict[str, Any] = event.payload
    try:
        inspect.signature(registered.handler.fn).bind(None, **payload)
    except TypeError:
        return False
    if _key(registered) in FRAMEWORK_HANDLERS:
        return all(FRAMEWORK_ARGUMENTS[name](value) for name, value in payload.items())
    return True
