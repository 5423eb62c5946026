"""A filtered list as a file, for administrators: CSV or JSON Lines, as it is read."""

import csv
import io
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sessions_dashboard.database import DATABASE_ERRORS
from sessions_dashboard.http.client import header, request_info
from sessions_dashboard.http.cookies import SessionCookie
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import ActiveSession
from sessions_dashboard.sessions.filters import View, parameters_of, read_view
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.listing import ListedSession, ListPage, Place, page_of
from sessions_dashboard.words import http as words

logger = logging.getLogger(__name__)

# What is in memory at a time, whatever the number of rows.
ROWS_A_PAGE = 1_000
# With one of these a cell is a formula to a spreadsheet (OWASP, CSV injection).
FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Half of the world's spreadsheets part cells at semicolons, whatever stands around them.
FORMULA_WITHIN = re.compile(r";(?=\s*[=+\-@＝＋－＠])")
FIELDS = (
    *("id", "user", "role", "status", "device", "name", "kind", "browser", "browser_version", "os"),
    *("ip_address", "network", "city", "country", "country_code", "signed_in_at", "last_active_at"),
    *("runs_out_at", "ended_at", "end_reason", "new_device", "moved", "user_agent"),
)
CSV_HEADING = ",".join(FIELDS) + "\r\n"
Write = Callable[[Sequence[dict[str, str | None]]], str]


class CutOff(Exception):
    """The administrator's session ended on the way: the file breaks off where it was."""


class ExportRoutes:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._cookie = SessionCookie(runtime.settings, runtime.signer)

    def routes(self) -> list[Route]:
        return [
            Route("/export/sessions.csv", self._as_csv, methods=["GET"]),
            Route("/export/sessions.jsonl", self._as_json_lines, methods=["GET"]),
        ]

    async def _as_csv(self, request: Request) -> Response:
        return await self._export(request, "csv", "text/csv; charset=utf-8", write_csv)

    async def _as_json_lines(self, request: Request) -> Response:
        return await self._export(request, "jsonl", "application/jsonl", write_json_lines)

    async def _export(
        self, request: Request, suffix: str, media_type: str, write: Write
    ) -> Response:
        if header(request.scope, b"sec-fetch-site") == "cross-site":
            return _refusal(403, "cross_site")
        try:
            actor = await self._actor(request)
            if actor is None:
                return _refusal(401, "not_signed_in")
            if actor.challenge is not None:
                return _refusal(401, "password_needed")
            if not actor.is_admin:
                return _refusal(403, "admins_only")
            read = read_view(request.query_params)
            if read.unreadable:
                # Half a filter would give more than was asked for.
                return _refusal(422, "filter")
            now = utc_now()
            await self._note(actor, read.view, suffix, now)
        except DATABASE_ERRORS:
            logger.exception("the database does not answer")
            return _refusal(503, "unavailable")
        day = now.date().isoformat()
        return StreamingResponse(
            self._pages(actor, read.view, now, CSV_HEADING if suffix == "csv" else "", write),
            media_type=media_type,
            headers={"Content-Disposition": f'attachment; filename="sessions-{day}.{suffix}"'},
        )

    async def _actor(self, request: Request) -> ActiveSession | None:
        token = self._cookie.token(request.scope)
        if token is None:
            return None
        hops = self._runtime.settings.trusted_proxy_hops
        return await self._runtime.resume(token, request_info(request.scope, hops))

    async def _note(self, actor: ActiveSession, view: View, suffix: str, now: datetime) -> None:
        """Write down who takes a copy of what."""
        details = {"format": suffix, "filter": parameters_of(view)}
        await self._runtime.database.write(
            lambda db: record(
                db, EventKind.EXPORTED, now, actor_user_id=actor.user_id, details=details
            )
        )

    async def _pages(
        self, actor: ActiveSession, view: View, now: datetime, heading: str, write: Write
    ) -> AsyncIterator[str]:
        yield heading
        place: Place | None = None
        while True:
            page = await self._page(view, now, place)
            yield write([fields_of(session, now) for session in page.rows])
            if page.older is None:
                return
            place = page.older
            still = await self._runtime.resume_by_public_id(actor.public_id)
            if still is None or still.challenge is not None or not still.is_admin:
                raise CutOff

    async def _page(self, view: View, now: datetime, place: Place | None) -> ListPage:
        policy = self._runtime.policy
        return await self._runtime.database.scan(
            lambda db: page_of(db, view, policy, now, place, ROWS_A_PAGE)
        )


def _refusal(status: int, code: str) -> Response:
    return JSONResponse({"error": code, "message": words.REFUSALS[code]}, status)


def fields_of(session: ListedSession, now: datetime) -> dict[str, str | None]:
    """A session as a file has it, in the order of `FIELDS`; times in UTC, ISO 8601."""
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
    return dict(zip(FIELDS, values, strict=True))


def _yes_or_no(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def write_csv(rows: Sequence[dict[str, str | None]]) -> str:
    """RFC 4180; what a spreadsheet would run is text to it."""
    text = io.StringIO()
    csv.writer(text).writerows([defused(row[name] or "") for name in FIELDS] for row in rows)
    return text.getvalue()


def defused(text: str) -> str:
    text = FORMULA_WITHIN.sub(";'", text)
    return f"'{text}" if text.startswith(FORMULA_BEGINNINGS) else text


def write_json_lines(rows: Sequence[dict[str, str | None]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
