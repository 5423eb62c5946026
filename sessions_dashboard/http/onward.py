"""The way back to a site whose proxy has sent the browser here to sign in."""

import re
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sessions_dashboard import navigation
from sessions_dashboard.database import DATABASE_ERRORS
from sessions_dashboard.http.cookies import SessionCookie
from sessions_dashboard.http.current_session import current_session
from sessions_dashboard.http.rounds import Rounds
from sessions_dashboard.http.unavailable import unavailable_page
from sessions_dashboard.runtime import Runtime
from sessions_dashboard.settings import Settings

PATH = "/auth/onward"
# Nothing that a browser and this server could read differently: no user name before the host, no
# backslash, nothing but printable ASCII.
_ADDRESS = re.compile(
    r"https?://([a-z0-9.-]+)(:\d{1,5})?([/?][!-\[\]-~]*)?", re.IGNORECASE | re.ASCII
)


class OnwardRoutes:
    """`/auth/onward?to=` leads to the address that follows, which is taken literally.

    A proxy appends the address that was asked for, without having to encode it. For a signed-out
    browser the way leads through the sign-in page and back here.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._cookie = SessionCookie(runtime.settings, runtime.signer)
        self._rounds = Rounds(runtime.settings)

    def routes(self) -> list[Route]:
        return [Route(PATH, self.onward, methods=["GET"])]

    async def onward(self, request: Request) -> Response:
        try:
            session = await current_session(request.scope, self._runtime, self._cookie)
        except DATABASE_ERRORS:
            return unavailable_page()
        to = _wanted(request)
        if not is_trusted(to, self._runtime.settings):
            elsewhere = navigation.DEVICES
        elif session is None or session.challenge is not None:
            page = navigation.SIGN_IN if session is None else navigation.CONFIRM
            elsewhere = navigation.address(page, next_path=f"{PATH}?to={to}")
        else:
            response = self._rounds.lead(request.scope, to)
            response.headers["Cache-Control"] = "no-store"
            return response
        return RedirectResponse(elsewhere, 303, headers={"Cache-Control": "no-store"})


def _wanted(request: Request) -> str:
    name, _, address = request.scope["query_string"].decode("latin-1").partition("=")
    return address if name == "to" else ""


def address_onward(to: str, settings: Settings) -> str | None:
    """Where to send a browser that has to sign in first; None for what leads nowhere from there."""
    return f"{settings.public_url}{PATH}?to={to}" if is_trusted(to, settings) else None


def is_trusted(address: str, settings: Settings) -> bool:
    """Whether its host is one that browsers send the session's cookie to, as configured.

    That is the dashboard's own, and with SESSIONS_COOKIE_DOMAIN every host under that name; with
    http only where the dashboard itself is reached by http.
    """
    found = _ADDRESS.fullmatch(address)
    public = urlsplit(settings.public_url)
    if found is None or urlsplit(address).scheme != public.scheme:
        return False
    host, domain = found[1].lower(), _domain(settings)
    return host == public.hostname or (
        domain is not None and (host == domain or host.endswith(f".{domain}"))
    )


def trusted_sites(settings: Settings) -> tuple[str, ...]:
    """The trusted sites beside the dashboard itself, as a Content-Security-Policy writes them."""
    scheme, domain = urlsplit(settings.public_url).scheme, _domain(settings)
    return (f"{scheme}://{domain}:*", f"{scheme}://*.{domain}:*") if domain is not None else ()


def _domain(settings: Settings) -> str | None:
    domain = settings.sessions_cookie_domain
    return domain.removeprefix(".").lower() if domain is not None else None
