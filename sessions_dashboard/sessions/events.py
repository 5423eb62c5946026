"""The history of everyone, as administrators search it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    false,
    literal,
    or_,
    select,
    tuple_,
)

from sessions_dashboard.accounts.models import users
from sessions_dashboard.devices.cleaning import clean_text
from sessions_dashboard.sessions.addresses import KeyRange, network_range, prefix_ranges
from sessions_dashboard.sessions.filters import Between, read_moment, written_moment
from sessions_dashboard.sessions.history import EventKind, HistoryEvent
from sessions_dashboard.sessions.matching import (
    MAX_LABELS,
    Condition,
    accounts_with,
    begins_with,
    distinct_values,
    fewest,
    labels_with,
    unindexed,
    within,
)
from sessions_dashboard.sessions.models import session_events
from sessions_dashboard.sessions.policy import EndReason

# A word of these alone, with a dot or a colon in it, is the beginning of an address.
ADDRESS_WORD = re.compile(r"(?=.*[.:])[0-9a-f.:]+")
MAX_SEARCH_LENGTH = 100
# What an address may filter by.
PARAMETERS = ("q", "network", "kind", "reason", "from", "to")
# Up to so many lines are fetched and put in order, rather than looked for in the order.
FEW = 10_000


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Everything given has to hold."""

    # Each word is the start of an email or an IP address, or stands in the device's name.
    search: str = ""
    # An IP address or a network in CIDR form.
    network: str = ""
    kind: EventKind | None = None
    reason: EndReason | None = None
    # From a moment on, and before another.
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> Self:
        """From an address; what can't be read is left out."""
        kind, reason = parameters.get("kind", ""), parameters.get("reason", "")
        text = parameters.get("q", "")[:MAX_SEARCH_LENGTH]
        kept = (one for one in text if one.isprintable() or one.isspace())
        return cls(
            search=" ".join("".join(kept).lower().split()),
            network=_network(parameters.get("network", "")),
            kind=EventKind(kind) if kind in list(EventKind) else None,
            reason=EndReason(reason) if reason in list(EndReason) else None,
            since=_moment(parameters.get("from", "")),
            until=_moment(parameters.get("to", "")),
        )

    def parameters(self) -> dict[str, str]:
        """Its address: the inverse of `read`."""
        written = {
            "q": self.search,
            "network": self.network,
            "kind": self.kind.value if self.kind else "",
            "reason": self.reason.value if self.reason else "",
            "from": written_moment(self.since) if self.since else "",
            "to": written_moment(self.until) if self.until else "",
        }
        return {name: value for name, value in written.items() if value}


@dataclass(frozen=True, slots=True)
class EventKey:
    """A line's place in the history."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).strftime('%Y%m%dT%H%M%S.%f')}-{self.id}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        moment, _, number = text.partition("-")
        try:
            at = datetime.strptime(moment, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
        except ValueError:
            return None
        is_row = number.isascii() and number.isdigit() and len(number) < 19
        return cls(at, int(number)) if is_row else None


@dataclass(frozen=True, slots=True)
class ListedEvent:
    """A line with the accounts that it concerns; empty where there is none."""

    event: HistoryEvent
    email: str
    user_public_id: str
    done_by: str

    @property
    def key(self) -> EventKey:
        return EventKey(self.event.at, self.event.id)


@dataclass(frozen=True, slots=True)
class EventPage:
    rows: Sequence[ListedEvent]
    has_newer: bool
    has_older: bool


_owner, _actor = users.alias("owner"), users.alias("actor")
_lines = (
    select(
        session_events.c.id,
        session_events.c.at,
        session_events.c.kind,
        session_events.c.device,
        session_events.c.ip_address,
        session_events.c.end_reason,
        session_events.c.actor_device,
        session_events.c.details,
        session_events.c.user_id,
        session_events.c.actor_user_id,
        _owner.c.email,
        _owner.c.public_id,
        _actor.c.email.label("actor_email"),
    )
    .outerjoin_from(session_events, _owner, _owner.c.id == session_events.c.user_id)
    .outerjoin(_actor, _actor.c.id == session_events.c.actor_user_id)
)
_row = session_events.c.id
_place = tuple_(session_events.c.at, session_events.c.id)


def page_of_events(
    db: Connection,
    wanted: EventFilter,
    *,
    older_than: EventKey | None = None,
    newer_than: EventKey | None = None,
    size: int = 50,
) -> EventPage:
    """Lines that match, the newest first, by key: from the top, or from a place on either way."""
    query = select(session_events.c.id).where(*_found(db, wanted))
    if newer_than is not None:
        query = query.where(_place > _literal(newer_than))
        query = query.order_by(session_events.c.at, session_events.c.id)
    else:
        if older_than is not None:
            query = query.where(_place < _literal(older_than))
        query = query.order_by(session_events.c.at.desc(), session_events.c.id.desc())
    # The lines of the page alone are read whole, not all that are put in order.
    page = query.limit(size + 1).subquery()
    lines = db.execute(_lines.join(page, page.c.id == session_events.c.id))
    found = sorted(
        map(_listed, lines),
        key=lambda one: (one.event.at, one.event.id),
        reverse=newer_than is None,
    )
    more, shown = len(found) > size, found[:size]
    if newer_than is not None:
        return EventPage(shown[::-1], has_newer=more, has_older=True)
    return EventPage(shown, has_newer=older_than is not None, has_older=more)


def _found(db: Connection, wanted: EventFilter) -> Iterator[ColumnElement[bool]]:
    """Few lines are fetched and put in order; for many the order is walked.

    One condition that has an index in the order of time keeps it.
    """
    conditions = [
        *_search(db, wanted.search.split()),
        *_network_of(wanted),
        *_kind(wanted),
    ]
    few = fewest(db, conditions, FEW)
    if few is not None:
        yield session_events.c.id.in_(few.ids)
    kept = next((one for one in conditions if few is None and one.in_order_of_time), None)
    for condition in conditions:
        yield condition.where if condition is kept else unindexed(condition.where)
    at: ColumnElement[datetime] = session_events.c.at
    between = within(at, Between(wanted.since, wanted.until))
    yield between if few is None else unindexed(between)


def _search(db: Connection, words: Sequence[str]) -> list[Condition]:
    """Each word at the start of an address, or at that of an email or in the device.

    A line that has all that can be in a device has them all there, or belongs to an account whose
    email begins with one of them.
    """
    addresses = [word for word in words if ADDRESS_WORD.fullmatch(word)]
    emails = [word for word in words if "@" in word]
    others = [word for word in words if word not in addresses and word not in emails]
    found = [_begins_with_address(word) for word in addresses]
    found += [Condition(or_(*_of_account(word)), _of_account(word), row=_row) for word in emails]
    if others:
        labels = distinct_values(db, session_events.c.device, MAX_LABELS)
        where = [or_(*_of_account(word), _on_device(labels, [word])) for word in others]
        of_accounts = [way for word in others for way in _of_account(word)]
        ways = [_on_device(labels, others), *of_accounts]
        found.append(Condition(and_(*where), ways, is_exact=False, row=_row))
    return found


def _begins_with_address(word: str) -> Condition:
    address: ColumnElement[str] = session_events.c.ip_address
    ways = [_in_range(keys) for keys in prefix_ranges(word)]
    return Condition(begins_with(address, word), ways, row=_row)


def _of_account(word: str) -> list[ColumnElement[bool]]:
    """Of one whose email begins with it, or done by one where it concerns nobody's account."""
    owner, actor = session_events.c.user_id, session_events.c.actor_user_id
    accounts = accounts_with(word)
    return [owner.in_(accounts), and_(owner.is_(None), actor.in_(accounts))]


def _on_device(labels: Sequence[str], words: Sequence[str]) -> ColumnElement[bool]:
    found = labels_with(labels, words)
    return session_events.c.device.in_(found) if found else false()


def _network_of(wanted: EventFilter) -> list[Condition]:
    if not wanted.network:
        return []
    keys = network_range(wanted.network)
    inside = _in_range(keys)
    is_one = keys.first == keys.last
    return [Condition(inside, [inside], in_order_of_time=is_one, row=_row)]


def _in_range(keys: KeyRange) -> ColumnElement[bool]:
    key: ColumnElement[str] = session_events.c.ip_key
    if keys.first == keys.last:
        return key == keys.first
    return and_(key >= keys.first, key <= keys.last)


def _kind(wanted: EventFilter) -> list[Condition]:
    found = []
    if wanted.reason is not None:
        reason = session_events.c.end_reason == wanted.reason.value
        found.append(Condition(reason, in_order_of_time=True))
    kind = session_events.c.kind
    if wanted.kind is not None:
        found.append(Condition(kind == wanted.kind.value, in_order_of_time=True))
    elif wanted.reason is None:
        # Routine, many, and nothing that one could judge.
        found.append(Condition(kind != EventKind.ROTATED.value))
    if wanted.reason is not None:
        found.append(Condition(kind == EventKind.ENDED.value))
    return found


def _literal(key: EventKey) -> Any:
    return tuple_(literal(key.at, session_events.c.at.type), literal(key.id))


def _listed(row: Any) -> ListedEvent:
    event = HistoryEvent(
        id=row.id,
        at=row.at,
        kind=EventKind(row.kind),
        device=row.device,
        ip_address=row.ip_address,
        end_reason=EndReason(row.end_reason) if row.end_reason else None,
        actor_device=row.actor_device,
        details=row.details or {},
    )
    by_another = row.actor_user_id is not None and row.actor_user_id != row.user_id
    return ListedEvent(
        event,
        email=row.email or "",
        user_public_id=row.public_id or "",
        done_by=(row.actor_email or "") if by_another else "",
    )


def _network(text: str) -> str:
    text = clean_text(text, MAX_SEARCH_LENGTH).strip()
    try:
        network_range(text)
    except ValueError:
        return ""
    return text


def _moment(text: str) -> datetime | None:
    try:
        return read_moment(text)
    except ValueError:
        return None
