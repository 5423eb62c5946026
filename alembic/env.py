"""Runs migrations: from the application's start, and from `alembic upgrade` and `downgrade`."""

from typing import Any

from sqlalchemy import Connection

from alembic import context
from sessions_dashboard.accounts import models as accounts
from sessions_dashboard.database import Database
from sessions_dashboard.database.index_info import ONLY_ON
from sessions_dashboard.sessions import api_key_models as api_keys
from sessions_dashboard.sessions import models as sessions
from sessions_dashboard.sessions import webhook_models as webhooks
from sessions_dashboard.settings import load_settings

# Importing the models fills the metadata that autogenerate compares with.
assert accounts.users.metadata is sessions.sessions.metadata
assert api_keys.api_keys.metadata is sessions.sessions.metadata
assert webhooks.webhook_endpoints.metadata is sessions.sessions.metadata


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=sessions.sessions.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        include_object=lambda one, *_rest: belongs_to(one, connection),
        # On PostgreSQL a migration may step out of its transaction, to make an index online.
        transaction_per_migration=connection.dialect.name != "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


def belongs_to(one: Any, connection: Connection) -> bool:
    """Whether the database is one that an index (or whatever it is) is made on."""
    only: str | None = one.info.get(ONLY_ON)
    return only in (None, connection.dialect.name)


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    database = Database(load_settings().database_url)
    with database.migrating() as own:
        run(own)
    database.close()
