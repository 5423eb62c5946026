"""The security history: what happened to whom, from where, and who did it.

Append-only. Every line is written in the transaction of what it is about, so the history and the
tables never disagree.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select

from sessions_dashboard.database import AnyRow, noted
from sessions_dashboard.sessions import deliveries
from sessions_dashboard.sessions.models import session_events, sessions
from sessions_dashboard.sessions.page_keys import PageKey, is_before
from sessions_dashboard.sessions.policy import EndReason


class EventKind(StrEnum):
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    RENAMED = "renamed"
    ROTATED = "rotated"
    RESUMED_ELSEWHERE = "resumed_elsewhere"
    CONFIRMED = "confirmed"
    PASSWORD_CHANGED = "password_changed"
    # Through a mailed link, without the old one.
    PASSWORD_RESET_REQUESTED = "password_reset_requested"
    PASSWORD_RESET = "password_reset"
    NEW_DEVICE = "new_device"
    DEVICE_CONFIRMED = "device_confirmed"
    DEVICE_DENIED = "device_denied"
    DEVICE_MAILS_ON = "device_mails_on"
    DEVICE_MAILS_OFF = "device_mails_off"
    ENDED = "ended"
    POLICY_CHANGED = "policy_changed"
    CLEANED_UP = "cleaned_up"
    EXPORTED = "exported"
    BULK_END_STARTED = "bulk_end_started"
    BULK_END_FINISHED = "bulk_end_finished"
    ACCOUNT_CREATED = "account_created"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    ADMIN_GRANTED = "admin_granted"
    ADMIN_WITHDRAWN = "admin_withdrawn"
    LINK_MADE = "link_made"
    API_KEY_CREATED = "api_key_created"
    API_KEY_REVOKED = "api_key_revoked"
    WEBHOOK_ADDED = "webhook_added"
    WEBHOOK_CHANGED = "webhook_changed"
    WEBHOOK_DELETED = "webhook_deleted"


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One line, as its owner or an administrator reads it."""

    id: int
    at: datetime
    kind: EventKind
    device: str | None
    ip_address: str | None
    end_reason: EndReason | None
    actor_device: str | None
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    events: Sequence[HistoryEvent]
    # The key of the next, older page; None on the last one.
    next_key: PageKey | None


# What an event is read from.
EVENT_COLUMNS = (
    session_events.c.id,
    session_events.c.at,
    session_events.c.kind,
    session_events.c.device,
    session_events.c.ip_address,
    session_events.c.end_reason,
    session_events.c.actor_device,
    session_events.c.details,
)
_insert = insert(session_events).returning(deliveries.somebody_listens)


def record(db: Connection, kind: EventKind, at: datetime, **columns: Any) -> None:
    """Write one line; `columns` are those of `session_events`."""
    record_all(db, [{"kind": kind.value, "at": at, **columns}])


def record_all(db: Connection, lines: Iterable[dict[str, Any]]) -> None:
    rows = [{"details": {}, **line} for line in lines]
    if rows:
        told = db.execute(_insert, rows).scalars().all()
        noted(db).update((row["kind"], row.get("end_reason") or "") for row in rows)
        if any(told):
            deliveries.announce(db, rows)


def events_of(
    db: Connection,
    user_id: int,
    before: PageKey | None = None,
    size: int = 50,
    *,
    of_session: str | None = None,
) -> HistoryPage:
    """A person's own history, the newest first, by key; all of it, or that of one session."""
    query = select(*EVENT_COLUMNS).where(
        session_events.c.user_id == user_id,
        # Routine, and nothing that a person could make sense of.
        session_events.c.kind != EventKind.ROTATED.value,
    )
    if of_session is not None:
        own = select(sessions.c.id).where(
            sessions.c.public_id == of_session, sessions.c.user_id == user_id
        )
        query = query.where(session_events.c.session_id == own.scalar_subquery())
    if before is not None:
        query = query.where(is_before(session_events.c.at, session_events.c.id, before))
    order = (session_events.c.at.desc(), session_events.c.id.desc())
    rows = db.execute(query.order_by(*order).limit(size + 1)).all()
    events = [event_of(row) for row in rows[:size]]
    more = len(rows) > size
    return HistoryPage(events, (events[-1].at, events[-1].id) if more else None)


def event_of(row: AnyRow) -> HistoryEvent:
    """The event in a row of `EVENT_COLUMNS` and any others."""
    return HistoryEvent(
        id=row.id,
        at=row.at,
        kind=EventKind(row.kind),
        device=row.device,
        ip_address=row.ip_address,
        end_reason=EndReason(row.end_reason) if row.end_reason else None,
        actor_device=row.actor_device,
        details=row.details or {},
    )
