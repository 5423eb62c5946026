"""Writes that are an administrator's alone: each checks again whether its actor is one."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, or_, select

from sessions_dashboard.accounts.models import users
from sessions_dashboard.sessions.actors import Actor, may_administer, require_acting
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.resume import hold_still
from sessions_dashboard.sessions.step_up import require_recent_password


class NotAdmin(Exception):
    """The actor was an administrator a moment ago, and no longer is."""


def require_admin(
    db: Connection, actor: Actor, policy: Policy, now: datetime, *concerned: int
) -> None:
    """Hold the actor and the users concerned still, and make sure that the actor may do this.

    Raises:
        NotSignedIn: the actor's session has ended.
        NotAdmin: the role was taken away meanwhile.
        PasswordNeeded: it was entered too long ago.
    """
    require_recent_password(actor, policy, now)
    hold_still(db, actor.user_id, *concerned)
    require_role(db, actor, now)


def require_admin_among_all(
    db: Connection, actor: Actor, policy: Policy, now: datetime, concerned: int
) -> None:
    """`require_admin`, holding every administrator still: for what changes how many there are.

    One statement locks all of them in one order; otherwise two who step down at once would each see
    the other remain.
    """
    require_recent_password(actor, policy, now)
    some = or_(users.c.id.in_((actor.user_id, concerned)), users.c.is_admin.is_(True))
    db.execute(
        select(users.c.id).where(some).order_by(users.c.id).with_for_update(key_share=True)
    ).all()
    require_role(db, actor, now)


def administrators_among(db: Connection, user_ids: Collection[int]) -> set[int]:
    return set(
        db.execute(
            select(users.c.id).where(users.c.id.in_(user_ids), users.c.is_admin.is_(True))
        ).scalars()
    )


def another_admin_remains(db: Connection, user_id: int) -> bool:
    """Whether anybody but this user is an administrator who can sign in."""
    others = select(users.c.id).where(
        users.c.id != user_id, users.c.is_admin.is_(True), users.c.disabled_at.is_(None)
    )
    return db.execute(others.limit(1)).first() is not None


def is_admin(db: Connection, user_id: int) -> bool:
    found = db.execute(
        select(users.c.id).where(
            users.c.id == user_id, users.c.is_admin.is_(True), users.c.disabled_at.is_(None)
        )
    )
    return found.first() is not None


def require_role(db: Connection, actor: Actor, now: datetime) -> None:
    """
    Raises:
        NotSignedIn: the actor's session or key is over.
        NotAdmin: the actor is no administrator, or is a key that may not act as one.
    """
    require_acting(db, actor, now)
    if not (may_administer(actor) and is_admin(db, actor.user_id)):
        raise NotAdmin
