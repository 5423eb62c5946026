"""users, sessions and clean-up runs

Revision ID: 0001
Revises:
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
moment = sa.DateTime(timezone=True)
live = sa.text("ended_at IS NULL")
over = sa.text("ended_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", row_id, primary_key=True),
        sa.Column("public_id", sa.String(36), nullable=False, unique=True),
        sa.Column("email", sa.String(254), nullable=False, unique=True),
        sa.Column("password_hash", sa.String(256), nullable=False),
        sa.Column("is_admin", sa.Boolean, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("disabled_at", moment),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sessions",
        sa.Column("id", row_id, primary_key=True),
        sa.Column("public_id", sa.String(36), nullable=False, unique=True),
        sa.Column("user_id", row_id, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("ip_address", sa.String(45), nullable=False),
        sa.Column("user_agent", sa.String(512), nullable=False),
        sa.Column("client_hints", sa.JSON),
        sa.Column("device_label", sa.String(120), nullable=False),
        sa.Column("device_type", sa.String(16), nullable=False),
        sa.Column("browser", sa.String(64)),
        sa.Column("browser_version", sa.String(32)),
        sa.Column("os", sa.String(64)),
        sa.Column("country_code", sa.String(2)),
        sa.Column("country", sa.String(64)),
        sa.Column("city", sa.String(128)),
        sa.Column("network", sa.String(128)),
        sa.Column("name", sa.String(64)),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("last_seen_at", moment, nullable=False),
        sa.Column("authenticated_at", moment, nullable=False),
        sa.Column("ended_at", moment),
        sa.Column("end_reason", sa.String(32)),
        sa.Column("ended_by_user_id", row_id),
        sa.Column("ended_by_session_id", row_id),
        sqlite_autoincrement=True,
        # Room on each page for heap-only updates: touches are most of the writes.
        postgresql_with={"fillfactor": 85},
    )
    op.create_index("ix_sessions_user_id_ip_address", "sessions", ["user_id", "ip_address"])
    op.create_index(
        "ix_sessions_user_id_live",
        "sessions",
        ["user_id", "created_at"],
        sqlite_where=live,
        postgresql_where=live,
    )
    op.create_index(
        "ix_sessions_live_created_at",
        "sessions",
        ["created_at", "id"],
        sqlite_where=live,
        postgresql_where=live,
    )
    op.create_index(
        "ix_sessions_ended_at",
        "sessions",
        ["ended_at", "id"],
        sqlite_where=over,
        postgresql_where=over,
    )
    op.create_table(
        "cleanup_runs",
        sa.Column("id", row_id, primary_key=True),
        sa.Column("scheduled_for", moment, unique=True),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("finished_at", moment),
        sa.Column("heartbeat_at", moment, nullable=False),
        sa.Column("deleted_rows", sa.Integer, nullable=False),
        sa.Column("error", sa.String(500)),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("cleanup_runs")
    op.drop_table("sessions")
    op.drop_table("users")
