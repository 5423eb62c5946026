"""What administrators do to accounts. Each write checks again whether its actor is one.

A new administrator is signed out everywhere: an older token would carry the new rights without its
holder having shown the password, and only the browser itself can be given a new one (OWASP: renew
the session after any change of privilege). Whoever loses the role keeps their sessions, which may
do less from that commit on.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from sessions_dashboard.accounts.invitations import invite, withdraw_invitation
from sessions_dashboard.accounts.models import users
from sessions_dashboard.accounts.users import create_user
from sessions_dashboard.sessions.actors import Actor
from sessions_dashboard.sessions.administrators import (
    another_admin_remains,
    require_admin,
    require_admin_among_all,
)
from sessions_dashboard.sessions.ending import end_all_of, end_expired_of
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.policy import EndReason, Policy
from sessions_dashboard.sessions.resume import NotFound, require_form


class LastAdministrator(Exception):
    """Nobody would be left who can administer anything."""


class OwnAccount(Exception):
    """This can't be done to one's own account: it would lock oneself out."""


@dataclass(frozen=True, slots=True)
class ChangedAccount:
    """An account after a change, and how many of its sessions that ended."""

    user_id: int
    public_id: str
    email: str
    ended: int = 0


class _User(NamedTuple):
    """The account that is to be changed, as it was found."""

    id: int
    email: str
    is_admin: bool
    disabled_at: datetime | None


def create_account(
    db: Connection,
    actor: Actor,
    email: str,
    unusable_hash: str,
    token: str,
    policy: Policy,
    now: datetime,
    *,
    is_admin: bool,
) -> ChangedAccount:
    """Make an account whose password the holder of the link with this token chooses.

    `unusable_hash` is of a password that nobody knows, so that a sign-in takes as long as any.

    Raises:
        InvalidEmail, EmailTaken: see `create_user`.
        NotSignedIn, NotAdmin, PasswordNeeded: see `require_admin`.
    """
    require_admin(db, actor, policy, now)
    user_id = create_user(db, email, unusable_hash, now, is_admin=is_admin)
    invite(db, user_id, token, now)
    details = {"is_admin": is_admin}
    record(
        db,
        EventKind.ACCOUNT_CREATED,
        now,
        user_id=user_id,
        actor_user_id=actor.user_id,
        details=details,
    )
    row = db.execute(select(users.c.public_id, users.c.email).where(users.c.id == user_id)).one()
    return ChangedAccount(user_id, row.public_id, row.email)


def sign_up(
    db: Connection, email: str, password_hash: str, device: str, ip_address: str, now: datetime
) -> int:
    """Make an account for whoever asks for one, and return its row number.

    Raises:
        InvalidEmail, EmailTaken: see `create_user`.
    """
    user_id = create_user(db, email, password_hash, now)
    record(
        db,
        EventKind.ACCOUNT_CREATED,
        now,
        user_id=user_id,
        actor_user_id=user_id,
        device=device,
        ip_address=ip_address,
    )
    return user_id


def make_link(
    db: Connection,
    actor: Actor,
    public_id: str,
    token: str,
    policy: Policy,
    now: datetime,
) -> ChangedAccount:
    """Let the holder of this token choose the account's password, in place of an earlier link.

    Raises:
        NotFound: there is no such account, or it is disabled.
        NotSignedIn, NotAdmin, PasswordNeeded: see `require_admin`.
    """
    user = _user(db, public_id)
    require_admin(db, actor, policy, now, user.id)
    if _user(db, public_id).disabled_at is not None:
        raise NotFound
    invite(db, user.id, token, now)
    record(db, EventKind.LINK_MADE, now, user_id=user.id, actor_user_id=actor.user_id)
    return ChangedAccount(user.id, public_id, user.email)


def set_admin(
    db: Connection,
    actor: Actor,
    public_id: str,
    policy: Policy,
    now: datetime,
    *,
    is_admin: bool,
) -> ChangedAccount:
    """Give the role, or take it away.

    Raises:
        NotFound: there is no such account.
        LastAdministrator: it is the last one's role.
        NotSignedIn, NotAdmin, PasswordNeeded: see `require_admin`.
    """
    user_id = _user(db, public_id).id
    require_admin_among_all(db, actor, policy, now, user_id)
    user = _user(db, public_id)
    if user.is_admin == is_admin:
        return ChangedAccount(user.id, public_id, user.email)
    if not is_admin and not another_admin_remains(db, user.id):
        raise LastAdministrator
    # What has run out as an administrator's would live on as a user's.
    end_expired_of(db, user.id, policy, now)
    db.execute(update(users).where(users.c.id == user.id).values(is_admin=is_admin, updated_at=now))
    kind = EventKind.ADMIN_GRANTED if is_admin else EventKind.ADMIN_WITHDRAWN
    record(db, kind, now, user_id=user.id, actor_user_id=actor.user_id)
    ended = (
        end_all_of(db, user.id, policy, now, EndReason.REVOKED_BY_ADMIN, actor) if is_admin else []
    )
    return ChangedAccount(user.id, public_id, user.email, len(ended))


def disable(
    db: Connection, actor: Actor, public_id: str, policy: Policy, now: datetime
) -> ChangedAccount:
    """End the account's sessions, refuse its sign-in, and void its link.

    Raises:
        NotFound: there is no such account.
        OwnAccount: it is the actor's.
        LastAdministrator: no other administrator could sign in.
        NotSignedIn, NotAdmin, PasswordNeeded: see `require_admin`.
    """
    user_id = _user(db, public_id).id
    require_admin_among_all(db, actor, policy, now, user_id)
    user = _user(db, public_id)
    if user.id == actor.user_id:
        raise OwnAccount
    if user.is_admin and not another_admin_remains(db, user.id):
        raise LastAdministrator
    if user.disabled_at is None:
        db.execute(
            update(users).where(users.c.id == user.id).values(disabled_at=now, updated_at=now)
        )
        record(db, EventKind.ACCOUNT_DISABLED, now, user_id=user.id, actor_user_id=actor.user_id)
    withdraw_invitation(db, user.id)
    ended = end_all_of(db, user.id, policy, now, EndReason.ACCOUNT_DISABLED, actor)
    return ChangedAccount(user.id, public_id, user.email, len(ended))


def enable(
    db: Connection, actor: Actor, public_id: str, policy: Policy, now: datetime
) -> ChangedAccount:
    """Let the account sign in again, with the password that it had.

    Raises:
        NotFound: there is no such account.
        NotSignedIn, NotAdmin, PasswordNeeded: see `require_admin`.
    """
    user = _user(db, public_id)
    require_admin(db, actor, policy, now, user.id)
    enabled = db.execute(
        update(users)
        .where(users.c.id == user.id, users.c.disabled_at.is_not(None))
        .values(disabled_at=None, updated_at=now)
    )
    if enabled.rowcount:
        record(db, EventKind.ACCOUNT_ENABLED, now, user_id=user.id, actor_user_id=actor.user_id)
    return ChangedAccount(user.id, public_id, user.email)


def end_all(
    db: Connection, actor: Actor, public_id: str, policy: Policy, now: datetime
) -> ChangedAccount:
    """Sign somebody out everywhere.

    Raises:
        NotFound: there is no such account.
        OwnAccount: it is the actor's.
        NotSignedIn, NotAdmin, PasswordNeeded: see `require_admin`.
    """
    user = _user(db, public_id)
    require_admin(db, actor, policy, now, user.id)
    if user.id == actor.user_id:
        raise OwnAccount
    ended = end_all_of(db, user.id, policy, now, EndReason.REVOKED_BY_ADMIN, actor)
    return ChangedAccount(user.id, public_id, user.email, len(ended))


def _user(db: Connection, public_id: str) -> _User:
    require_form(public_id)
    row = db.execute(
        select(users.c.id, users.c.email, users.c.is_admin, users.c.disabled_at).where(
            users.c.public_id == public_id
        )
    ).first()
    if row is None:
        raise NotFound
    return _User(*row)
