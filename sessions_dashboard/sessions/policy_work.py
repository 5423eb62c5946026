"""Holding every session to a new policy: claimed by one process, in slices, each accounted for.

Nobody has to wait for it: the policy counts at once, and what it ends is refused already.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, not_, select, update

from sessions_dashboard.database import AnyRow
from sessions_dashboard.sessions.ending import EndedSession, end_expired
from sessions_dashboard.sessions.leases import CLOCKS_APART, LEASE, is_free
from sessions_dashboard.sessions.liveness import live_unjoined
from sessions_dashboard.sessions.models import policy_versions, sessions
from sessions_dashboard.sessions.page_keys import PageKey
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.policy_versions import current_policy

versions = policy_versions.c


@dataclass(frozen=True, slots=True)
class Work:
    """A version that a process has taken on."""

    version: int
    policy: Policy
    saved_at: datetime
    # None where they have to be counted first.
    to_end: int | None

    def as_of(self, now: datetime) -> datetime:
        """The moment to hold sessions to: by a clock that is behind that of the server where it
        was saved, some that had run out by then would be let live on."""
        return max(now, min(self.saved_at, now + CLOCKS_APART))


@dataclass(frozen=True, slots=True)
class Slice:
    """What a slice did; `after` is where the next goes on."""

    ended: tuple[EndedSession, ...] = ()
    after: PageKey | None = None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the newest version is carried through."""

    version: int
    is_over: bool
    ended: int
    to_end: int | None


def progress(db: Connection) -> Progress | None:
    """Of the newest version; None before there is one."""
    row = _newest(db)
    if row is None:
        return None
    return Progress(row.id, row.applied_at is not None, row.ended, row.to_end)


def is_any_free(db: Connection, now: datetime) -> bool:
    """Whether there is a version to `claim`; a read, as it is asked all the time."""
    return db.execute(select(versions.id).where(_free(now))).first() is not None


def _free(now: datetime) -> ColumnElement[bool]:
    newest = select(func.max(versions.id)).scalar_subquery()
    return and_(
        versions.id == newest, versions.applied_at.is_(None), is_free(versions.claimed_until, now)
    )


def _newest(db: Connection) -> AnyRow | None:
    newest = select(policy_versions).order_by(versions.id.desc()).limit(1)
    return db.execute(newest).first()


def claim(db: Connection, worker: str, now: datetime) -> Work | None:
    """Take on the newest version, if it is to be carried through and no process is at it."""
    claimed = db.execute(
        update(policy_versions)
        .where(_free(now))
        .values(worker=worker, claimed_until=now + LEASE)
        .returning(versions.id, versions.created_at, versions.to_end)
    ).first()
    policy = current_policy(db)
    if claimed is None or policy is None:
        return None
    return Work(claimed.id, policy, claimed.created_at, claimed.to_end)


def count(db: Connection, work: Work, now: datetime) -> int:
    """How many open sessions have run out. One pass over them, so it takes time."""
    over = select(func.count()).where(
        sessions.c.ended_at.is_(None), not_(live_unjoined(work.policy, work.as_of(now)))
    )
    return db.execute(over).scalar_one()


def note_count(db: Connection, work: Work, worker: str, to_end: int, now: datetime) -> None:
    db.execute(
        update(policy_versions)
        .where(versions.id == work.version, versions.worker == worker)
        .values(to_end=to_end, claimed_until=now + LEASE)
    )


def end_slice(
    db: Connection, work: Work, worker: str, now: datetime, after: PageKey | None, limit: int
) -> Slice:
    """End the next sessions, in one transaction with the account of it.

    Over at once where another process has taken it over, or another policy is in force meanwhile:
    that one's work ends the rest of this one's. What another transaction holds is tried again: once
    the work is over, nothing tells any more that it had run out.
    """
    newest = _newest(db)
    ours = (work.version, worker, None)
    if newest is None or (newest.id, newest.worker, newest.applied_at) != ours:
        return Slice(is_over=True)
    passed = end_expired(db, work.policy, work.as_of(now), after, limit)
    db.execute(
        update(policy_versions)
        .where(versions.id == work.version)
        .values(ended=versions.ended + len(passed.ended), claimed_until=now + LEASE)
    )
    ended = tuple(passed.ended)
    if passed.left_locked:
        return Slice(ended, after)
    if passed.next_key is None:
        _finish(db, work.version, now)
    return Slice(ended, passed.next_key, is_over=passed.next_key is None)


def _finish(db: Connection, version: int, now: datetime) -> None:
    db.execute(
        update(policy_versions)
        .where(versions.id <= version, versions.applied_at.is_(None))
        .values(applied_at=now)
    )
