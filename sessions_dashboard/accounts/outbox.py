"""Mails that wait to be sent.

A mail is written in the transaction of what it is about, so that neither exists without the other.
A worker claims it before sending, so several workers and a restart send it once; where a worker
dies between sending it and noting that, twice rather than never.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from sessions_dashboard.accounts.models import outbox, users

# How long a worker's claim lasts before another may take over; longer than any sending takes.
CLAIM = timedelta(minutes=5)
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
MAX_ERROR_LENGTH = 200


class MailKind(StrEnum):
    RESET_PASSWORD = "reset_password"
    PASSWORD_CHANGED = "password_changed"
    NEW_DEVICE = "new_device"
    API_KEY_MADE = "api_key_made"


# How long a mail is worth sending; then it is given up.
WORTH_SENDING = {
    MailKind.RESET_PASSWORD: timedelta(hours=1),
    MailKind.PASSWORD_CHANGED: timedelta(days=2),
    MailKind.NEW_DEVICE: timedelta(days=2),
    MailKind.API_KEY_MADE: timedelta(days=2),
}


@dataclass(frozen=True, slots=True)
class ClaimedMail:
    """A mail that this worker is to send now."""

    id: int
    kind: MailKind
    # None where there is nobody to send it to, or the account is disabled by now.
    user_id: int | None
    email: str
    session_id: int | None
    details: dict[str, Any]
    created_at: datetime
    attempts: int
    # The recipient's own; None where they are unknown.
    locale: str | None = None
    time_zone: str | None = None


def put(
    db: Connection,
    kind: MailKind,
    user_id: int | None,
    now: datetime,
    *,
    session_id: int | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    db.execute(
        insert(outbox).values(
            user_id=user_id,
            kind=kind.value,
            session_id=session_id,
            details=details or {},
            created_at=now,
            due_at=now,
            attempts=0,
        )
    )


def was_put_since(db: Connection, kind: MailKind, user_id: int, since: datetime) -> bool:
    found = db.execute(
        select(outbox.c.id)
        .where(outbox.c.user_id == user_id, outbox.c.kind == kind.value)
        .where(outbox.c.created_at > since)
        .limit(1)
    )
    return found.first() is not None


def any_due(db: Connection, now: datetime) -> bool:
    due = select(outbox.c.id).where(outbox.c.finished_at.is_(None), outbox.c.due_at <= now)
    return db.execute(due.limit(1)).first() is not None


def claim(db: Connection, now: datetime) -> ClaimedMail | None:
    """Take the mail that has waited longest, for `CLAIM`; None when none is due."""
    longest = (
        select(outbox.c.id)
        .where(outbox.c.finished_at.is_(None), outbox.c.due_at <= now)
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    mail_id = db.execute(longest).scalar_one_or_none()
    if mail_id is None:
        return None
    row = db.execute(
        update(outbox)
        .where(outbox.c.id == mail_id)
        .values(due_at=now + CLAIM, attempts=outbox.c.attempts + 1)
        .returning(outbox)
    ).one()
    user = db.execute(
        select(users.c.email, users.c.locale, users.c.time_zone).where(
            users.c.id == row.user_id, users.c.disabled_at.is_(None)
        )
    ).first()
    return ClaimedMail(
        id=row.id,
        kind=MailKind(row.kind),
        user_id=row.user_id if user is not None else None,
        email=user.email if user is not None else "",
        session_id=row.session_id,
        details=row.details or {},
        created_at=row.created_at,
        attempts=row.attempts,
        locale=user.locale if user is not None else None,
        time_zone=user.time_zone if user is not None else None,
    )


def finish(db: Connection, mail: ClaimedMail, now: datetime, error: str | None = None) -> None:
    """Note that a mail was sent, or with an `error` that nobody will try again."""
    db.execute(
        update(outbox)
        .where(_claimed(mail))
        .values(finished_at=now, error=error[:MAX_ERROR_LENGTH] if error else None)
    )


def put_off(db: Connection, mail: ClaimedMail, now: datetime) -> datetime | None:
    """Have a mail tried again later; when, or None where it is no longer worth sending."""
    # Ten doublings are far beyond the longest; a hundred would be beyond any date.
    wait = min(FIRST_RETRY * 2.0 ** min(mail.attempts - 1, 10), LONGEST_RETRY)
    next_try: datetime = now + wait
    if next_try > mail.created_at + WORTH_SENDING[mail.kind]:
        return None
    db.execute(update(outbox).where(_claimed(mail)).values(due_at=next_try))
    return next_try


def _claimed(mail: ClaimedMail) -> ColumnElement[bool]:
    """The condition that it is still ours: a worker that took too long has lost it to another."""
    return and_(
        outbox.c.id == mail.id,
        outbox.c.attempts == mail.attempts,
        outbox.c.finished_at.is_(None),
    )
