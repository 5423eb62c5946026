"""The life of a session: start, resume, touch, rename, end.

Everything takes an open connection and the time, and none of it commits: the caller's
transaction does. Whoever asks is an `ActiveSession`, resolved from the cookie a moment ago; a
write checks again, in its own transaction, that the asker's session has not ended since.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update

from sessions_dashboard.accounts.models import users
from sessions_dashboard.database import KeyedSelect, utc
from sessions_dashboard.devices import Device, Place
from sessions_dashboard.public_ids import new_public_id
from sessions_dashboard.sessions.models import MAX_NAME_LENGTH, sessions
from sessions_dashboard.sessions.policy import EndReason, Policy
from sessions_dashboard.sessions.tokens import digest, new_token

PUBLIC_ID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class NotFound(Exception):
    """There is no such session for this actor: missing, over, or someone else's."""


class NotSignedIn(Exception):
    """The actor's own session ended before the write was made."""


class InvalidName(Exception):
    """A device name that can't be used; the text says why, for the person."""


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """What a request tells about where it comes from; cleaned and bounded already."""

    ip_address: str
    user_agent: str
    client_hints: dict[str, str]


class ActiveSession(NamedTuple):
    """A live session with its user: the actor of whatever is asked under it.

    A tuple, because one is made at every event and a frozen dataclass takes four times as long.
    """

    id: int
    public_id: str
    user_id: int
    user_public_id: str
    email: str
    is_admin: bool
    created_at: datetime
    last_seen_at: datetime
    authenticated_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class EndedSession:
    """A session that was ended just now, and whose it was."""

    id: int
    public_id: str
    user_id: int


_resume_columns = (
    sessions.c.id,
    sessions.c.public_id,
    sessions.c.user_id,
    users.c.public_id,
    users.c.email,
    users.c.is_admin,
    sessions.c.created_at,
    sessions.c.last_seen_at,
    sessions.c.authenticated_at,
)
_live_with_user = and_(sessions.c.ended_at.is_(None), users.c.disabled_at.is_(None))
_resume = select(*_resume_columns).join_from(
    sessions, users, and_(users.c.id == sessions.c.user_id, _live_with_user)
)
_by_digest = KeyedSelect(_resume.where(sessions.c.token_digest == bindparam("token_digest")))
_by_public_id = KeyedSelect(_resume.where(sessions.c.public_id == bindparam("public_id")))


def start(
    db: Connection,
    user_id: int,
    request: RequestInfo,
    device: Device,
    place: Place,
    now: datetime,
) -> tuple[str, str]:
    """Sign a browser in.

    Returns:
        The new session's public id and its token, which is told nowhere else.
    """
    token = new_token()
    public_id = new_public_id(now)
    db.execute(
        insert(sessions).values(
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
            created_at=now,
            updated_at=now,
            last_seen_at=now,
            authenticated_at=now,
        )
    )
    return public_id, token


def resume(db: Connection, token: str, policy: Policy, now: datetime) -> ActiveSession | None:
    """The live session of a token, by one indexed query; None when there is none."""
    return _active(_by_digest.first(db, {"token_digest": digest(token)}), policy, now)


def resume_by_public_id(
    db: Connection, public_id: str, policy: Policy, now: datetime
) -> ActiveSession | None:
    """The live session with this public id; for a socket whose cookie was verified before."""
    return _active(_by_public_id.first(db, {"public_id": public_id}), policy, now)


def _active(row: tuple[Any, ...] | None, policy: Policy, now: datetime) -> ActiveSession | None:
    if row is None:
        return None
    created_at, last_seen_at = utc(row[6]), utc(row[7])
    if policy.expired(created_at, last_seen_at, now) is not None:
        return None
    return ActiveSession(
        id=row[0],
        public_id=row[1],
        user_id=row[2],
        user_public_id=row[3],
        email=row[4],
        is_admin=bool(row[5]),
        created_at=created_at,
        last_seen_at=last_seen_at,
        authenticated_at=utc(row[8]),
        expires_at=policy.expires_at(created_at, last_seen_at),
    )


def touch(db: Connection, session_id: int, now: datetime) -> bool:
    """Record that the session was used; never brings an ended one back.

    Whether a touch is due is the caller's question to the policy, so that most requests write
    nothing.
    """
    touched = db.execute(
        update(sessions)
        .where(sessions.c.id == session_id, sessions.c.ended_at.is_(None))
        .where(sessions.c.last_seen_at < now)
        .values(last_seen_at=now)
    )
    return touched.rowcount == 1


def rename(db: Connection, actor: ActiveSession, public_id: str, name: str, now: datetime) -> str:
    """Give one of the actor's own devices a name; an empty one brings the label back.

    Returns:
        The name as it was stored.

    Raises:
        InvalidName: it is too long.
        NotFound: no live session of the actor's has this id.
        NotSignedIn: the actor's session has ended.
    """
    cleaned = _clean_name(name)
    _require_form(public_id)
    _hold_still(db, actor.user_id)
    _require_live(db, actor)
    renamed = db.execute(
        update(sessions)
        .where(sessions.c.public_id == public_id, sessions.c.user_id == actor.user_id)
        .where(sessions.c.ended_at.is_(None))
        .values(name=cleaned or None, updated_at=now)
    )
    if renamed.rowcount != 1:
        raise NotFound
    return cleaned


def _clean_name(name: str) -> str:
    """Without control, format and surrogate characters, and with single spaces."""
    visible = "".join(
        " " if character.isspace() else character
        for character in name
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    cleaned = " ".join(visible.split())
    if len(cleaned) > MAX_NAME_LENGTH:
        raise InvalidName(f"A name can have {MAX_NAME_LENGTH} characters at most.")
    return cleaned


def end(db: Connection, actor: ActiveSession, public_id: str, now: datetime) -> EndedSession:
    """End one session: the actor's own, or anybody's for an administrator.

    Raises:
        NotFound: missing, already over, or a stranger's: one answer for all.
        NotSignedIn: the actor's session has ended.
    """
    _require_form(public_id)
    mine = sessions.c.user_id == actor.user_id
    allowed = or_(mine, users.c.is_admin.is_(True))
    owner_id = db.execute(
        select(sessions.c.user_id)
        .join_from(sessions, users, users.c.id == actor.user_id)
        .where(sessions.c.public_id == public_id, allowed)
    ).scalar_one_or_none()
    if owner_id is None:
        raise NotFound
    _hold_still(db, owner_id, actor.user_id)
    _require_live(db, actor)
    if public_id == actor.public_id:
        reason = EndReason.SIGNED_OUT
    elif owner_id == actor.user_id:
        reason = EndReason.REVOKED
    else:
        reason = EndReason.REVOKED_BY_ADMIN
    may = select(users.c.id).where(users.c.id == actor.user_id, allowed).exists()
    ended = _end_where(db, and_(sessions.c.public_id == public_id, may), reason, now, actor)
    if not ended:
        raise NotFound
    return ended[0]


def end_others(db: Connection, actor: ActiveSession, now: datetime) -> list[EndedSession]:
    """End every session of the actor's but the one that asks.

    Raises:
        NotSignedIn: the actor's session has ended.
    """
    _hold_still(db, actor.user_id)
    _require_live(db, actor)
    others = and_(sessions.c.user_id == actor.user_id, sessions.c.id != actor.id)
    return _end_where(db, others, EndReason.REVOKED, now, actor)


def end_by_token(db: Connection, token: str, now: datetime) -> EndedSession | None:
    """Sign out the browser that holds this token; also when its session had run out already."""
    ended = _end_where(
        db, sessions.c.token_digest == digest(token), EndReason.SIGNED_OUT, now, actor=None
    )
    return ended[0] if ended else None


def end_from_shell(db: Connection, public_id: str, now: datetime) -> EndedSession:
    """End any session on behalf of the server's operator.

    Raises:
        NotFound: missing or already over.
    """
    _require_form(public_id)
    ended = _end_where(
        db, sessions.c.public_id == public_id, EndReason.REVOKED_BY_ADMIN, now, actor=None
    )
    if not ended:
        raise NotFound
    return ended[0]


def _end_where(
    db: Connection,
    condition: Any,
    reason: EndReason,
    now: datetime,
    actor: ActiveSession | None,
) -> list[EndedSession]:
    """End all live sessions that match, in one statement. What is over stays as it was."""
    rows = db.execute(
        update(sessions)
        .where(sessions.c.ended_at.is_(None), condition)
        .values(
            ended_at=now,
            updated_at=now,
            end_reason=reason.value,
            ended_by_user_id=actor.user_id if actor else None,
            ended_by_session_id=actor.id if actor else None,
        )
        .returning(sessions.c.id, sessions.c.public_id, sessions.c.user_id)
    )
    return [EndedSession(*row) for row in rows]


def _require_form(public_id: str) -> None:
    """Find nothing under what can't be an id: half of a surrogate pair is no text to a database,
    a NUL none to PostgreSQL."""
    if PUBLIC_ID_FORM.fullmatch(public_id) is None:
        raise NotFound


def _hold_still(db: Connection, *user_ids: int) -> None:
    """Let one write at a time pass over a user's sessions.

    On PostgreSQL this locks the users' rows, in one order so that two writers can't wait for each
    other; on SQLite the transaction holds the only write lock already.
    """
    db.execute(
        select(users.c.id)
        .where(users.c.id.in_(sorted(set(user_ids))))
        .order_by(users.c.id)
        .with_for_update(key_share=True)
    )


def _require_live(db: Connection, actor: ActiveSession) -> None:
    live = db.execute(
        select(sessions.c.id)
        .join_from(sessions, users, and_(users.c.id == sessions.c.user_id, _live_with_user))
        .where(sessions.c.id == actor.id, sessions.c.user_id == actor.user_id)
    )
    if live.first() is None:
        raise NotSignedIn
