"""A fresh cookie for a browser that loads a page: when its token or its signing key is old."""

from starlette.types import Scope

from sessions_dashboard import sessions
from sessions_dashboard.http.cookies import SessionCookie
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import ActiveSession


async def renewed_token(
    scope: Scope, runtime: Runtime, cookie: SessionCookie, session: ActiveSession
) -> str | None:
    """What the browser's cookie should hold from now on; None where it may stay as it is."""
    presented = cookie.token(scope)
    if presented is None:
        return None
    if runtime.policy.rotation_due(session.token_since, utc_now()):
        token = await runtime.database.write(
            lambda db: sessions.rotate(db, session, presented, utc_now())
        )
        if token is not None:
            return token
    return presented if cookie.is_signed_by_old_key(scope) else None
