"""how people read: their locale and time zone, for mails

Revision ID: 0011
Revises: 0010
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("users", sa.Column("locale", sa.String(64)))
    op.add_column("users", sa.Column("time_zone", sa.String(64)))


def downgrade() -> None:
    op.drop_column("users", "time_zone")
    op.drop_column("users", "locale")
