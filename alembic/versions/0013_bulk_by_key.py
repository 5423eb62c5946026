"""bulk operations that a program begins with its key

Revision ID: 0013
Revises: 0012
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("bulk_operations", sa.Column("created_by_key_id", row_id))


def downgrade() -> None:
    op.drop_column("bulk_operations", "created_by_key_id")
