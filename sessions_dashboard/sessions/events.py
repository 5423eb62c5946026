"""The history of everyone, as administrators search it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import Connection, Select, Tuple, literal, select, tuple_

from sessions_dashboard.accounts.models import users
from sessions_dashboard.database import AnyRow
from sessions_dashboard.sessions.conditions import few_of
from sessions_dashboard.sessions.counting import Count, Wanted, count
from sessions_dashboard.sessions.event_filters import EventFilter, EventView
from sessions_dashboard.sessions.event_matching import matching_events
from sessions_dashboard.sessions.history import EVENT_COLUMNS, HistoryEvent, event_of
from sessions_dashboard.sessions.models import bulk_operations, session_events
from sessions_dashboard.sessions.planning import unindexed


@dataclass(frozen=True, slots=True, order=True)
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
    # What somebody typed when they ended many sessions at once: for administrators alone.
    given_reason: str = ""

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
        *EVENT_COLUMNS,
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
    oldest_first: bool = False,
) -> EventPage:
    """Lines that match, the newest first unless the oldest are to be, by key: from the top, or from
    a place on either way.
    """
    upwards = newer_than is not None or (oldest_first and older_than is None)
    query = _found(db, wanted)
    if newer_than is not None:
        query = query.where(_place > _literal(newer_than))
    elif older_than is not None:
        query = query.where(_place < _literal(older_than))
    order = (session_events.c.at, session_events.c.id)
    query = query.order_by(*(order if upwards else (column.desc() for column in order)))
    # The lines of the page alone are read whole, not all that are put in order.
    page = query.limit(size + 1).subquery()
    lines = db.execute(_lines.join(page, page.c.id == session_events.c.id))
    found = sorted(
        _with_reasons(db, list(map(_listed, lines))),
        key=lambda one: (one.event.at, one.event.id),
        reverse=not upwards,
    )
    more, shown = len(found) > size, found[:size]
    return EventPage(
        shown if upwards is oldest_first else shown[::-1],
        has_newer=more if upwards else older_than is not None,
        has_older=newer_than is not None if upwards else more,
    )


def page_after(
    db: Connection, view: EventView, key: EventKey | None, size: int
) -> tuple[Sequence[ListedEvent], EventKey | None]:
    """The lines behind a place in the order of the view, and where they end if others follow."""
    upwards = view.oldest_first
    page = page_of_events(
        db,
        view.filter,
        older_than=None if upwards else key,
        newer_than=key if upwards else None,
        size=size,
        oldest_first=upwards,
    )
    goes_on = page.has_newer if upwards else page.has_older
    return page.rows, page.rows[-1].key if goes_on else None


def count_events(db: Connection, wanted: EventFilter) -> Count:
    """How many lines match: exactly up to `MAX_COUNT`, about beyond."""
    matches = matching_events(db, wanted)
    walking = list(matches.walking())
    wanted_rows = Wanted(_row, session_events, matches.conditions, walking, True, matches.is_beyond)
    return count(db, wanted_rows)


def _found(db: Connection, wanted: EventFilter) -> Select[Any]:
    """Few lines are fetched and put in order; for many the order is walked."""
    matches = matching_events(db, wanted)
    few = few_of(db, matches.conditions)
    query = select(_row)
    if few is None:
        return query.where(*matches.walking())
    others = (unindexed(condition.where) for condition in matches.conditions)
    return query.where(_row.in_(few.ids), *others)


def _literal(key: EventKey) -> Tuple:
    return tuple_(literal(key.at, session_events.c.at.type), literal(key.id))


def _listed(row: AnyRow) -> ListedEvent:
    by_another = row.actor_user_id is not None and row.actor_user_id != row.user_id
    return ListedEvent(
        event_of(row),
        email=row.email or "",
        user_public_id=row.public_id or "",
        done_by=(row.actor_email or "") if by_another else "",
    )


def _with_reasons(db: Connection, rows: Sequence[ListedEvent]) -> list[ListedEvent]:
    given = reasons_given(db, [one.event for one in rows])
    return [replace(one, given_reason=given.get(one.event.id, "")) for one in rows]


def reasons_given(db: Connection, lines: Iterable[HistoryEvent]) -> dict[int, str]:
    """The reason that was typed for a bulk operation, by the number of each line of one.

    For administrators: the lines themselves, which the owner of a session reads too, name no more
    than the operation.
    """
    named = {line.id: str(line.details.get("operation", "")) for line in lines}
    wanted = {operation for operation in named.values() if operation}
    if not wanted:
        return {}
    found = db.execute(
        select(bulk_operations.c.public_id, bulk_operations.c.reason).where(
            bulk_operations.c.public_id.in_(wanted)
        )
    )
    reasons = {row.public_id: row.reason or "" for row in found}
    return {line: reasons[operation] for line, operation in named.items() if operation in reasons}


def doers_of(db: Connection, lines: Iterable[HistoryEvent]) -> dict[int, str]:
    """The email of who did it, by the number of each line that was somebody else's deed.

    For administrators: the owner of a session does not read who of them it was.
    """
    query = (
        select(session_events.c.id, _actor.c.email)
        .join(_actor, _actor.c.id == session_events.c.actor_user_id)
        .where(
            session_events.c.id.in_([line.id for line in lines]),
            session_events.c.user_id != session_events.c.actor_user_id,
        )
    )
    return {row.id: row.email for row in db.execute(query)}
