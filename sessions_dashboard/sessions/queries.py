"""What the pages read: a user's devices, why a session is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    false,
    func,
    not_,
    select,
)

from sessions_dashboard.accounts.models import users
from sessions_dashboard.database import AnyRow
from sessions_dashboard.sessions.history import EventKind, HistoryEvent, events_of
from sessions_dashboard.sessions.liveness import LIVE, live, live_moments
from sessions_dashboard.sessions.models import known_devices, sessions
from sessions_dashboard.sessions.page_keys import PageKey, is_before
from sessions_dashboard.sessions.policy import EndReason, Policy

# More devices than anybody reads; beyond it the page says how many there are.
MAX_DEVICES = 100
# The kinds of events that say how a session has changed since it began.
CHANGES = (EventKind.RESUMED_ELSEWHERE, EventKind.RENAMED, EventKind.CONFIRMED)
MAX_CHANGES = 20


@dataclass(frozen=True, slots=True)
class DeviceSession:
    """A live session as its owner reads it."""

    id: int
    public_id: str
    email: str
    name: str | None
    device_label: str
    device_type: str
    browser: str | None
    os: str | None
    ip_address: str
    city: str | None
    country: str | None
    created_at: datetime
    last_seen_at: datetime
    # When the account was first used on this browser; the session's start if that is unknown.
    first_seen_at: datetime
    # Whether nobody has said yet that it was them.
    in_question: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class DeviceDetails:
    """What its owner reads about one device, beyond what the list says."""

    user_agent: str
    browser_version: str | None
    network: str | None
    # The newest first; for a busy session only the last ones.
    changes: Sequence[HistoryEvent]


@dataclass(frozen=True, slots=True)
class EndedDevice:
    """A session that is over, as its owner reads it."""

    id: int
    public_id: str
    title: str
    device_type: str
    browser: str | None
    os: str | None
    ended_at: datetime
    reason: EndReason
    # The device that ended it, where one of the same account did.
    ended_from: str | None


@dataclass(frozen=True, slots=True)
class Ending:
    """Why, when and from where a session ended; what the ended browser is told."""

    reason: EndReason
    # None where only the reason is known.
    ended_at: datetime | None
    # The device that ended it, where one of the same account did.
    ended_from: str | None


_columns = (
    sessions.c.id,
    sessions.c.public_id,
    users.c.email,
    sessions.c.name,
    sessions.c.device_label,
    sessions.c.device_type,
    sessions.c.browser,
    sessions.c.os,
    sessions.c.ip_address,
    sessions.c.city,
    sessions.c.country,
    sessions.c.created_at,
    sessions.c.last_seen_at,
    func.coalesce(known_devices.c.first_seen_at, sessions.c.created_at).label("first_seen_at"),
    func.coalesce(known_devices.c.in_question, false()).label("in_question"),
    users.c.is_admin,
    sessions.c.remembered,
)
_with_user = (
    select(*_columns)
    .join_from(sessions, users, users.c.id == sessions.c.user_id)
    .outerjoin(
        known_devices,
        and_(
            known_devices.c.id == sessions.c.known_device_id,
            known_devices.c.user_id == sessions.c.user_id,
        ),
    )
)


_devices_of = (
    _with_user.where(sessions.c.user_id == bindparam("user_id"), LIVE)
    .order_by(sessions.c.last_seen_at.desc(), sessions.c.id.desc())
    .limit(MAX_DEVICES)
)
_count_devices_of = (
    select(func.count())
    .select_from(sessions.join(users, users.c.id == sessions.c.user_id))
    .where(sessions.c.user_id == bindparam("user_id"), LIVE)
)


def devices_of(db: Connection, user_id: int, policy: Policy, now: datetime) -> list[DeviceSession]:
    """A user's live sessions, the last used first; `MAX_DEVICES` at most."""
    rows = db.execute(_devices_of, {"user_id": user_id, **live_moments(policy, now)})
    return [_device(row, policy) for row in rows]


def device_of_user(
    db: Connection, user_id: int, public_id: str, policy: Policy, now: datetime
) -> DeviceSession | None:
    """One of a user's live sessions; None for what is over or not theirs."""
    row = db.execute(
        _with_user.where(
            sessions.c.public_id == public_id, sessions.c.user_id == user_id, live(policy, now)
        )
    ).first()
    return _device(row, policy) if row is not None else None


def count_devices_of(db: Connection, user_id: int, policy: Policy, now: datetime) -> int:
    """How many live sessions a user has; exact where the caller holds the user still."""
    values = {"user_id": user_id, **live_moments(policy, now)}
    return db.execute(_count_devices_of, values).scalar_one()


_by = sessions.alias("by")
_ended_by_own = and_(
    _by.c.id == sessions.c.ended_by_session_id, _by.c.user_id == sessions.c.user_id
)
_ended_from = func.coalesce(_by.c.name, _by.c.device_label).label("ended_from")
_ended_devices = select(
    sessions.c.id,
    sessions.c.public_id,
    func.coalesce(sessions.c.name, sessions.c.device_label).label("title"),
    sessions.c.device_type,
    sessions.c.browser,
    sessions.c.os,
    sessions.c.ended_at,
    sessions.c.end_reason,
    _ended_from,
).outerjoin(_by, _ended_by_own)


def ended_devices_of(
    db: Connection, user_id: int, since: datetime, before: PageKey | None = None, size: int = 10
) -> tuple[list[EndedDevice], PageKey | None]:
    """A page of a user's sessions that ended after `since`, the last first, and the next key."""
    query = _ended_devices.where(sessions.c.user_id == user_id, sessions.c.ended_at > since)
    if before is not None:
        query = query.where(is_before(sessions.c.ended_at, sessions.c.id, before))
    order = (sessions.c.ended_at.desc(), sessions.c.id.desc())
    rows = db.execute(query.order_by(*order).limit(size + 1)).all()
    listed = [_ended_device(row) for row in rows[:size]]
    more = len(rows) > size
    return listed, (listed[-1].ended_at, listed[-1].id) if more else None


def _ended_device(row: AnyRow) -> EndedDevice:
    return EndedDevice(
        id=row.id,
        public_id=row.public_id,
        title=row.title,
        device_type=row.device_type,
        browser=row.browser,
        os=row.os,
        ended_at=row.ended_at,
        reason=EndReason(row.end_reason),
        ended_from=row.ended_from,
    )


def details_of(db: Connection, user_id: int, public_id: str) -> DeviceDetails | None:
    """More about one of a user's sessions; None for what is not theirs."""
    row = db.execute(
        select(
            sessions.c.user_agent,
            sessions.c.browser_version,
            sessions.c.network,
        ).where(sessions.c.public_id == public_id, sessions.c.user_id == user_id)
    ).first()
    if row is None:
        return None
    history = events_of(db, user_id, size=MAX_CHANGES, of_session=public_id)
    return DeviceDetails(
        user_agent=row.user_agent,
        browser_version=row.browser_version,
        network=row.network,
        changes=[event for event in history.events if event.kind in CHANGES],
    )


def title_of(db: Connection, user_id: int, public_id: str) -> str | None:
    """What a user calls one of their sessions, live or over; None for what is not theirs."""
    return db.execute(
        select(func.coalesce(sessions.c.name, sessions.c.device_label)).where(
            sessions.c.public_id == public_id, sessions.c.user_id == user_id
        )
    ).scalar_one_or_none()


def any_ran_out(db: Connection, user_id: int, policy: Policy, now: datetime) -> bool:
    """Whether a session of a user's has run out and nobody has noticed yet."""
    found = db.execute(
        select(sessions.c.id)
        .join_from(sessions, users, users.c.id == sessions.c.user_id)
        .where(
            sessions.c.user_id == user_id, sessions.c.ended_at.is_(None), not_(live(policy, now))
        )
        .limit(1)
    )
    return found.first() is not None


def count_live(db: Connection, policy: Policy, now: datetime) -> int:
    """How many there are in all; this looks at every one."""
    return db.execute(
        select(func.count())
        .select_from(sessions.join(users, users.c.id == sessions.c.user_id))
        .where(live(policy, now))
    ).scalar_one()


def _device(row: AnyRow, policy: Policy) -> DeviceSession:
    shown = dict(row._mapping)
    span = policy.span(is_admin=shown.pop("is_admin"), remembered=shown.pop("remembered"))
    return DeviceSession(**shown, expires_at=span.expires_at(row.created_at, row.last_seen_at))


_endings_of = (
    select(
        sessions.c.public_id,
        sessions.c.ended_at,
        sessions.c.end_reason,
        sessions.c.created_at,
        sessions.c.last_seen_at,
        users.c.disabled_at,
        users.c.is_admin,
        sessions.c.remembered,
        _ended_from,
    )
    .join_from(sessions, users, users.c.id == sessions.c.user_id)
    .outerjoin(_by, _ended_by_own)
    .where(sessions.c.public_id.in_(bindparam("public_ids", expanding=True)))
)


def ending_of(db: Connection, public_id: str, policy: Policy, now: datetime) -> Ending | None:
    """How the session with this public id ended; None while it lives or once it is deleted."""
    return endings_of(db, [public_id], policy, now).get(public_id)


def endings_of(
    db: Connection, public_ids: Sequence[str], policy: Policy, now: datetime
) -> dict[str, Ending]:
    """How the given sessions ended, of those that are over and not deleted."""
    if not public_ids:
        return {}
    rows = db.execute(_endings_of, {"public_ids": public_ids})
    endings = ((row.public_id, _ending(row, policy, now)) for row in rows)
    return {public_id: ending for public_id, ending in endings if ending is not None}


def _ending(row: AnyRow, policy: Policy, now: datetime) -> Ending | None:
    if row.ended_at is not None:
        return Ending(EndReason(row.end_reason), row.ended_at, row.ended_from)
    if row.disabled_at is not None:
        return Ending(EndReason.ACCOUNT_DISABLED, row.disabled_at, None)
    span = policy.span(is_admin=row.is_admin, remembered=row.remembered)
    expired = span.expired(row.created_at, row.last_seen_at, now)
    if expired is None:
        return None
    return Ending(expired, span.expires_at(row.created_at, row.last_seen_at), None)


def public_id_of(db: Connection, token_digest: bytes) -> str | None:
    """The public id of a token's session, whatever became of it."""
    return db.execute(
        select(sessions.c.public_id).where(sessions.c.token_digest == token_digest)
    ).scalar_one_or_none()


_still_live = (
    select(sessions.c.public_id)
    .join_from(sessions, users, users.c.id == sessions.c.user_id)
    .where(
        sessions.c.public_id.in_(bindparam("public_ids", expanding=True)),
        LIVE,
        users.c.disabled_at.is_(None),
    )
)


def no_longer_live(
    db: Connection, public_ids: Sequence[str], policy: Policy, now: datetime
) -> set[str]:
    """Those of the given sessions that are over, or gone."""
    if not public_ids:
        return set()
    values = {"public_ids": public_ids, **live_moments(policy, now)}
    alive = db.execute(_still_live, values).scalars()
    return set(public_ids).difference(alive)


def started_since(db: Connection, user_id: int, moment: datetime) -> bool:
    """Whether the user was signed in anywhere after a moment."""
    found = db.execute(
        select(sessions.c.id)
        .where(sessions.c.user_id == user_id, sessions.c.created_at > moment)
        .limit(1)
    )
    return found.first() is not None


def seen_from(db: Connection, user_id: int, ip_address: str) -> bool:
    """Whether this account was ever signed in from this address, as far as the table remembers."""
    found = db.execute(
        select(sessions.c.id)
        .where(sessions.c.user_id == user_id, sessions.c.ip_address == ip_address)
        .limit(1)
    )
    return found.first() is not None
