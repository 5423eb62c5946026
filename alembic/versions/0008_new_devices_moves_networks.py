"""sessions on new devices, sessions that moved, and the history by network

Revision ID: 0008
Revises: 0007

It can be run again from wherever it stopped: on PostgreSQL neither the filling nor the indexes
stop anybody, and so they are no part of one transaction.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from alembic import op
from sessions_dashboard.database.online_index import create_index_online, drop_index_online
from sessions_dashboard.sessions.addresses import address_key

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROWS_A_STATEMENT = 5_000
FLAGS = ("new_device", "moved")
NETWORK_INDEX = "ix_session_events_ip_key_at"
IP_KEY = sa.String(33).with_variant(sa.String(33, collation="C"), "postgresql")


def upgrade() -> None:
    for name in FLAGS:
        _add_column(
            "sessions", sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())
        )
    _add_column("session_events", sa.Column("ip_key", IP_KEY))
    with _piecemeal():
        _fill_flags()
        _fill_ip_keys()
    for name in FLAGS:
        create_index_online(
            f"ix_sessions_{name}_created_at",
            "sessions",
            ["created_at", "id"],
            # Each as its database is asked for it.
            sqlite_where=sa.text(f"{name} = 1"),
            postgresql_where=sa.text(name),
        )
    create_index_online(NETWORK_INDEX, "session_events", ["ip_key", "at", "id"])


def _add_column(table: str, column: sa.Column[object]) -> None:
    names = {one["name"] for one in sa.inspect(op.get_bind()).get_columns(table)}
    if column.name not in names:
        op.add_column(table, column)


@contextmanager
def _piecemeal() -> Iterator[None]:
    """Every statement on its own where readers and writers would wait for all of them."""
    if op.get_bind().dialect.name != "postgresql":
        yield
        return
    with op.get_context().autocommit_block():
        yield


def _fill_flags() -> None:
    """From what is known of earlier sessions: their devices, where they are used, the history."""
    op.execute(
        "UPDATE sessions SET new_device = true WHERE id IN ("
        " SELECT s.id FROM known_devices AS k JOIN sessions AS s"
        " ON s.user_id = k.user_id AND s.created_at = k.first_seen_at"
        " WHERE s.known_device_id = k.id)"
    )
    op.execute(
        "UPDATE sessions SET moved = true WHERE seen_ip_address <> ip_address"
        " OR seen_user_agent <> user_agent OR id IN ("
        " SELECT session_id FROM session_events WHERE kind = 'resumed_elsewhere')"
    )


def _fill_ip_keys() -> None:
    db = op.get_bind()
    events = sa.table(
        "session_events", sa.column("id"), sa.column("ip_address"), sa.column("ip_key", sa.String)
    )
    fill = (
        sa.update(events)
        .where(events.c.id == sa.bindparam("row"))
        .values(ip_key=sa.bindparam("key"))
    )
    last = 0
    while rows := db.execute(
        sa.select(events.c.id, events.c.ip_address)
        .where(events.c.id > last, events.c.ip_address.is_not(None))
        .order_by(events.c.id)
        .limit(ROWS_A_STATEMENT)
    ).all():
        db.execute(fill, [{"row": row.id, "key": address_key(row.ip_address)} for row in rows])
        last = rows[-1].id


def downgrade() -> None:
    drop_index_online(NETWORK_INDEX, "session_events")
    for name in FLAGS:
        drop_index_online(f"ix_sessions_{name}_created_at", "sessions")
    op.drop_column("session_events", "ip_key")
    for name in FLAGS:
        op.drop_column("sessions", name)
