"""What an administrator looks for in the history, and how it is written in an address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from sessions_dashboard.devices import DeviceKind
from sessions_dashboard.sessions.filters import (
    YES,
    Role,
    read_email,
    read_moment,
    read_network,
    read_text,
    read_yes,
    written_moment,
)
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.policy import EndReason

MAX_SEARCH_LENGTH = 100
# The parameters of an address that are moments.
MOMENTS = ("from", "to")
# How an address says that the oldest come first; the other way round goes without saying.
OLDEST_FIRST, NEWEST_FIRST = "at", "-at"


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Everything given has to hold."""

    # Each word is the start of an email or an IP address, or stands in the device's name.
    search: str = ""
    # A whole email address: of whom it concerns, or of who did what concerns nobody's account.
    user: str = ""
    # Of the same person.
    role: Role | None = None
    # What the device is called after.
    browser: str = ""
    os: str = ""
    # What its session says: found are lines of sessions that are still kept.
    device_kind: DeviceKind | None = None
    country: str = ""
    # On a browser that its user had not used before.
    new_device: bool = False
    # Its address or browser changed while it was used.
    moved: bool = False
    # An IP address or a network in CIDR form.
    network: str = ""
    kind: EventKind | None = None
    reason: EndReason | None = None
    # Done by somebody else than whom it concerns, which only administrators can.
    by_admin: bool = False
    # From a moment on, and before another.
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> Self:
        """From an address; what can't be read is left out: see `unreadable_in`."""
        values, _unreadable = _read(parameters)
        values.pop("oldest_first", None)
        return cls(**values)

    def parameters(self) -> dict[str, str]:
        """Its address: the inverse of `read`."""
        written = {
            "q": self.search,
            "user": self.user,
            "role": self.role.value if self.role else "",
            "browser": self.browser,
            "os": self.os,
            "device_kind": self.device_kind.value if self.device_kind else "",
            "country": self.country,
            "new_device": YES if self.new_device else "",
            "moved": YES if self.moved else "",
            "network": self.network,
            "kind": self.kind.value if self.kind else "",
            "reason": self.reason.value if self.reason else "",
            "by_admin": YES if self.by_admin else "",
            "from": written_moment(self.since) if self.since else "",
            "to": written_moment(self.until) if self.until else "",
        }
        return {name: value for name, value in written.items() if value}


@dataclass(frozen=True, slots=True)
class EventView:
    """A filter and the order in which what it finds is listed."""

    filter: EventFilter = field(default_factory=EventFilter)
    oldest_first: bool = False

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> Self:
        values, _unreadable = _read(parameters)
        return cls(EventFilter.read(parameters), values.get("oldest_first", False))

    def parameters(self) -> dict[str, str]:
        order = {"sort": OLDEST_FIRST} if self.oldest_first else {}
        return self.filter.parameters() | order


def unreadable_in(parameters: Mapping[str, str]) -> tuple[str, ...]:
    """The names of what an address says and could not be read: half a filter finds more."""
    _values, unreadable = _read(parameters)
    return unreadable


def _read(parameters: Mapping[str, str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The values by the names of fields, and the parameters that have none."""
    values, unreadable = {}, []
    for name, (of_view, parse) in _PARSERS.items():
        raw = parameters.get(name, "")
        if raw.strip():
            try:
                values[of_view] = parse(raw)
            except ValueError:
                unreadable.append(name)
    return values, tuple(unreadable)


def _search(raw: str) -> str:
    """
    Raises:
        ValueError: nothing of it can be looked for, or not all of it.
    """
    kept = "".join(one for one in raw if one.isprintable() or one.isspace())
    text = " ".join(kept.lower().split())
    if not text or len(text) > MAX_SEARCH_LENGTH:
        raise ValueError(text)
    return text


def _order(raw: str) -> bool:
    if raw not in (OLDEST_FIRST, NEWEST_FIRST):
        raise ValueError(raw)
    return raw == OLDEST_FIRST


_PARSERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "q": ("search", _search),
    "user": ("user", read_email),
    "role": ("role", Role),
    "browser": ("browser", read_text),
    "os": ("os", read_text),
    "device_kind": ("device_kind", DeviceKind),
    "country": ("country", read_text),
    "new_device": ("new_device", read_yes),
    "moved": ("moved", read_yes),
    "network": ("network", read_network),
    "kind": ("kind", EventKind),
    "reason": ("reason", EndReason),
    "by_admin": ("by_admin", read_yes),
    "from": ("since", read_moment),
    "to": ("until", read_moment),
    "sort": ("oldest_first", _order),
}
# What an address may filter by.
PARAMETERS = tuple(name for name in _PARSERS if name != "sort")
