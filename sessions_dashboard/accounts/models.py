"""The tables of accounts: people, the links that are mailed to them, the mails themselves."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    text,
    true,
)
from sqlmodel import Field, SQLModel

from sessions_dashboard.database.index_info import ONLY_ON

_row_id = BigInteger().with_variant(Integer, "sqlite")


class User(SQLModel, table=True):
    """A person with an account."""

    __tablename__ = "users"
    __table_args__ = (
        # Administrators are few, and the console's list asks for their sessions.
        Index("ix_users_is_admin", "is_admin"),
        # With the address, so that a search in this order reads nothing else.
        # With the number, so that those whose email begins with something are found without reading
        # their rows. SQLite has it in every index.
        Index("ix_users_email_id", "email", "id", info={ONLY_ON: "postgresql"}),
        Index("ix_users_created_at", "created_at", "id", "email"),
        Index(
            "ix_users_disabled",
            "email",
            sqlite_where=text("disabled_at IS NOT NULL"),
            postgresql_where=text("disabled_at IS NOT NULL"),
        ),
        Index(
            "ix_users_disabled_created_at",
            *("created_at", "id", "email"),
            sqlite_where=text("disabled_at IS NOT NULL"),
            postgresql_where=text("disabled_at IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(_row_id, primary_key=True))
    public_id: str = Field(max_length=36, unique=True)
    # Trimmed and lower case, so that one address is one account.
    email: str = Field(max_length=254, unique=True)
    password_hash: str = Field(max_length=256)
    is_admin: bool = False
    # Whether a mail tells of a sign-in from a browser that the account has not used before.
    mail_new_devices: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    # How the browser that signed in last writes numbers and dates (BCP 47) and tells the time
    # (IANA), for mails; null where it did not say.
    locale: str | None = Field(default=None, max_length=64)
    time_zone: str | None = Field(default=None, max_length=64)
    created_at: datetime
    updated_at: datetime
    disabled_at: datetime | None = None


class AccountLink(SQLModel, table=True):
    """A mailed link, which works once and only for a while."""

    __tablename__ = "account_links"
    __table_args__ = (
        Index("ix_account_links_user_id", "user_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(_row_id, primary_key=True))
    user_id: int = Field(
        sa_column=Column(_row_id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False)
    )
    # The session that it is about, where it is about one.
    session_id: int | None = Field(default=None, sa_column=Column(_row_id))
    purpose: str = Field(max_length=32)
    token_digest: bytes = Field(sa_column=Column(LargeBinary(32), unique=True, nullable=False))
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class OutboxMail(SQLModel, table=True):
    """A mail to be sent. It holds neither the address nor a link: both are looked up or made when
    it is sent."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_due_at",
            "due_at",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index("ix_outbox_user_id", "user_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(_row_id, primary_key=True))
    # Null for a mail to nobody: a request for an unknown account leaves one, too.
    user_id: int | None = Field(
        default=None, sa_column=Column(_row_id, ForeignKey("users.id", ondelete="CASCADE"))
    )
    kind: str = Field(max_length=32)
    session_id: int | None = Field(default=None, sa_column=Column(_row_id))
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON))
    created_at: datetime
    # When it is tried next; a worker that takes it moves this on, so that no other does.
    due_at: datetime
    attempts: int = 0
    finished_at: datetime | None = None
    # Why it was given up; null for what was sent.
    error: str | None = Field(default=None, max_length=200)


class Invitation(SQLModel, table=True):
    """A link that lets whoever has it choose an account's password, once and for a while."""

    __tablename__ = "invitations"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, sa_column=Column(_row_id, primary_key=True))
    user_id: int = Field(
        sa_column=Column(
            _row_id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, unique=True
        )
    )
    token_digest: bytes = Field(sa_column=Column(LargeBinary(32), unique=True, nullable=False))
    created_at: datetime
    expires_at: datetime


users = User.__table__  # type: ignore[attr-defined]
account_links = AccountLink.__table__  # type: ignore[attr-defined]
outbox = OutboxMail.__table__  # type: ignore[attr-defined]
invitations = Invitation.__table__  # type: ignore[attr-defined]
