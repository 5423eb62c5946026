"""Gives every request a name that its answer and all lines of the log about it carry."""

import random
import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sessions_dashboard.http.client import header
from sessions_dashboard.logs import request_id

# The form of a name that a trusted proxy may have given it (nginx: $request_id).
_NAME = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)


class RequestId:
    def __init__(self, app: ASGIApp, *, behind_proxy: bool) -> None:
        self._app = app
        self._behind_proxy = behind_proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        name = self._given(scope) or _new_name()
        request_id.set(name)

        async def send_with_name(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), (b"x-request-id", name.encode())]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, send_with_name)

    def _given(self, scope: Scope) -> str | None:
        """The proxy's name for it; without a proxy in front it would be a stranger's."""
        given = header(scope, b"x-request-id") if self._behind_proxy else ""
        return given if _NAME.fullmatch(given) else None


def _new_name() -> str:
    """A name, not a secret: asking the system for randomness would yield to other threads."""
    return f"{random.getrandbits(64):016x}"
