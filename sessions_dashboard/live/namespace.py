"""Reflex's event namespace, with every socket known by its identity."""

import asyncio
import logging
from typing import Any

import reflex as rx
from reflex.app import EventNamespace
from reflex.state import StateUpdate
from reflex_base.registry import RegistrationContext
from socketio.exceptions import ConnectionRefusedError as SocketRefused

from sessions_dashboard.live.tabs import Identity, Tab
from sessions_dashboard.runtime import Runtime

logger = logging.getLogger(__name__)

# Where the handshake leaves the identity in the ASGI scope: a client can't write there.
IDENTITY_KEY = "sessions_dashboard.identity"
# From the last word to a tab until its connection is closed for good.
CLOSING_DELAY_SECONDS = 0.3


class IdentifiedNamespace(EventNamespace):
    """Links each socket to a `Tab`, and cuts those whose session is over."""

    def __init__(self, namespace: str, app: rx.App, runtime: Runtime) -> None:
        super().__init__(namespace, app)
        self._runtime = runtime
        self._closing: set[asyncio.Task[None]] = set()

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        identity = environ.get("asgi.scope", {}).get(IDENTITY_KEY)
        if not isinstance(identity, Identity):
            raise SocketRefused
        # Registered first and checked then: a revoke in between finds the tab or is found.
        self._runtime.tabs.add(Tab(sid, identity))
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
        if tab is None or tab.dismissed or not _is_known_event(data):
            return
        await super().on_event(sid, data)

    def on_disconnect(self, sid: str, *_reason: Any) -> asyncio.Task[Any] | None:
        self._runtime.tabs.remove(sid)
        return super().on_disconnect(sid)

    async def emit_to(self, tab: Tab, update: StateUpdate) -> None:
        token = self.sid_to_token.get(tab.sid)
        if token is not None:
            await self.emit_update(update, token)

    def close_transport(self, sid: str) -> None:
        """Close the websocket itself, soon.

        A socket.io disconnect alone is a polite request: a hostile client stays on the same
        websocket and goes on under the old handshake.
        """
        sio = self.app.sio
        assert sio is not None
        transport_id = sio.manager.eio_sid_from_sid(sid, self.namespace)
        if transport_id is not None:
            self._keep(asyncio.create_task(self._close_later(transport_id)))

    async def _close_later(self, transport_id: str) -> None:
        await asyncio.sleep(CLOSING_DELAY_SECONDS)
        assert self.app.sio is not None
        await self.app.sio.eio.disconnect(transport_id)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _is_known_event(data: Any) -> bool:
    """Whether it names a handler. Reflex would log an unknown event whole, headers included."""
    return (
        isinstance(data, dict)
        and isinstance(data.get("name"), str)
        and isinstance(data.get("payload") or {}, dict)
        and isinstance(data.get("router_data") or {}, dict)
        and data["name"] in RegistrationContext.get().event_handlers
    )
