"""Getting an account back by mail. Nothing happens on a GET, as mail scanners open links."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sessions_dashboard import navigation
from sessions_dashboard.accounts import users
from sessions_dashboard.devices import describe
from sessions_dashboard.http.browser_fields import reading_of, with_page_hints
from sessions_dashboard.http.client import request_info
from sessions_dashboard.http.forms import Form, Forms, Refusal
from sessions_dashboard.http.password_check import PasswordCheck
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import RequestInfo, links, recovery
from sessions_dashboard.sessions.links import LinkSpent, Purpose
from sessions_dashboard.sessions.recovery import Recovered

T = TypeVar("T")


class RecoveryRoutes:
    def __init__(self, runtime: Runtime, forms: Forms, check: PasswordCheck) -> None:
        self._runtime = runtime
        self._forms = forms
        self._check = check

    def routes(self) -> list[Route]:
        form = self._forms.route
        return [
            form("/auth/forgot", self.forgot, navigation.FORGOT),
            form("/auth/reset", self.reset, navigation.RESET),
            form("/auth/not-me", self.not_me, navigation.NOT_ME),
        ]

    async def forgot(self, request: Request, form: Form) -> Response:
        """Queue a mail with a link; the answer is the same for every address."""
        if not self._runtime.settings.sends_mail:
            raise Refusal(503, "no_mail")
        try:
            email = users.normalise_email(form.get("email", ""))
        except users.InvalidEmail:
            raise Refusal(422, "email") from None
        info = with_page_hints(self._request_info(request), form)
        reading = reading_of(request, form)
        if not self._runtime.reset_throttle.allows(info.ip_address):
            raise Refusal(429, "throttled", retry_after=timedelta(minutes=5))
        device = describe(info.user_agent, info.client_hints).label
        await self._runtime.database.write(
            lambda db: recovery.request_reset(
                db,
                email,
                device,
                info.ip_address,
                utc_now(),
                locale=reading.locale,
                time_zone=reading.time_zone,
            )
        )
        return self._forms.answer(request, f"{navigation.FORGOT}?sent=1")

    async def reset(self, request: Request, form: Form) -> Response:
        """Store a new password for whoever holds a link."""
        token, now = form.get("token", ""), utc_now()
        try:
            # Checked first: hashing is too expensive to be done for anybody.
            link = await self._runtime.database.read(
                lambda db: links.find(db, token, Purpose.RESET_PASSWORD, now)
            )
        except LinkSpent:
            raise Refusal(410, "link") from None
        hashed = await self._check.hash_new(form.get("new_password", ""), link.email)
        policy = self._runtime.policy
        await self._redeem(
            lambda db: recovery.reset_password(db, token, hashed, policy, utc_now()),
            lambda recovered: recovered,
        )
        # They will have tried to sign in before.
        self._runtime.throttle.forgive(link.email, self._request_info(request).ip_address)
        return self._forms.answer(request, f"{navigation.SIGN_IN}?reset=done")

    async def not_me(self, request: Request, form: Form) -> Response:
        """Sign everybody out, and lead whoever holds the link to a new password."""
        token, policy = form.get("token", ""), self._runtime.policy
        _recovered, onward = await self._redeem(
            lambda db: recovery.deny_by_mail(db, token, policy, utc_now()),
            lambda done: done[0],
        )
        return self._forms.answer(request, f"{navigation.RESET}#{onward}")

    def _request_info(self, request: Request) -> RequestInfo:
        return request_info(request.scope, self._runtime.settings.trusted_proxy_hops)

    async def _redeem(
        self, work: Callable[[Connection], T], recovered: Callable[[T], Recovered]
    ) -> T:
        try:
            return await self._runtime.change(work, lambda done: [recovered(done).user_id])
        except LinkSpent:
            raise Refusal(410, "link") from None
