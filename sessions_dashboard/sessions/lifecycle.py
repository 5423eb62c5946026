"""The life of a session up to its end: start, touch, rename.

Nothing here commits: the caller's transaction does.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, insert, select, update

from sessions_dashboard.devices import Device, Place
from sessions_dashboard.public_ids import new_public_id
from sessions_dashboard.sessions.actors import Actor, key_told, require_acting
from sessions_dashboard.sessions.ending import end_oldest
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.names import clean_name
from sessions_dashboard.sessions.policy import AtLimit, Policy
from sessions_dashboard.sessions.queries import count_devices_of
from sessions_dashboard.sessions.resume import (
    NotFound,
    hold_still,
    require_form,
)
from sessions_dashboard.sessions.tokens import digest, new_token


class LimitReached(Exception):
    """The user has as many sessions as the policy lets them, and is to choose which one ends."""


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """What a request tells about where it comes from; cleaned and bounded already."""

    ip_address: str
    user_agent: str
    client_hints: dict[str, str]


def start(
    db: Connection,
    user_id: int,
    request: RequestInfo,
    device: Device,
    place: Place,
    policy: Policy,
    now: datetime,
    *,
    remembered: bool = True,
) -> tuple[str, str]:
    """Sign a browser in; at the limit the oldest sessions make room, if the policy says so.

    Returns:
        The new session's public id and its token, which is told nowhere else.

    Raises:
        LimitReached: there is no room, and the policy lets the person choose.
    """
    # Of two simultaneous sign-ins the second waits here, and then counts the first.
    hold_still(db, user_id)
    if policy.max_sessions:
        _make_room(db, user_id, policy, now)
    token = new_token()
    public_id = new_public_id(now)
    session_id = db.execute(
        insert(sessions)
        .values(
            public_id=public_id,
            user_id=user_id,
            token_digest=digest(token),
            ip_address=request.ip_address,
            user_agent=request.user_agent,
            client_hints=request.client_hints,
            device_label=device.label,
            device_type=device.kind.value,
            browser=device.browser,
            browser_version=device.browser_version,
            os=device.os,
            country_code=place.country_code,
            country=place.country,
            city=place.city,
            network=place.network,
            remembered=remembered,
            created_at=now,
            updated_at=now,
            last_seen_at=now,
            authenticated_at=now,
        )
        .returning(sessions.c.id)
    ).scalar_one()
    record(
        db,
        EventKind.SIGNED_IN,
        now,
        user_id=user_id,
        session_id=session_id,
        device=device.label,
        ip_address=request.ip_address,
    )
    return public_id, token


def _make_room(db: Connection, user_id: int, policy: Policy, now: datetime) -> None:
    if policy.at_limit is not AtLimit.ASK:
        end_oldest(db, user_id, policy, now, keep=policy.max_sessions - 1)
    elif count_devices_of(db, user_id, policy, now) >= policy.max_sessions:
        raise LimitReached


def touch(db: Connection, session_id: int, now: datetime) -> bool:
    """Record that the session was used; this never brings an ended one back.

    The caller asks the policy whether a touch is due, so that most requests write nothing.
    """
    touched = db.execute(
        update(sessions)
        .where(sessions.c.id == session_id, sessions.c.ended_at.is_(None))
        .where(sessions.c.last_seen_at < now)
        .values(last_seen_at=now)
    )
    return touched.rowcount == 1


def rename(db: Connection, actor: Actor, public_id: str, name: str, now: datetime) -> str:
    """Give one of the actor's own devices a name; an empty one brings the label back.

    Returns:
        The name as it was stored.

    Raises:
        InvalidName: it is too long.
        NotFound: no live session of the actor's has this id.
        NotSignedIn: the actor's session has ended.
    """
    cleaned = clean_name(name)
    require_form(public_id)
    hold_still(db, actor.user_id)
    require_acting(db, actor, now)
    own = and_(
        sessions.c.public_id == public_id,
        sessions.c.user_id == actor.user_id,
        sessions.c.ended_at.is_(None),
    )
    row = db.execute(
        select(
            sessions.c.id, sessions.c.name, sessions.c.device_label, sessions.c.ip_address
        ).where(own)
    ).first()
    if row is None:
        raise NotFound
    db.execute(update(sessions).where(own).values(name=cleaned or None, updated_at=now))
    record(
        db,
        EventKind.RENAMED,
        now,
        user_id=actor.user_id,
        session_id=row.id,
        device=row.name or row.device_label,
        ip_address=row.ip_address,
        details={"name": cleaned or row.device_label, **key_told(actor, actor.user_id)},
    )
    return cleaned
