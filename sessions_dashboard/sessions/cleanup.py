"""Ending what ran out and deleting what has been over for too long, in short slices.

One DELETE of 500,000 rows stalls a SQLite writer for twelve seconds, so a run walks indexes by
key and does a few rows a transaction. How many rows it deleted is written in the same
transaction as the deletes: a crash midway leaves a true record and nothing to repair.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from sessions_dashboard.accounts.models import account_links, outbox, users
from sessions_dashboard.sessions.api_key_models import api_keys
from sessions_dashboard.sessions.ending import EndedSession, end_expired
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.liveness import live
from sessions_dashboard.sessions.models import cleanup_runs, known_devices, session_events, sessions
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.webhook_models import webhook_deliveries

# A run whose heartbeat is older than this has crashed, and another worker may take it over.
ABANDONED_AFTER = timedelta(minutes=5)
MAX_ERROR_LENGTH = 500
# For a look at why somebody got no mail.
MAILS_KEPT = timedelta(days=7)
# As long as a browser keeps a cookie (RFC 6265bis section 5.5).
DEVICES_KEPT = timedelta(days=400)
# Of webhooks; a delivery is given up a day after its event at the latest.
DELIVERIES_KEPT = timedelta(days=14)
# Long enough for its owner to see which one has expired.
API_KEYS_KEPT = timedelta(days=30)


class Walk(IntEnum):
    """What a run does, in this order."""

    END_EXPIRED = 0
    DELETE_SESSIONS = 1
    DELETE_EVENTS = 2
    DELETE_LINKS = 3
    DELETE_MAILS = 4
    DELETE_DEVICES = 5
    DELETE_DELIVERIES = 6
    DELETE_API_KEYS = 7


@dataclass(frozen=True, slots=True)
class Position:
    """How far a run has come: the walk, and the last key that it saw there."""

    walk: Walk = Walk.END_EXPIRED
    after: tuple[datetime, int] | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """What a slice did; `next` is None once the run is through."""

    next: Position | None
    ended: tuple[EndedSession, ...] = ()
    deleted: int = 0
    deleted_events: int = 0


def clean_slice(
    db: Connection, policy: Policy, now: datetime, position: Position, limit: int
) -> Slice:
    """Do the next rows of a run, `limit` at the most."""
    after = position.after
    match position.walk:
        case Walk.END_EXPIRED:
            ended, key = end_expired(db, policy, now, after, limit)
            done = Slice(_next(position, key), ended=tuple(ended))
        case Walk.DELETE_SESSIONS:
            deleted, key = _delete_sessions(db, now - policy.retention, after, limit)
            done = Slice(_next(position, key), deleted=deleted)
        case Walk.DELETE_EVENTS:
            deleted, key = _delete_events(db, now - policy.history_retention, after, limit)
            done = Slice(_next(position, key), deleted_events=deleted)
        case Walk.DELETE_LINKS:
            gone = or_(account_links.c.used_at.is_not(None), account_links.c.expires_at <= now)
            done = Slice(_next(position, _delete_by_id(db, account_links, gone, now, limit)))
        case Walk.DELETE_MAILS:
            gone = outbox.c.finished_at <= now - MAILS_KEPT
            done = Slice(_next(position, _delete_by_id(db, outbox, gone, now, limit)))
        case Walk.DELETE_DEVICES:
            gone = known_devices.c.last_seen_at <= now - DEVICES_KEPT
            done = Slice(_next(position, _delete_by_id(db, known_devices, gone, now, limit)))
        case Walk.DELETE_DELIVERIES:
            gone = webhook_deliveries.c.created_at <= now - DELIVERIES_KEPT
            done = Slice(_next(position, _delete_by_id(db, webhook_deliveries, gone, now, limit)))
        case Walk.DELETE_API_KEYS:
            kept_since = now - API_KEYS_KEPT
            gone = or_(api_keys.c.revoked_at <= kept_since, api_keys.c.expires_at <= kept_since)
            done = Slice(_next(position, _delete_by_id(db, api_keys, gone, now, limit)))
    return done


def _delete_by_id(
    db: Connection, table: Table, gone: ColumnElement[bool], now: datetime, limit: int
) -> tuple[datetime, int] | None:
    """Delete some rows of a small table; a key while there may be more."""
    ids = list(db.execute(select(table.c.id).where(gone).limit(limit)).scalars())
    if ids:
        db.execute(delete(table).where(table.c.id.in_(ids), gone))
    return (now, ids[-1]) if len(ids) == limit else None


def _next(position: Position, key: tuple[datetime, int] | None) -> Position | None:
    if key is not None:
        return Position(position.walk, key)
    return Position(Walk(position.walk + 1)) if position.walk < max(Walk) else None


def _delete_sessions(
    db: Connection, kept_since: datetime, after: tuple[datetime, int] | None, limit: int
) -> tuple[int, tuple[datetime, int] | None]:
    doomed = and_(sessions.c.ended_at.is_not(None), sessions.c.ended_at < kept_since)
    query = select(sessions.c.ended_at, sessions.c.id).where(doomed)
    if after is not None:
        key = tuple_(sessions.c.ended_at, sessions.c.id)
        query = query.where(
            key > tuple_(literal(after[0], sessions.c.ended_at.type), literal(after[1]))
        )
    keys = db.execute(query.order_by(sessions.c.ended_at, sessions.c.id).limit(limit)).all()
    if not keys:
        return 0, None
    ids = [row.id for row in keys]
    deleted = db.execute(delete(sessions).where(sessions.c.id.in_(ids), doomed)).rowcount
    return deleted, (keys[-1].ended_at, keys[-1].id) if len(keys) == limit else None


def _delete_events(
    db: Connection, kept_since: datetime, after: tuple[datetime, int] | None, limit: int
) -> tuple[int, tuple[datetime, int] | None]:
    doomed = session_events.c.at < kept_since
    query = select(session_events.c.at, session_events.c.id).where(doomed)
    if after is not None:
        key = tuple_(session_events.c.at, session_events.c.id)
        query = query.where(
            key > tuple_(literal(after[0], session_events.c.at.type), literal(after[1]))
        )
    keys = db.execute(query.order_by(session_events.c.at, session_events.c.id).limit(limit)).all()
    if not keys:
        return 0, None
    ids = [row.id for row in keys]
    deleted = db.execute(delete(session_events).where(session_events.c.id.in_(ids))).rowcount
    return deleted, (keys[-1].at, keys[-1].id) if len(keys) == limit else None


def doomed(policy: Policy, now: datetime) -> ColumnElement[bool]:
    """The condition under which a run would delete a session, joined with its user, now."""
    kept_since = now - policy.retention
    just_before = kept_since - timedelta.resolution
    return or_(
        and_(sessions.c.ended_at.is_not(None), sessions.c.ended_at < kept_since),
        and_(sessions.c.ended_at.is_(None), not_(live(policy, just_before))),
    )


def count_doomed(db: Connection, policy: Policy, now: datetime) -> int:
    """How many sessions a run would delete now."""
    counted = select(func.count()).select_from(
        sessions.join(users, users.c.id == sessions.c.user_id)
    )
    return db.execute(counted.where(doomed(policy, now))).scalar_one()


def claim_run(db: Connection, scheduled_for: datetime | None, now: datetime) -> int | None:
    """Begin a run; None when another worker has it, or it is done.

    A scheduled moment belongs to whoever inserts it first. A run that crashed is taken over.
    """
    dialect = sqlite if db.dialect.name == "sqlite" else postgresql
    inserted = db.execute(
        dialect.insert(cleanup_runs)
        .values(scheduled_for=scheduled_for, started_at=now, heartbeat_at=now, deleted_rows=0)
        .on_conflict_do_nothing(index_elements=["scheduled_for"])
        .returning(cleanup_runs.c.id)
    ).scalar_one_or_none()
    if inserted is not None:
        return int(inserted)
    taken_over = db.execute(
        update(cleanup_runs)
        .where(
            cleanup_runs.c.scheduled_for == scheduled_for,
            cleanup_runs.c.finished_at.is_(None),
            cleanup_runs.c.heartbeat_at < now - ABANDONED_AFTER,
        )
        .values(heartbeat_at=now)
        .returning(cleanup_runs.c.id)
    ).scalar_one_or_none()
    return int(taken_over) if taken_over is not None else None


def record_progress(db: Connection, run_id: int, done: Slice, now: datetime) -> None:
    db.execute(
        update(cleanup_runs)
        .where(cleanup_runs.c.id == run_id)
        .values(
            deleted_rows=cleanup_runs.c.deleted_rows + done.deleted,
            deleted_events=cleanup_runs.c.deleted_events + done.deleted_events,
            heartbeat_at=now,
        )
    )


def finish_run(db: Connection, run_id: int, now: datetime, error: str | None = None) -> None:
    db.execute(
        update(cleanup_runs)
        .where(cleanup_runs.c.id == run_id)
        .values(
            finished_at=now,
            heartbeat_at=now,
            error=error[:MAX_ERROR_LENGTH] if error is not None else None,
        )
    )
    run = db.execute(select(cleanup_runs).where(cleanup_runs.c.id == run_id)).one()
    record(
        db,
        EventKind.CLEANED_UP,
        now,
        actor_user_id=run.started_by_user_id,
        details={
            "deleted_sessions": run.deleted_rows,
            "deleted_events": run.deleted_events,
            "error": run.error,
        },
    )
