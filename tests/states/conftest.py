"""States without a browser: their handlers called as the gate calls them, on real databases."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime
from typing import Any

import pytest
import reflex as rx
from reflex.istate.data import RouterData

from sessions_dashboard import runtime as runtime_module
from sessions_dashboard.live.access import admit
from sessions_dashboard.live.tabs import Identity, Tab
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import ActiveSession
from sessions_dashboard.settings import Settings
from tests.support.people import FIREFOX, SignedIn, add_user, set_session, sign_in

ORIGIN = "https://sessions.example.com"


class Pages:
    """The one who is signed in, and the states of their tab."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
        self.me: SignedIn | None = None

    def now(self) -> datetime:
        return utc_now()

    def sign_in(self, name: str = "ada", *, is_admin: bool = False) -> SignedIn:
        with self.runtime.database.begin() as db:
            self.me = sign_in(db, add_user(db, name, is_admin=is_admin), utc_now())
        return self.me

    def add_device(self, **options: Any) -> SignedIn:
        """Another browser of the same account."""
        assert self.me is not None
        with self.runtime.database.begin() as db:
            return sign_in(db, self.me.actor.user_id, utc_now(), **{"device": FIREFOX} | options)

    def change(self, session: SignedIn, **values: object) -> None:
        with self.runtime.database.begin() as db:
            set_session(db, session.public_id, **values)

    def at(self, path: str) -> None:
        """Say which address the page has."""
        self.root.router = RouterData.from_router_data(
            {"headers": {"origin": ORIGIN}, "pathname": path.partition("?")[0], "asPath": path}
        )

    def state(self, kind: type[rx.State]) -> Any:
        return self.root.get_substate(kind.get_full_name().split("."))

    async def call(
        self, kind: type[rx.State], handler: str, /, *, ended: str | None = None, **payload: Any
    ) -> Any:
        """Call a handler as whoever is signed in, and return what it returned."""
        actor: ActiveSession | None = None
        if self.me is not None:
            actor = await self.runtime.resume_by_public_id(self.me.public_id)
        identity = Identity(
            actor.public_id if actor else None, actor.user_id if actor else None, ended
        )
        admit(Tab("a socket", identity), actor)
        answer = kind.event_handlers[handler].fn(self.state(kind), **payload)
        if inspect.isasyncgen(answer):
            # What the page is sent in between is not looked at.
            async for _ in answer:
                pass
            return None
        return await answer if asyncio.iscoroutine(answer) else answer


@pytest.fixture
def pages(database_url: str) -> Iterator[Pages]:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        secret_key="k" * 32,
        database_url=database_url,
        public_url=ORIGIN,
    )
    runtime = Runtime(settings, settings.allowed_origins())
    runtime.open()
    runtime_module.install(runtime)
    yield Pages(runtime)
    runtime.database.close()


@pytest.fixture
def run(pages: Pages) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a story to its end, with everything that it left to the background."""

    async def to_the_end(story: Coroutine[Any, Any, Any]) -> Any:
        told = await story
        if pages.runtime._background:
            await asyncio.wait(pages.runtime._background)
        return told

    return lambda story: asyncio.run(to_the_end(story))
