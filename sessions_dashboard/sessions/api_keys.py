"""The life of an API key: made with the password at hand, used, revoked. Nothing here commits."""

import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from sessions_dashboard.accounts import outbox
from sessions_dashboard.accounts.models import users
from sessions_dashboard.accounts.outbox import MailKind
from sessions_dashboard.public_ids import new_public_id
from sessions_dashboard.sessions.actors import (
    ActiveKey,
    Actor,
    By,
    Scope,
    device_of,
    key_told,
    live_key,
)
from sessions_dashboard.sessions.administrators import NotAdmin, is_admin, require_admin
from sessions_dashboard.sessions.api_key_models import api_keys
from sessions_dashboard.sessions.history import EventKind, record, record_all
from sessions_dashboard.sessions.names import InvalidName, clean_name
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.resume import (
    ActiveSession,
    NotFound,
    hold_still,
    require_form,
    require_live,
)
from sessions_dashboard.sessions.step_up import require_recent_password
from sessions_dashboard.sessions.tokens import TOKEN_BYTES, digest

# A fixed beginning lets scanners find keys that were published by mistake.
KEY_PREFIX = "sdk_"
KEY_FORM = re.compile(KEY_PREFIX + r"[\w-]{43}", re.ASCII)
ENDING_LENGTH = 4
MAX_KEYS = 20
LIFETIMES = tuple(timedelta(days=days) for days in (7, 30, 90, 365))
ADMIN_SCOPES = frozenset((Scope.ADMIN_READ, Scope.ADMIN_WRITE))
# How often the use of a key is written down, at most.
USE_NOTED_EVERY = timedelta(minutes=1)


class TooManyKeys(Exception):
    """The account has `MAX_KEYS` usable keys already."""


class NoScope(Exception):
    """A key has to be allowed something."""


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key that was not revoked, as its owner and administrators see it."""

    public_id: str
    name: str
    ending: str
    scopes: Sequence[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_ip_address: str | None


@dataclass(frozen=True, slots=True)
class RevokedKey:
    user_id: int
    name: str


def new_key() -> str:
    return KEY_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


def create_key(
    db: Connection,
    actor: ActiveSession,
    key: str,
    name: str,
    scopes: Collection[Scope],
    lifetime: timedelta,
    policy: Policy,
    now: datetime,
) -> str:
    """Let this key act for the actor's account, tell the owner by mail, and return its public id.

    Raises:
        InvalidName: it is empty, or too long.
        NoScope, TooManyKeys: see there.
        NotAdmin: a scope is for administrators, and the actor is none.
        NotSignedIn: the actor's session has ended.
        PasswordNeeded: it was entered too long ago.
    """
    cleaned = clean_name(name)
    if not cleaned:
        raise InvalidName
    if not scopes:
        raise NoScope
    require_recent_password(actor, policy, now)
    hold_still(db, actor.user_id)
    require_live(db, actor)
    if ADMIN_SCOPES & set(scopes) and not is_admin(db, actor.user_id):
        raise NotAdmin
    if _number_of_keys(db, actor.user_id, now) >= MAX_KEYS:
        raise TooManyKeys
    public_id = new_public_id(now)
    db.execute(
        insert(api_keys).values(
            public_id=public_id,
            user_id=actor.user_id,
            name=cleaned,
            digest=digest(key),
            ending=key[-ENDING_LENGTH:],
            scopes=sorted(scopes),
            created_at=now,
            expires_at=now + lifetime,
        )
    )
    _tell_of_new(db, actor, public_id, cleaned, sorted(scopes), now)
    return public_id


def _number_of_keys(db: Connection, user_id: int, now: datetime) -> int:
    usable = and_(
        api_keys.c.user_id == user_id, api_keys.c.revoked_at.is_(None), api_keys.c.expires_at > now
    )
    return db.execute(select(func.count()).select_from(api_keys).where(usable)).scalar_one()


def _tell_of_new(
    db: Connection,
    actor: ActiveSession,
    public_id: str,
    name: str,
    scopes: Sequence[Scope],
    now: datetime,
) -> None:
    device = device_of(db, actor)
    record(
        db,
        EventKind.API_KEY_CREATED,
        now,
        user_id=actor.user_id,
        actor_user_id=actor.user_id,
        session_id=actor.id,
        device=device,
        ip_address=actor.seen_ip_address,
        details={"name": name, "key": public_id, "scopes": scopes},
    )
    told = {
        "key": name,
        "scopes": " ".join(scopes),
        "device": device,
        "ip_address": actor.seen_ip_address,
        "at": now.isoformat(),
    }
    outbox.put(db, MailKind.API_KEY_MADE, actor.user_id, now, details=told)


def resume_key(db: Connection, key: str, now: datetime) -> ActiveKey | None:
    """The live key with its user, by one indexed query; None when there is none."""
    if KEY_FORM.fullmatch(key) is None:
        return None
    row = db.execute(
        select(
            api_keys.c.id,
            api_keys.c.public_id,
            api_keys.c.name,
            api_keys.c.scopes,
            api_keys.c.last_used_at,
            users.c.id.label("user_id"),
            users.c.public_id.label("user_public_id"),
            users.c.email,
            users.c.is_admin,
        )
        .join_from(api_keys, users, users.c.id == api_keys.c.user_id)
        .where(api_keys.c.digest == digest(key), live_key(now))
    ).first()
    if row is None:
        return None
    return ActiveKey(
        key_id=row.id,
        public_id=row.public_id,
        name=row.name,
        scopes=frozenset(map(Scope, row.scopes)),
        user_id=row.user_id,
        user_public_id=row.user_public_id,
        email=row.email,
        is_admin=row.is_admin,
        last_used_at=row.last_used_at,
    )


def use_is_due(key: ActiveKey, now: datetime) -> bool:
    return key.last_used_at is None or key.last_used_at <= now - USE_NOTED_EVERY


def note_use(db: Connection, key: ActiveKey, ip_address: str, now: datetime) -> None:
    last = api_keys.c.last_used_at
    db.execute(
        update(api_keys)
        .where(api_keys.c.id == key.key_id, or_(last.is_(None), last <= now - USE_NOTED_EVERY))
        .values(last_used_at=now, last_used_ip_address=ip_address)
    )


def keys_of(db: Connection, user_id: int, now: datetime) -> list[ListedKey]:
    """The keys of an account that were not revoked: all that can be used, then what has expired."""
    rows = db.execute(
        select(api_keys)
        .where(api_keys.c.user_id == user_id, api_keys.c.revoked_at.is_(None))
        .order_by(api_keys.c.expires_at <= now, api_keys.c.id.desc())
        .limit(2 * MAX_KEYS)
    )
    return [
        ListedKey(
            row.public_id,
            row.name,
            row.ending,
            [Scope(one) for one in row.scopes],
            row.created_at,
            row.expires_at,
            row.last_used_at,
            row.last_used_ip_address,
        )
        for row in rows
    ]


def revoke_key(db: Connection, actor: ActiveSession, public_id: str, now: datetime) -> str:
    """Refuse one of the actor's own keys from now on, and return its name.

    Raises:
        NotFound: no key of the actor's has this id, or it is revoked already.
        NotSignedIn: the actor's session has ended.
    """
    require_form(public_id)
    hold_still(db, actor.user_id)
    require_live(db, actor)
    name = _revoke(db, actor.user_id, public_id, now)
    record(
        db,
        EventKind.API_KEY_REVOKED,
        now,
        user_id=actor.user_id,
        actor_user_id=actor.user_id,
        session_id=actor.id,
        device=device_of(db, actor),
        ip_address=actor.seen_ip_address,
        details={"name": name, "key": public_id},
    )
    return name


def revoke_anybodys_key(
    db: Connection, actor: Actor, public_id: str, policy: Policy, now: datetime
) -> RevokedKey:
    """Refuse a key from now on, whosever it is, as an administrator.

    Raises:
        NotFound: no key has this id, or it is revoked already.
        NotSignedIn, NotAdmin, PasswordNeeded: see `require_admin`.
    """
    require_form(public_id)
    of_key = select(api_keys.c.user_id).where(api_keys.c.public_id == public_id)
    owner_id = db.execute(of_key).scalar_one_or_none()
    if owner_id is None:
        raise NotFound
    require_admin(db, actor, policy, now, owner_id)
    name = _revoke(db, owner_id, public_id, now)
    record(
        db,
        EventKind.API_KEY_REVOKED,
        now,
        user_id=owner_id,
        actor_user_id=actor.user_id,
        details={"name": name, "key": public_id, **_done_by(actor, owner_id)},
    )
    return RevokedKey(owner_id, name)


def _revoke(db: Connection, user_id: int, public_id: str, now: datetime) -> str:
    """Revoke a key of an account that the caller holds still, and return the key's name."""
    name = db.execute(
        update(api_keys)
        .where(
            api_keys.c.public_id == public_id,
            api_keys.c.user_id == user_id,
            api_keys.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
        .returning(api_keys.c.name)
    ).scalar_one_or_none()
    if name is None:
        raise NotFound
    return str(name)


def _done_by(actor: By | Actor | None, owner_id: int) -> dict[str, Any]:
    """What the owner's history says of who revoked a key of theirs."""
    by_admin = actor is not None and actor.user_id != owner_id
    return ({"by_admin": True} if by_admin else {}) | key_told(actor, owner_id)


def revoke_all_of(db: Connection, user_id: int, now: datetime, actor: By | Actor | None) -> None:
    """Revoke every key of an account whose sessions are ended; the caller holds its user still."""
    _revoke_where(db, api_keys.c.user_id == user_id, now, actor, _done_by(actor, user_id))


def revoke_next_from_shell(db: Connection, now: datetime, limit: int) -> int:
    """Revoke some of everybody's keys on behalf of the server's operator.

    Returns:
        How many; fewer than `limit` once no usable key is left.
    """
    usable = and_(api_keys.c.revoked_at.is_(None), api_keys.c.expires_at > now)
    rows = db.execute(
        select(api_keys.c.id, api_keys.c.user_id).where(usable).order_by(api_keys.c.id).limit(limit)
    ).all()
    if rows:
        hold_still(db, *(row.user_id for row in rows))
        chosen = api_keys.c.id.in_([row.id for row in rows])
        _revoke_where(db, chosen, now, None, {"by_admin": True})
    return len(rows)


def _revoke_where(
    db: Connection,
    condition: ColumnElement[bool],
    now: datetime,
    actor: By | Actor | None,
    told: dict[str, Any],
) -> None:
    rows = db.execute(
        update(api_keys)
        .where(condition, api_keys.c.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(api_keys.c.public_id, api_keys.c.user_id, api_keys.c.name, api_keys.c.expires_at)
    ).all()
    lines = [
        {
            "kind": EventKind.API_KEY_REVOKED.value,
            "at": now,
            "user_id": row.user_id,
            "actor_user_id": actor.user_id if actor else None,
            "details": {"name": row.name, "key": row.public_id, **told},
        }
        for row in rows
        if row.expires_at > now
    ]
    record_all(db, lines)
