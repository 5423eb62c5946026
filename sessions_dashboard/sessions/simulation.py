"""What another policy would do to the present sessions, before it is in force."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, not_, select

from sessions_dashboard.accounts.models import users
from sessions_dashboard.sessions.liveness import live, live_unjoined
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.page_keys import PageKey, is_after
from sessions_dashboard.sessions.policy import Policy


@dataclass(frozen=True, slots=True)
class Simulation:
    """Who would be signed out at once by another policy, and whom its limit would affect."""

    sessions: int
    users: int
    # How many of the sessions are administrators'.
    of_admins: int
    own: bool
    # Users with more sessions than the new limit allows; their next sign-in meets it.
    above_limit: int


@dataclass(frozen=True, slots=True)
class Affected:
    """One session that the other policy would end."""

    id: int
    user_public_id: str
    email: str
    is_admin: bool
    device: str
    device_type: str
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class AffectedPage:
    rows: list[Affected]
    next_key: PageKey | None


def simulate(
    db: Connection, present: Policy, other: Policy, now: datetime, own_session_id: int
) -> Simulation:
    """Count what would end. One pass over the live sessions, so it takes time on a large table."""
    of_admin = sessions.c.user_id.in_(select(users.c.id).where(users.c.is_admin))
    row = db.execute(
        select(
            func.count(),
            func.count(sessions.c.user_id.distinct()),
            func.coalesce(func.sum(case((of_admin, 1), else_=0)), 0),
            func.coalesce(func.max(case((sessions.c.id == own_session_id, 1), else_=0)), 0),
        ).where(live_unjoined(present, now), not_(live_unjoined(other, now)))
    ).one()
    return Simulation(row[0], row[1], int(row[2]), bool(row[3]), _above_limit(db, other, now))


def page_of_affected(
    db: Connection,
    present: Policy,
    other: Policy,
    now: datetime,
    after: PageKey | None,
    size: int,
) -> AffectedPage:
    """A page of the sessions that would end, the oldest first."""
    device = func.coalesce(sessions.c.name, sessions.c.device_label)
    query = (
        select(
            sessions.c.id,
            users.c.public_id,
            users.c.email,
            users.c.is_admin,
            device,
            sessions.c.device_type,
            sessions.c.created_at,
            sessions.c.last_seen_at,
        )
        .join_from(sessions, users, users.c.id == sessions.c.user_id)
        .where(_would_end(present, other, now))
    )
    if after is not None:
        query = query.where(is_after(sessions.c.created_at, sessions.c.id, after))
    ordered = query.order_by(sessions.c.created_at, sessions.c.id).limit(size + 1)
    rows = [Affected(*row) for row in db.execute(ordered)]
    shown = rows[:size]
    more = len(rows) > size
    return AffectedPage(shown, (shown[-1].created_at, shown[-1].id) if more else None)


def _would_end(present: Policy, other: Policy, now: datetime) -> ColumnElement[bool]:
    return and_(live(present, now), not_(live(other, now)))


def _above_limit(db: Connection, other: Policy, now: datetime) -> int:
    if not other.max_sessions:
        return 0
    above = (
        select(sessions.c.user_id)
        .where(live_unjoined(other, now))
        .group_by(sessions.c.user_id)
        .having(func.count() > other.max_sessions)
        .subquery()
    )
    return db.execute(select(func.count()).select_from(above)).scalar_one()
