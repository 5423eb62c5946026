"""indexes for the list of accounts in the order in which they were made

Revision ID: 0018
Revises: 0017
"""

from collections.abc import Sequence

import sqlalchemy as sa

from sessions_dashboard.database.online_index import create_index_online, drop_index_online

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COLUMNS = ["created_at", "id", "email"]
DISABLED = sa.text("disabled_at IS NOT NULL")


def upgrade() -> None:
    create_index_online("ix_users_created_at", "users", COLUMNS)
    create_index_online(
        "ix_users_disabled_created_at",
        "users",
        COLUMNS,
        sqlite_where=DISABLED,
        postgresql_where=DISABLED,
    )


def downgrade() -> None:
    drop_index_online("ix_users_disabled_created_at", "users")
    drop_index_online("ix_users_created_at", "users")
