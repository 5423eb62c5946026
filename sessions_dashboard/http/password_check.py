"""Checking passwords that come over HTTP: throttled, noted when wrong, with constant work."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection

from sessions_dashboard.accounts import passwords, users
from sessions_dashboard.accounts.throttle import Attempt, TooManyAttempts, Trial
from sessions_dashboard.devices import describe
from sessions_dashboard.http.forms import Refusal
from sessions_dashboard.live.bus import OVERVIEW
from sessions_dashboard.metrics import throttled
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import ActiveSession, RequestInfo
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.queries import seen_from

logger = logging.getLogger(__name__)
T = TypeVar("T")

# No more at once: a flood of sign-ins must not keep every core busy with hashing.
CONCURRENT_HASHES = 2


class PasswordCheck:
    """One for all routes, which share the number of hashes at a time."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._hashing = asyncio.Semaphore(CONCURRENT_HASHES)

    async def of_account(self, email: str, password: str, info: RequestInfo) -> users.Credentials:
        """The account whose email and password these are.

        Raises:
            Refusal: they are not, or too many tries were wrong. A no is always the same no.
        """
        try:
            email = users.normalise_email(email)
        except users.InvalidEmail:
            email = ""
        known, seen = await self._runtime.database.read(
            lambda db: _look_up(db, email, info.ip_address)
        )
        with self._throttled(Attempt(email, info.ip_address, known_address=seen)) as trial:
            stored = known.password_hash if known is not None else None
            fits = await self._verify(password, stored)
            if known is None or not fits or known.disabled:
                await self._note_failure(known, info)
                raise Refusal(401, "invalid")
            trial.succeeded = True
        return known

    async def of_session(self, session: ActiveSession, password: str, info: RequestInfo) -> None:
        """Refuse unless this is the password of the session's account."""
        attempt = Attempt(
            session.email, info.ip_address, known_address=True, session=session.public_id
        )
        with self._throttled(attempt) as trial:
            stored = await self._runtime.database.read(
                lambda db: users.password_hash_of(db, session.user_id)
            )
            if stored is None or not await self._verify(password, stored):
                raise Refusal(401, "current_password")
            trial.succeeded = True

    async def hash_new(self, password: str, email: str) -> str:
        """The hash of a new password.

        Raises:
            Refusal: it is too short or too easy to guess.
        """
        try:
            return await self._in_thread(lambda: _checked_hash(password, email))
        except passwords.WeakPassword:
            raise Refusal(422, "password") from None

    async def _verify(self, password: str, stored: str | None) -> bool:
        return await self._in_thread(lambda: passwords.verify_password(password, stored))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        async with self._hashing:
            return await asyncio.to_thread(work)

    @contextmanager
    def _throttled(self, attempt: Attempt) -> Iterator[Trial]:
        try:
            with self._runtime.throttle.trying(attempt) as trial:
                yield trial
        except TooManyAttempts:
            throttled.inc()
            logger.warning("a password is not looked at: too many from %s", attempt.ip_address)
            raise Refusal(429, "throttled", retry_after=timedelta(minutes=5)) from None

    async def _note_failure(self, known: users.Credentials | None, info: RequestInfo) -> None:
        """Write it into the account's history, or into nobody's: the same work in either case."""
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
        # Announced for every account alike, and for none.
        await self._runtime.bus.publish(OVERVIEW)


def _checked_hash(password: str, email: str) -> str:
    passwords.check_new_password(password, email)
    return passwords.hash_password(password)


def _look_up(db: Connection, email: str, ip_address: str) -> tuple[users.Credentials | None, bool]:
    """The account's credentials, and whether it was signed in from this address before."""
    known = users.credentials_of(db, email)
    # The second query runs for an account that does not exist as well.
    seen = seen_from(db, known.user_id if known else 0, ip_address)
    return known, seen
