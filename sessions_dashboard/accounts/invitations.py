"""One-time links to choose a password: made by an administrator, told once, good for a while.

The table holds a digest of the link's secret. Looking at a link changes nothing: mail scanners and
previews open whatever they find.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from sessions_dashboard.accounts.models import invitations, users

# 256 bits, as a session's own token.
TOKEN_BYTES = 32
TOKEN_FORM = re.compile(r"[\w-]{43}", re.ASCII)
VALID_FOR = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Invited:
    """Whose password a link lets one choose."""

    user_id: int
    email: str
    is_admin: bool


def new_invitation_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def invite(db: Connection, user_id: int, token: str, now: datetime) -> None:
    """Store a link for this user in place of an earlier one. The caller holds the user still."""
    withdraw_invitation(db, user_id)
    db.execute(
        insert(invitations).values(
            user_id=user_id,
            token_digest=_digest(token),
            created_at=now,
            expires_at=now + VALID_FOR,
        )
    )


def invited_by(db: Connection, token: str, now: datetime) -> Invited | None:
    """Whom the link is for; None once it is used, replaced or expired."""
    if TOKEN_FORM.fullmatch(token) is None:
        return None
    row = db.execute(
        select(users.c.id, users.c.email, users.c.is_admin)
        .join_from(invitations, users, users.c.id == invitations.c.user_id)
        .where(
            invitations.c.token_digest == _digest(token),
            invitations.c.expires_at > now,
            users.c.disabled_at.is_(None),
        )
    ).first()
    return Invited(row.id, row.email, row.is_admin) if row is not None else None


def use_invitation(db: Connection, user_id: int, token: str, now: datetime) -> bool:
    """Use the link up; of two uses at once, one gets True."""
    used = db.execute(
        delete(invitations).where(
            invitations.c.token_digest == _digest(token),
            invitations.c.user_id == user_id,
            invitations.c.expires_at > now,
        )
    )
    return used.rowcount == 1


def withdraw_invitation(db: Connection, user_id: int) -> None:
    db.execute(delete(invitations).where(invitations.c.user_id == user_id))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
