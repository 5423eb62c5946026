"""The tables of accounts."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary
from sqlmodel import Field, SQLModel

_row_id = BigInteger().with_variant(Integer, "sqlite")


class User(SQLModel, table=True):
    """A person with an account."""

    __tablename__ = "users"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, sa_column=Column(_row_id, primary_key=True))
    public_id: str = Field(max_length=36, unique=True)
    # Trimmed and lower case, so that one address is one account.
    email: str = Field(max_length=254, unique=True)
    password_hash: str = Field(max_length=256)
    is_admin: bool = False
    created_at: datetime
    updated_at: datetime
    disabled_at: datetime | None = None


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
invitations = Invitation.__table__  # type: ignore[attr-defined]
