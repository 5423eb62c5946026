"""Indexes that a migration makes and drops while everybody goes on working.

`CREATE INDEX` blocks all writes to its table until it is done: minutes, where there are millions of
rows. `CONCURRENTLY` doesn't, but can't be part of a transaction. A migration that uses these does
nothing else, so that it can be run again from wherever it stopped.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from alembic import op

_STATE = sa.text(
    "SELECT indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
    "WHERE relname = :name AND pg_table_is_visible(pg_class.oid)"
)


def create_index_online(name: str, table: str, columns: list[str], **options: Any) -> None:
    """Make an index unless it is there; one that an earlier try left half done is made anew."""
    if op.get_bind().dialect.name != "postgresql":
        op.create_index(name, table, columns, if_not_exists=True, **options)
        return
    state = op.get_bind().execute(_STATE, {"name": name}).scalar_one_or_none()
    if state is True:
        return
    with _outside_of_a_transaction():
        if state is False:
            op.drop_index(name, table, postgresql_concurrently=True)
        op.create_index(name, table, columns, postgresql_concurrently=True, **options)


def drop_index_online(name: str, table: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        op.drop_index(name, table, if_exists=True)
        return
    with _outside_of_a_transaction():
        op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)


@contextmanager
def _outside_of_a_transaction() -> Iterator[None]:
    with op.get_context().autocommit_block():
        # It waits for older transactions to end, but nobody waits for it.
        op.execute("SET lock_timeout = 0")
        yield
        op.execute("RESET lock_timeout")
