"""The tabs whose sockets this process holds."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sessions_dashboard.locales import NOBODY_KNOWN, Reader
from sessions_dashboard.metrics import open_pages


class Topic(Enum):
    """What a page shows, and so which changes concern it."""

    OWN_SESSIONS = "own sessions"
    ALL_SESSIONS = "all sessions"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who opened a socket, as the handshake found out from the cookie and the table."""

    session_public_id: str | None = None
    user_id: int | None = None
    # The session that is over, but whose cookie the browser still sends.
    ended_public_id: str | None = None
    # Whoever has given the right password, while they choose which device to sign out.
    pending_user_id: int | None = None
    pending_until: datetime | None = None

    @property
    def key(self) -> str:
        """Tells the states of different identities apart."""
        if self.session_public_id is not None:
            return f"live:{self.session_public_id}"
        if self.pending_user_id is not None:
            return f"pending:{self.pending_user_id}"
        return f"ended:{self.ended_public_id}" if self.ended_public_id else "anonymous"


@dataclass(slots=True, eq=False)
class Tab:
    """One open socket."""

    sid: str
    identity: Identity
    topic: Topic | None = None
    # The handler that reloads what the page shows.
    refresh: Any = None
    # When the session runs out if nobody uses it any more.
    expires_at: datetime | None = None
    # When what the page shows will have changed, though nothing is announced.
    look_again_at: datetime | None = None
    # The log's name for everything that comes over it.
    request_id: str = ""
    # How numbers are written on it; moments are the browser's own to write.
    reader: Reader = NOBODY_KNOWN
    # Sent away already: nothing that it says is listened to.
    dismissed: bool = False


class Tabs:
    def __init__(self) -> None:
        self._by_sid: dict[str, Tab] = {}

    def add(self, tab: Tab) -> None:
        self._by_sid[tab.sid] = tab
        open_pages.set(len(self._by_sid))

    def remove(self, sid: str) -> None:
        self._by_sid.pop(sid, None)
        open_pages.set(len(self._by_sid))

    def get(self, sid: str) -> Tab | None:
        return self._by_sid.get(sid)

    def of_users(self, user_ids: Container[int | None]) -> list[Tab]:
        return [
            tab
            for tab in self._by_sid.values()
            if tab.identity.user_id is not None and tab.identity.user_id in user_ids
        ]

    def signed_in(self) -> list[Tab]:
        return [tab for tab in self._by_sid.values() if tab.identity.session_public_id]

    def due_again(self, now: datetime) -> list[Tab]:
        """Those whose page wanted to look again before now."""
        return [
            tab
            for tab in self._by_sid.values()
            if tab.look_again_at is not None and tab.look_again_at < now and not tab.dismissed
        ]

    def watching(self, topic: Topic, among: Iterable[Tab] | None = None) -> list[Tab]:
        tabs = self._by_sid.values() if among is None else among
        return [tab for tab in tabs if tab.topic is topic and not tab.dismissed]
