"""A filtered list as a file, for administrators: CSV or JSON Lines, as it is read."""

import csv
import io
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sessions_dashboard.accounts.directory import (
    BY_EMAIL,
    Account,
    Kind,
    page_of_accounts,
    read_order,
)
from sessions_dashboard.database import DATABASE_ERRORS
from sessions_dashboard.http.client import header
from sessions_dashboard.http.cookies import SessionCookie
from sessions_dashboard.http.current_session import current_session
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import ActiveSession
from sessions_dashboard.sessions.event_filters import EventView, unreadable_in
from sessions_dashboard.sessions.events import ListedEvent, page_after
from sessions_dashboard.sessions.filters import parameters_of, read_text, read_view
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.listing import ListedSession, page_of
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.words import http as words
from sessions_dashboard.words.admin_events import more, sentence

logger = logging.getLogger(__name__)

# How many rows are in memory at a time, however many there are.
ROWS_PER_PAGE = 1_000
# A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV injection).
FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Half of the world's spreadsheets split cells at semicolons, quoted or not.
FORMULA_WITHIN = re.compile(r";(?=\s*[=+\-@＝＋－＠])")
SESSION_FIELDS = (
    *("id", "user", "role", "status", "device", "name", "kind", "browser", "browser_version", "os"),
    *("ip_address", "network", "city", "country", "country_code", "signed_in_at", "last_active_at"),
    *("runs_out_at", "ended_at", "end_reason", "new_device", "moved", "user_agent"),
)
EVENT_FIELDS = (
    *("at", "kind", "user", "what_happened", "device", "ip_address", "end_reason", "done_by"),
    *("done_from", "given_reason", "details"),
)
USER_FIELDS = (
    *("id", "email", "role", "active_sessions", "last_active_at", "created_at", "disabled_at"),
    "invited_until",
)
Row = dict[str, str | None]
Write = Callable[[Sequence[Row]], str]


@dataclass(frozen=True, slots=True)
class List:
    """A filtered list, read a page at a time."""

    name: str
    fields: tuple[str, ...]
    # What it is filtered by, as parameters of its address.
    filter: Mapping[str, str]
    # The rows after a place in it, and the next place; None at the end.
    page: Callable[[Connection, Policy, datetime, Any], tuple[list[Row], Any]]


class CutOff(Exception):
    """The administrator's session ended on the way: the file breaks off where it was."""


def sessions_of(parameters: Mapping[str, str]) -> List | None:
    """The sessions that the parameters ask for; None where one of them can't be read."""
    read = read_view(parameters)
    if read.unreadable:
        return None

    def page(db: Connection, policy: Policy, now: datetime, place: Any) -> tuple[list[Row], Any]:
        found = page_of(db, read.view, policy, now, place, ROWS_PER_PAGE)
        return [session_row(session, now) for session in found.rows], found.older

    return List("sessions", SESSION_FIELDS, parameters_of(read.view), page)


def events_of(parameters: Mapping[str, str]) -> List | None:
    """The history that the parameters ask for, likewise."""
    if unreadable_in(parameters):
        return None
    view = EventView.read(parameters)

    def page(db: Connection, _policy: Policy, _now: datetime, key: Any) -> tuple[list[Row], Any]:
        rows, last = page_after(db, view, key, ROWS_PER_PAGE)
        return [event_row(one) for one in rows], last

    return List("events", EVENT_FIELDS, view.parameters(), page)


def users_of(parameters: Mapping[str, str]) -> List | None:
    """The accounts that the parameters ask for, likewise."""
    kind = parameters.get("kind") or Kind.ALL
    if kind not in list(Kind):
        return None
    try:
        search = read_text(parameters.get("q", ""))
        order = read_order(parameters.get("sort") or str(BY_EMAIL))
    except ValueError:
        return None

    def page(db: Connection, policy: Policy, now: datetime, key: Any) -> tuple[list[Row], Any]:
        found = page_of_accounts(db, policy, now, search, Kind(kind), key, ROWS_PER_PAGE, order)
        return [user_row(account) for account in found.accounts], found.next_key

    return List("users", USER_FIELDS, {"q": search, "kind": kind}, page)


Read = Callable[[Mapping[str, str]], List | None]
# By the name that each has in its address.
LISTS: dict[str, Read] = {"sessions": sessions_of, "events": events_of, "users": users_of}


class ExportRoutes:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._cookie = SessionCookie(runtime.settings, runtime.signer)

    def routes(self) -> list[Route]:
        return [
            Route(f"/export/{name}.{suffix}", partial(write, read), methods=["GET"])
            for name, read in LISTS.items()
            for suffix, write in (("csv", self._as_csv), ("jsonl", self._as_lines))
        ]

    async def _as_csv(self, read: Read, request: Request) -> Response:
        return await self._export(request, read, "csv", "text/csv; charset=utf-8", write_csv)

    async def _as_lines(self, read: Read, request: Request) -> Response:
        return await self._export(request, read, "jsonl", "application/jsonl", write_json_lines)

    async def _export(
        self, request: Request, read: Read, suffix: str, media_type: str, write: Write
    ) -> Response:
        if header(request.scope, b"sec-fetch-site") == "cross-site":
            return _refusal(403, "cross_site")
        try:
            actor = await current_session(request.scope, self._runtime, self._cookie)
            if actor is None:
                return _refusal(401, "not_signed_in")
            if actor.challenge is not None:
                return _refusal(401, "password_needed")
            if not actor.is_admin:
                return _refusal(403, "admins_only")
            wanted = read(request.query_params)
            if wanted is None:
                # Half a filter would find more than was asked for.
                return _refusal(422, "filter")
            now = utc_now()
            await self._note(actor, wanted, suffix, now)
        except DATABASE_ERRORS:
            logger.exception("the database does not answer")
            return _refusal(503, "unavailable")
        heading = ",".join(wanted.fields) + "\r\n" if suffix == "csv" else ""
        file = f"{wanted.name}-{now.date().isoformat()}.{suffix}"
        return StreamingResponse(
            self._pages(actor, wanted, now, heading, write),
            media_type=media_type,
            headers={"Content-Disposition": f'attachment; filename="{file}"'},
        )

    async def _note(self, actor: ActiveSession, wanted: List, suffix: str, now: datetime) -> None:
        """Record who takes a copy of what."""
        details = {"list": wanted.name, "format": suffix, "filter": dict(wanted.filter)}
        await self._runtime.database.write(
            lambda db: record(
                db, EventKind.EXPORTED, now, actor_user_id=actor.user_id, details=details
            )
        )

    async def _pages(
        self, actor: ActiveSession, wanted: List, now: datetime, heading: str, write: Write
    ) -> AsyncIterator[str]:
        yield heading
        place: Any = None
        while True:
            rows, place = await self._page(wanted, now, place)
            yield write(rows)
            if place is None:
                return
            still = await self._runtime.resume_by_public_id(actor.public_id)
            if still is None or still.challenge is not None or not still.is_admin:
                raise CutOff

    async def _page(self, wanted: List, now: datetime, place: Any) -> tuple[list[Row], Any]:
        policy = self._runtime.policy
        return await self._runtime.database.scan(lambda db: wanted.page(db, policy, now, place))


def _refusal(status: int, code: str) -> Response:
    return JSONResponse({"error": code, "message": words.REFUSALS[code]}, status)


def session_row(session: ListedSession, now: datetime) -> Row:
    """A session as a file has it; times in UTC, ISO 8601."""
    values: tuple[str | None, ...] = (
        session.public_id,
        session.email,
        "administrator" if session.is_admin else "user",
        session.status(now).value,
        session.device_label,
        session.name,
        session.device_type,
        session.browser,
        session.browser_version,
        session.os,
        session.ip_address,
        session.network,
        session.city,
        session.country,
        session.country_code,
        _moment(session.created_at),
        _moment(session.last_seen_at),
        _moment(session.expires_at),
        _moment(session.ended_at),
        session.end_reason.value if session.end_reason else None,
        _yes_or_no(session.new_device),
        _yes_or_no(session.moved),
        session.user_agent,
    )
    return dict(zip(SESSION_FIELDS, values, strict=True))


def event_row(one: ListedEvent) -> Row:
    """A line of the history as a file has it, likewise."""
    event = one.event
    values: tuple[str | None, ...] = (
        _moment(event.at),
        event.kind.value,
        one.email or None,
        sentence(event),
        event.device,
        event.ip_address,
        event.end_reason.value if event.end_reason else None,
        one.done_by or None,
        event.actor_device,
        one.given_reason or None,
        more(event) or None,
    )
    return dict(zip(EVENT_FIELDS, values, strict=True))


def user_row(account: Account) -> Row:
    """An account as a file has it, likewise."""
    values: tuple[str | None, ...] = (
        account.public_id,
        account.email,
        "administrator" if account.is_admin else "user",
        str(account.sessions),
        _moment(account.last_seen_at),
        _moment(account.created_at),
        _moment(account.disabled_at),
        _moment(account.invited_until),
    )
    return dict(zip(USER_FIELDS, values, strict=True))


def _yes_or_no(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def write_csv(rows: Sequence[Row]) -> str:
    """RFC 4180; what a spreadsheet would run as a formula is turned into text."""
    text = io.StringIO()
    csv.writer(text).writerows([defused(cell or "") for cell in row.values()] for row in rows)
    return text.getvalue()


def defused(text: str) -> str:
    text = FORMULA_WITHIN.sub(";'", text)
    return f"'{text}" if text.startswith(FORMULA_BEGINNINGS) else text


def write_json_lines(rows: Sequence[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
