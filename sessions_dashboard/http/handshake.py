"""The guard in front of the event socket: who may open one, and as whom."""

import hashlib
import hmac
import logging
from collections import Counter
from urllib.parse import parse_qsl, urlencode

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sessions_dashboard.accounts.throttle import network_of
from sessions_dashboard.database import DATABASE_ERRORS
from sessions_dashboard.http.client import client_address, request_info
from sessions_dashboard.http.cookies import SessionCookie
from sessions_dashboard.http.pending import PendingCookie
from sessions_dashboard.live.line import Line
from sessions_dashboard.live.namespace import IDENTITY_KEY, LINE_KEY
from sessions_dashboard.live.tabs import Identity
from sessions_dashboard.runtime import Runtime
from sessions_dashboard.sessions.queries import public_id_of
from sessions_dashboard.sessions.tokens import digest
from sessions_dashboard.words.http import NOT_FOUND

logger = logging.getLogger(__name__)

EVENT_PATH = "/_event"
# More tabs than anybody has open; a runaway client stops here.
MAX_SOCKETS_PER_SESSION = 60
# Each may leave a state behind that lives for an hour. Loading a page takes one.
HANDSHAKES = RateLimitItemPerMinute(240, namespace="handshakes")
# The parameters that the socket protocol itself needs.
PROTOCOL_PARAMETERS = frozenset({"EIO", "transport"})
MAX_CLIENT_TOKEN_LENGTH = 128


class EventHandshake:
    """Lets a websocket through with its identity in the scope and no cookie in the headers.

    The cookie decides who it is, never the client token, which the browser makes up: it is replaced
    by an HMAC of itself and the identity. Under another cookie the same token is then another
    state, and a stolen one is worth nothing.
    """

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self._app = app
        self._runtime = runtime
        self._cookie = SessionCookie(runtime.settings, runtime.signer)
        self._pending = PendingCookie(runtime)
        self._open: Counter[str] = Counter()
        self._recent = FixedWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(EVENT_PATH):
            # Half a handshake would leave a connection without an identity behind.
            await PlainTextResponse(NOT_FOUND, 404)(scope, receive, send)
            return
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        if scope["path"].rstrip("/") != EVENT_PATH or origin not in self._runtime.origins:
            logger.warning("socket refused: path or origin is not this site's")
            await _refuse(receive, send)
            return
        try:
            identity = await self._identify(scope)
        except DATABASE_ERRORS:
            logger.exception("socket refused: the database does not answer")
            await _refuse(receive, send)
            return
        key, limit = self._quota(scope, identity)
        if self._open[key] >= limit or not self._recent.hit(HANDSHAKES, key):
            logger.warning("socket refused: too many are open already")
            await _refuse(receive, send)
            return
        self._open[key] += 1
        line = Line()
        try:
            await self._app(self._rewrite(scope, identity, line), line.listen(receive), send)
        finally:
            line.hang_up()
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]

    async def _identify(self, scope: Scope) -> Identity:
        token = self._cookie.token(scope)
        if token is not None:
            info = request_info(scope, self._runtime.settings.trusted_proxy_hops)
            session = await self._runtime.resume(token, info)
            if session is not None:
                return Identity(session.public_id, session.user_id)
        pending = await self._pending.read(scope)
        if pending is not None:
            return Identity(pending_user_id=pending.known.user_id, pending_until=pending.until)
        if token is None:
            return Identity()
        ended = await self._runtime.database.read(lambda db: public_id_of(db, digest(token)))
        return Identity(ended_public_id=ended)

    def _quota(self, scope: Scope, identity: Identity) -> tuple[str, int]:
        if identity.session_public_id is not None:
            return identity.key, MAX_SOCKETS_PER_SESSION
        address = client_address(scope, self._runtime.settings.trusted_proxy_hops)
        return network_of(address), self._runtime.settings.sessions_max_anonymous_sockets

    def _rewrite(self, scope: Scope, identity: Identity, line: Line) -> Scope:
        pairs = parse_qsl(scope["query_string"].decode("latin-1"))
        query = {name: value for name, value in pairs if name in PROTOCOL_PARAMETERS}
        client_token = dict(pairs).get("token", "")[:MAX_CLIENT_TOKEN_LENGTH]
        query["token"] = self._state_token(identity, client_token)
        return {
            **scope,
            IDENTITY_KEY: identity,
            LINE_KEY: line,
            "query_string": urlencode(query).encode(),
            "headers": [(name, value) for name, value in scope["headers"] if name != b"cookie"],
        }

    def _state_token(self, identity: Identity, client_token: str) -> str:
        key = self._runtime.settings.secret_keys[0].encode()
        message = f"state token|{identity.key}|{client_token}".encode()
        return hmac.new(key, message, hashlib.sha256).hexdigest()


async def _refuse(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1008})
