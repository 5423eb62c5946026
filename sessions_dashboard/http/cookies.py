"""The session cookie on the wire."""

from datetime import timedelta

from starlette.responses import Response
from starlette.types import Scope

from sessions_dashboard.settings import MAXIMUM_COOKIE_DAYS, Settings


def read_cookie(scope: Scope, name: str) -> str | None:
    """The one value that a request sends under this name.

    Two cookies of one name count as none: a neighbouring subdomain may have planted the other.
    """
    values = []
    for key, line in scope["headers"]:
        if key == b"cookie":
            for pair in line.decode("latin-1").split(";"):
                found, equals, value = pair.strip().partition("=")
                if equals and found == name:
                    values.append(value)
    return values[0] if len(values) == 1 else None


def set_session_cookie(
    response: Response, settings: Settings, value: str, lifetime: timedelta | None
) -> None:
    """Without a lifetime the browser forgets the cookie when it closes."""
    longest = timedelta(days=MAXIMUM_COOKIE_DAYS)
    max_age = int(min(lifetime, longest).total_seconds()) if lifetime is not None else None
    response.set_cookie(
        settings.cookie_name,
        value,
        max_age=max_age,
        path="/",
        domain=settings.sessions_cookie_domain,
        secure=settings.cookie_secure,
        httponly=settings.sessions_cookie_httponly,
        samesite=settings.sessions_cookie_same_site,
    )


def clear_session_cookie(response: Response, settings: Settings) -> None:
    response.delete_cookie(
        settings.cookie_name,
        path="/",
        domain=settings.sessions_cookie_domain,
        secure=settings.cookie_secure,
        httponly=settings.sessions_cookie_httponly,
        samesite=settings.sessions_cookie_same_site,
    )
