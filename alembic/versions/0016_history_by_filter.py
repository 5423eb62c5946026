"""what administrators did in the order of time, and the lines of a device with their kind

Revision ID: 0016
Revises: 0015
"""

from collections.abc import Sequence

import sqlalchemy as sa

from sessions_dashboard.database.online_index import create_index_online, drop_index_online

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE, BY_ANOTHER = "session_events", "ix_session_events_by_another_at"
DEVICE, DEVICE_AND_KIND = "ix_session_events_device", "ix_session_events_device_kind"
OF_ANOTHER = sa.text("coalesce(user_id, 0) != actor_user_id")


def upgrade() -> None:
    create_index_online(
        BY_ANOTHER, TABLE, ["at", "id"], sqlite_where=OF_ANOTHER, postgresql_where=OF_ANOTHER
    )
    create_index_online(DEVICE_AND_KIND, TABLE, ["device", "kind"])
    drop_index_online(DEVICE, TABLE)


def downgrade() -> None:
    create_index_online(DEVICE, TABLE, ["device"])
    drop_index_online(DEVICE_AND_KIND, TABLE)
    drop_index_online(BY_ANOTHER, TABLE)
