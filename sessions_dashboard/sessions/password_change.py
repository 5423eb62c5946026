"""What a changed or confirmed password does to the sessions of its account."""

from datetime import datetime

from sqlalchemy import Connection, update

from sessions_dashboard.accounts import outbox
from sessions_dashboard.accounts.invitations import invited_by, use_invitation, withdraw_invitation
from sessions_dashboard.accounts.models import users
from sessions_dashboard.accounts.outbox import MailKind
from sessions_dashboard.sessions import links
from sessions_dashboard.sessions.actors import device_of
from sessions_dashboard.sessions.ending import EndedSession, end_all_of
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.lifecycle import RequestInfo
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.policy import EndReason, Policy
from sessions_dashboard.sessions.resume import ActiveSession, hold_still, require_live
from sessions_dashboard.sessions.revoking import end_others_with_password
from sessions_dashboard.sessions.rotation import rotate


class InvitationOver(Exception):
    """The link was used, replaced or has expired, or its account is disabled."""


class TokenReplaced(Exception):
    """Another tab has rotated the session meanwhile: the browser holds a newer cookie by now."""


def change_password(
    db: Connection,
    actor: ActiveSession,
    presented: str,
    password_hash: str,
    policy: Policy,
    now: datetime,
    *,
    sign_out_others: bool,
) -> tuple[str, list[EndedSession]]:
    """Store the new password, give the session a new token, end the others if asked to.

    Returns:
        The new token, and the sessions that were ended.

    Raises:
        NotSignedIn: the actor's session has ended.
        TokenReplaced: the presented token is not the present one any more.
    """
    hold_still(db, actor.user_id)
    require_live(db, actor)
    token = _authenticated_anew(db, actor, presented, now)
    store_password(db, actor.user_id, password_hash, now)
    device = device_of(db, actor)
    record(
        db,
        EventKind.PASSWORD_CHANGED,
        now,
        user_id=actor.user_id,
        session_id=actor.id,
        actor_device=device,
    )
    told = {"at": now.isoformat(), "device": device}
    outbox.put(db, MailKind.PASSWORD_CHANGED, actor.user_id, now, details=told)
    ended = end_others_with_password(db, actor, policy, now) if sign_out_others else []
    return token, ended


def store_password(db: Connection, user_id: int, password_hash: str, now: datetime) -> None:
    """For an account that the caller holds still; links to choose a password stop working."""
    db.execute(
        update(users)
        .where(users.c.id == user_id)
        .values(password_hash=password_hash, updated_at=now)
    )
    links.void(db, user_id, links.Purpose.RESET_PASSWORD, now)
    withdraw_invitation(db, user_id)


def choose_password(
    db: Connection, token: str, password_hash: str, policy: Policy, now: datetime
) -> int:
    """Store the password that the holder of a one-time link chose, and use the link up.

    Returns:
        The account's row number. All of its sessions have ended.

    Raises:
        InvitationOver: it no longer works; of two uses at once, one does.
    """
    invited = invited_by(db, token, now)
    if invited is None:
        raise InvitationOver
    hold_still(db, invited.user_id)
    # Checked again: the account may have been disabled meanwhile.
    if invited_by(db, token, now) is None or not use_invitation(db, invited.user_id, token, now):
        raise InvitationOver
    store_password(db, invited.user_id, password_hash, now)
    record(db, EventKind.PASSWORD_CHANGED, now, user_id=invited.user_id)
    end_all_of(db, invited.user_id, policy, now, EndReason.PASSWORD_CHANGED)
    return invited.user_id


def confirm_password(
    db: Connection, actor: ActiveSession, presented: str, request: RequestInfo, now: datetime
) -> str:
    """Note that the person has entered the password again, and give the session a new token.

    The place that they did it from counts as theirs from now on.

    Raises:
        NotSignedIn: the actor's session has ended.
        TokenReplaced: the presented token is not the present one any more.
    """
    hold_still(db, actor.user_id)
    require_live(db, actor)
    token = _authenticated_anew(db, actor, presented, now)
    db.execute(
        update(sessions)
        .where(sessions.c.id == actor.id)
        .values(
            challenge=None,
            seen_ip_address=request.ip_address,
            seen_user_agent=request.user_agent,
        )
    )
    record(
        db,
        EventKind.CONFIRMED,
        now,
        user_id=actor.user_id,
        session_id=actor.id,
        device=device_of(db, actor),
        ip_address=request.ip_address,
    )
    return token


def _authenticated_anew(db: Connection, actor: ActiveSession, presented: str, now: datetime) -> str:
    token = rotate(db, actor, presented, now)
    if token is None:
        raise TokenReplaced
    db.execute(update(sessions).where(sessions.c.id == actor.id).values(authenticated_at=now))
    return token
