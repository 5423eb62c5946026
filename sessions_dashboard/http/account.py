"""What a signed-in person posts about their own account: a new password, the password again."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sessions_dashboard import navigation, sessions
from sessions_dashboard.http.client import request_info
from sessions_dashboard.http.cookies import SessionCookie
from sessions_dashboard.http.forms import Form, Forms, Refusal
from sessions_dashboard.http.password_check import PasswordCheck
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import ActiveSession, RequestInfo

T = TypeVar("T")


class AccountRoutes:
    def __init__(self, runtime: Runtime, forms: Forms, check: PasswordCheck) -> None:
        self._runtime = runtime
        self._forms = forms
        self._check = check
        self._cookie = SessionCookie(runtime.settings, runtime.signer)

    def routes(self) -> list[Route]:
        form = self._forms.route
        return [
            form("/auth/password", self.change_password, navigation.ACCOUNT),
            form("/auth/confirm", self.confirm, navigation.CONFIRM),
        ]

    async def change_password(self, request: Request, form: Form) -> Response:
        """Ask for the current password, store the new one, renew the cookie, end the others."""
        session, token, info = await self._signed_in(request)
        if session.challenge is not None:
            raise Refusal(401, "password_needed")
        await self._check.of_session(session, form.get("current_password", ""), info)
        hashed = await self._check.hash_new(form.get("new_password", ""), session.email)
        now, others = utc_now(), form.get("sign_out_others", "") != "no"
        renewed, ended = await self._renewing(
            session,
            lambda db: sessions.change_password(
                db, session, token, hashed, self._runtime.policy, now, sign_out_others=others
            ),
        )
        response = self._forms.answer(request, f"{navigation.ACCOUNT}?changed={len(ended)}")
        self._cookie.renew(response, session, renewed, now)
        return response

    async def confirm(self, request: Request, form: Form) -> Response:
        """The password once more, before something sensitive ("sudo")."""
        session, token, info = await self._signed_in(request)
        await self._check.of_session(session, form.get("password", ""), info)
        now = utc_now()
        renewed = await self._renewing(
            session, lambda db: sessions.confirm_password(db, session, token, info, now)
        )
        onward = navigation.safe_next(form.get("next")) or navigation.DEVICES
        response = self._forms.answer(request, onward)
        self._cookie.renew(response, session, renewed, now)
        return response

    async def _signed_in(self, request: Request) -> tuple[ActiveSession, str, RequestInfo]:
        token = self._cookie.token(request.scope)
        info = request_info(request.scope, self._runtime.settings.trusted_proxy_hops)
        session = await self._runtime.resume(token, info) if token is not None else None
        if token is None or session is None:
            raise Refusal(401, "not_signed_in")
        return session, token, info

    async def _renewing(self, session: ActiveSession, work: Callable[[Connection], T]) -> T:
        try:
            return await self._runtime.change(work, lambda _result: [session.user_id])
        except sessions.TokenReplaced:
            raise Refusal(409, "again") from None
        except sessions.NotSignedIn:
            raise Refusal(401, "not_signed_in") from None
