"""What an administrator looks for among the sessions, and how it is written in an address.

A filter is a value: the page, the export and a bulk operation hold the same one, and wherever it is
kept, it is kept as the parameters of an address.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sessions_dashboard.accounts.users import MAX_EMAIL_LENGTH
from sessions_dashboard.devices import DeviceKind
from sessions_dashboard.devices.cleaning import clean_text
from sessions_dashboard.sessions.addresses import network_range
from sessions_dashboard.sessions.policy import EndReason

# A live session that has not been used for this long is idle.
IDLE_AFTER = timedelta(days=1)
MAX_TEXT_LENGTH = 100
LAST_YEAR = 9_998
# How an address says that a condition has to hold.
YES = "yes"
_BETWEENS = ("started", "seen", "ended")
# The parameters of an address that are moments.
MOMENTS = tuple(f"{name}_{end}" for name in _BETWEENS for end in ("from", "to"))


class Status(StrEnum):
    """What has become of a session. `LIVE` is active or idle."""

    LIVE = "live"
    ACTIVE = "active"
    IDLE = "idle"
    # It ran out, but has not been ended yet.
    EXPIRED = "expired"
    ENDED = "ended"
    ALL = "all"


class Role(StrEnum):
    ADMIN = "admin"
    USER = "user"


class Sort(StrEnum):
    STARTED = "started"
    SEEN = "seen"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Between:
    """From one moment up to, but not including, another; None is no bound."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_bound(self) -> bool:
        return self.since is not None or self.until is not None


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Everything given has to hold."""

    # Each word is the start of an email or an address, or stands in the device or its name.
    search: str = ""
    status: Status = Status.LIVE
    # A whole email address.
    user: str = ""
    role: Role | None = None
    browser: str = ""
    os: str = ""
    kind: DeviceKind | None = None
    country: str = ""
    # An IP address or a network in CIDR form.
    network: str = ""
    reason: EndReason | None = None
    # On a browser that its user had not used before.
    new_device: bool = False
    # Its address or browser changed while it was used.
    moved: bool = False
    started: Between = field(default_factory=Between)
    seen: Between = field(default_factory=Between)
    ended: Between = field(default_factory=Between)

    @property
    def words(self) -> list[str]:
        return self.search.lower().split()


@dataclass(frozen=True, slots=True)
class View:
    """A filter and the order in which what it finds is listed."""

    filter: SessionFilter = field(default_factory=SessionFilter)
    sort: Sort = Sort.STARTED
    descending: bool = True


@dataclass(frozen=True, slots=True)
class ReadView:
    """A view from an address, and the names of the parameters that could not be read."""

    view: View
    unreadable: tuple[str, ...]


def read_view(parameters: Mapping[str, str]) -> ReadView:
    """The view that an address describes; what can't be read is left out, and named."""
    values: dict[str, Any] = {}
    unreadable = []
    for name, parse in _PARSERS.items():
        raw = parameters.get(name, "")
        if raw:
            try:
                values[name] = parse(raw)
            except ValueError:
                unreadable.append(name)
    betweens = {
        name: Between(values.pop(f"{name}_from", None), values.pop(f"{name}_to", None))
        for name in _BETWEENS
    }
    order = values.pop("sort", None)
    if "status" not in values and (betweens["ended"].is_bound or "reason" in values):
        # A question about how sessions ended is not about those that have not.
        values["status"] = Status.ENDED
    values.update(betweens)
    wanted = SessionFilter(**values)
    sort, descending = order or (_usual_sort(wanted), True)
    return ReadView(View(wanted, sort, descending), tuple(unreadable))


def _usual_sort(wanted: SessionFilter) -> Sort:
    """What a list is sorted by, the newest first, if nothing else is chosen.

    Those that are over come by their end, unless it is asked when they were begun or used.
    """
    is_by_end = wanted.status is Status.ENDED and not (
        wanted.started.is_bound or wanted.seen.is_bound
    )
    return Sort.ENDED if is_by_end else Sort.STARTED


def parameters_of(view: View) -> dict[str, str]:
    """The parameters of the view's address: the inverse of `read_view`."""
    found: dict[str, str] = {}
    for one in fields(SessionFilter):
        value = getattr(view.filter, one.name)
        if isinstance(value, Between):
            for end, moment in (("from", value.since), ("to", value.until)):
                if moment is not None:
                    found[f"{one.name}_{end}"] = written_moment(moment)
        elif value is True:
            found[one.name] = YES
        elif value and one.name != "status":
            found[one.name] = str(value)
    implied = read_view(found).view.filter.status
    if view.filter.status is not implied:
        found["status"] = view.filter.status.value
    if (view.sort, view.descending) != (_usual_sort(view.filter), True):
        found["sort"] = ("-" if view.descending else "") + view.sort.value
    return found


def written_moment(moment: datetime) -> str:
    """As `read_moment` reads it: in UTC, and no longer than it has to be."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return text.removesuffix(":00") if text.count(":") == 2 else text


def read_moment(text: str) -> datetime:
    """A date, or a date and time, in UTC unless it says otherwise.

    Raises:
        ValueError: it is neither, or so late that nothing can be added to it.
    """
    moment = datetime.fromisoformat(text[:40])
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    try:
        moment = aware.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(str(error)) from None
    if moment.year > LAST_YEAR:
        raise ValueError(text)
    return moment


def read_text(raw: str) -> str:
    return _cleaned(raw, MAX_TEXT_LENGTH)


def _cleaned(raw: str, limit: int) -> str:
    """
    Raises:
        ValueError: it can't be looked for, or not all of it; half a filter would find more.
    """
    text = clean_text(raw, limit + 1)
    if len(text) > limit or (raw.strip() and not text):
        raise ValueError(text)
    return text


def read_yes(raw: str) -> bool:
    if raw != YES:
        raise ValueError(raw)
    return True


def read_email(raw: str) -> str:
    return _cleaned(raw, MAX_EMAIL_LENGTH).lower()


def read_network(raw: str) -> str:
    text = clean_text(raw, MAX_TEXT_LENGTH).strip()
    network_range(text)
    return text


def _sort(raw: str) -> tuple[Sort, bool]:
    return Sort(raw.removeprefix("-")), raw.startswith("-")


_PARSERS: dict[str, Callable[[str], Any]] = {
    "search": read_text,
    "status": Status,
    "user": read_email,
    "role": Role,
    "browser": read_text,
    "os": read_text,
    "kind": DeviceKind,
    "country": read_text,
    "network": read_network,
    "reason": EndReason,
    "new_device": read_yes,
    "moved": read_yes,
    **dict.fromkeys(MOMENTS, read_moment),
    "sort": _sort,
}
