"""Links that are mailed to a person: each for one purpose, to be used once and not for long.

A link's token is made when its mail is sent and stands in that mail alone; the table holds a
digest. Redeeming one holds the account still first, so that it is locked before its links are.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from sessions_dashboard.accounts.models import account_links, users
from sessions_dashboard.accounts.outbox import MailKind
from sessions_dashboard.sessions.resume import hold_still
from sessions_dashboard.sessions.tokens import TOKEN_FORM, digest, new_token


class Purpose(StrEnum):
    RESET_PASSWORD = "reset_password"
    NOT_ME = "not_me"


# What the link in a mail is for; a kind that is not here carries none.
PURPOSES = {
    MailKind.RESET_PASSWORD: Purpose.RESET_PASSWORD,
    MailKind.NEW_DEVICE: Purpose.NOT_ME,
}
# How long a link works. A mail about a new device may be read after a weekend.
VALID_FOR = {
    Purpose.RESET_PASSWORD: timedelta(minutes=30),
    Purpose.NOT_ME: timedelta(days=3),
}


class LinkSpent(Exception):
    """The link was used, is too old, or never existed: one answer for all."""


@dataclass(frozen=True, slots=True)
class Link:
    id: int
    user_id: int
    email: str
    session_id: int | None


def issue(
    db: Connection, user_id: int, purpose: Purpose, now: datetime, session_id: int | None = None
) -> str:
    """Make a link and return its token, which is told nowhere else."""
    token = new_token()
    db.execute(
        insert(account_links).values(
            user_id=user_id,
            session_id=session_id,
            purpose=purpose.value,
            token_digest=digest(token),
            created_at=now,
            expires_at=now + VALID_FOR[purpose],
        )
    )
    return token


def find(db: Connection, token: str, purpose: Purpose, now: datetime) -> Link:
    """What a working link is for; it goes on working.

    Raises:
        LinkSpent: it does not work.
    """
    if TOKEN_FORM.fullmatch(token) is None:
        raise LinkSpent
    row = db.execute(
        select(
            account_links.c.id,
            account_links.c.user_id,
            users.c.email,
            account_links.c.session_id,
        )
        .join_from(account_links, users, users.c.id == account_links.c.user_id)
        .where(
            account_links.c.token_digest == digest(token),
            account_links.c.purpose == purpose.value,
            account_links.c.used_at.is_(None),
            account_links.c.expires_at > now,
            users.c.disabled_at.is_(None),
        )
    ).first()
    if row is None:
        raise LinkSpent
    return Link(row.id, row.user_id, row.email, row.session_id)


def redeem(db: Connection, token: str, purpose: Purpose, now: datetime) -> Link:
    """Use a link up, and hold its account still from here on.

    Raises:
        LinkSpent: it does not work; so is told one of two who redeem it at once.
    """
    link = find(db, token, purpose, now)
    hold_still(db, link.user_id)
    enabled = select(users.c.id).where(users.c.id == link.user_id, users.c.disabled_at.is_(None))
    used = db.execute(
        update(account_links)
        .where(
            account_links.c.id == link.id,
            account_links.c.used_at.is_(None),
            account_links.c.expires_at > now,
            enabled.exists(),
        )
        .values(used_at=now)
    )
    if used.rowcount != 1:
        raise LinkSpent
    return link


def void(db: Connection, user_id: int, purpose: Purpose, now: datetime) -> None:
    """Use up an account's outstanding links; the caller holds the account still."""
    db.execute(
        update(account_links)
        .where(account_links.c.user_id == user_id, account_links.c.purpose == purpose.value)
        .where(account_links.c.used_at.is_(None))
        .values(used_at=now)
    )
