"""The session whose cookie a request carries."""

from starlette.types import Scope

from sessions_dashboard.http.client import request_info
from sessions_dashboard.http.cookies import SessionCookie
from sessions_dashboard.runtime import Runtime
from sessions_dashboard.sessions import ActiveSession


async def current_session(
    scope: Scope, runtime: Runtime, cookie: SessionCookie
) -> ActiveSession | None:
    """Resolved from the table at every request; None where nobody is signed in."""
    token = cookie.token(scope)
    if token is None:
        return None
    return await runtime.resume(token, request_info(scope, runtime.settings.trusted_proxy_hops))
