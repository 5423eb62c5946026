"""invitations to choose a password, and who began a clean-up

Revision ID: 0006
Revises: 0005
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", row_id, primary_key=True),
        sa.Column(
            "user_id",
            row_id,
            sa.ForeignKey("users.id", ondelete="CASCADE"),
            nullable=False,
            unique=True,
        ),
        sa.Column("token_digest", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sqlite_autoincrement=True,
    )
    op.add_column("cleanup_runs", sa.Column("started_by_user_id", row_id))


def downgrade() -> None:
    op.drop_column("cleanup_runs", "started_by_user_id")
    op.drop_table("invitations")
