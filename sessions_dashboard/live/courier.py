"""Brings changes to open pages, and sends away those whose session is over."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager

import reflex as rx
from reflex.event import Event
from reflex.istate.manager.token import BaseStateToken
from reflex.state import BaseState, State, StateUpdate
from reflex_base.event.processor.future import EventFuture
from sqlalchemy import Connection

from sessions_dashboard import navigation
from sessions_dashboard.database import DATABASE_ERRORS
from sessions_dashboard.live.bus import EVERYTHING
from sessions_dashboard.live.namespace import IdentifiedNamespace
from sessions_dashboard.live.tabs import Tab, Topic
from sessions_dashboard.metrics import revoke_to_cut
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions.administrators import administrators_among
from sessions_dashboard.sessions.queries import Ending, endings_of, no_longer_live

logger = logging.getLogger(__name__)

# Makes the update that leads a page to an address by a full load.
Leave = Callable[[str], StateUpdate]
# Writes into a page's state that an event failed.
ShowFailure = Callable[[BaseState], Awaitable[None]]

# How often to look for what nobody announced: sessions that ran out, or were ended from a shell.
SWEEP_SECONDS = 10
# How soon after it runs out a session with an open tab is ended.
EXPIRY_SECONDS = 1
# Pages that show everybody's sessions reload at most this often.
OVERVIEW_SECONDS = 1


class Courier:
    """Runs as a lifespan task, in a context of its own.

    Never enqueue an event for another client from inside a handler: that client's state would
    adopt the caller's identity.
    """

    def __init__(self, app: rx.App, runtime: Runtime, leave: Leave) -> None:
        self._app = app
        self._runtime = runtime
        self._leave = leave
        self._overview_changed = asyncio.Event()
        self._out_of_date = False
        self._sending: set[asyncio.Task[None]] = set()
        # The events that it enqueued itself, by Reflex's transaction id, until they have succeeded.
        self._refreshes: set[str] = set()

    async def run(self) -> None:
        await asyncio.gather(
            _forever(self._deliver),
            _forever(self._sweep),
            _forever(self._end_expired),
            _forever(self._look_again),
            _forever(self._refresh_overviews),
            self._runtime.bus.run(),
        )

    def tell_of_failure(self, token: str, show: ShowFailure, update: StateUpdate) -> None:
        """Say on one page that its event failed; by `update` alone where its state can't be had."""
        self._keep(asyncio.create_task(self._show_failure(token, show, update)))

    async def _show_failure(self, token: str, show: ShowFailure, update: StateUpdate) -> None:
        # In the state too: what the event had changed before it failed goes out with the next one,
        # and among that is that there is nothing to say.
        try:
            async with self._app.modify_state(BaseStateToken(ident=token, cls=State)) as state:
                await show(state)
        except Exception:
            logger.exception("a failed event could not be written into its page's state")
            await self._namespace.emit_now(update, token)
        else:
            await self._namespace.release(token)

    def dismiss(self, tab: Tab) -> None:
        """Send a tab to the sign-in page and close its connection for good."""
        if not tab.dismissed:
            tab.dismissed = True
            self._keep(asyncio.create_task(self._find_out_and_send_away(tab)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _find_out_and_send_away(self, tab: Tab) -> None:
        session_id = tab.identity.session_public_id or ""
        try:
            over = await self._runtime.database.read(lambda db: self._over_among(db, [session_id]))
        except DATABASE_ERRORS:
            logger.exception("a page is sent away without a reason")
            over = {}
        await self._send_away(tab, over.get(session_id))

    async def _send_away(self, tab: Tab, ending: Ending | None) -> None:
        namespace = self._namespace
        reason = {"reason": ending.reason.value} if ending else {}
        if ending is not None and ending.ended_at is not None:
            revoke_to_cut.observe(max((utc_now() - ending.ended_at).total_seconds(), 0))
        try:
            await namespace.emit_to(tab, self._leave(navigation.sign_in_address(**reason)))
        finally:
            namespace.close_transport(tab.sid)

    @property
    def _namespace(self) -> IdentifiedNamespace:
        namespace = self._app.event_namespace
        assert isinstance(namespace, IdentifiedNamespace)
        return namespace

    async def _deliver(self) -> None:
        batch = await self._runtime.bus.next_batch()
        if EVERYTHING in batch:
            await self._resynchronise()
            return
        with self._made_up_for():
            tabs = self._runtime.tabs.of_users({change.user_id for change in batch})
            if tabs:
                tabs = await self._dismiss_ended(tabs)
                await self._refresh(self._runtime.tabs.watching(Topic.OWN_SESSIONS, tabs))
        self._overview_changed.set()

    async def _resynchronise(self) -> None:
        """Bring all pages up to what the tables say, whatever was announced."""
        with self._made_up_for():
            await self._runtime.reload_policy()
            staying = await self._dismiss_ended(self._runtime.tabs.signed_in())
        self._out_of_date = False
        await self._refresh(self._runtime.tabs.watching(Topic.OWN_SESSIONS, staying))
        self._overview_changed.set()

    def note_failure(self, error: Exception) -> None:
        """A page that the database has failed may show what is not true; the next sweep reloads."""
        if isinstance(error, DATABASE_ERRORS):
            self._out_of_date = True

    def was_refresh(self, txid: str) -> bool:
        """Whether a failed event was a refresh, which nobody at the page had asked for.

        Answers once for each event.
        """
        is_own = txid in self._refreshes
        self._refreshes.discard(txid)
        return is_own

    @contextmanager
    def _made_up_for(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.note_failure(error)
            raise

    async def _sweep(self) -> None:
        await asyncio.sleep(SWEEP_SECONDS)
        if self._out_of_date:
            await self._resynchronise()
            return
        with self._made_up_for():
            await self._runtime.reload_policy()
            await self._dismiss_ended(self._runtime.tabs.signed_in())

    async def _end_expired(self) -> None:
        """End the sessions of open tabs at the moment they run out, not at the next click."""
        await asyncio.sleep(EXPIRY_SECONDS)
        now = utc_now()
        for tab in self._runtime.tabs.signed_in():
            session_id = tab.identity.session_public_id
            if session_id is not None and tab.expires_at is not None and tab.expires_at <= now:
                await self._runtime.end_if_expired(session_id)
                # Another tab of the same session may have been used since.
                session = await self._runtime.resume_by_public_id(session_id)
                tab.expires_at = session.expires_at if session is not None else None

    async def _look_again(self) -> None:
        """Refresh the pages whose time for it has come."""
        await asyncio.sleep(EXPIRY_SECONDS)
        due = self._runtime.tabs.due_again(utc_now())
        for tab in due:
            tab.look_again_at = None
        await self._refresh(due)

    async def _refresh_overviews(self) -> None:
        await self._overview_changed.wait()
        self._overview_changed.clear()
        await self._refresh(self._runtime.tabs.watching(Topic.ALL_SESSIONS))
        await asyncio.sleep(OVERVIEW_SECONDS)

    async def _dismiss_ended(self, tabs: list[Tab]) -> list[Tab]:
        """Send those away whose session is over, and return the others."""
        ids = sorted({tab.identity.session_public_id or "" for tab in tabs})
        over = await self._runtime.database.read(lambda db: self._over_among(db, ids))
        for tab in tabs:
            session_id = tab.identity.session_public_id
            if session_id in over and not tab.dismissed:
                tab.dismissed = True
                self._keep(asyncio.create_task(self._send_away(tab, over[session_id])))
        remaining = [tab for tab in tabs if tab.identity.session_public_id not in over]
        await self._lead_away_former_admins(remaining)
        return remaining

    def _over_among(self, db: Connection, public_ids: list[str]) -> dict[str, Ending | None]:
        """Those that are over, with how they ended; if that can't be told, they leave as well."""
        policy, now = self._runtime.policy, utc_now()
        over = list(no_longer_live(db, public_ids, policy, now))
        try:
            endings = endings_of(db, over, policy, now)
        except Exception as error:
            logger.warning("pages are sent away without a reason: %r", error)
            endings = {}
        return {one: endings.get(one) for one in over}

    async def _lead_away_former_admins(self, tabs: list[Tab]) -> None:
        """Take administrators' pages from those who no longer are; they stay signed in."""
        watching = self._runtime.tabs.watching(Topic.ALL_SESSIONS, tabs)
        user_ids = {tab.identity.user_id for tab in watching if tab.identity.user_id is not None}
        if not user_ids:
            return
        admins = await self._runtime.database.read(lambda db: administrators_among(db, user_ids))
        for tab in watching:
            if tab.identity.user_id not in admins:
                tab.topic = None
                await self._namespace.emit_to(tab, self._leave(navigation.DEVICES))

    async def _refresh(self, tabs: Iterable[Tab]) -> None:
        for tab in tabs:
            if self._namespace.is_deaf(tab):
                # A page that is still alive reconnects and loads.
                self._namespace.close_transport(tab.sid)
                continue
            token = self._namespace.sid_to_token.get(tab.sid)
            if token is not None:
                for event in Event.from_event_type(tab.refresh):
                    enqueued = await self._app.event_processor.enqueue(token, event)
                    self._refreshes.add(enqueued.txid)
                    enqueued.add_done_callback(self._forget_unless_failed)

    def _forget_unless_failed(self, enqueued: EventFuture) -> None:
        if enqueued.cancelled() or enqueued.exception() is None:
            self._refreshes.discard(enqueued.txid)


async def _forever(step: Callable[[], Awaitable[None]]) -> None:
    """Repeat an asynchronous step; an error costs one turn, not the task."""
    while True:
        try:
            await step()
        except Exception:
            logger.exception("live updates: one turn failed")
            await asyncio.sleep(1)
