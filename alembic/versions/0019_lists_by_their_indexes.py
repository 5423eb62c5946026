"""ended sessions by reason in the order of their end, and indexes from which lists are counted

Revision ID: 0019
Revises: 0018
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from sessions_dashboard.database.online_index import create_index_online, drop_index_online

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SESSIONS, EVENTS = "sessions", "session_events"
REASON_AND_END = "ix_sessions_end_reason_ended_at"
HAS_REASON = sa.text("end_reason IS NOT NULL")
DEVICE_KIND, DEVICE_KIND_ID = "ix_session_events_device_kind", "ix_session_events_device_kind_id"
EMAIL_ID = "ix_users_email_id"
FLAGS = ("new_device", "moved")
OWNERS = ("user_id", "session_id")


def upgrade() -> None:
    create_index_online(
        REASON_AND_END,
        SESSIONS,
        ["end_reason", "ended_at", "id"],
        sqlite_where=HAS_REASON,
        postgresql_where=HAS_REASON,
    )
    for flag in FLAGS:
        columns = ["created_at", "id", "device_type", "country_code"]
        create_index_online(
            f"ix_sessions_{flag}_created_at_covering", SESSIONS, columns, **_where(flag)
        )
        drop_index_online(f"ix_sessions_{flag}_created_at", SESSIONS)
    for owner in OWNERS:
        columns = [owner, "at", "id", "kind"]
        create_index_online(f"ix_session_events_{owner}_at_kind", EVENTS, columns)
        drop_index_online(f"ix_session_events_{owner}_at", EVENTS)
    create_index_online(DEVICE_KIND_ID, EVENTS, ["device", "kind", "id"])
    drop_index_online(DEVICE_KIND, EVENTS)
    if op.get_bind().dialect.name == "postgresql":
        create_index_online(EMAIL_ID, "users", ["email", "id"])


def downgrade() -> None:
    drop_index_online(EMAIL_ID, "users")
    create_index_online(DEVICE_KIND, EVENTS, ["device", "kind"])
    drop_index_online(DEVICE_KIND_ID, EVENTS)
    for owner in OWNERS:
        create_index_online(f"ix_session_events_{owner}_at", EVENTS, [owner, "at", "id"])
        drop_index_online(f"ix_session_events_{owner}_at_kind", EVENTS)
    for flag in FLAGS:
        name = f"ix_sessions_{flag}_created_at"
        create_index_online(name, SESSIONS, ["created_at", "id"], **_where(flag))
        drop_index_online(f"{name}_covering", SESSIONS)
    drop_index_online(REASON_AND_END, SESSIONS)


def _where(flag: str) -> dict[str, sa.TextClause]:
    """As the statements of each database put it."""
    return {"sqlite_where": sa.text(f"{flag} = 1"), "postgresql_where": sa.text(flag)}
