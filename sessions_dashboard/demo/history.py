"""The history of the demo's sessions, which the database derives from their rows."""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    func,
    insert,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)

from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.models import session_events, sessions

# How many renewals of one session are written down, at most.
MAX_RENEWALS = 5
BETWEEN_RENEWALS = timedelta(days=1)
# One in fourteen mistypes the password first: the two hexadecimal digits that end a public id are
# random.
MISTYPED_BELOW = "12"
MISTYPED_BEFORE = timedelta(seconds=20)
LAST_TWO_DIGITS = 35
# The length of a moment that SQLite keeps as text, up to its whole seconds.
WHOLE_SECONDS = 19


def write_history(db: Connection) -> None:
    """Write the lines of all sessions in the order of time."""
    began, ended = sessions.c.created_at, sessions.c.ended_at
    last_sign = func.coalesce(ended, sessions.c.last_seen_at)
    renewals = [_later(db, began, BETWEEN_RENEWALS * day) for day in range(1, MAX_RENEWALS + 1)]
    before = _later(db, began, -MISTYPED_BEFORE)
    mistyped = func.substr(sessions.c.public_id, LAST_TWO_DIGITS) < MISTYPED_BELOW
    told = union_all(
        _lines(EventKind.SIGNED_IN, began),
        *(_lines(EventKind.ROTATED, at).where(at <= last_sign) for at in renewals),
        _lines(EventKind.ENDED, ended, end_reason=sessions.c.end_reason).where(ended.is_not(None)),
        _lines(EventKind.SIGN_IN_FAILED, before, session_id=null()).where(mistyped),
    )
    columns = told.selected_columns
    db.execute(insert(session_events).from_select(columns.keys(), told.order_by(columns.at)))


def _lines(kind: EventKind, at: ColumnElement[Any], **others: ColumnElement[Any]) -> Select[Any]:
    """A line for each session; `others` replace the usual values of some columns."""
    session = sessions.c
    told = {
        "at": at,
        "kind": literal(kind.value),
        "user_id": session.user_id,
        "session_id": session.id,
        "device": session.device_label,
        "ip_address": session.ip_address,
        "ip_key": session.ip_key,
        "end_reason": null(),
        "details": literal({}, session_events.c.details.type),
    }
    return select(*(value.label(name) for name, value in (told | others).items()))


def _later(db: Connection, moment: ColumnElement[Any], by: timedelta) -> ColumnElement[Any]:
    if db.dialect.name != "sqlite":
        return moment + by
    text = type_coerce(moment, String)
    seconds = func.substr(text, 1, WHOLE_SECONDS)
    fraction = func.substr(text, WHOLE_SECONDS + 1)
    changed = func.datetime(seconds, f"{by.total_seconds():+.0f} seconds", type_=String)
    return changed.concat(fraction)
