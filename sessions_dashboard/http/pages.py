"""What surrounds every page and route: where a browser belongs, and the security headers."""

import logging
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sessions_dashboard import navigation
from sessions_dashboard.database import DATABASE_ERRORS
from sessions_dashboard.devices import CLIENT_HINT_HEADERS
from sessions_dashboard.http.content_security import ContentSecurity
from sessions_dashboard.http.cookies import SessionCookie
from sessions_dashboard.http.current_session import current_session
from sessions_dashboard.http.renewal import renewed_token
from sessions_dashboard.http.unavailable import unavailable_page
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import ActiveSession
from sessions_dashboard.words.http import NOT_FOUND

logger = logging.getLogger(__name__)

# Reflex's own endpoints that would tell strangers about the server.
CLOSED_PATHS = ("/_health", "/_upload", "/_all_routes")
BUILT_FOR_ANY_ADDRESS = "/404.html"
# The same for everybody, but not named by their content, as the build's own files are.
PICTURES = frozenset({"/favicon.ico", "/logo.svg", "/marks.svg", "/touch-icon.png"})
HSTS_SECONDS = 365 * 24 * 3600
BUILD_PATH = "/assets/"
# The build's own files: other content has another name.
FOREVER = b"public, max-age=31536000, immutable"
AN_HOUR = b"public, max-age=3600"
FOUND = frozenset({200, 206, 304})
# For a file that is no page: opened by itself, it can do nothing.
NO_PAGE = b"default-src 'none'; frame-ancestors 'none'; sandbox"
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"
CONTENT_SECURITY, CACHE_CONTROL = b"content-security-policy", b"cache-control"
# These two are never left to whatever answers.
DECIDED_HERE = frozenset({CONTENT_SECURITY, CACHE_CONTROL})
Headers = list[tuple[bytes, bytes]]


class PageGate:
    """Sends a browser to the page where it belongs, before anything is shown.

    In production only: in development the pages come from another server, and their own
    handlers do the same.
    """

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self._app = app
        self._runtime = runtime
        self._cookie = SessionCookie(runtime.settings, runtime.signer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(CLOSED_PATHS):
            await PlainTextResponse(NOT_FOUND, 404)(scope, receive, send)
            return
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        path = scope["path"].rstrip("/") or "/"
        page = navigation.page_at(path)
        if page is None or not self._runtime.settings.production:
            await self._app(scope, receive, send)
            return
        try:
            session = await current_session(scope, self._runtime, self._cookie)
            elsewhere = await self._elsewhere(scope, path, session)
            if elsewhere is None:
                send = await self._renewing(scope, session, send)
        except DATABASE_ERRORS:
            logger.exception("the database does not answer")
            await unavailable_page()(scope, receive, send)
            return
        if elsewhere is not None:
            redirect = RedirectResponse(elsewhere, 303, headers={"Cache-Control": "no-store"})
            await redirect(scope, receive, send)
            return
        # The page's own folder, to save the static server's redirect to the trailing slash. A page
        # with many addresses is built once, and reads its address in the browser.
        file = BUILT_FOR_ANY_ADDRESS if "[" in page else path.rstrip("/") + "/"
        await self._app({**scope, "path": file}, receive, send)

    async def _elsewhere(
        self, scope: Scope, path: str, session: ActiveSession | None
    ) -> str | None:
        return navigation.redirect_for(
            path,
            Request(scope).query_params.get("next", ""),
            has_account=await self._runtime.has_account(),
            signed_in=session is not None,
            is_admin=session is not None and session.is_admin,
            challenged=session is not None and session.challenge is not None,
            open_sign_up=self._runtime.settings.open_sign_up,
        )

    async def _renewing(self, scope: Scope, session: ActiveSession | None, send: Send) -> Send:
        """`send`, which adds a new cookie where the session's is old or signed by an old key."""
        # A challenged session keeps its token: the password has not been given yet.
        if session is None or session.challenge is not None:
            return send
        renewed = await renewed_token(scope, self._runtime, self._cookie, session)
        if renewed is None:
            return send
        carrier = Response()
        self._cookie.renew(carrier, session, renewed, utc_now())

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", carrier.headers["set-cookie"])
            await send(message)

        return send_with_cookie


class SecurityHeaders:
    """Adds the headers that every answer should carry (OWASP Secure Headers)."""

    def __init__(self, app: ASGIApp, runtime: Runtime, content: ContentSecurity) -> None:
        self._app = app
        self._content = content
        headers = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if runtime.settings.public_url.startswith("https://"):
            headers["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}"
        # Encoded once, as they are added to every answer. A page loads two dozen files of the
        # build, which need no more than these.
        self._of_files = _as_sent(headers)
        # The headers of an answer that is no page, for those who answer in front of this.
        self.of_data = [*self._of_files, (CONTENT_SECURITY, NO_PAGE), (CACHE_CONTROL, b"no-store")]
        self._headers = _as_sent(
            headers
            | {
                "X-Frame-Options": "DENY",
                "Cross-Origin-Opener-Policy": "same-origin",
                "Permissions-Policy": PERMISSIONS,
                "Accept-CH": ", ".join(
                    name for name in CLIENT_HINT_HEADERS if name.startswith("sec-")
                ),
            }
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = self._own(scope["path"], message["status"])
                message = {**message, "headers": _with(message.get("headers", ()), own)}
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _own(self, path: str, status: int) -> Headers:
        if path.startswith(BUILD_PATH) and status in FOUND:
            return [*self._of_files, (CONTENT_SECURITY, NO_PAGE), (CACHE_CONTROL, FOREVER)]
        if path in PICTURES and status in FOUND:
            return [*self._of_files, (CONTENT_SECURITY, NO_PAGE), (CACHE_CONTROL, AN_HOUR)]
        policy = self._content.policy(path).encode()
        return [*self._headers, (CONTENT_SECURITY, policy), (CACHE_CONTROL, b"no-store")]


def _as_sent(headers: dict[str, str]) -> Headers:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _with(answered: Iterable[tuple[bytes, bytes]], own: Headers) -> Headers:
    """An answer's headers and ours; of most it may set its own."""
    kept = [one for one in answered if one[0].lower() not in DECIDED_HERE]
    said = {name.lower() for name, _value in kept}
    return kept + [one for one in own if one[0] not in said]
