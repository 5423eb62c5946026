"""What a page tells of its browser in hidden fields of a form (components/browser_fields.jsx).

All of it is the client's own word: it shapes names and mails, and decides nothing.
"""

import json
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request

from sessions_dashboard.devices import CLIENT_HINT_HEADERS, TOUCH_POINTS, clean_user_agent
from sessions_dashboard.http.client import MAX_CLIENT_HINT_LENGTH, header
from sessions_dashboard.http.forms import Form
from sessions_dashboard.locales import known_locale, known_time_zone, preferred_locale
from sessions_dashboard.sessions import RequestInfo

MAX_HINTS_LENGTH = 4_096
# A page does not know which app shows it: that name comes as a header alone.
TOLD_BY_PAGES = frozenset(
    {TOUCH_POINTS, *(name for name in CLIENT_HINT_HEADERS if name.startswith("sec-ch-ua"))}
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How whoever posts a form reads; None where that is not known."""

    locale: str | None
    time_zone: str | None


def reading_of(request: Request, form: Form) -> Reading:
    """As the page says, else in the language that the browser asks for."""
    asked = preferred_locale(header(request.scope, b"accept-language"))
    return Reading(
        locale=known_locale(form.get("locale")) or asked,
        time_zone=known_time_zone(form.get("time_zone")),
    )


def with_page_hints(info: RequestInfo, form: Form) -> RequestInfo:
    """With the client hints that the page read; those of the request itself come first."""
    hints = {
        name: clean_user_agent(value)[:MAX_CLIENT_HINT_LENGTH]
        for name, value in _read(form.get("hints", "")).items()
        if name in TOLD_BY_PAGES and isinstance(value, str) and value
    }
    return replace(info, client_hints={**hints, **info.client_hints})


def _read(text: str) -> dict[Any, Any]:
    if not text or len(text) > MAX_HINTS_LENGTH:
        return {}
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
