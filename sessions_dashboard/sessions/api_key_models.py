"""The table of API keys: what a program shows instead of a browser's cookie."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, LargeBinary
from sqlmodel import Field, SQLModel

_row_id = BigInteger().with_variant(Integer, "sqlite")


class ApiKey(SQLModel, table=True):
    """One key of one account. The key itself is shown once and stored nowhere."""

    __tablename__ = "api_keys"
    __table_args__ = (
        Index("ix_api_keys_user_id", "user_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(_row_id, primary_key=True))
    public_id: str = Field(max_length=36, unique=True)
    user_id: int = Field(
        sa_column=Column(_row_id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False)
    )
    name: str = Field(max_length=64)
    digest: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False, unique=True))
    # Its last characters, by which its owner tells it from another.
    ending: str = Field(max_length=8)
    scopes: list[str] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None
    last_used_ip_address: str | None = Field(default=None, max_length=45)
    revoked_at: datetime | None = None


api_keys = ApiKey.__table__  # type: ignore[attr-defined]
