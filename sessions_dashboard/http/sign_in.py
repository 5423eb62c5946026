"""Signing in and out over real HTTP, and the first account."""

import logging
from datetime import timedelta

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sessions_dashboard import navigation, sessions
from sessions_dashboard.accounts import users
from sessions_dashboard.accounts.administration import sign_up
from sessions_dashboard.accounts.invitations import invited_by
from sessions_dashboard.devices import describe
from sessions_dashboard.http.browser_fields import Reading, reading_of, with_page_hints
from sessions_dashboard.http.client import came_directly_from_loopback, request_info
from sessions_dashboard.http.cookies import DeviceCookie, SessionCookie
from sessions_dashboard.http.forms import Form, Forms, Refusal
from sessions_dashboard.http.password_check import PasswordCheck
from sessions_dashboard.http.pending import PendingCookie
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import EndedSession, RequestInfo, known_devices

logger = logging.getLogger(__name__)


class SignInRoutes:
    def __init__(self, runtime: Runtime, forms: Forms, check: PasswordCheck) -> None:
        self._runtime = runtime
        self._forms = forms
        self._check = check
        self._cookie = SessionCookie(runtime.settings, runtime.signer)
        self._pending = PendingCookie(runtime)
        self._device_cookie = DeviceCookie(runtime.settings)

    def routes(self) -> list[Route]:
        form = self._forms.route
        return [
            form("/auth/sign-in", self.sign_in, navigation.SIGN_IN),
            form("/auth/sign-in/choose", self.choose, navigation.CHOOSE),
            form("/auth/sign-out", self.sign_out, navigation.SIGN_IN),
            form("/auth/sign-up", self.sign_up, navigation.SIGN_UP),
            form("/auth/setup", self.set_up, navigation.SETUP),
            form("/auth/invitation", self.choose_password, navigation.INVITATION),
        ]

    async def sign_in(self, request: Request, form: Form) -> Response:
        info = self._request_info(request, form)
        known = await self._check.of_account(form.get("email", ""), form.get("password", ""), info)
        remembered = form.get("remember", "") != "no"
        onward = navigation.safe_next(form.get("next")) or navigation.DEVICES
        response = self._forms.answer(request, onward)
        try:
            reading = reading_of(request, form)
            await self._start(request, response, known, info, reading, remembered=remembered)
        except sessions.LimitReached:
            response = self._forms.hold_up(request, navigation.CHOOSE, 409, "limit")
            self._pending.set(response, known, onward, remembered=remembered)
        return response

    async def choose(self, request: Request, form: Form) -> Response:
        """End the device that makes room, and go on with the sign-in that waits for it."""
        pending = await self._pending.read(request.scope)
        if pending is None:
            raise Refusal(401, "sign_in_again")
        user_id, chosen = pending.known.user_id, form.get("end", "")
        # In a transaction of its own: where one device is not enough, as after the limit was
        # lowered, another has to be chosen.
        await self._runtime.change(
            lambda db: sessions.end_to_make_room(db, user_id, chosen, utc_now()),
            lambda ended: [user_id] if ended is not None else [],
        )
        response = self._forms.answer(request, pending.next_path)
        info, remembered = self._request_info(request, form), pending.remembered
        try:
            reading = reading_of(request, form)
            await self._start(
                request, response, pending.known, info, reading, remembered=remembered
            )
        except sessions.LimitReached:
            raise Refusal(409, "limit") from None
        self._pending.clear(request.scope, response)
        return response

    async def sign_out(self, request: Request, form: Form) -> Response:
        token = self._cookie.token(request.scope)
        if token is not None:
            await self._runtime.change(
                lambda db: sessions.end_by_token(db, token, utc_now()),
                lambda ended: [ended.user_id] if ended is not None else [],
            )
        response = self._forms.answer(request, navigation.sign_in_address(reason="signed_out"))
        self._cookie.clear(response)
        # What scripts have stored goes, too, the client token included.
        response.headers["Clear-Site-Data"] = '"storage"'
        return response

    async def set_up(self, request: Request, form: Form) -> Response:
        if await self._runtime.has_account():
            raise Refusal(409, "closed")
        if not self._may_set_up(request, form.get("code", "")):
            raise Refusal(403, "code")
        try:
            email = users.normalise_email(form.get("email", ""))
            hashed = await self._check.hash_new(form.get("password", ""), email)
            await self._runtime.database.write(
                lambda db: users.create_first_admin(db, email, hashed, utc_now())
            )
        except users.InvalidEmail:
            raise Refusal(422, "email") from None
        except users.SetupClosed:
            raise Refusal(409, "closed") from None
        logger.info("the first administrator was made")
        known = await self._runtime.database.read(lambda db: users.credentials_of(db, email))
        if known is None:
            raise Refusal(409, "closed")
        response = self._forms.answer(request, navigation.DEVICES)
        info, reading = self._request_info(request, form), reading_of(request, form)
        await self._start(request, response, known, info, reading, remembered=True)
        return response

    async def sign_up(self, request: Request, form: Form) -> Response:
        """Make an account, where anybody may, and sign in with it.

        Without mailing the address, it can't be hidden whether it has an account: so the number of
        requests is limited, and the password is hashed before the answer is known.
        """
        settings, info = self._runtime.settings, self._request_info(request, form)
        # The first account of all is an administrator's.
        if not settings.open_sign_up or not await self._runtime.has_account():
            raise Refusal(403, "sign_up_closed")
        try:
            email = users.normalise_email(form.get("email", ""))
        except users.InvalidEmail:
            raise Refusal(422, "email") from None
        if not self._runtime.sign_up_throttle.allows(info.ip_address):
            raise Refusal(429, "throttled", retry_after=timedelta(hours=1))
        hashed = await self._check.hash_new(form.get("password", ""), email)
        device = describe(info.user_agent, info.client_hints).label
        try:
            await self._runtime.database.write(
                lambda db: sign_up(db, email, hashed, device, info.ip_address, utc_now())
            )
        except users.EmailTaken:
            raise Refusal(409, "taken") from None
        known = await self._runtime.database.read(lambda db: users.credentials_of(db, email))
        if known is None:
            raise Refusal(401, "invalid")
        response = self._forms.answer(request, navigation.DEVICES)
        reading = reading_of(request, form)
        await self._start(request, response, known, info, reading, remembered=True)
        return response

    async def choose_password(self, request: Request, form: Form) -> Response:
        """Store the password that the holder of a one-time link chose, and sign them in."""
        token = form.get("token", "")
        invited = await self._runtime.database.read(lambda db: invited_by(db, token, utc_now()))
        if invited is None:
            raise Refusal(410, "invitation")
        hashed = await self._check.hash_new(form.get("password", ""), invited.email)
        policy, now = self._runtime.policy, utc_now()
        try:
            await self._runtime.change(
                lambda db: sessions.choose_password(db, token, hashed, policy, now),
                lambda user_id: [user_id],
            )
        except sessions.InvitationOver:
            raise Refusal(410, "invitation") from None
        known = await self._runtime.database.read(
            lambda db: users.credentials_of(db, invited.email)
        )
        if known is None or known.password_hash != hashed:
            raise Refusal(410, "invitation")
        response = self._forms.answer(request, navigation.DEVICES)
        info, reading = self._request_info(request, form), reading_of(request, form)
        await self._start(request, response, known, info, reading, remembered=True)
        return response

    async def _start(
        self,
        request: Request,
        response: Response,
        known: users.Credentials,
        info: RequestInfo,
        reading: Reading,
        *,
        remembered: bool,
    ) -> None:
        """Sign the browser in: always with a new token, whatever cookie came along.

        Raises:
            LimitReached: there is no room, and the policy lets the person choose.
        """
        replaced = self._cookie.token(request.scope)
        browser = self._device_cookie.token(request.scope)
        device = describe(info.user_agent, info.client_hints)
        place = self._runtime.places.locate(info.ip_address)
        now, policy = utc_now(), self._runtime.policy

        def work(db: Connection) -> tuple[str, EndedSession | None]:
            ended = sessions.end_by_token(db, replaced, now) if replaced is not None else None
            public_id, token = sessions.start(
                db, known.user_id, info, device, place, policy, now, remembered=remembered
            )
            # `start` holds the account still: nothing about it changes from here on.
            users.require_unchanged(db, known)
            users.remember_reader(db, known.user_id, reading.locale, reading.time_zone)
            known_devices.recognise(db, public_id, browser, now)
            return token, ended

        try:
            token, _ended = await self._runtime.change(
                work, lambda done: [known.user_id, *([done[1].user_id] if done[1] else [])]
            )
        except users.CredentialsChanged:
            raise Refusal(401, "invalid") from None
        span = policy.span(is_admin=known.is_admin, remembered=remembered)
        self._cookie.set(response, token, span.lifetime if remembered else None)
        self._device_cookie.set(response, browser)

    def _may_set_up(self, request: Request, code: str) -> bool:
        # A site with a public address has a proxy in front, whether or not its requests show it.
        local = self._runtime.settings.on_loopback and came_directly_from_loopback(request.scope)
        return local or self._runtime.is_setup_code(code)

    def _request_info(self, request: Request, form: Form) -> RequestInfo:
        info = request_info(request.scope, self._runtime.settings.trusted_proxy_hops)
        return with_page_hints(info, form)
