"""indexes for lists of millions, made without stopping anybody

Revision ID: 0014
Revises: 0013
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from alembic import op
from sessions_dashboard.database.online_index import create_index_online, drop_index_online

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Table, name, columns, and the rows that are in it; none stands for all.
INDEXES: tuple[tuple[str, str, list[str], str | None], ...] = (
    ("session_events", "ix_session_events_device", ["device"], None),
    (
        "session_events",
        "ix_session_events_end_reason_at",
        ["end_reason", "at", "id"],
        "end_reason IS NOT NULL",
    ),
    (
        "session_events",
        "ix_session_events_actor_user_id",
        ["actor_user_id"],
        "user_id IS NULL AND actor_user_id IS NOT NULL",
    ),
    (
        "sessions",
        "ix_sessions_open_last_seen_slot",
        ["last_seen_slot"],
        "ended_at IS NULL",
    ),
    ("users", "ix_users_disabled", ["email"], "disabled_at IS NOT NULL"),
)


# PostgreSQL would write it, and all others with it, at every touch.
SQLITE_ONLY = "ix_sessions_last_seen_at"


def upgrade() -> None:
    for table, name, columns, condition in INDEXES:
        create_index_online(name, table, columns, **_where(condition))
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(SQLITE_ONLY, "sessions", ["last_seen_slot", "last_seen_at", "id"])


def _where(condition: str | None) -> dict[str, Any]:
    if condition is None:
        return {}
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index(SQLITE_ONLY, "sessions")
    for table, name, _columns, _condition in INDEXES:
        drop_index_online(name, table)
