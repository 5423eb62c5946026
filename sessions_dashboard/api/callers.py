"""Who makes a request, a browser by its cookie or a program by its key, and what it may ask."""

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

    async def of(self, request: Request) -> Actor:
        """Resolved from the table at every request; where a key is shown, the cookie is ignored.

        Raises:
            Problem: nobody, or a browser that another site has made ask.
        """
        info = request_info(request.scope, self._runtime.settings.trusted_proxy_hops)
        shown = header(request.scope, b"authorization")
        if shown:
            return await self._by_key(shown, info)
        return await self._by_cookie(request, info)

    async def _by_key(self, shown: str, info: RequestInfo) -> ActiveKey:
        """No browser sends this header to another site by itself, so Origin need not be checked."""
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
        return actor


def counted_as(actor: Actor) -> str:
    """An account with all its sessions and keys is one. A challenged session counts by itself:
    whoever holds it has not proved to be the owner, whose limit it would use up."""
    is_challenged = not isinstance(actor, ActiveKey) and actor.challenge is not None
    return f"challenged:{actor.public_id}" if is_challenged else actor.user_public_id


def require_authority(actor: Actor, operation: Operation) -> None:
    """
    Raises:
        Problem: they may not ask this.
    """
    if isinstance(actor, ActiveKey):
        if operation.scope not in actor.scopes:
            raise Problem("scope", [operation.scope])
    elif actor.challenge is not None:
        raise Problem("password_needed")
    if operation.admins_only and not actor.is_admin:
        raise Problem("admins_only")
