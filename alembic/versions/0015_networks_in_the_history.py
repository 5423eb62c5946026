"""the lines of a network with their kind in the index, so that no other line has to be read

Revision ID: 0015
Revises: 0014
"""

from collections.abc import Sequence

from sessions_dashboard.database.online_index import create_index_online, drop_index_online

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "session_events"
BEFORE, BEFORE_COLUMNS = "ix_session_events_ip_key_at", ["ip_key", "at", "id"]
AFTER, AFTER_COLUMNS = "ix_session_events_ip_key_at_kind", [*BEFORE_COLUMNS, "kind"]


def upgrade() -> None:
    create_index_online(AFTER, TABLE, AFTER_COLUMNS)
    drop_index_online(BEFORE, TABLE)


def downgrade() -> None:
    create_index_online(BEFORE, TABLE, BEFORE_COLUMNS)
    drop_index_online(AFTER, TABLE)
