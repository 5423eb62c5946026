"""Signing in and out over real HTTP, the first account, and the check for other programs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar
from urllib.parse import parse_qsl, quote

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sessions_dashboard import navigation, sessions
from sessions_dashboard.accounts import passwords, users
from sessions_dashboard.accounts.throttle import Attempt, TooManyAttempts, Trial
from sessions_dashboard.database import DATABASE_ERRORS
from sessions_dashboard.devices import describe
from sessions_dashboard.http.client import came_directly_from_loopback, header, request_info
from sessions_dashboard.http.cookies import (
    clear_session_cookie,
    read_cookie,
    set_session_cookie,
)
from sessions_dashboard.http.origin import is_own_request
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import ActiveSession, EndedSession, RequestInfo
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.queries import seen_from
from sessions_dashboard.words import http as words

logger = logging.getLogger(__name__)

MAX_FORM_BYTES = 16 * 1024
MAX_FORM_FIELDS = 20
FORM_TYPE = "application/x-www-form-urlencoded"
# Hashing is what a flood of sign-ins would pile up on: one core is left for everybody else.
CONCURRENT_HASHES = 2
# RFC 5322's atext, the dot and the @: what stands in an address as it is.
EMAIL_CHARACTERS = "!#$&'*+/=?^`{|}~@."

Form = dict[str, str]
T = TypeVar("T")


class Refusal(Exception):
    """A request that is answered with a reason code, or with a status and a sentence."""

    def __init__(self, status: int, code: str, retry_after: timedelta | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.retry_after = retry_after


class AuthRoutes:
    """The routes under `/auth`. Each answers a form with a redirect, and a program with JSON."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._hashing = asyncio.Semaphore(CONCURRENT_HASHES)

    def routes(self) -> list[Route]:
        return [
            Route("/auth/sign-in", self._form(self.sign_in, navigation.SIGN_IN), methods=["POST"]),
            Route(
                "/auth/sign-out", self._form(self.sign_out, navigation.SIGN_IN), methods=["POST"]
            ),
            Route(
                "/auth/password",
                self._form(self.change_password, navigation.ACCOUNT),
                methods=["POST"],
            ),
            Route("/auth/confirm", self._form(self.confirm, navigation.DEVICES), methods=["POST"]),
            Route("/auth/setup", self._form(self.set_up, navigation.SETUP), methods=["POST"]),
            Route("/auth/verify", self.verify, methods=["GET"]),
            Route("/healthz", self.healthz, methods=["GET"]),
        ]

    async def sign_in(self, request: Request, form: Form) -> Response:
        info = self._request_info(request)
        known = await self._check_password(form, info)
        remembered = form.get("remember", "") != "no"
        span = self._runtime.policy.span(is_admin=known.is_admin, remembered=remembered)
        response = self._answer(
            request, navigation.safe_next(form.get("next")) or navigation.DEVICES
        )
        token = await self._start(request, known.user_id, info, remembered=remembered)
        self._set_cookie(response, token, span.lifetime if remembered else None)
        return response

    async def sign_out(self, request: Request, form: Form) -> Response:
        token = self._token(request)
        if token is not None:
            await self._runtime.change(
                lambda db: sessions.end_by_token(db, token, utc_now()),
                lambda ended: [ended.user_id] if ended is not None else [],
            )
        response = self._answer(request, navigation.sign_in_address(reason="signed_out"))
        clear_session_cookie(response, self._runtime.settings)
        # Whatever scripts kept goes too; the client token among it.
        response.headers["Clear-Site-Data"] = '"storage"'
        return response

    async def change_password(self, request: Request, form: Form) -> Response:
        """Ask for the current password, store the new one, renew the cookie, end the others."""
        session, token = await self._signed_in(request)
        await self._check_own_password(session, form.get("current_password", ""), request)
        new_password = form.get("new_password", "")
        try:
            passwords.check_new_password(new_password, session.email)
        except passwords.WeakPassword:
            raise Refusal(422, "password") from None
        hashed = await self._hash(lambda: passwords.hash_password(new_password))
        now, others = utc_now(), form.get("sign_out_others", "") != "no"
        renewed, ended = await self._renewing(
            session,
            lambda db: sessions.change_password(
                db, session, token, hashed, self._runtime.policy, now, sign_out_others=others
            ),
        )
        response = self._answer(request, f"{navigation.ACCOUNT}?changed={len(ended)}")
        self._renew_cookie(response, session, renewed)
        return response

    async def confirm(self, request: Request, form: Form) -> Response:
        """The password once more, before something sensitive ("sudo")."""
        session, token = await self._signed_in(request)
        await self._check_own_password(session, form.get("password", ""), request)
        now = utc_now()
        renewed = await self._renewing(
            session, lambda db: sessions.confirm_password(db, session, token, now)
        )
        onward = navigation.safe_next(form.get("next")) or navigation.DEVICES
        response = self._answer(request, onward)
        self._renew_cookie(response, session, renewed)
        return response

    async def _signed_in(self, request: Request) -> tuple[ActiveSession, str]:
        token = self._token(request)
        session = await self._runtime.resume(token) if token is not None else None
        if token is None or session is None:
            raise Refusal(401, "not_signed_in")
        return session, token

    async def _renewing(self, session: ActiveSession, work: Callable[[Connection], T]) -> T:
        try:
            return await self._runtime.change(work, lambda _result: [session.user_id])
        except sessions.TokenReplaced:
            raise Refusal(409, "again") from None
        except sessions.NotSignedIn:
            raise Refusal(401, "not_signed_in") from None

    def _renew_cookie(self, response: Response, session: ActiveSession, token: str) -> None:
        left = session.ends_at - utc_now() if session.remembered else None
        self._set_cookie(response, token, left)

    async def _check_own_password(
        self, session: ActiveSession, password: str, request: Request
    ) -> None:
        """Refuse unless this is the password of the session's account."""
        address = self._request_info(request).ip_address
        with self._throttled(Attempt(session.email, address, known_address=True)) as trial:
            stored = await self._runtime.database.read(
                lambda db: users.password_hash_of(db, session.user_id)
            )
            if not await self._hash(lambda: passwords.verify_password(password, stored)):
                raise Refusal(401, "current_password")
            trial.succeeded = True

    async def set_up(self, request: Request, form: Form) -> Response:
        if await self._runtime.has_account():
            raise Refusal(409, "closed")
        if not self._may_set_up(request, form.get("code", "")):
            raise Refusal(403, "code")
        email, password = form.get("email", ""), form.get("password", "")
        try:
            email = users.normalise_email(email)
            passwords.check_new_password(password, email)
            hashed = await self._hash(lambda: passwords.hash_password(password))
            user_id = await self._runtime.database.write(
                lambda db: users.create_first_admin(db, email, hashed, utc_now())
            )
        except users.InvalidEmail:
            raise Refusal(422, "email") from None
        except passwords.WeakPassword:
            raise Refusal(422, "password") from None
        except users.SetupClosed:
            raise Refusal(409, "closed") from None
        logger.info("the first administrator was made")
        response = self._answer(request, navigation.DEVICES)
        token = await self._start(request, user_id, self._request_info(request), remembered=True)
        span = self._runtime.policy.span(is_admin=True, remembered=True)
        self._set_cookie(response, token, span.lifetime)
        return response

    async def verify(self, request: Request) -> Response:
        """Who the cookie belongs to, for a proxy's forward-auth and for other programs."""
        token = self._token(request)
        try:
            session = await self._runtime.resume(token) if token is not None else None
        except DATABASE_ERRORS:
            logger.exception("the database does not answer")
            return JSONResponse({"error": "unavailable"}, 503)
        if session is None:
            return JSONResponse({"error": "not_signed_in"}, 401)
        self._runtime.note_activity(session)
        return JSONResponse(
            _session_as_json(session),
            headers={
                "X-Auth-User": session.user_public_id,
                # Header values are Latin-1 at the most; an address may be anything.
                "X-Auth-Email": quote(session.email, safe=EMAIL_CHARACTERS),
                "X-Auth-Admin": "true" if session.is_admin else "false",
                "X-Auth-Session": session.public_id,
            },
        )

    async def healthz(self, _request: Request) -> Response:
        try:
            await self._runtime.database.scan(users.any_user)
        except DATABASE_ERRORS:
            logger.exception("the database does not answer")
            return JSONResponse({"status": "unavailable", "database": "unreachable"}, 503)
        return JSONResponse({"status": "ok", "database": "ok"})

    def _form(
        self, handle: Callable[[Request, Form], Awaitable[Response]], back_to: str
    ) -> Callable[[Request], Awaitable[Response]]:
        """Check origin and size, read the form, and turn a refusal into an answer."""

        async def endpoint(request: Request) -> Response:
            form: Form = {}
            try:
                if not is_own_request(request.scope, self._runtime.origins):
                    raise Refusal(403, "origin")
                form = await _read_form(request)
                return await handle(request, form)
            except Refusal as refusal:
                return self._refuse(request, refusal, back_to, form.get("next", ""))
            except DATABASE_ERRORS:
                logger.exception("the database does not answer")
                gone = Refusal(503, "unavailable")
                return self._refuse(request, gone, back_to, form.get("next", ""))

        return endpoint

    def _refuse(self, request: Request, refusal: Refusal, back_to: str, next_path: str) -> Response:
        if refusal.code == "origin" or _wants_json(request):
            message = words.REFUSALS[refusal.code]
            response: Response = JSONResponse(
                {"error": refusal.code, "message": message}, refusal.status
            )
        elif back_to == navigation.SIGN_IN:
            response = self._redirect(
                request, navigation.sign_in_address(next_path=next_path, error=refusal.code)
            )
        else:
            response = self._redirect(request, f"{back_to}?error={refusal.code}")
        if refusal.retry_after is not None:
            response.headers["Retry-After"] = str(int(refusal.retry_after.total_seconds()))
        return response

    async def _check_password(self, form: Form, info: RequestInfo) -> users.Credentials:
        """The account whose email and password these are. A no is always the same no."""
        try:
            email = users.normalise_email(form.get("email", ""))
        except users.InvalidEmail:
            email = ""
        known, seen = await self._runtime.database.read(
            lambda db: _look_up(db, email, info.ip_address)
        )
        with self._throttled(Attempt(email, info.ip_address, known_address=seen)) as trial:
            password = form.get("password", "")
            stored = known.password_hash if known is not None else None
            fits = await self._hash(lambda: passwords.verify_password(password, stored))
            if known is None or not fits or known.disabled:
                await self._note_failure(known, info)
                raise Refusal(401, "invalid")
            trial.succeeded = True
        return known

    @contextmanager
    def _throttled(self, attempt: Attempt) -> Iterator[Trial]:
        try:
            with self._runtime.throttle.trying(attempt) as trial:
                yield trial
        except TooManyAttempts:
            logger.warning("a password is not looked at: too many from %s", attempt.ip_address)
            raise Refusal(429, "throttled", retry_after=timedelta(minutes=5)) from None

    async def _note_failure(self, known: users.Credentials | None, info: RequestInfo) -> None:
        """Into the history of the account, or into nobody's: as much work in either case."""
        device = describe(info.user_agent, info.client_hints)
        await self._runtime.database.write(
            lambda db: record(
                db,
                EventKind.SIGN_IN_FAILED,
                utc_now(),
                user_id=known.user_id if known is not None else None,
                device=device.label,
                ip_address=info.ip_address,
            )
        )

    async def _hash(self, work: Callable[[], T]) -> T:
        async with self._hashing:
            return await asyncio.to_thread(work)

    async def _start(
        self, request: Request, user_id: int, info: RequestInfo, *, remembered: bool
    ) -> str:
        """Sign the browser in: always with a new token, whatever cookie came along."""
        replaced = self._token(request)
        device = describe(info.user_agent, info.client_hints)
        place = self._runtime.places.locate(info.ip_address)
        now, policy = utc_now(), self._runtime.policy

        def work(db: Connection) -> tuple[str, EndedSession | None]:
            ended = sessions.end_by_token(db, replaced, now) if replaced is not None else None
            _public_id, token = sessions.start(
                db, user_id, info, device, place, policy, now, remembered=remembered
            )
            return token, ended

        token, _ended = await self._runtime.change(
            work, lambda result: [user_id, result[1].user_id if result[1] else user_id]
        )
        return token

    def _set_cookie(self, response: Response, token: str, lifetime: timedelta | None) -> None:
        signed = self._runtime.signer.sign(token)
        set_session_cookie(response, self._runtime.settings, signed, lifetime)

    def _may_set_up(self, request: Request, code: str) -> bool:
        # A site with a public address has a proxy in front, whether its requests show it or not.
        local = self._runtime.settings.on_loopback and came_directly_from_loopback(request.scope)
        return local or self._runtime.is_setup_code(code)

    def _token(self, request: Request) -> str | None:
        cookie = read_cookie(request.scope, self._runtime.settings.cookie_name)
        return self._runtime.signer.token(cookie) if cookie is not None else None

    def _request_info(self, request: Request) -> RequestInfo:
        return request_info(request.scope, self._runtime.settings.trusted_proxy_hops)

    def _answer(self, request: Request, path: str) -> Response:
        if _wants_json(request):
            return JSONResponse({"location": path})
        return self._redirect(request, path)

    def _redirect(self, request: Request, path: str) -> Response:
        """To a page of the site that the form was on: in development it has a port of its own."""
        origin = header(request.scope, b"origin")
        site = origin if origin in self._runtime.origins else ""
        return RedirectResponse(site + path, 303)


def _look_up(db: Connection, email: str, ip_address: str) -> tuple[users.Credentials | None, bool]:
    """The account's credentials, and whether it was signed in from this address before."""
    known = users.credentials_of(db, email)
    # The second query runs for an account that does not exist as well.
    seen = seen_from(db, known.user_id if known else 0, ip_address)
    return known, seen


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


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _session_as_json(session: ActiveSession) -> dict[str, object]:
    return {
        "user": {
            "id": session.user_public_id,
            "email": session.email,
            "is_admin": session.is_admin,
        },
        "session": {
            "id": session.public_id,
            "created_at": session.created_at.isoformat(),
            "last_seen_at": session.last_seen_at.isoformat(),
            "expires_at": session.expires_at.isoformat(),
        },
    }
