"""what the administrator's console needs: indexes, bulk operations, saved views

Revision ID: 0005
Revises: 0004
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op
from sessions_dashboard.sessions.addresses import address_key

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
moment = sa.DateTime(timezone=True)
ROWS_A_STATEMENT = 5_000

# The beginning of the ten minutes of `last_seen_at`, in the form in which each keeps a time.
SLOT = {
    "sqlite": "(substr(last_seen_at, 1, 15) || '0:00.000000')",
    "postgresql": (
        "(date_bin('10 minutes', last_seen_at AT TIME ZONE 'UTC', TIMESTAMP '2000-01-01')"
        " AT TIME ZONE 'UTC')"
    ),
}
BY_VALUE = ("user_id", "browser", "os", "device_type", "country_code", "ip_key")


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.add_column("sessions", sa.Column("ip_key", sa.String(33)))
    if dialect == "postgresql":
        # Prefixes are ranges of an index only where text sorts by its bytes.
        op.execute('ALTER TABLE users ALTER COLUMN email TYPE VARCHAR(254) COLLATE "C"')
        op.execute(
            'ALTER TABLE sessions ALTER COLUMN ip_address TYPE VARCHAR(45) COLLATE "C",'
            ' ALTER COLUMN ip_key TYPE VARCHAR(33) COLLATE "C",'
            " ADD COLUMN last_seen_slot TIMESTAMP WITH TIME ZONE"
            f" GENERATED ALWAYS AS {SLOT[dialect]} STORED"
        )
    else:
        op.execute(
            "ALTER TABLE sessions ADD COLUMN last_seen_slot DATETIME"
            f" GENERATED ALWAYS AS {SLOT[dialect]} VIRTUAL"
        )
    _fill_ip_keys()
    op.create_index("ix_sessions_created_at", "sessions", ["created_at", "id"])
    for column in BY_VALUE:
        op.create_index(
            f"ix_sessions_{column}_created_at", "sessions", [column, "created_at", "id"]
        )
    _create_partial_index(
        "ix_sessions_end_reason_created_at",
        ["end_reason", "created_at", "id"],
        "end_reason IS NOT NULL",
    )
    op.create_index("ix_sessions_last_seen_slot", "sessions", ["last_seen_slot"])
    op.create_index("ix_sessions_ip_address", "sessions", ["ip_address"])
    op.create_index("ix_sessions_device_label", "sessions", ["device_label"])
    _create_partial_index("ix_sessions_name", ["name"], "name IS NOT NULL")
    op.create_index(
        "ix_sessions_unremembered",
        "sessions",
        ["created_at"],
        sqlite_where=sa.text("ended_at IS NULL AND remembered = 0"),
        postgresql_where=sa.text("ended_at IS NULL AND NOT remembered"),
    )
    op.create_index("ix_users_is_admin", "users", ["is_admin"])
    _create_tables()


def _create_partial_index(name: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "sessions", columns, sqlite_where=where, postgresql_where=where)


def _fill_ip_keys() -> None:
    db = op.get_bind()
    sessions = sa.table(
        "sessions", sa.column("id"), sa.column("ip_address"), sa.column("ip_key", sa.String)
    )
    fill = (
        sa.update(sessions)
        .where(sessions.c.id == sa.bindparam("row"))
        .values(ip_key=sa.bindparam("key"))
    )
    last = 0
    while rows := db.execute(
        sa.select(sessions.c.id, sessions.c.ip_address)
        .where(sessions.c.id > last)
        .order_by(sessions.c.id)
        .limit(ROWS_A_STATEMENT)
    ).all():
        db.execute(fill, [{"row": row.id, "key": address_key(row.ip_address)} for row in rows])
        last = rows[-1].id


def _create_tables() -> None:
    op.create_table(
        "bulk_operations",
        sa.Column("id", row_id, primary_key=True),
        sa.Column("public_id", sa.String(36), nullable=False, unique=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("parameters", sa.JSON),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("created_by_user_id", row_id, nullable=False),
        sa.Column("created_by_session_id", row_id, nullable=False),
        sa.Column("newest_session_id", row_id, nullable=False),
        sa.Column("collected_to", row_id, nullable=False),
        sa.Column("reason", sa.String(200)),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("users", sa.Integer, nullable=False),
        sa.Column("ended", sa.Integer, nullable=False),
        sa.Column("already_over", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("finished_at", moment),
        sa.Column("worker", sa.String(36)),
        sa.Column("claimed_until", moment),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_bulk_operations_state", "bulk_operations", ["state"])
    op.create_table(
        "bulk_targets",
        sa.Column(
            "operation_id",
            row_id,
            sa.ForeignKey("bulk_operations.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("session_id", row_id, primary_key=True, autoincrement=False),
        sa.Column("user_id", row_id, nullable=False),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", row_id, primary_key=True),
        sa.Column("user_id", row_id, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.UniqueConstraint("user_id", "name", name="uq_saved_views_user_id_name"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    for table in ("saved_views", "bulk_targets", "bulk_operations"):
        op.drop_table(table)
    op.drop_index("ix_users_is_admin", "users")
    for name in (
        "created_at",
        *(f"{column}_created_at" for column in (*BY_VALUE, "end_reason")),
        "last_seen_slot",
        "ip_address",
        "device_label",
        "name",
        "unremembered",
    ):
        op.drop_index(f"ix_sessions_{name}", "sessions")
    for column in ("last_seen_slot", "ip_key"):
        op.drop_column("sessions", column)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE users ALTER COLUMN email TYPE VARCHAR(254)")
        op.execute("ALTER TABLE sessions ALTER COLUMN ip_address TYPE VARCHAR(45)")
