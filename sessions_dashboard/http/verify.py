"""Who a cookie belongs to, for proxies and other programs."""

import logging
from functools import lru_cache
from json import JSONEncoder
from typing import NamedTuple
from urllib.parse import quote

from starlette.types import ASGIApp, Receive, Scope, Send

from sessions_dashboard.database import DATABASE_ERRORS
from sessions_dashboard.http.client import header
from sessions_dashboard.http.cookies import SessionCookie
from sessions_dashboard.http.current_session import current_session
from sessions_dashboard.http.onward import address_onward
from sessions_dashboard.http.pages import Headers
from sessions_dashboard.http.unavailable import RETRY_SECONDS
from sessions_dashboard.runtime import Runtime
from sessions_dashboard.sessions import ActiveSession

logger = logging.getLogger(__name__)

# What an email address may contain unquoted: RFC 5322's atext, the dot and the @.
EMAIL_CHARACTERS = "!#$&'*+/=?^`{|}~@."
PATH = "/auth/verify"
# The same for a proxy that shows the browser whatever is no yes, as Traefik does.
ONWARD_PATH = f"{PATH}/onward"
METHODS = ("GET", "HEAD")
# A proxy asks for the same few browsers over and over.
REMEMBERED = 1_024
_as_json = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Answer(NamedTuple):
    status: int
    headers: Headers
    body: bytes


class VerifyFirst:
    """Answers in front of everything that only pages need: a proxy asks for every file of a site.

    It speaks plain ASGI, because the answer about a session stays the same until its row changes.
    """

    def __init__(self, app: ASGIApp, runtime: Runtime, headers: Headers) -> None:
        """`headers` are added to every answer."""
        self._app = app
        self._runtime = runtime
        self._headers = headers
        self._cookie = SessionCookie(runtime.settings, runtime.signer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in (PATH, ONWARD_PATH):
            await self._app(scope, receive, send)
            return
        answer = await self._answer(scope)
        if scope["path"] == ONWARD_PATH and answer.status == 401:
            answer = self._way_to_sign_in(scope) or answer
        status, headers, body = answer
        headers = [*self._headers, *headers]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        sent = body if scope["method"] != "HEAD" else b""
        await send({"type": "http.response.body", "body": sent})

    async def _answer(self, scope: Scope) -> Answer:
        if scope["method"] not in METHODS:
            return WRONG_METHOD
        try:
            session = await current_session(scope, self._runtime, self._cookie)
        except DATABASE_ERRORS:
            logger.exception("the database does not answer")
            return UNAVAILABLE
        if session is None:
            return NOT_SIGNED_IN
        if session.challenge is not None:
            return PASSWORD_NEEDED
        self._runtime.note_activity(session)
        return _told_of(session)

    def _way_to_sign_in(self, scope: Scope) -> Answer | None:
        onward = address_onward(_address_asked_for(scope), self._runtime.settings)
        if onward is None:
            return None
        return _answer(303, {"error": "not_signed_in"}, {"location": onward})


def _address_asked_for(scope: Scope) -> str:
    """The one of the proxy's site; with no proxy in between, of whatever the client likes."""
    names = (b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-uri")
    scheme, host, path = (header(scope, name) for name in names)
    return f"{scheme}://{host}{path}"


def _answer(status: int, told: dict[str, object], headers: dict[str, str]) -> Answer:
    body = _as_json(told).encode()
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        **headers,
    }
    sent = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Answer(status, sent, body)


WRONG_METHOD = _answer(405, {"error": "method_not_allowed"}, {"allow": ", ".join(METHODS)})
UNAVAILABLE = _answer(503, {"error": "unavailable"}, {"retry-after": str(RETRY_SECONDS)})
NOT_SIGNED_IN = _answer(401, {"error": "not_signed_in"}, {})
PASSWORD_NEEDED = _answer(401, {"error": "password_needed"}, {})


@lru_cache(REMEMBERED)
def _told_of(session: ActiveSession) -> Answer:
    told: dict[str, object] = {
        "user": {
            "id": session.user_public_id,
            "email": session.email,
            "is_admin": session.is_admin,
        },
        "session": {
            "id": session.public_id,
            "created_at": session.created_at.isoformat(),
            "last_seen_at": session.last_seen_at.isoformat(),
            "expires_at": session.expires_at.isoformat(),
        },
    }
    headers = {
        "x-auth-user": session.user_public_id,
        # Header values are Latin-1 at the most; an address may be anything.
        "x-auth-email": quote(session.email, safe=EMAIL_CHARACTERS),
        "x-auth-admin": "true" if session.is_admin else "false",
        "x-auth-session": session.public_id,
    }
    return _answer(200, told, headers)
