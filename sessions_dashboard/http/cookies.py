"""Cookies on the wire."""

from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response
from starlette.types import Scope

from sessions_dashboard.sessions import ActiveSession, CookieSigner
from sessions_dashboard.sessions.tokens import new_token
from sessions_dashboard.settings import Settings
from sessions_dashboard.settings.fields import MAXIMUM_COOKIE_DAYS


def read_cookie(scope: Scope, name: str) -> str | None:
    """The one value that a request sends under this name.

    Two cookies of one name count as none: a neighbouring subdomain may have planted the other.
    """
    values = []
    for key, line in scope["headers"]:
        if key == b"cookie":
            for pair in line.decode("latin-1").split(";"):
                # Only the spaces that browsers mean: a proxy that removes this cookie from what it
                # passes on does not share Python's idea of white space.
                found, equals, value = pair.strip(" \t").partition("=")
                if equals and found == name:
                    values.append(value)
    return values[0] if len(values) == 1 else None


def host_cookie_name(settings: Settings, name: str) -> str:
    """On the wire; `__Host-` pins a cookie to this very host (RFC 6265bis 4.1.3)."""
    return f"__Host-{name}" if settings.cookie_secure else name


def host_cookie_attributes(settings: Settings) -> dict[str, Any]:
    """Of a cookie beside the session's: sent to this very host alone, and read by no script."""
    return {
        "path": "/",
        "secure": settings.cookie_secure,
        "httponly": True,
        "samesite": settings.sessions_cookie_same_site,
    }


class SessionCookie:
    """The cookie that names a session: read from requests, set and cleared on answers."""

    def __init__(self, settings: Settings, signer: CookieSigner) -> None:
        self._signer = signer
        self._name = settings.cookie_name
        self._attributes: dict[str, Any] = {
            "path": "/",
            "domain": settings.sessions_cookie_domain,
            "secure": settings.cookie_secure,
            "httponly": settings.sessions_cookie_httponly,
            "samesite": settings.sessions_cookie_same_site,
        }

    def token(self, scope: Scope) -> str | None:
        """The token that a request carries; None where the signature does not hold."""
        cookie = read_cookie(scope, self._name)
        return self._signer.token(cookie) if cookie is not None else None

    def is_signed_by_old_key(self, scope: Scope) -> bool:
        cookie = read_cookie(scope, self._name)
        return cookie is not None and not self._signer.is_signed_by_newest_key(cookie)

    def set(self, response: Response, token: str, lifetime: timedelta | None) -> None:
        """Without a lifetime the browser forgets the cookie when it closes."""
        longest = timedelta(days=MAXIMUM_COOKIE_DAYS)
        max_age = int(min(lifetime, longest).total_seconds()) if lifetime is not None else None
        value = self._signer.sign(token)
        response.set_cookie(self._name, value, max_age=max_age, **self._attributes)

    def renew(self, response: Response, session: ActiveSession, token: str, now: datetime) -> None:
        """The same session goes on under this token, for what is left of its life."""
        self.set(response, token, session.ends_at - now if session.remembered else None)

    def clear(self, response: Response) -> None:
        response.delete_cookie(self._name, **self._attributes)


class DeviceCookie:
    """The cookie that a browser is known by: one per browser, whoever signs in on it.

    It opens nothing. It stays on this very host, and outlives every session.
    """

    def __init__(self, settings: Settings) -> None:
        self._signer = CookieSigner(settings.secret_keys, salt="device-cookie")
        self._name = settings.device_cookie_name
        max_age = MAXIMUM_COOKIE_DAYS * 24 * 3600
        self._attributes = {**host_cookie_attributes(settings), "max_age": max_age}

    def token(self, scope: Scope) -> str:
        """The token of the browser that asks; a new one where it has none that we signed."""
        cookie = read_cookie(scope, self._name)
        known = self._signer.token(cookie) if cookie is not None else None
        return known or new_token()

    def set(self, response: Response, token: str) -> None:
        response.set_cookie(self._name, self._signer.sign(token), **self._attributes)
