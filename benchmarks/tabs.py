"""Servers with many open pages, for the benchmarks beside it.

`serve` in production, and python-socketio clients that say what a browser's page says.
"""

from __future__ import annotations

import asyncio
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import socketio

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from reflex_base.constants.state import FIELD_MARKER  # noqa: E402

from tests.support.event_socket import HYDRATE_AND_LOAD, NAMESPACE, event  # noqa: E402
from tests.support.postgresql import running_server  # noqa: E402
from tests.support.redis import RedisServer, binaries  # noqa: E402
from tests.support.server import DashboardServer, Session  # noqa: E402

OPEN_SECONDS = 60
# How many pages open at the same moment: a server that was restarted sees more, slower.
OPENING = 50
PAGE = "/devices"


@contextmanager
def dashboard(folder: Path, kind: str, workers: int) -> Iterator[DashboardServer]:
    """`python -m sessions_dashboard serve` with so many workers, on a database of its own."""
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        url, settings = f"sqlite:///{folder / 'sessions.db'}", {}
        if kind == "postgresql":
            url = stack.enter_context(running_server(durable=True)).create_database()
        if workers > 1:
            redis = RedisServer(binaries()[0], folder).start()
            stack.callback(redis.stop)
            settings["REDIS_URL"] = redis.url
        server = DashboardServer(folder, url, GRANIAN_WORKERS=str(workers), **settings)
        server.command = ["-m", "sessions_dashboard", "serve", "--port", str(server.port)]
        # No page is asked for, only the sockets behind them.
        page = folder / ".web" / "build" / "client" / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text("<!doctype html>")
        stack.callback(server.close)
        server.start()
        server.add_account(is_admin=True)
        # All workers answer by now, whichever answered first.
        time.sleep(2 if workers > 1 else 0)
        yield server


class OpenPage:
    """The devices page of one session in one browser."""

    def __init__(self, url: str, cookie: str) -> None:
        self._url, self._cookie = url, cookie
        self._client = socketio.AsyncClient(reconnection=False)
        self._client.on("event", self._note, namespace=NAMESPACE)
        self._client.on("disconnect", self._note_end, namespace=NAMESPACE)
        self._loaded = asyncio.Event()
        self._answer: asyncio.Future[None] | None = None
        # When it was sent away, and when it was cut off, by the clock of `time.perf_counter`.
        self.left_at: float | None = None
        self.gone = asyncio.Event()
        self.gone_at: float | None = None

    async def open(self) -> None:
        await self._client.connect(
            f"{self._url}?token={uuid.uuid4()}",
            headers={"Cookie": self._cookie, "Origin": self._url},
            transports=["websocket"],
            namespaces=[NAMESPACE],
            socketio_path="/_event",
            auth={"event": event(HYDRATE_AND_LOAD, page=PAGE)},
            wait_timeout=OPEN_SECONDS,
        )
        await asyncio.wait_for(self._loaded.wait(), OPEN_SECONDS)

    async def say(self, name: str, payload: dict[str, Any] | None = None) -> None:
        await self._client.emit("event", event(name, payload, PAGE), namespace=NAMESPACE)

    async def ask(self, name: str, payload: dict[str, Any] | None = None) -> None:
        """Say something, and wait for the update that answers it."""
        self._answer = asyncio.get_running_loop().create_future()
        await self.say(name, payload)
        await self._answer

    async def close(self) -> None:
        await self._client.disconnect()

    async def _note(self, update: dict[str, Any]) -> None:
        now = time.perf_counter()
        for variables in (update.get("delta") or {}).values():
            if variables.get(f"is_hydrated{FIELD_MARKER}") is True:
                self._loaded.set()
            if variables.get(f"leave_to{FIELD_MARKER}"):
                self.left_at = now
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(None)

    async def _note_end(self, *_reason: Any) -> None:
        self.gone_at = time.perf_counter()
        self.gone.set()


def cookie_of(server: DashboardServer, session: Session) -> str:
    return f"{server.cookie_name}={session.cookie}"


async def open_all(pages: Sequence[OpenPage]) -> None:
    turn = asyncio.Semaphore(OPENING)

    async def one(page: OpenPage) -> None:
        async with turn:
            await page.open()

    await asyncio.gather(*(one(page) for page in pages))
