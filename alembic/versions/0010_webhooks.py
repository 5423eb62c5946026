"""webhooks: their endpoints and what is on its way to them

Revision ID: 0010
Revises: 0008
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0010"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", row_id, primary_key=True),
        sa.Column("public_id", sa.String(36), nullable=False, unique=True),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("kinds", sa.JSON),
        sa.Column("salt", sa.LargeBinary(32), nullable=False),
        sa.Column("previous_salt", sa.LargeBinary(32)),
        sa.Column("rotated_at", moment),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("created_by_user_id", row_id, nullable=False),
        sa.Column("disabled_at", moment),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", row_id, primary_key=True),
        sa.Column("public_id", sa.String(36), nullable=False, unique=True),
        sa.Column(
            "endpoint_id",
            row_id,
            sa.ForeignKey("webhook_endpoints.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("message_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("sending_since", moment),
        sa.Column("tried_at", moment),
        sa.Column("status", sa.Integer),
        sa.Column("answer", sa.String(300)),
        sa.Column("took_ms", sa.Integer),
        sa.Column("failure", sa.String(32)),
        sa.Column("finished_at", moment),
        sqlite_autoincrement=True,
    )
    waiting = sa.text("finished_at IS NULL")
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["endpoint_id", "due_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index(
        "ix_webhook_deliveries_endpoint_id", "webhook_deliveries", ["endpoint_id", "id"]
    )
    op.create_index("ix_webhook_deliveries_created_at", "webhook_deliveries", ["created_at"])


def downgrade() -> None:
    op.drop_table("webhook_deliveries")
    op.drop_table("webhook_endpoints")
