"""Accounts: made, looked up, checked against a password."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from sessions_dashboard.accounts.models import users
from sessions_dashboard.public_ids import new_public_id

# RFC 5321 section 4.5.3.1.3 leaves 254 characters for an address.
MAX_EMAIL_LENGTH = 254


class InvalidEmail(Exception):
    """The address can't be one; the text says why, for the person."""


class EmailTaken(Exception):
    """There is an account with this address already."""


class CredentialsChanged(Exception):
    """The password was changed, or the account disabled, after the credentials were checked."""


class SetupClosed(Exception):
    """There is an account already, so the first one can't be made any more."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against."""

    user_id: int
    public_id: str
    password_hash: str
    is_admin: bool
    disabled: bool


def normalise_email(raw: str) -> str:
    """Trimmed and lower case, so that one address is one account.

    Raises:
        InvalidEmail: it has no single @ with text on both sides, or odd characters.
    """
    email = raw.strip().lower()
    name, _, domain = email.rpartition("@")
    if not name or not domain or "@" in name or len(email) > MAX_EMAIL_LENGTH:
        raise InvalidEmail("Enter an email address such as ada@example.com.")
    if any(character.isspace() or not character.isprintable() for character in email):
        raise InvalidEmail("An email address has no spaces or control characters.")
    return email


def create_user(
    db: Connection, email: str, password_hash: str, now: datetime, *, is_admin: bool = False
) -> int:
    """Make an account and return its row number.

    Raises:
        InvalidEmail: the address can't be one.
        EmailTaken: another account has it.
    """
    try:
        with db.begin_nested():
            row_id = db.execute(
                insert(users)
                .values(
                    public_id=new_public_id(now),
                    email=normalise_email(email),
                    password_hash=password_hash,
                    is_admin=is_admin,
                    created_at=now,
                    updated_at=now,
                )
                .returning(users.c.id)
            ).scalar_one()
    except IntegrityError:
        raise EmailTaken(f"There is an account with the address {email} already.") from None
    return int(row_id)


def create_first_admin(db: Connection, email: str, password_hash: str, now: datetime) -> int:
    """Make the first account of all, an administrator.

    Raises:
        SetupClosed: there is an account already; of two calls at once only one makes it.
        InvalidEmail: the address can't be one.
    """
    if db.dialect.name == "postgresql":
        db.exec_driver_sql("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")
    if any_user(db):
        raise SetupClosed
    return create_user(db, email, password_hash, now, is_admin=True)


def any_user(db: Connection) -> bool:
    return db.execute(select(users.c.id).limit(1)).first() is not None


def password_hash_of(db: Connection, user_id: int) -> str | None:
    return db.execute(
        select(users.c.password_hash).where(users.c.id == user_id, users.c.disabled_at.is_(None))
    ).scalar_one_or_none()


def remember_reader(
    db: Connection, user_id: int, locale: str | None, time_zone: str | None
) -> None:
    """Store how the person reads; what is unknown leaves the stored value."""
    told = {name: value for name, value in (("locale", locale), ("time_zone", time_zone)) if value}
    if not told:
        return
    other = or_(*(users.c[name].is_distinct_from(value) for name, value in told.items()))
    db.execute(update(users).where(users.c.id == user_id, other).values(told))


def credentials_of(db: Connection, email: str) -> Credentials | None:
    """The credentials of the account with this (normalised) address."""
    return _credentials(db, users.c.email == email)


def credentials_of_public_id(db: Connection, public_id: str) -> Credentials | None:
    return _credentials(db, users.c.public_id == public_id)


def _credentials(db: Connection, condition: ColumnElement[bool]) -> Credentials | None:
    row = db.execute(select(users).where(condition)).first()
    if row is None:
        return None
    disabled = row.disabled_at is not None
    return Credentials(row.id, row.public_id, row.password_hash, row.is_admin, disabled)


def require_unchanged(db: Connection, known: Credentials) -> None:
    """Refuse credentials that were checked before the password or the account changed.

    Raises:
        CredentialsChanged: the account is not what it was.
    """
    unchanged = db.execute(
        select(users.c.id).where(
            users.c.id == known.user_id,
            users.c.password_hash == known.password_hash,
            users.c.disabled_at.is_(None),
        )
    )
    if unchanged.first() is None:
        raise CredentialsChanged
