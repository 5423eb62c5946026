"""A sign-in that waits for a choice: the password was right, but there is no room.

What is known of it travels in a signed cookie of its own, for a few minutes.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.responses import Response
from starlette.types import Scope

from sessions_dashboard.accounts import users
from sessions_dashboard.http.cookies import read_cookie
from sessions_dashboard.runtime import Runtime

PENDING_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    known: users.Credentials
    remembered: bool
    next_path: str
    until: datetime


class PendingCookie:
    def __init__(self, runtime: Runtime) -> None:
        settings = runtime.settings
        self._runtime = runtime
        self._name = f"{'__Host-' if settings.cookie_secure else ''}pending_sign_in"
        # itsdangerous signs with the last key and verifies with each.
        self._serializer = URLSafeTimedSerializer(
            list(reversed(settings.secret_keys)),
            salt="pending sign-in",
            signer_kwargs={"digest_method": hashlib.sha256},
        )
        self._attributes: dict[str, Any] = {
            "path": "/",
            "secure": settings.cookie_secure,
            "httponly": True,
            "samesite": settings.sessions_cookie_same_site,
        }

    def set(
        self, response: Response, known: users.Credentials, next_path: str, *, remembered: bool
    ) -> None:
        value = self._serializer.dumps(
            {
                "user": known.public_id,
                "password": _fingerprint(known),
                "remembered": remembered,
                "next": next_path,
            }
        )
        max_age = int(PENDING_FOR.total_seconds())
        response.set_cookie(self._name, value, max_age=max_age, **self._attributes)

    def clear(self, scope: Scope, response: Response) -> None:
        if read_cookie(scope, self._name) is not None:
            response.delete_cookie(self._name, **self._attributes)

    async def read(self, scope: Scope) -> PendingSignIn | None:
        """The sign-in that waits in this browser; void once the account is not what it was."""
        cookie = read_cookie(scope, self._name)
        if cookie is None:
            return None
        try:
            held, made_at = self._serializer.loads(
                cookie, max_age=int(PENDING_FOR.total_seconds()), return_timestamp=True
            )
        except BadData:
            return None
        known = await self._runtime.database.read(
            lambda db: users.credentials_of_public_id(db, held["user"])
        )
        if known is None or known.disabled:
            return None
        if not hmac.compare_digest(_fingerprint(known), held["password"]):
            return None
        until = made_at.astimezone(UTC) + PENDING_FOR
        return PendingSignIn(known, held["remembered"], held["next"], until)


def _fingerprint(known: users.Credentials) -> str:
    """Another one once the password is another."""
    return hashlib.sha256(known.password_hash.encode()).hexdigest()
