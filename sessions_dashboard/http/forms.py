"""Forms posted over HTTP: read within bounds, refused with a reason, answered with a page.

A browser is answered with a redirect, a program that accepts JSON with JSON.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sessions_dashboard import navigation
from sessions_dashboard.database import DATABASE_ERRORS
from sessions_dashboard.http.client import header
from sessions_dashboard.http.origin import is_own_request
from sessions_dashboard.words import http as words

logger = logging.getLogger(__name__)

MAX_FORM_BYTES = 16 * 1024
MAX_FORM_FIELDS = 20
FORM_TYPE = "application/x-www-form-urlencoded"

Form = dict[str, str]
Handle = Callable[[Request, Form], Awaitable[Response]]


class Refusal(Exception):
    """A request that is answered with a reason code, or with a status and a sentence."""

    def __init__(self, status: int, code: str, retry_after: timedelta | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.retry_after = retry_after


class Forms:
    """Turns functions that handle one form each into routes."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._origins = origins

    def route(self, path: str, handle: Handle, back_to: str) -> Route:
        """A POST route; a refused form goes back to the page `back_to`."""

        async def endpoint(request: Request) -> Response:
            form: Form = {}
            try:
                if not is_own_request(request.scope, self._origins):
                    raise Refusal(403, "origin")
                form = await _read_form(request)
                form["next"] = form.get("next") or _next_of_the_page(request)
                return await handle(request, form)
            except Refusal as refusal:
                return self._refuse(request, refusal, back_to, form)
            except DATABASE_ERRORS:
                logger.exception("the database does not answer")
                return self._refuse(request, Refusal(503, "unavailable"), back_to, form)

        return Route(path, endpoint, methods=["POST"])

    def answer(self, request: Request, path: str) -> Response:
        if _wants_json(request):
            return JSONResponse({"location": path})
        return self._redirect(request, path)

    def hold_up(self, request: Request, path: str, status: int, code: str) -> Response:
        """Answer "not yet": something has to be done on another page first."""
        if _wants_json(request):
            body = {"error": code, "message": words.REFUSALS[code], "location": path}
            return JSONResponse(body, status)
        return self._redirect(request, path)

    def _refuse(self, request: Request, refusal: Refusal, back_to: str, form: Form) -> Response:
        if refusal.code == "origin" or _wants_json(request):
            body = {"error": refusal.code, "message": words.REFUSALS[refusal.code]}
            response: Response = JSONResponse(body, refusal.status)
        else:
            address = _with_reason(back_to, refusal.code, form)
            response = self._redirect(request, address)
        if refusal.retry_after is not None:
            response.headers["Retry-After"] = str(int(refusal.retry_after.total_seconds()))
        return response

    def _redirect(self, request: Request, path: str) -> Response:
        """To a page of the form's own site, which in development has a port of its own."""
        origin = header(request.scope, b"origin")
        site = origin if origin in self._origins else ""
        return RedirectResponse(site + path, 303)


def _with_reason(page: str, code: str, form: Form) -> str:
    return navigation.address(page, next_path=form.get("next", ""), error=code)


async def _read_form(request: Request) -> Form:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise Refusal(413, "too_large")
    if not body:
        return {}
    if content_type != FORM_TYPE:
        raise Refusal(415, "form")
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS, errors="strict"
        )
    except ValueError:
        raise Refusal(400, "form") from None
    return dict(pairs)


def _next_of_the_page(request: Request) -> str:
    """Where the page with the form leads on to, by that page's address.

    The page writes it into the form as well, once it has loaded; a password manager that submits
    the form before would end up elsewhere.
    """
    try:
        query = urlsplit(request.headers.get("referer", "")).query
        return dict(parse_qsl(query, max_num_fields=MAX_FORM_FIELDS)).get("next", "")
    except ValueError:
        return ""


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")
