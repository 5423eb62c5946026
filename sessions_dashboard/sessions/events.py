"""The history of everyone, as administrators search it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, and_, func, literal, or_, select, tuple_

from sessions_dashboard.accounts.models import users
from sessions_dashboard.devices.cleaning import clean_text
from sessions_dashboard.sessions.addresses import KeyRange, network_range
from sessions_dashboard.sessions.filters import read_moment, written_moment
from sessions_dashboard.sessions.history import EventKind, HistoryEvent
from sessions_dashboard.sessions.matching import FEW, unindexed
from sessions_dashboard.sessions.models import session_events
from sessions_dashboard.sessions.policy import EndReason

# A word of these alone, with a dot or a colon in it, is the beginning of an address.
ADDRESS_WORD = re.compile(r"(?=.*[.:])[0-9a-f.:]+")
MAX_SEARCH_LENGTH = 100
# What an address may filter by.
PARAMETERS = ("q", "network", "kind", "reason", "from", "to")
# Whoever's address begins with a word: more accounts than this are not told apart.
MAX_ACCOUNTS = 500


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
    query = _lines.where(*_matching(db, wanted))
    newest_first = (session_events.c.at.desc(), session_events.c.id.desc())
    if newer_than is not None:
        query = query.where(_place > _literal(newer_than))
        ordered = query.order_by(session_events.c.at, session_events.c.id)
    else:
        if older_than is not None:
            query = query.where(_place < _literal(older_than))
        ordered = query.order_by(*newest_first)
    found = [_listed(row) for row in db.execute(ordered.limit(size + 1))]
    more, shown = len(found) > size, found[:size]
    if newer_than is not None:
        return EventPage(shown[::-1], has_newer=more, has_older=True)
    return EventPage(shown, has_newer=older_than is not None, has_older=more)


def _matching(db: Connection, wanted: EventFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [_word(db, word) for word in wanted.search.split()]
    if wanted.kind is not None:
        conditions.append(session_events.c.kind == wanted.kind.value)
    else:
        # Routine, many, and nothing that one could judge.
        conditions.append(session_events.c.kind != EventKind.ROTATED.value)
    if wanted.reason is not None:
        conditions.append(session_events.c.end_reason == wanted.reason.value)
        conditions.append(session_events.c.kind == EventKind.ENDED.value)
    if wanted.network:
        conditions.append(_in_network(db, network_range(wanted.network)))
    if wanted.since is not None:
        conditions.append(session_events.c.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(session_events.c.at < wanted.until)
    return conditions


def _in_network(db: Connection, keys: KeyRange) -> ColumnElement[bool]:
    """Few lines are fetched and put in order; for many the order is walked."""
    key: ColumnElement[str] = session_events.c.ip_key
    if keys.first == keys.last:
        return key == keys.first
    inside = and_(key >= keys.first, key <= keys.last)
    line: ColumnElement[int] = session_events.c.id
    ids = select(line).where(inside)
    some = ids.limit(FEW + 1).subquery()
    if db.execute(select(func.count()).select_from(some)).scalar_one() <= FEW:
        return line.in_(ids)
    return unindexed(inside)


def _word(db: Connection, word: str) -> ColumnElement[bool]:
    if ADDRESS_WORD.fullmatch(word):
        address: ColumnElement[bool] = session_events.c.ip_address.startswith(word, autoescape=True)
        return address
    accounts = select(users.c.id).where(users.c.email.startswith(word, autoescape=True))
    ids = list(db.execute(accounts.order_by(users.c.id).limit(MAX_ACCOUNTS)).scalars())
    theirs = or_(
        session_events.c.user_id.in_(ids),
        and_(session_events.c.user_id.is_(None), session_events.c.actor_user_id.in_(ids)),
    )
    if "@" in word:
        return theirs
    return or_(theirs, session_events.c.device.icontains(word, autoescape=True))


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
