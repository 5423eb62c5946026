"""Who acts: a signed-in browser, or a program that shows an API key."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, select

from sessions_dashboard.accounts.models import users
from sessions_dashboard.sessions.api_key_models import api_keys
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.resume import ActiveSession, NotSignedIn, require_live


class Scope(StrEnum):
    """What a key may be used for; none includes another."""

    OWN_READ = "own:read"
    OWN_WRITE = "own:write"
    ADMIN_READ = "admin:read"
    ADMIN_WRITE = "admin:write"


class ActiveKey(NamedTuple):
    """A live API key with its user: the actor of what a program asks for."""

    key_id: int
    public_id: str
    name: str
    scopes: frozenset[Scope]
    user_id: int
    user_public_id: str
    email: str
    is_admin: bool
    last_used_at: datetime | None
    # It acts under no session, so it equals no session's id.
    id: None = None


Actor = ActiveSession | ActiveKey


def may_administer(actor: Actor) -> bool:
    """Whether the actor may use an administrator's rights, if they have them, to change things."""
    return not isinstance(actor, ActiveKey) or Scope.ADMIN_WRITE in actor.scopes


class By(NamedTuple):
    """Who ends a session, and under which session of their own; an `Actor` will do."""

    user_id: int
    id: int | None


def live_key(now: datetime) -> ColumnElement[bool]:
    """The condition under which a key, joined with its user, may be used."""
    return and_(
        api_keys.c.revoked_at.is_(None),
        api_keys.c.expires_at > now,
        users.c.disabled_at.is_(None),
    )


def require_acting(db: Connection, actor: Actor, now: datetime) -> None:
    """Make sure, within the transaction of a write, that the actor may still act.

    Raises:
        NotSignedIn: the session or the key that acts is over.
    """
    if isinstance(actor, ActiveSession):
        require_live(db, actor)
        return
    live = (
        select(api_keys.c.id)
        .join_from(api_keys, users, users.c.id == api_keys.c.user_id)
        .where(api_keys.c.id == actor.key_id, live_key(now))
    )
    if db.execute(live).first() is None:
        raise NotSignedIn


def device_of(db: Connection, actor: By | Actor) -> str | None:
    """The name or label of the device that the actor is using; a key is on none."""
    if actor.id is None:
        return None
    device = func.coalesce(sessions.c.name, sessions.c.device_label)
    return db.execute(select(device).where(sessions.c.id == actor.id)).scalar_one_or_none()


def key_told(actor: By | Actor | None, owner_id: int | None) -> dict[str, Any]:
    """What the history says of the key that acted; its name is its owner's business alone."""
    if not isinstance(actor, ActiveKey):
        return {}
    told = {"api_key_id": actor.public_id}
    return told | {"api_key": actor.name} if actor.user_id == owner_id else told
