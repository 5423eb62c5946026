"""the index of replaced tokens, made without stopping anybody

Revision ID: 0007
Revises: 0004
"""

from collections.abc import Sequence

from sessions_dashboard.online_index import create_index_online, drop_index_online

revision: str = "0007"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NAME, TABLE = "ix_sessions_previous_token_digest", "sessions"


def upgrade() -> None:
    create_index_online(NAME, TABLE, ["previous_token_digest"], unique=True)


def downgrade() -> None:
    drop_index_online(NAME, TABLE)
