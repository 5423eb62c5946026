"""Ending what ran out and deleting what has been over for too long, in short slices.

One DELETE of 500,000 rows stalls a SQLite writer for twelve seconds, so a run walks indexes by key
and deals with a few rows per transaction. The number of deleted rows is written in the transaction
that deletes them: a crash midway leaves a true record and nothing to repair.
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
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from sessions_dashboard.accounts.models import account_links, outbox, users
from sessions_dashboard.sessions.api_key_models import api_keys
from sessions_dashboard.sessions.ending import EndedSession, end_expired
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.leases import CLOCKS_APART
from sessions_dashboard.sessions.liveness import live
from sessions_dashboard.sessions.models import cleanup_runs, known_devices, session_events, sessions
from sessions_dashboard.sessions.page_keys import PageKey, is_after
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.webhook_models import webhook_deliveries

# A run whose heartbeat is older than this counts as crashed, and another worker may take it over.
# Every slice renews the heartbeat, and takes a fraction of a second; a worker that was only slow
# does no harm, as its next slice finds that the run is another's.
ABANDONED_AFTER = timedelta(seconds=30)
MAX_ERROR_LENGTH = 500
# Long enough to find out why somebody got no mail.
MAILS_KEPT = timedelta(days=7)
# As long as a browser keeps a cookie (RFC 6265bis section 5.5).
DEVICES_KEPT = timedelta(days=400)
# Of webhooks; a delivery is given up a day after its event at the latest.
DELIVERIES_KEPT = timedelta(days=14)
# Long enough for its owner to see which one has expired.
API_KEYS_KEPT = timedelta(days=30)


class RunIsOver(Exception):
    """The run is through, or another worker has taken it over."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that a worker holds for as long as the heartbeat is still the one that it wrote."""

    run_id: int
    heartbeat_at: datetime


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
    after: PageKey | None = None


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
    """Deal with the next rows of a run, `limit` at most."""
    after = position.after
    match position.walk:
        case Walk.END_EXPIRED:
            passed = end_expired(db, policy, now, after, limit)
            done = Slice(_next(position, passed.next_key), ended=tuple(passed.ended))
        case Walk.DELETE_SESSIONS:
            over = _over_before(now - policy.retention)
            deleted, key = _delete_oldest(db, sessions, sessions.c.ended_at, over, after, limit)
            done = Slice(_next(position, key), deleted=deleted)
        case Walk.DELETE_EVENTS:
            old = session_events.c.at < now - policy.history_retention
            deleted, key = _delete_oldest(
                db, session_events, session_events.c.at, old, after, limit
            )
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
) -> PageKey | None:
    """Delete some rows of a small table; a key while there may be more."""
    ids = list(db.execute(select(table.c.id).where(gone).limit(limit)).scalars())
    if ids:
        db.execute(delete(table).where(table.c.id.in_(ids), gone))
    return (now, ids[-1]) if len(ids) == limit else None


def _next(position: Position, key: PageKey | None) -> Position | None:
    if key is not None:
        return Position(position.walk, key)
    return Position(Walk(position.walk + 1)) if position.walk < max(Walk) else None


def _over_before(moment: datetime) -> ColumnElement[bool]:
    return and_(sessions.c.ended_at.is_not(None), sessions.c.ended_at < moment)


def _delete_oldest(
    db: Connection,
    table: Table,
    moment: ColumnElement[datetime],
    gone: ColumnElement[bool],
    after: PageKey | None,
    limit: int,
) -> tuple[int, PageKey | None]:
    """Delete the next rows by their moment; how many, and a key while there may be more."""
    query = select(moment.label("at"), table.c.id).where(gone)
    if after is not None:
        query = query.where(is_after(moment, table.c.id, after))
    keys = db.execute(query.order_by(moment, table.c.id).limit(limit)).all()
    if not keys:
        return 0, None
    ids = [row.id for row in keys]
    deleted = db.execute(delete(table).where(table.c.id.in_(ids), gone)).rowcount
    return deleted, (keys[-1].at, keys[-1].id) if len(keys) == limit else None


def doomed(policy: Policy, now: datetime) -> ColumnElement[bool]:
    """The condition under which a run would delete a session, joined with its user, now."""
    kept_since = now - policy.retention
    just_before = kept_since - timedelta.resolution
    return or_(
        _over_before(kept_since),
        and_(sessions.c.ended_at.is_(None), not_(live(policy, just_before))),
    )


def count_doomed(db: Connection, policy: Policy, now: datetime) -> int:
    """How many sessions a run would delete now."""
    counted = select(func.count()).select_from(
        sessions.join(users, users.c.id == sessions.c.user_id)
    )
    return db.execute(counted.where(doomed(policy, now))).scalar_one()


def is_at_work(now: datetime) -> ColumnElement[bool]:
    """The condition under which a run's worker has given a sign of life.

    One that is yet to come was given before a clock was set back.
    """
    heartbeat = cleanup_runs.c.heartbeat_at
    return and_(heartbeat >= now - ABANDONED_AFTER, heartbeat <= now + CLOCKS_APART)


def claim_run(db: Connection, scheduled_for: datetime | None, now: datetime) -> Claim | None:
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
        return Claim(inserted, now)
    taken_over = db.execute(
        update(cleanup_runs)
        .where(
            cleanup_runs.c.scheduled_for == scheduled_for,
            cleanup_runs.c.finished_at.is_(None),
            not_(is_at_work(now)),
        )
        .values(heartbeat_at=now)
        .returning(cleanup_runs.c.id)
    ).scalar_one_or_none()
    return Claim(taken_over, now) if taken_over is not None else None


def record_progress(db: Connection, claim: Claim, done: Slice, now: datetime) -> Claim:
    """Count what a slice deleted, in its transaction.

    Returns:
        The claim to go on with.

    Raises:
        RunIsOver: the slice has to be rolled back; it is another worker's, or was done.
    """
    counted = db.execute(
        update(cleanup_runs)
        .where(_holds(claim))
        .values(
            deleted_rows=cleanup_runs.c.deleted_rows + done.deleted,
            deleted_events=cleanup_runs.c.deleted_events + done.deleted_events,
            heartbeat_at=now,
        )
        .returning(cleanup_runs.c.id)
    )
    if counted.first() is None:
        raise RunIsOver
    return Claim(claim.run_id, now)


def _holds(claim: Claim) -> ColumnElement[bool]:
    return and_(
        cleanup_runs.c.id == claim.run_id,
        cleanup_runs.c.heartbeat_at == claim.heartbeat_at,
        cleanup_runs.c.finished_at.is_(None),
    )


def finish_run(db: Connection, claim: Claim, now: datetime, error: str | None = None) -> None:
    """Close a run, and say so in the history; no harm where it is another worker's."""
    run = db.execute(
        update(cleanup_runs)
        .where(_holds(claim))
        .values(
            finished_at=now,
            heartbeat_at=now,
            error=error[:MAX_ERROR_LENGTH] if error is not None else None,
        )
        .returning(cleanup_runs)
    ).first()
    if run is None:
        return
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
