"""Runs of the clean-up as administrators see and begin them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Select, func, insert, literal, select

from sessions_dashboard.accounts.models import users
from sessions_dashboard.sessions.actors import Actor
from sessions_dashboard.sessions.administrators import require_admin
from sessions_dashboard.sessions.cleanup import ABANDONED_AFTER, Claim, doomed, is_at_work
from sessions_dashboard.sessions.counting import MAX_COUNT
from sessions_dashboard.sessions.leases import CLOCKS_APART
from sessions_dashboard.sessions.models import cleanup_runs, session_events, sessions
from sessions_dashboard.sessions.policy import Policy


class AlreadyRunning(Exception):
    """Another run is under way."""


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    # Its server went away in the middle of it; what it deleted stays deleted.
    BROKEN_OFF = "broken_off"


@dataclass(frozen=True, slots=True)
class Run:
    id: int
    started_at: datetime
    finished_at: datetime | None
    heartbeat_at: datetime
    # None for a run by hand.
    scheduled_for: datetime | None
    # Empty for the schedule and a shell.
    started_by: str
    deleted_sessions: int
    deleted_events: int
    error: str | None

    def state(self, now: datetime) -> RunState:
        if self.finished_at is not None:
            return RunState.FAILED if self.error is not None else RunState.DONE
        is_at_work = self.heartbeat_at - CLOCKS_APART <= now <= self.given_up_at
        return RunState.RUNNING if is_at_work else RunState.BROKEN_OFF

    @property
    def given_up_at(self) -> datetime:
        """When it counts as broken off, unless it gives a sign of life before."""
        return self.heartbeat_at + ABANDONED_AFTER


@dataclass(frozen=True, slots=True)
class Doomed:
    """What a run would delete now."""

    sessions: int
    events: int


_runs = select(
    cleanup_runs.c.id,
    cleanup_runs.c.started_at,
    cleanup_runs.c.finished_at,
    cleanup_runs.c.heartbeat_at,
    cleanup_runs.c.scheduled_for,
    func.coalesce(users.c.email, literal("")),
    cleanup_runs.c.deleted_rows,
    cleanup_runs.c.deleted_events,
    cleanup_runs.c.error,
).outerjoin_from(cleanup_runs, users, users.c.id == cleanup_runs.c.started_by_user_id)


def page_of_runs(db: Connection, before: int | None = None, size: int = 10) -> list[Run]:
    """The newest first; one more than `size` where more follow."""
    query = _runs if before is None else _runs.where(cleanup_runs.c.id < before)
    return [
        Run(*row) for row in db.execute(query.order_by(cleanup_runs.c.id.desc()).limit(size + 1))
    ]


def run_under_way(db: Connection, now: datetime) -> Run | None:
    """The run that goes on at this moment."""
    query = _runs.where(cleanup_runs.c.finished_at.is_(None), is_at_work(now))
    row = db.execute(query.order_by(cleanup_runs.c.id.desc()).limit(1)).first()
    return Run(*row) if row is not None else None


def last_done(db: Connection) -> datetime | None:
    """When the last successful run finished."""
    through = select(func.max(cleanup_runs.c.finished_at)).where(cleanup_runs.c.error.is_(None))
    found: datetime | None = db.execute(through).scalar_one()
    return found


def claim_by_hand(db: Connection, actor: Actor, policy: Policy, now: datetime) -> Claim:
    """Begin a run for an administrator.

    Raises:
        AlreadyRunning: one is under way; of two that begin at once one goes on.
        NotSignedIn, NotAdmin, PasswordNeeded: see `require_admin`.
    """
    require_admin(db, actor, policy, now)
    if db.dialect.name == "postgresql":
        db.exec_driver_sql("LOCK TABLE cleanup_runs IN SHARE ROW EXCLUSIVE MODE")
    if run_under_way(db, now) is not None:
        raise AlreadyRunning
    begun = db.execute(
        insert(cleanup_runs)
        .values(started_at=now, heartbeat_at=now, deleted_rows=0, started_by_user_id=actor.user_id)
        .returning(cleanup_runs.c.id)
    )
    return Claim(begun.scalar_one(), now)


def count_what_would_go(
    db: Connection, policy: Policy, now: datetime, up_to: int | None = MAX_COUNT
) -> Doomed:
    """Counts up to `up_to`, and one more stands for any number beyond it; None counts all."""
    over = (
        select(sessions.c.id)
        .join_from(sessions, users, users.c.id == sessions.c.user_id)
        .where(doomed(policy, now))
    )
    old = select(session_events.c.id).where(session_events.c.at < now - policy.history_retention)
    return Doomed(_count(db, over, up_to), _count(db, old, up_to))


def _count(db: Connection, matching: Select[tuple[int]], up_to: int | None) -> int:
    few = matching.limit(up_to + 1 if up_to is not None else None).subquery()
    return db.execute(select(func.count()).select_from(few)).scalar_one()
