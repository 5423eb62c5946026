"""the index of the history by kind, made without stopping anybody

Revision ID: 0007
Revises: 0006
"""

from collections.abc import Sequence

from sessions_dashboard.database.online_index import create_index_online, drop_index_online

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NAME, TABLE = "ix_session_events_kind_at", "session_events"


def upgrade() -> None:
    create_index_online(NAME, TABLE, ["kind", "at", "id"])


def downgrade() -> None:
    drop_index_online(NAME, TABLE)
