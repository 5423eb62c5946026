"""What a filter of the history asks of a line's session.

A line says nothing of it itself. Found are lines of sessions that are still there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, false, func, literal, select

from sessions_dashboard.sessions.conditions import Condition, are_few
from sessions_dashboard.sessions.counting import Wanted, narrowest
from sessions_dashboard.sessions.event_filters import EventFilter
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.models import session_events, sessions
from sessions_dashboard.sessions.planning import unindexed

# What a row costs that is found in an index and not read.
_UNREAD = 0.1
# Filters by which, but for what their session says, every session's start is found.
_WITH_STARTS = (EventFilter(), EventFilter(kind=EventKind.SIGNED_IN))


@dataclass(frozen=True, slots=True)
class SuchSessions:
    """All that a filter says of them at once: there may be many of each part, and none of all."""

    where: Sequence[ColumnElement[bool]]
    ids: Select[Any]
    are_many: bool
    # When the first of them began, before which nothing was written about any: the history is kept
    # for longer than sessions are, and is not walked to its end.
    earliest: datetime | None

    def condition(self) -> Condition:
        """That a line is of one of them."""
        session, row = session_events.c.session_id, session_events.c.id
        listed = session.in_(self.ids)
        if not self.are_many:
            return Condition(listed, [listed], row=row)
        # SQLite would list all of them before it met the first line.
        own = select(literal(1)).where(sessions.c.id == session, *map(unindexed, self.where))
        return Condition(own.scalar_subquery() == 1, [listed], is_many=True, row=row)

    def are_surely_many_lines(self, db: Connection, wanted: EventFilter) -> bool:
        """Whether they are many, and the filter finds the start of each in the history."""
        others = replace(wanted, device_kind=None, country="", new_device=False, moved=False)
        if not self.are_many or others not in _WITH_STARTS:
            return False
        first = db.execute(select(func.min(session_events.c.at))).scalar_one()
        return self.earliest is not None and first is not None and first <= self.earliest


def such_sessions(db: Connection, wanted: EventFilter) -> SuchSessions | None:
    """None where the filter says nothing of sessions."""
    conditions = _conditions(wanted)
    if not conditions:
        return None
    if wanted.kind is EventKind.SIGN_IN_FAILED:
        # There are many, and none is of a session.
        conditions = [Condition(false())]
    where, led = [one.where for one in conditions], _led(db, conditions)
    ids = select(sessions.c.id).where(*led)
    earliest = db.execute(select(func.min(sessions.c.created_at)).where(*led)).scalar_one()
    return SuchSessions(where, ids, not are_few(db, ids), earliest)


def _conditions(wanted: EventFilter) -> list[Condition]:
    where: list[ColumnElement[bool]] = []
    if wanted.device_kind is not None:
        where.append(sessions.c.device_type == wanted.device_kind.value)
    if wanted.country:
        where.append(sessions.c.country_code == wanted.country)
    flags: list[ColumnElement[bool]] = []
    if wanted.new_device:
        flags.append(sessions.c.new_device)
    if wanted.moved:
        flags.append(sessions.c.moved)
    # The index of a flag has what is asked of a device and its place as well.
    cost = _UNREAD if len(flags) == 1 else 1.0
    return [Condition(one, [one]) for one in where] + [
        Condition(one, [one], cost=cost) for one in flags
    ]


def _led(db: Connection, conditions: Sequence[Condition]) -> list[ColumnElement[bool]]:
    """The same as SQL; SQLite, which has no statistics, finds sessions by what costs the least."""
    if len(conditions) == 1:
        return [one.where for one in conditions]
    cheapest = narrowest(db, Wanted(sessions.c.id, sessions, conditions, ()))
    return [one.where if one is cheapest else unindexed(one.where) for one in conditions]
