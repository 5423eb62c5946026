"""Who makes a request: a browser by its cookie, or a program by its key."""

from starlette.requests import Request

from sessions_dashboard.api.operation import Operation
from sessions_dashboard.api.problems import Problem
from sessions_dashboard.http.client import header, request_info
from sessions_dashboard.http.cookies import SessionCookie
from sessions_dashboard.http.origin import is_own_request
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import ActiveKey, ActiveSession, Actor, RequestInfo, api_keys


class Callers:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._cookie = SessionCookie(runtime.settings, runtime.signer)

    async def of(self, operation: Operation, request: Request) -> Actor:
        """Resolved anew from the table at every request; a key, where one is shown, counts alone.

        Raises:
            Problem: nobody, or nobody who may ask this.
        """
        info = request_info(request.scope, self._runtime.settings.trusted_proxy_hops)
        shown = header(request.scope, b"authorization")
        actor: Actor
        if shown:
            actor = await self._by_key(shown, info)
            if operation.scope not in actor.scopes:
                raise Problem("scope", [operation.scope])
        else:
            actor = await self._by_cookie(request, info)
        if operation.admins_only and not actor.is_admin:
            raise Problem("admins_only")
        return actor

    async def _by_key(self, shown: str, info: RequestInfo) -> ActiveKey:
        """No browser sends this header to another site by itself: no Origin has to be looked at."""
        scheme, _, key = shown.partition(" ")
        if scheme.lower() != "bearer":
            raise Problem("key_refused")
        now = utc_now()
        actor = await self._runtime.database.read(
            lambda db: api_keys.resume_key(db, key.strip(), now)
        )
        if actor is None:
            raise Problem("key_refused")
        if api_keys.use_is_due(actor, now):
            await self._runtime.change(
                lambda db: api_keys.note_use(db, actor, info.ip_address, now),
                lambda _none: [actor.user_id],
            )
        return actor

    async def _by_cookie(self, request: Request, info: RequestInfo) -> ActiveSession:
        if not is_own_request(request.scope, self._runtime.origins):
            raise Problem("origin")
        token = self._cookie.token(request.scope)
        actor = await self._runtime.resume(token, info) if token is not None else None
        if actor is None:
            raise Problem("not_signed_in")
        if actor.challenge is not None:
            raise Problem("password_needed")
        return actor
