"""how far the sessions are ended that a new policy ends

Revision ID: 0017
Revises: 0016
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COLUMNS = ("applied_at", "to_end", "ended", "worker", "claimed_until")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("policy_versions", sa.Column("applied_at", moment))
    op.add_column("policy_versions", sa.Column("to_end", sa.Integer))
    op.add_column(
        "policy_versions", sa.Column("ended", sa.Integer, server_default="0", nullable=False)
    )
    op.add_column("policy_versions", sa.Column("worker", sa.String(36)))
    op.add_column("policy_versions", sa.Column("claimed_until", moment))
    op.execute("UPDATE policy_versions SET applied_at = created_at")


def downgrade() -> None:
    for column in reversed(COLUMNS):
        op.drop_column("policy_versions", column)
