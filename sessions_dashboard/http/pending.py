"""A sign-in that waits for a choice: the password was right, but there is no room.

It travels in a signed cookie of its own, for a few minutes.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import Connection
from starlette.responses import Response
from starlette.types import Scope

from sessions_dashboard.accounts import users
from sessions_dashboard.http.cookies import (
    host_cookie_attributes,
    host_cookie_name,
    read_cookie,
)
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions.queries import started_since

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
        self._name = host_cookie_name(settings, "pending_sign_in")
        self._attributes = host_cookie_attributes(settings)
        # itsdangerous signs with the last key and verifies with each.
        self._serializer = URLSafeTimedSerializer(
            list(reversed(settings.secret_keys)),
            salt="pending sign-in",
            signer_kwargs={"digest_method": hashlib.sha256},
        )

    def set(
        self, response: Response, known: users.Credentials, next_path: str, *, remembered: bool
    ) -> None:
        value = self._serializer.dumps(
            {
                "user": known.public_id,
                "password": _fingerprint(known),
                "at": utc_now().isoformat(),
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
            held = self._serializer.loads(cookie, max_age=int(PENDING_FOR.total_seconds()))
        except BadData:
            return None
        made_at = datetime.fromisoformat(held["at"])
        known = await self._runtime.database.read(
            lambda db: _still_waiting(db, held["user"], made_at)
        )
        if known is None or known.disabled:
            return None
        if not hmac.compare_digest(_fingerprint(known), held["password"]):
            return None
        return PendingSignIn(known, held["remembered"], held["next"], made_at + PENDING_FOR)


def _still_waiting(
    db: Connection, user_public_id: str, made_at: datetime
) -> users.Credentials | None:
    """The account, unless it has signed in since: the cookie can't be used twice."""
    known = users.credentials_of_public_id(db, user_public_id)
    if known is None or started_since(db, known.user_id, made_at):
        return None
    return known


def _fingerprint(known: users.Credentials) -> str:
    """Changes with the password."""
    return hashlib.sha256(known.password_hash.encode()).hexdigest()
