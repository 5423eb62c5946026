"""What a person ends: one session, several, or all others.

Nothing here commits: the caller's transaction does.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from sessions_dashboard.accounts.models import users
from sessions_dashboard.sessions.actors import Actor, may_administer, require_acting
from sessions_dashboard.sessions.api_keys import revoke_all_of
from sessions_dashboard.sessions.ending import EndedSession, end_what_ran_out, end_where
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.policy import EndReason, Policy
from sessions_dashboard.sessions.resume import PUBLIC_ID_FORM, NotFound, hold_still, require_form
from sessions_dashboard.sessions.step_up import require_recent_password, require_standing


def end(
    db: Connection, actor: Actor, public_id: str, policy: Policy, now: datetime
) -> EndedSession:
    """End one session: the actor's own, or anybody's for an administrator.

    Raises:
        NotFound: missing, already over, or a stranger's: one answer for all.
        NotSignedIn: the actor's session has ended.
        PasswordNeeded: it is another account's, or older than a young actor may end.
    """
    require_form(public_id)
    mine = sessions.c.user_id == actor.user_id
    allowed = or_(mine, users.c.is_admin.is_(True))
    found = db.execute(
        select(sessions.c.user_id, sessions.c.created_at)
        .join_from(sessions, users, users.c.id == actor.user_id)
        .where(sessions.c.public_id == public_id, sessions.c.ended_at.is_(None), allowed)
    ).one_or_none()
    if found is None:
        raise NotFound
    hold_still(db, found.user_id, actor.user_id)
    require_acting(db, actor, now)
    reason = _reason(actor, public_id, found, policy, now)
    may = select(users.c.id).where(users.c.id == actor.user_id, allowed).exists()
    ended = end_where(db, and_(sessions.c.public_id == public_id, may), reason, now, actor)
    if not ended:
        raise NotFound
    return ended[0]


def _reason(
    actor: Actor, public_id: str, found: Row[int, datetime], policy: Policy, now: datetime
) -> EndReason:
    """As what the actor ends a session: their present one, another of theirs, or somebody else's.

    Raises:
        NotFound, PasswordNeeded: see `end`.
    """
    owner_id, created_at = found
    if public_id == actor.public_id:
        return EndReason.SIGNED_OUT
    if owner_id == actor.user_id:
        require_standing(actor, [created_at], policy, now)
        return EndReason.REVOKED
    if not may_administer(actor):
        raise NotFound
    require_recent_password(actor, policy, now)
    return EndReason.REVOKED_BY_ADMIN


def end_others(db: Connection, actor: Actor, policy: Policy, now: datetime) -> list[EndedSession]:
    """End every live session of the actor's but the one that asks.

    What had run out before ends as that, and is not counted.

    Raises:
        NotSignedIn: the actor's session has ended.
        PasswordNeeded: it was entered too long ago, or one is older than a young actor may end.
    """
    require_recent_password(actor, policy, now)
    hold_still(db, actor.user_id)
    require_acting(db, actor, now)
    others = _others_of(actor)
    end_what_ran_out(db, others, policy, now)
    began = db.execute(select(sessions.c.created_at).where(others)).scalars().all()
    require_standing(actor, began, policy, now)
    return end_where(db, others, EndReason.REVOKED, now, actor)


def end_several(
    db: Connection,
    actor: Actor,
    public_ids: Sequence[str],
    policy: Policy,
    now: datetime,
) -> list[EndedSession]:
    """End those of the actor's other live sessions that have one of these ids, all or none.

    What is missing, over, or a stranger's is passed over; what had run out ends as that, and is
    not counted.

    Raises:
        NotFound: none of them is there to be ended.
        NotSignedIn: the actor's session has ended.
        PasswordNeeded: one is older than a young actor may end.
    """
    wanted = [one for one in public_ids if PUBLIC_ID_FORM.fullmatch(one)]
    hold_still(db, actor.user_id)
    require_acting(db, actor, now)
    chosen = and_(_others_of(actor), sessions.c.public_id.in_(wanted))
    end_what_ran_out(db, chosen, policy, now)
    began = db.execute(select(sessions.c.created_at).where(chosen)).scalars().all()
    require_standing(actor, began, policy, now)
    ended = end_where(db, chosen, EndReason.REVOKED, now, actor)
    if not ended:
        raise NotFound
    return ended


def end_others_with_password(
    db: Connection, actor: Actor, policy: Policy, now: datetime
) -> list[EndedSession]:
    """`end_others` after a password change, and revoke all keys.

    The caller has checked the old password, and holds the user still.
    """
    revoke_all_of(db, actor.user_id, now, actor)
    others = _others_of(actor)
    end_what_ran_out(db, others, policy, now)
    return end_where(db, others, EndReason.PASSWORD_CHANGED, now, actor)


def _others_of(actor: Actor) -> ColumnElement[bool]:
    return and_(
        sessions.c.user_id == actor.user_id,
        sessions.c.id != actor.id,
        sessions.c.ended_at.is_(None),
    )
