"""the security history, stored policies, and what rotation needs

Revision ID: 0002
Revises: 0001
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "session_events",
        sa.Column("id", row_id, primary_key=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("user_id", row_id, sa.ForeignKey("users.id", ondelete="CASCADE")),
        sa.Column("session_id", row_id),
        sa.Column("device", sa.String(120)),
        sa.Column("ip_address", sa.String(45)),
        sa.Column("end_reason", sa.String(32)),
        sa.Column("actor_user_id", row_id),
        sa.Column("actor_device", sa.String(120)),
        sa.Column("details", sa.JSON),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_session_events_user_id_at", "session_events", ["user_id", "at", "id"])
    op.create_table(
        "policy_versions",
        sa.Column("id", row_id, primary_key=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("created_by_user_id", row_id),
        sa.Column("rules", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.add_column(
        "cleanup_runs",
        sa.Column("deleted_events", sa.Integer, nullable=False, server_default="0"),
    )
    op.add_column("sessions", sa.Column("previous_token_digest", sa.LargeBinary(32)))
    op.add_column("sessions", sa.Column("rotated_at", moment))
    op.add_column("sessions", sa.Column("token_seen_at", moment))
    op.add_column(
        "sessions", sa.Column("remembered", sa.Boolean, nullable=False, server_default=sa.true())
    )


def downgrade() -> None:
    for column in ("remembered", "token_seen_at", "rotated_at", "previous_token_digest"):
        op.drop_column("sessions", column)
    op.drop_column("cleanup_runs", "deleted_events")
    op.drop_table("policy_versions")
    op.drop_table("session_events")
