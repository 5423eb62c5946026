"""The parts of the running server, put together once at its start."""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection

from sessions_dashboard import sessions
from sessions_dashboard.accounts.shared_counts import SharedCounts
from sessions_dashboard.accounts.throttle import (
    RESET_REQUESTS,
    SIGN_UPS,
    RequestThrottle,
    SignInThrottle,
)
from sessions_dashboard.accounts.users import any_user
from sessions_dashboard.database import Database
from sessions_dashboard.database.lookups import SharedLookup
from sessions_dashboard.devices import Places, describe
from sessions_dashboard.live.bus import Change, LocalBus
from sessions_dashboard.live.redis_bus import RedisBus
from sessions_dashboard.live.remembered import Remembered
from sessions_dashboard.live.tabs import Tabs
from sessions_dashboard.metrics import resumes
from sessions_dashboard.sessions import ActiveSession, CookieSigner, Policy, RequestInfo
from sessions_dashboard.sessions.overview import Overview
from sessions_dashboard.sessions.policy_versions import current_policy, ensure_policy
from sessions_dashboard.settings import Settings

logger = logging.getLogger(__name__)
T = TypeVar("T")
_live, _refused = resumes.labels("live"), resumes.labels("refused")


def first_policy(settings: Settings) -> Policy:
    """The policy of the very first start; from then on the stored one counts."""
    usual = Policy()
    admin_lifetime = min(usual.admin_lifetime, settings.lifetime)
    return Policy(
        lifetime=settings.lifetime,
        idle_timeout=settings.idle_timeout,
        admin_lifetime=admin_lifetime,
        admin_idle_timeout=min(usual.admin_idle_timeout, settings.idle_timeout, admin_lifetime),
        unremembered_lifetime=min(usual.unremembered_lifetime, settings.lifetime),
        retention=settings.retention,
    )


def _shared_counts(settings: Settings) -> SharedCounts | None:
    if not settings.redis_url:
        return None
    return SharedCounts(settings.redis_url, settings.secret_keys[0].encode())


def utc_now() -> datetime:
    return datetime.now(UTC)


async def run_aside(work: Callable[[], T]) -> T:
    """Run something slow, such as a password's hash, off the event loop."""
    return await asyncio.to_thread(work)


class Runtime:
    """What handlers and routes work with. One a process; opened after the fork."""

    def __init__(self, settings: Settings, origins: tuple[str, ...]) -> None:
        self.settings = settings
        self.origins = origins
        self.policy = first_policy(settings)
        self.signer = CookieSigner(settings.secret_keys)
        shared_counts = _shared_counts(settings)
        self.throttle = SignInThrottle(shared_counts)
        self.reset_throttle = RequestThrottle(RESET_REQUESTS, shared_counts)
        self.sign_up_throttle = RequestThrottle(SIGN_UPS, shared_counts)
        self.bus = RedisBus(settings.redis_url) if settings.redis_url else LocalBus()
        self.tabs = Tabs()
        # Set when a bulk operation was confirmed; the `BulkRunner` waits for it.
        self.bulk_wanted = asyncio.Event()
        # Set when a policy was saved; the `PolicyRunner` waits for it.
        self.policy_wanted = asyncio.Event()
        self.overview: Remembered[Overview] = Remembered()
        self.places = Places(settings.geoip_database)
        self._database: Database | None = None
        self._by_token = SharedLookup(
            lambda: self.database,
            lambda tokens: sessions.resume_each(tokens, self.policy, utc_now()),
        )
        self._by_public_id = SharedLookup(
            lambda: self.database,
            lambda ids: sessions.resume_each_by_public_id(ids, self.policy, utc_now()),
        )
        self._has_account = False
        self._touched: dict[int, datetime] = {}
        self._background: set[asyncio.Task[Any]] = set()

    @property
    def database(self) -> Database:
        assert self._database is not None, "the server has not started"
        return self._database

    def open(self) -> None:
        self._database = Database(self.settings.database_url, self.settings.database_pool_size)
        self._database.migrate()
        self.policy = self._database.write_here(
            lambda db: ensure_policy(db, self.policy, utc_now())
        )
        # Naming the first device takes half a second, in which the rules are compiled.
        describe("")

    async def close(self) -> None:
        if self._background:
            await asyncio.wait(self._background, timeout=5)
        self.database.close()

    @property
    def setup_code(self) -> str:
        """The one-time code of `/setup`: the same in every worker, void once an account exists."""
        key = self.settings.secret_keys[0].encode()
        return hmac.new(key, b"setup code", hashlib.sha256).hexdigest()[:20]

    def is_setup_code(self, code: str) -> bool:
        return hmac.compare_digest(code.strip().encode(), self.setup_code.encode())

    async def reload_policy(self) -> None:
        """Adopt a policy that another worker or a shell has stored meanwhile."""
        stored = await self.database.read(current_policy)
        if stored is not None:
            self.policy = stored

    async def adopt(self, policy: Policy) -> None:
        """Go by this policy from now on, and look at once whose session it ends."""
        self.policy = policy
        for user_id in {tab.identity.user_id for tab in self.tabs.signed_in()}:
            if user_id is not None:
                await self.bus.publish(Change(user_id))

    async def has_account(self) -> bool:
        """Whether there is any account. Once there is, there always will be an administrator."""
        if not self._has_account:
            self._has_account = await self.database.read(any_user)
        return self._has_account

    async def resume(self, token: str, request: RequestInfo) -> ActiveSession | None:
        """The live session of a token that a request carried.

        Also notes what the request reveals: that a new token has arrived, that a replaced one is
        still used by somebody, that the session is used from somewhere else.
        """
        session = await self._by_token.get(token)
        if session is None:
            _refused.inc()
            await self._end_if_reused(token)
            return None
        _live.inc()
        if session.token_seen_at is None and session.token_since > session.created_at:
            await self.database.write(
                lambda db: sessions.note_token_seen(db, session.id, token, utc_now())
            )
        if sessions.has_moved(session, request):
            await self._note_move(session, request)
            return await self.resume_by_public_id(session.public_id)
        return session

    async def _note_move(self, session: ActiveSession, request: RequestInfo) -> None:
        await self.change(
            lambda db: sessions.note_move(
                db, session, request, self.policy, self._country_of, utc_now()
            ),
            lambda _ended: [session.user_id],
        )

    def _country_of(self, ip_address: str) -> str | None:
        return self.places.locate(ip_address).country_code

    async def _end_if_reused(self, token: str) -> None:
        if await self.database.read(lambda db: sessions.is_replaced(db, token)):
            await self.change(
                lambda db: sessions.end_if_reused(db, token, self.policy, utc_now()),
                lambda ended: [ended.user_id] if ended is not None else [],
            )

    async def resume_by_public_id(self, public_id: str) -> ActiveSession | None:
        return await self._by_public_id.get(public_id)

    async def change(
        self, work: Callable[[Connection], T], concerning: Callable[[T], Iterable[int]]
    ) -> T:
        """Write something and, once it is committed, tell every open page of the users concerned.

        Both happen even if the caller is cancelled in between (a page that goes away while its own
        click is carried out).
        """
        return await asyncio.shield(self._spawn(self._write_and_tell(work, concerning)))

    async def _write_and_tell(
        self, work: Callable[[Connection], T], concerning: Callable[[T], Iterable[int]]
    ) -> T:
        result = await self.database.write(work)
        for user_id in set(concerning(result)):
            await self.bus.publish(Change(user_id))
        return result

    async def end_if_expired(self, public_id: str) -> None:
        await self.change(
            lambda db: sessions.end_if_expired(db, public_id, self.policy, utc_now()),
            lambda ended: [ended.user_id] if ended is not None else [],
        )

    def note_activity(self, session: ActiveSession) -> None:
        """Record that a person used the session, when that is due; nobody waits for the write."""
        now = utc_now()
        seen = max(session.last_seen_at, self._touched.get(session.id, session.last_seen_at))
        if not self.policy.touch_due(seen, now):
            return
        self._touched[session.id] = now
        self._spawn(self._touch(session, now))

    async def _touch(self, session: ActiveSession, now: datetime) -> None:
        try:
            await self.change(
                lambda db: sessions.touch(db, session.id, now), lambda _touched: [session.user_id]
            )
        except Exception:
            logger.exception("last-seen could not be recorded")
        finally:
            self._touched.pop(session.id, None)

    def in_background(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something that nobody waits for; a failure goes to the log."""

        async def logged() -> None:
            try:
                await work
            except Exception:
                logger.exception("work in the background failed")

        self._spawn(logged())

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task


_runtime: Runtime | None = None


def install(runtime: Runtime) -> None:
    global _runtime
    _runtime = runtime


def current() -> Runtime:
    """The runtime of this process."""
    assert _runtime is not None, "the application was not composed"
    return _runtime
