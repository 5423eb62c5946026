"""Deleting sessions that have been over for longer than the retention, in short slices.

One DELETE of 500,000 rows stalls a SQLite writer for twelve seconds, so a run walks two indexes
by key and deletes a few rows a transaction. How many rows it deleted is written in the same
transaction as the deletes: a crash midway leaves a true record and nothing to repair.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from sessions_dashboard.sessions.models import cleanup_runs, sessions
from sessions_dashboard.sessions.policy import Policy

# A run whose heartbeat is older than this has crashed, and another worker may take it over.
ABANDONED_AFTER = timedelta(minutes=5)
MAX_ERROR_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Position:
    """How far a run has come: which of the two walks, and the last key it saw there."""

    walk: int = 0
    after: tuple[datetime, int] | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    deleted: int
    # None once both walks are through.
    next: Position | None


@dataclass(frozen=True, slots=True)
class _Walk:
    key: ColumnElement[datetime]
    # What the walk passes: one range of an index.
    passed: ColumnElement[bool]
    # Those of the rows it passes that are deleted.
    doomed: ColumnElement[bool]


def _walks(policy: Policy, now: datetime) -> tuple[_Walk, _Walk]:
    kept_since = now - policy.retention
    idle_since = kept_since - policy.idle_timeout
    ended = and_(sessions.c.ended_at.is_not(None), sessions.c.ended_at < kept_since)
    # Nobody was seen before they signed in, so the later bound loses none.
    begun = and_(
        sessions.c.ended_at.is_(None),
        sessions.c.created_at < max(idle_since, kept_since - policy.lifetime),
    )
    ran_out = and_(
        begun,
        or_(
            sessions.c.created_at < kept_since - policy.lifetime,
            sessions.c.last_seen_at < idle_since,
        ),
    )
    return (
        _Walk(sessions.c.ended_at, ended, ended),
        _Walk(sessions.c.created_at, begun, ran_out),
    )


def delete_slice(
    db: Connection, policy: Policy, now: datetime, position: Position, limit: int
) -> Slice:
    """Go over the next `limit` rows of a walk and delete those that have been over for too long.

    The limit counts the rows passed, not the rows deleted: a million that may stay would
    otherwise be passed in one transaction.
    """
    walks = _walks(policy, now)
    walk = walks[position.walk]
    query = select(walk.key, sessions.c.id).where(walk.passed)
    if position.after is not None:
        query = query.where(
            tuple_(walk.key, sessions.c.id)
            > tuple_(literal(position.after[0], walk.key.type), literal(position.after[1]))
        )
    keys = db.execute(query.order_by(walk.key, sessions.c.id).limit(limit)).all()
    deleted = 0
    if keys:
        ids = [row.id for row in keys]
        deleted = db.execute(delete(sessions).where(sessions.c.id.in_(ids), walk.doomed)).rowcount
    if len(keys) == limit:
        return Slice(deleted, Position(position.walk, (keys[-1][0], keys[-1][1])))
    if position.walk + 1 < len(walks):
        return Slice(deleted, Position(position.walk + 1))
    return Slice(deleted, None)


def count_doomed(db: Connection, policy: Policy, now: datetime) -> int:
    """How many rows a run would delete now."""
    return sum(
        db.execute(select(func.count()).select_from(sessions).where(walk.doomed)).scalar_one()
        for walk in _walks(policy, now)
    )


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


def record_progress(db: Connection, run_id: int, deleted: int, now: datetime) -> None:
    db.execute(
        update(cleanup_runs)
        .where(cleanup_runs.c.id == run_id)
        .values(deleted_rows=cleanup_runs.c.deleted_rows + deleted, heartbeat_at=now)
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
