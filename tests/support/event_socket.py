"""A client of the event socket, that keeps to the protocol or breaks it where a test wants that.

Socket.IO 5 over Engine.IO 4 over a websocket: text frames that begin with the digits below.
"""

import contextlib
import json
import select
import socket
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import reflex as rx
from reflex_base.constants.state import FIELD_MARKER
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Message,
    RejectConnection,
    Request,
    TextMessage,
)

NAMESPACE = "/_event"
PING, PONG = "2", "3"
CONNECT, DISCONNECT, EVENT, CONNECT_ERROR = "40", "41", "42", "44"
HYDRATE = "reflex___state____state.hydrate"
SET_IS_HYDRATED = "reflex___state____state.set_is_hydrated"
HYDRATE_AND_LOAD = "reflex___state____state.hydrate_and_load"
# A page's connection leads to its load, and that to a last event which says that it is there.
LONGEST_CHAIN = 4
# A test that waits that long has failed.
# What a failure shows of a frame; a whole state has some hundred thousand letters.
MAX_TOLD = 2_000
TIMEOUT_SECONDS = 15
# A test's server signs its certificate itself.
UNVERIFIED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
UNVERIFIED.check_hostname = False
UNVERIFIED.verify_mode = ssl.CERT_NONE


def event_name(state: type[rx.State], handler: str) -> str:
    """What a page calls a handler."""
    return f"{state.get_full_name()}.{handler}"


class HandshakeRefused(Exception):
    """The server did not accept the websocket."""

    def __init__(self, status: int) -> None:
        super().__init__(f"refused with status {status}")
        self.status = status


class EventSocket:
    """One websocket; a thread collects what comes over it."""

    def __init__(
        self,
        url: str,
        headers: list[tuple[str, str]],
        *,
        path: str = "/_event/",
        client_token: str = "a-tab",
        query: Mapping[str, str] | None = None,
    ) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._socket = socket.create_connection((parts.hostname, parts.port), TIMEOUT_SECONDS)
        if parts.scheme == "https":
            self._socket = UNVERIFIED.wrap_socket(self._socket)
        self._websocket = WSConnection(ConnectionType.CLIENT)
        self._sending = threading.Lock()
        self._news = threading.Condition()
        self._partial = ""
        self.frames: list[str] = []
        self.closed = False
        # Whoever comes through a proxy connects to one host and asks for another.
        host = next((value for name, value in headers if name == "Host"), parts.netloc)
        headers = [(name, value) for name, value in headers if name != "Host"]
        parameters = {"EIO": "4", "transport": "websocket", "token": client_token, **(query or {})}
        try:
            self._shake_hands(
                Request(
                    host=host,
                    target=f"{path}?{urlencode(parameters)}",
                    extra_headers=[(name.encode(), value.encode()) for name, value in headers],
                )
            )
        except HandshakeRefused:
            self._socket.close()
            raise
        self._socket.settimeout(None)
        threading.Thread(target=self._read, daemon=True).start()

    def _shake_hands(self, request: Request) -> None:
        self._write(request)
        while True:
            data = self._socket.recv(65536)
            self._websocket.receive_data(data or None)
            events = self._websocket.events()
            for event in events:
                if isinstance(event, AcceptConnection):
                    self._take_all(events)
                    return
                if isinstance(event, RejectConnection):
                    raise HandshakeRefused(event.status_code)
            if not data:
                raise HandshakeRefused(0)

    def _write(self, event: Any) -> None:
        with self._sending:
            self._socket.sendall(self._websocket.send(event))

    def _read(self) -> None:
        try:
            while data := self._receive():
                self._websocket.receive_data(data)
                if not self._take_all(self._websocket.events()):
                    break
        except OSError:
            pass
        with self._news:
            self.closed = True
            self._news.notify_all()

    def _receive(self) -> bytes:
        if not isinstance(self._socket, ssl.SSLSocket):
            return self._socket.recv(65536)
        # TLS is not for two threads at a time.
        if not self._socket.pending():
            select.select([self._socket], [], [])
        with self._sending:
            return self._socket.recv(65536)

    def _take_all(self, events: Iterator[Any]) -> bool:
        """Collect what came; False once the server has closed."""
        for event in events:
            if isinstance(event, CloseConnection):
                return False
            if isinstance(event, TextMessage):
                self._partial += event.data
                if event.message_finished:
                    frame, self._partial = self._partial, ""
                    self._take(frame)
        return True

    def _take(self, frame: str) -> None:
        if frame == PING:
            self.send_raw(PONG)
            return
        with self._news:
            self.frames.append(frame)
            self._note(frame)
            self._news.notify_all()

    def _note(self, frame: str) -> None:
        """Take in what a frame says."""

    def send_raw(self, frame: str) -> None:
        """Send any text as one websocket message.

        Raises:
            OSError: the connection is closed.
        """
        self._write(Message(data=frame))

    def wait_for(
        self, condition: Callable[[], Any], what: str, seconds: float = TIMEOUT_SECONDS
    ) -> Any:
        """The condition's value once it holds. It is looked at after every frame."""
        deadline = time.monotonic() + seconds
        with self._news:
            while not (value := condition()):
                left = deadline - time.monotonic()
                if left <= 0 or self.closed:
                    end = "the server closed" if self.closed else "time ran out"
                    newest = [frame[:MAX_TOLD] for frame in self.frames[-5:]]
                    raise AssertionError(f"waiting for {what}, {end}: {newest}")
                self._news.wait(left)
            return value

    def wait_closed(self) -> None:
        """Until the server has closed the websocket itself."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        with self._news:
            while not self.closed:
                left = deadline - time.monotonic()
                assert left > 0, f"the server left the websocket open: {self.frames}"
                self._news.wait(left)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class Tab(EventSocket):
    """An event socket as a page of this site uses it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._known: dict[str, Any] = {}
        self._pages: set[str] = set()
        # The address that the server has sent this page to, if it has.
        self.left_for: str | None = None
        super().__init__(*arguments, **options)

    def connect(self, first_event: Any = None) -> "Tab":
        """Open the namespace, as a page does; its first event may come along."""
        auth = "," if first_event is None else "," + json.dumps({"event": first_event})
        self.send_raw(f"{CONNECT}{NAMESPACE}{auth}")
        answer = self.wait_for(self._connect_answer, "an answer to CONNECT")
        assert answer.startswith(CONNECT + NAMESPACE), f"the namespace was refused: {answer}"
        return self

    def _connect_answer(self) -> str | None:
        prefixes = (CONNECT + NAMESPACE, CONNECT_ERROR + NAMESPACE)
        return next((frame for frame in self.frames if frame.startswith(prefixes)), None)

    def send(self, name: str, payload: Any = None, page: str = "/devices") -> None:
        self.send_raw(event_frame(name, payload, page))

    def _note(self, frame: str) -> None:
        """Keep what a page would: the newest value of every variable."""
        prefix = f"{EVENT}{NAMESPACE},"
        if not frame.startswith(prefix):
            return
        kind, *content = json.loads(frame.removeprefix(prefix))
        if kind != "event":
            return
        for variables in (content[0].get("delta") or {}).values():
            for marked, value in variables.items():
                name = marked.removesuffix(FIELD_MARKER)
                self._known[name] = value
                if name == "leave_to" and value and self.left_for is None:
                    self.left_for = value
                if name == "rx_router_page":
                    self._pages.add(value["raw_path"])

    def value(self, name: str) -> Any:
        """What the page knows of a variable by now; of two states' the newest counts."""
        return self._known.get(name)

    def wait_for_value(
        self, name: str, wanted: Callable[[Any], Any], seconds: float = TIMEOUT_SECONDS
    ) -> Any:
        self.wait_for(lambda: wanted(self.value(name)), f"{name}", seconds)
        return self.value(name)

    def settle(self) -> None:
        """Until all events sent so far are dealt with, and those that they led to.

        Those of one page are taken in turn; what one leads to stands behind the rest. The last
        asks for the whole state, so that nothing which the page may know is left untold.
        """
        for _ in range(LONGEST_CHAIN - 1):
            self._wait_for_turn(SET_IS_HYDRATED, {"value": True})
        self._wait_for_turn(HYDRATE)

    def _wait_for_turn(self, name: str, payload: Any = None) -> None:
        mark = f"/?mark={uuid.uuid4()}"
        self.send(name, payload, mark)
        self.wait_for(lambda: mark in self._pages, name)

    def wait_to_leave(self) -> str:
        """The address that the server sends this page to."""
        return str(self.wait_for(lambda: self.left_for, "an address to leave for"))

    @property
    def text(self) -> str:
        """Everything that came, for a look at what is not in it."""
        return "\n".join(self.frames)


def event_frame(name: str, payload: Any = None, page: str = "/devices") -> str:
    return f"{EVENT}{NAMESPACE},{json.dumps(['event', event(name, payload, page)])}"


def event(name: str, payload: Any = None, page: str = "/devices") -> dict[str, Any]:
    """An event as a page sends it."""
    return {
        "name": name,
        "payload": {} if payload is None else payload,
        "router_data": {
            "pathname": page.partition("?")[0],
            "asPath": page,
            "query": dict(pair.split("=", 1) for pair in page.partition("?")[2].split("&") if pair),
        },
    }
