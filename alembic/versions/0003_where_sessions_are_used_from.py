"""where a session is used from, and the history by session and by time

Revision ID: 0003
Revises: 0002
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEXES = {
    "ix_session_events_session_id_at": ["session_id", "at", "id"],
    "ix_session_events_at": ["at", "id"],
}


def upgrade() -> None:
    op.add_column("sessions", sa.Column("seen_ip_address", sa.String(45)))
    op.add_column("sessions", sa.Column("seen_user_agent", sa.String(512)))
    op.add_column("sessions", sa.Column("challenge", sa.String(16)))
    for name, columns in INDEXES.items():
        op.create_index(name, "session_events", columns)


def downgrade() -> None:
    for name in reversed(INDEXES):
        op.drop_index(name, "session_events")
    for column in ("challenge", "seen_user_agent", "seen_ip_address"):
        op.drop_column("sessions", column)
