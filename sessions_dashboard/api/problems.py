"""Errors as problem details (RFC 9457)."""

from collections.abc import Iterable, Mapping

from pydantic import BaseModel
from starlette.responses import JSONResponse

from sessions_dashboard.devices.cleaning import clean_text
from sessions_dashboard.words.api import PROBLEMS

MEDIA_TYPE = "application/problem+json"
HTTP_UNAUTHORIZED = 401
# A request may bring thousands of wrong names of any length.
MAX_NAMES = 20
MAX_NAME_LENGTH = 40
STATUSES = {
    "not_signed_in": 401,
    "key_refused": 401,
    "password_needed": 403,
    "origin": 403,
    "admins_only": 403,
    "scope": 403,
    "not_found": 404,
    "method": 405,
    "own_account": 409,
    "last_administrator": 409,
    "policy_moved": 409,
    "email_taken": 409,
    "number": 409,
    "preview_outdated": 409,
    "policy": 422,
    "parameter": 422,
    "cursor": 422,
    "body": 422,
    "name": 422,
    "email": 422,
    "media_type": 415,
    "too_large": 413,
    "rate_limit": 429,
    "unavailable": 503,
}


class ProblemDetails(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str


class Problem(Exception):
    """Why a request is refused; `code` is one of `STATUSES`, `names` what it is about.

    The names may be the request's own. A mapping says of each what is wrong with it.
    """

    def __init__(self, code: str, names: Iterable[str] | Mapping[str, str] = ()) -> None:
        super().__init__(code)
        self.code = code
        told = {clean_text(name, MAX_NAME_LENGTH): name for name in names}
        self.names = sorted(told)[:MAX_NAMES]
        if isinstance(names, Mapping):
            self.names = [f"{name} {names[told[name]]}" for name in self.names]
        self._separator = "; " if isinstance(names, Mapping) else ", "

    def response(self, headers: Mapping[str, str] | None = None) -> JSONResponse:
        title, detail = PROBLEMS[self.code]
        status = STATUSES[self.code]
        body = {
            "type": f"/api/docs#{self.code}",
            "title": title,
            "status": status,
            "detail": detail.format(names=self._separator.join(self.names)),
            "code": self.code,
        }
        told = dict(headers or {})
        if status == HTTP_UNAUTHORIZED:
            # RFC 9110 section 15.5.2.
            told["WWW-Authenticate"] = "Bearer"
        return JSONResponse(body, status, headers=told, media_type=MEDIA_TYPE)
