"""mailed links, the outbox, the browsers that an account has used

Revision ID: 0004
Revises: 0003
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "users",
        sa.Column("mail_new_devices", sa.Boolean, nullable=False, server_default=sa.true()),
    )
    op.create_table(
        "account_links",
        sa.Column("id", row_id, primary_key=True),
        sa.Column("user_id", row_id, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("session_id", row_id),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("used_at", moment),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_account_links_user_id", "account_links", ["user_id"])
    op.create_table(
        "outbox",
        sa.Column("id", row_id, primary_key=True),
        sa.Column("user_id", row_id, sa.ForeignKey("users.id", ondelete="CASCADE")),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("session_id", row_id),
        sa.Column("details", sa.JSON),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("finished_at", moment),
        sa.Column("error", sa.String(200)),
        sqlite_autoincrement=True,
    )
    waiting = sa.text("finished_at IS NULL")
    op.create_index(
        "ix_outbox_due_at", "outbox", ["due_at"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_index("ix_outbox_user_id", "outbox", ["user_id"])
    op.create_table(
        "known_devices",
        sa.Column("id", row_id, primary_key=True),
        sa.Column("public_id", sa.String(36), nullable=False, unique=True),
        sa.Column("user_id", row_id, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("device", sa.String(120), nullable=False),
        sa.Column("device_type", sa.String(16), nullable=False),
        sa.Column("city", sa.String(128)),
        sa.Column("country", sa.String(64)),
        sa.Column("ip_address", sa.String(45), nullable=False),
        sa.Column("first_seen_at", moment, nullable=False),
        sa.Column("last_seen_at", moment, nullable=False),
        sa.Column("in_question", sa.Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_known_devices_user_id_token_digest",
        "known_devices",
        ["user_id", "token_digest"],
        unique=True,
    )
    op.create_index("ix_known_devices_last_seen_at", "known_devices", ["last_seen_at", "id"])
    op.add_column("sessions", sa.Column("known_device_id", row_id))


def downgrade() -> None:
    op.drop_column("sessions", "known_device_id")
    op.drop_table("known_devices")
    op.drop_table("outbox")
    op.drop_table("account_links")
    op.drop_column("users", "mail_new_devices")
