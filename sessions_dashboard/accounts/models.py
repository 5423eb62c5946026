"""The users table."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Integer
from sqlmodel import Field, SQLModel


class User(SQLModel, table=True):
    """A person with an account."""

    __tablename__ = "users"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(
        default=None,
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    )
    public_id: str = Field(max_length=36, unique=True)
    # Trimmed and lower case, so that one address is one account.
    email: str = Field(max_length=254, unique=True)
    password_hash: str = Field(max_length=256)
    is_admin: bool = False
    created_at: datetime
    updated_at: datetime
    disabled_at: datetime | None = None


users = User.__table__  # type: ignore[attr-defined]
