"""A fresh cookie for a browser that comes along: when its token is old, or its signing key is."""

from starlette.types import Scope

from sessions_dashboard import sessions
from sessions_dashboard.http.cookies import read_cookie
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import ActiveSession


async def renewed_cookie(scope: Scope, runtime: Runtime, session: ActiveSession) -> str | None:
    """The value that the browser should hold from now on, or None where it may keep its own."""
    cookie = read_cookie(scope, runtime.settings.cookie_name)
    presented = runtime.signer.token(cookie) if cookie is not None else None
    if cookie is None or presented is None:
        return None
    if runtime.policy.rotation_due(session.token_since, utc_now()):
        token = await runtime.database.write(
            lambda db: sessions.rotate(db, session, presented, utc_now())
        )
        if token is not None:
            return runtime.signer.sign(token)
    if not runtime.signer.is_signed_by_newest_key(cookie):
        return runtime.signer.sign(presented)
    return None
