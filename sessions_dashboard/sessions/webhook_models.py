"""The tables of webhooks: who is told of the history, and what is on its way to them."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

MAX_URL_LENGTH = 500
MAX_ANSWER_LENGTH = 300

_row_id = BigInteger().with_variant(Integer, "sqlite")


class WebhookEndpoint(SQLModel, table=True):
    """An address that is told of what happens.

    Its secret is derived from the salt when it is needed: the table alone can sign nothing.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, sa_column=Column(_row_id, primary_key=True))
    public_id: str = Field(max_length=36, unique=True)
    url: str = Field(max_length=MAX_URL_LENGTH)
    # The kinds of events it is told of; null is all, those to come included.
    kinds: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    salt: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    # The salt before the last rotation, which still signs for a while.
    previous_salt: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32)))
    rotated_at: datetime | None = None
    created_at: datetime
    created_by_user_id: int = Field(sa_column=Column(_row_id, nullable=False))
    disabled_at: datetime | None = None


class WebhookDelivery(SQLModel, table=True):
    """One event for one endpoint, and how the last try went."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index(
            "ix_webhook_deliveries_due",
            "endpoint_id",
            "due_at",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index("ix_webhook_deliveries_endpoint_id", "endpoint_id", "id"),
        Index("ix_webhook_deliveries_created_at", "created_at"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(_row_id, primary_key=True))
    public_id: str = Field(max_length=36, unique=True)
    endpoint_id: int = Field(
        sa_column=Column(
            _row_id, ForeignKey("webhook_endpoints.id", ondelete="CASCADE"), nullable=False
        )
    )
    # The event's own id, the same for every endpoint and at every try.
    message_id: str = Field(max_length=40)
    kind: str = Field(max_length=32)
    # Exactly what is sent and signed.
    body: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime
    # When it is tried next; a worker that takes it moves this on, so that no other does.
    due_at: datetime
    attempts: int = 0
    # Set while a worker has it.
    sending_since: datetime | None = None
    tried_at: datetime | None = None
    # The status of the last try's answer, the beginning of its body, and how long it took.
    status: int | None = None
    answer: str | None = Field(default=None, max_length=MAX_ANSWER_LENGTH)
    took_ms: int | None = None
    # What went wrong at the last try; null once it was delivered.
    failure: str | None = Field(default=None, max_length=32)
    finished_at: datetime | None = None


webhook_endpoints = WebhookEndpoint.__table__  # type: ignore[attr-defined]
webhook_deliveries = WebhookDelivery.__table__  # type: ignore[attr-defined]
