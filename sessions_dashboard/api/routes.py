"""The API over HTTP: who asks, whether they may, what they ask for, and the answer."""

import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NoReturn

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from sessions_dashboard.api import accounts, administration, bulk_ends, docs, own, policy
from sessions_dashboard.api.callers import Callers, counted_as, require_authority
from sessions_dashboard.api.cursors import Cursors
from sessions_dashboard.api.given import Given
from sessions_dashboard.api.openapi import described
from sessions_dashboard.api.operation import Call, Operation
from sessions_dashboard.api.problems import Problem
from sessions_dashboard.api.rate_limit import RateLimit, headers_of
from sessions_dashboard.api.shared_window import SharedWindow
from sessions_dashboard.database import DATABASE_ERRORS
from sessions_dashboard.http.client import header
from sessions_dashboard.http.unavailable import RETRY_SECONDS
from sessions_dashboard.runtime import Runtime
from sessions_dashboard.sessions import (
    ActiveSession,
    NotAdmin,
    NotFound,
    NotSignedIn,
    PasswordNeeded,
)
from sessions_dashboard.settings import Settings

logger = logging.getLogger(__name__)

PREFIX = "/api/v1"
Answer = Callable[[Operation, Request], Awaitable[Response]]
# Enough for `MAX_CHOSEN` ids.
MAX_BODY_BYTES = 64 * 1024
OPERATIONS = (
    *own.OPERATIONS,
    *administration.OPERATIONS,
    *bulk_ends.OPERATIONS,
    *accounts.OPERATIONS,
    *policy.OPERATIONS,
)
REFUSALS = {
    NotFound: "not_found",
    NotSignedIn: "not_signed_in",
    NotAdmin: "admins_only",
    PasswordNeeded: "password_needed",
}


class ApiRoutes:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._callers = Callers(runtime)
        self._cursors = Cursors(runtime.settings.secret_keys)
        self._rate_limit = RateLimit(_shared_window(runtime.settings))
        self._description = described(OPERATIONS, PREFIX, runtime.settings.cookie_name)
        # In development the pages have a port of their own.
        pages_at = "" if runtime.settings.production else runtime.origins[0]
        self._page = docs.page(self._description, pages_at)

    def routes(self) -> list[BaseRoute]:
        paths = dict.fromkeys(operation.path for operation in OPERATIONS)
        return [
            *(self._route(path) for path in paths),
            Route("/api/docs", self._show, methods=["GET"]),
            Route("/api/openapi.json", self._describe, methods=["GET"]),
            Mount("/api", _nowhere),
        ]

    def _route(self, path: str) -> Route:
        known = {one.method: one for one in OPERATIONS if one.path == path}
        if "GET" in known:
            # RFC 9110 section 9.1. The web server leaves the body out.
            known["HEAD"] = known["GET"]
        return Route(PREFIX + path, _AnyMethod(self._answer, known))

    async def _show(self, _request: Request) -> Response:
        return HTMLResponse(self._page)

    async def _describe(self, _request: Request) -> Response:
        return JSONResponse(self._description)

    async def _answer(self, operation: Operation, request: Request) -> Response:
        headers: dict[str, str] = {}
        try:
            actor = await self._callers.of(request)
            standing = await self._rate_limit.count(counted_as(actor))
            headers = headers_of(standing)
            if not standing.allowed:
                raise Problem("rate_limit")
            # Counted before this: a caller that is refused may not ask more often than others.
            require_authority(actor, operation)
            call = Call(
                self._runtime,
                self._cursors,
                actor,
                request.path_params.get("id", ""),
                _read_query(operation.query, request),
                await _read_body(operation.body, request),
            )
            if isinstance(actor, ActiveSession):
                self._runtime.note_activity(actor)
            answer: BaseModel = await operation.handle(call)
        except Problem as problem:
            return problem.response(headers)
        except tuple(REFUSALS) as refusal:
            return Problem(REFUSALS[type(refusal)]).response(headers)
        except DATABASE_ERRORS:
            logger.exception("the database does not answer")
            return Problem("unavailable").response(headers | {"Retry-After": str(RETRY_SECONDS)})
        return JSONResponse(answer.model_dump(mode="json"), headers=headers)


def _shared_window(settings: Settings) -> SharedWindow | None:
    if not settings.redis_url:
        return None
    return SharedWindow(settings.redis_url, settings.secret_keys[0].encode())


class _AnyMethod:
    """All methods of one address; an unknown one is answered with those that there are."""

    def __init__(self, answer: Answer, known: Mapping[str, Operation]) -> None:
        self._answer = answer
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = self._known.get(scope["method"])
        if operation is None:
            response: Response = Problem("method").response({"Allow": ", ".join(self._known)})
        else:
            response = await self._answer(operation, Request(scope, receive))
        await response(scope, receive, send)


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    await Problem("not_found").response()(scope, receive, send)


def _read_query(model: type[Given], request: Request) -> Given:
    pairs = request.query_params.multi_items()
    times = Counter(name for name, _value in pairs)
    doubled = [name for name, number in times.items() if number > 1]
    if doubled:
        raise Problem("parameter", doubled)
    try:
        return model.model_validate(dict(pairs))
    except ValidationError as error:
        _refuse("parameter", error)


async def _read_body(model: type[Given] | None, request: Request) -> Given | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise Problem("too_large")
    if model is None:
        return None
    media_type = header(request.scope, b"content-type").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem("media_type")
    try:
        return model.model_validate(json.loads(body))
    except ValidationError as error:
        _refuse("body", error)
    except (ValueError, RecursionError):
        raise Problem("body", model.model_fields) from None


def _refuse(code: str, error: ValidationError) -> NoReturn:
    """Name the fields at fault; the values that were sent are not sent back."""
    places: Iterable[tuple[Any, ...]] = (one["loc"] for one in error.errors(include_input=False))
    raise Problem(code, [str(place[0]) for place in places if place]) from None
