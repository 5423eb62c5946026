"""Who a cookie belongs to, for proxies and other programs."""

import logging
from json import JSONEncoder
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sessions_dashboard.database import DATABASE_ERRORS
from sessions_dashboard.http.client import request_info
from sessions_dashboard.http.cookies import SessionCookie
from sessions_dashboard.runtime import Runtime
from sessions_dashboard.sessions import ActiveSession

logger = logging.getLogger(__name__)

# RFC 5322's atext, the dot and the @: what stands in an address as it is.
EMAIL_CHARACTERS = "!#$&'*+/=?^`{|}~@."
PATH = "/auth/verify"
# Made once: a `JSONResponse` makes one for each answer.
_as_json = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class VerifyRoutes:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._cookie = SessionCookie(runtime.settings, runtime.signer)

    def routes(self) -> list[Route]:
        return [Route(PATH, self.verify, methods=["GET"])]

    async def verify(self, request: Request) -> Response:
        return await self.answer(request.scope)

    async def answer(self, scope: Scope) -> Response:
        token = self._cookie.token(scope)
        try:
            session = await self._resume(token, scope) if token is not None else None
        except DATABASE_ERRORS:
            logger.exception("the database does not answer")
            return JSONResponse({"error": "unavailable"}, 503)
        if session is None:
            return JSONResponse({"error": "not_signed_in"}, 401)
        if session.challenge is not None:
            return JSONResponse({"error": "password_needed"}, 401)
        self._runtime.note_activity(session)
        return Response(
            _as_json(_session_as_json(session)),
            media_type="application/json",
            headers={
                "X-Auth-User": session.user_public_id,
                # Header values are Latin-1 at the most; an address may be anything.
                "X-Auth-Email": quote(session.email, safe=EMAIL_CHARACTERS),
                "X-Auth-Admin": "true" if session.is_admin else "false",
                "X-Auth-Session": session.public_id,
            },
        )

    async def _resume(self, token: str, scope: Scope) -> ActiveSession | None:
        hops = self._runtime.settings.trusted_proxy_hops
        return await self._runtime.resume(token, request_info(scope, hops))


class VerifyFirst:
    """Answers before all that only pages need: a proxy asks this for every file of a site."""

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self._app = app
        self._routes = VerifyRoutes(runtime)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "GET":
            app = await self._routes.answer(scope)
        await app(scope, receive, send)


def _session_as_json(session: ActiveSession) -> dict[str, object]:
    return {
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
