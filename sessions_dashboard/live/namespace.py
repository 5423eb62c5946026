"""Reflex's event namespace, with every socket known by its identity."""

import asyncio
import logging
from typing import Any

import reflex as rx
from reflex.app import EventNamespace
from reflex.state import State, StateUpdate
from reflex_base.constants import CompileVars
from reflex_base.registry import RegistrationContext
from socketio.exceptions import ConnectionRefusedError as SocketRefused

from sessions_dashboard.live.line import Line
from sessions_dashboard.live.tabs import Identity, Tab
from sessions_dashboard.live.whole_pages import WholePages
from sessions_dashboard.locales import DEFAULT_LOCALE, Reader, preferred_locale
from sessions_dashboard.logs import request_id
from sessions_dashboard.runtime import Runtime

logger = logging.getLogger(__name__)

# Where the handshake leaves these in the ASGI scope: a client can't write there.
IDENTITY_KEY = "sessions_dashboard.identity"
LINE_KEY = "sessions_dashboard.line"
HYDRATE_AND_LOAD = f"{State.get_full_name()}.{CompileVars.HYDRATE_AND_LOAD}"
# From the last word to a tab until its connection is closed for good.
CLOSING_DELAY_SECONDS = 0.3
# A page has only a few events under way at a time.
MAX_WAITING_EVENTS = 32
MAX_UNSENT_MESSAGES = 64
# What servers commonly accept as a request's first line.
MAX_ADDRESS_LENGTH = 8_192


class IdentifiedNamespace(EventNamespace):
    """Links each socket to a `Tab`, and cuts those whose session is over."""

    def __init__(self, namespace: str, app: rx.App, runtime: Runtime) -> None:
        super().__init__(namespace, app)
        self._runtime = runtime
        self._closing: set[asyncio.Task[None]] = set()
        self._whole_pages = WholePages(super().emit_update)

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        identity = environ.get("asgi.scope", {}).get(IDENTITY_KEY)
        if not isinstance(identity, Identity):
            raise SocketRefused
        # Registered before it is checked: a revoke in between finds the tab, or is found.
        reader = Reader(preferred_locale(environ.get("HTTP_ACCEPT_LANGUAGE", "")) or DEFAULT_LOCALE)
        tab = Tab(sid, identity, request_id=request_id.get(), reader=reader)
        self._runtime.tabs.add(tab)
        if identity.session_public_id is not None:
            live = await self._runtime.resume_by_public_id(identity.session_public_id)
            if live is None:
                # A client may keep its websocket and connect again under the old handshake.
                self._runtime.tabs.remove(sid)
                self.close_transport(sid)
                raise SocketRefused
        await super().on_connect(sid, environ, auth)

    async def on_event(self, sid: str, data: Any) -> None:
        tab = self._runtime.tabs.get(sid)
        event = _read_event(data)
        token = self.sid_to_token.get(sid)
        if tab is None or event is None or token is None:
            return
        await self._wait_for_room(tab, token)
        if not tab.dismissed:
            if event["name"] == HYDRATE_AND_LOAD:
                self._whole_pages.expect(token)
            await super().on_event(sid, event)

    async def _wait_for_room(self, tab: Tab, token: str) -> None:
        """Stop reading from a client that sends faster than its events are dealt with, or that does
        not take the answers.

        Reflex itself queues both without bounds. What waits here waits in the client's own
        connection.
        """
        queues = self.app.event_processor._token_queues
        while len(queues.get(token, ())) >= MAX_WAITING_EVENTS or self.is_deaf(tab):
            if self._runtime.tabs.get(tab.sid) is not tab:
                return
            await asyncio.sleep(0.01)

    def is_deaf(self, tab: Tab) -> bool:
        """Whether a client does not take what it is sent."""
        assert self.app.sio is not None
        transport_id = self.app.sio.manager.eio_sid_from_sid(tab.sid, self.namespace)
        transport = self.app.sio.eio.sockets.get(transport_id)
        return transport is not None and transport.queue.qsize() >= MAX_UNSENT_MESSAGES

    def on_disconnect(self, sid: str, *_reason: Any) -> asyncio.Task[Any] | None:
        self._runtime.tabs.remove(sid)
        self._whole_pages.forget(self.sid_to_token.get(sid, ""))
        return super().on_disconnect(sid)

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        await self._whole_pages.pass_on(update, token)

    async def release(self, token: str) -> None:
        """Tell a page at once what is kept back until all is loaded."""
        await self._whole_pages.release(token)

    async def emit_now(self, update: StateUpdate, token: str) -> None:
        """Tell a page at once, whatever it is loading."""
        await self.release(token)
        await super().emit_update(update, token)

    async def emit_to(self, tab: Tab, update: StateUpdate) -> None:
        token = self.sid_to_token.get(tab.sid)
        if token is not None:
            await self.emit_now(update, token)

    def close_transport(self, sid: str) -> None:
        """Close the websocket itself, soon.

        A socket.io disconnect alone is a polite request: a hostile client stays on the same
        websocket and goes on under the old handshake.
        """
        assert self.app.sio is not None
        environ = self.app.sio.get_environ(sid, self.namespace)
        if environ is not None:
            self._keep(asyncio.create_task(_hang_up_later(environ["asgi.scope"][LINE_KEY])))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _hang_up_later(line: Line) -> None:
    await asyncio.sleep(CLOSING_DELAY_SECONDS)
    line.hang_up()


def _read_event(data: Any) -> dict[str, Any] | None:
    """The parts of an event that a page sends, each of its kind; None where one is not.

    Reflex logs an event whose name it does not know, headers included, and trips over a malformed
    address before the gate is asked.
    """
    match data:
        case {"name": str(name)} if name in RegistrationContext.get().event_handlers:
            payload = data.get("payload") or {}
            router = _read_router_data(data.get("router_data") or {})
            if isinstance(payload, dict) and router is not None:
                return {"name": name, "payload": payload, "router_data": router}
    return None


def _read_router_data(data: Any) -> dict[str, Any] | None:
    """Where in the site the page is, as it says."""
    if not isinstance(data, dict):
        return None
    addresses = {key: data[key] for key in ("pathname", "asPath") if key in data}
    query = data.get("query") or {}
    if not all(_is_address(address) for address in addresses.values()):
        return None
    if not isinstance(query, dict):
        return None
    # A parameter that a page does not have comes as null.
    query = {name: value for name, value in query.items() if value is not None}
    if not all(map(_is_text, (*query, *query.values()))):
        return None
    return {**addresses, "query": query}


def _is_address(address: Any) -> bool:
    return _is_text(address) and address.startswith("/")


def _is_text(value: Any) -> bool:
    """Whether it can be sent back: half of a surrogate pair would break the connection."""
    return (
        isinstance(value, str)
        and len(value) <= MAX_ADDRESS_LENGTH
        and not any("\ud800" <= character <= "\udfff" for character in value)
    )
