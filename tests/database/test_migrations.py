"""The schema: made, taken back and made again, by the application and from the command line."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, make_url, text

from sessions_dashboard.accounts.models import users
from sessions_dashboard.database import Database
from sessions_dashboard.database.index_info import ONLY_ON
from sessions_dashboard.database.migrating import MIGRATION_LOCK_TIMEOUT_MS, PROJECT_ROOT
from tests.support.people import add_user, sign_in
from tests.support.postgresql import PostgresqlServer

TABLES = {
    "users",
    "sessions",
    "session_events",
    "policy_versions",
    "cleanup_runs",
    "account_links",
    "outbox",
    "known_devices",
    "bulk_operations",
    "bulk_targets",
    "saved_views",
    "invitations",
    "api_keys",
    "webhook_endpoints",
    "webhook_deliveries",
}
WORKERS = 4
# The revision that makes it.
INDEX_REVISION = "0007"
INDEX = "ix_session_events_kind_at"
MIGRATE = """
import sys
from sessions_dashboard.database import Database

database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
database.migrate()
database.close()
"""


def alembic(url: str, *arguments: str) -> None:
    """Run the command line as the README says, from the project's folder."""
    program = Path(sys.executable).with_name("alembic")
    done = subprocess.run(
        [program, *arguments],
        cwd=PROJECT_ROOT,
        env=os.environ | {"DATABASE_URL": url, "SECRET_KEY": "k" * 32},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def tables(url: str) -> set[str]:
    database = Database(url)
    with database.reading() as db:
        found = set(inspect(db).get_table_names())
    database.close()
    return found - {"alembic_version", "sqlite_sequence"}


def test_the_command_line_goes_up_and_down_and_up_again(empty_database_url: str) -> None:
    url = empty_database_url

    alembic(url, "upgrade", "head")
    assert tables(url) >= TABLES
    database = Database(url)
    with database.begin() as db:
        sign_in(db, add_user(db))
    database.close()

    alembic(url, "downgrade", "base")
    assert tables(url) == set()

    alembic(url, "upgrade", "head")
    assert tables(url) >= TABLES
    alembic(url, "check")


def test_the_application_migrates_by_itself_and_again_without_harm(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    database.migrate()
    with database.begin() as db:
        add_user(db)

    database.migrate()

    with database.reading() as db:
        assert db.execute(text("SELECT count(*) FROM users")).scalar_one() == 1
        assert set(inspect(db).get_table_names()) >= TABLES
    database.close()


def test_the_application_takes_over_what_the_command_line_made(empty_database_url: str) -> None:
    alembic(empty_database_url, "upgrade", "head")

    database = Database(empty_database_url)
    database.migrate()
    database.close()

    alembic(empty_database_url, "check")


def belongs_to(one: Any, database: Database) -> bool:
    kind = "sqlite" if database.is_sqlite else "postgresql"
    return one.info.get(ONLY_ON) in (None, kind)


def test_the_migrated_schema_is_the_one_that_the_models_describe(database: Database) -> None:
    with database.reading() as db:
        opts = {
            "compare_server_default": True,
            "include_object": lambda one, *_rest: belongs_to(one, database),
        }
        context = MigrationContext.configure(db, opts=opts)

        assert compare_metadata(context, users.metadata) == []


def test_the_indexes_are_those_of_the_models(database: Database) -> None:
    """Autogenerate does not compare what an index is limited to, on SQLite nothing of it."""
    with database.reading() as db:
        inspector = inspect(db)
        for table in users.metadata.tables.values():
            described = {
                str(index.name): [column.name for column in index.columns]
                for index in table.indexes
                if belongs_to(index, database)
            }
            made = {
                str(index["name"]): index["column_names"]
                for index in inspector.get_indexes(table.name)
                if "duplicates_constraint" not in index
            }
            assert made == described
        if database.is_sqlite:
            sources = db.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'index'")
        else:
            sources = db.exec_driver_sql("SELECT indexdef FROM pg_indexes")
        definitions = [source for (source,) in sources if source]
        for name, condition in (
            ("ix_sessions_user_id_live", "ended_at IS NULL"),
            ("ix_sessions_live_created_at", "ended_at IS NULL"),
            ("ix_sessions_ended_at", "ended_at IS NOT NULL"),
        ):
            (definition,) = [one for one in definitions if f"{name} " in one]
            assert condition in definition


def test_a_failed_migration_leaves_nothing_half_done(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(empty_database_url)
    with database.begin() as db:
        db.exec_driver_sql("CREATE TABLE cleanup_runs (id INTEGER)")

    with pytest.raises(Exception, match="cleanup_runs"):
        database.migrate()
    database.close()

    assert tables(empty_database_url) == {"cleanup_runs"}


def test_workers_that_start_together_migrate_once(empty_database_url: str) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, empty_database_url],
            cwd=PROJECT_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(WORKERS)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        _out, complaints = worker.communicate(timeout=60)
        assert worker.returncode == 0, complaints

    assert tables(empty_database_url) == TABLES
    assert make_url(empty_database_url).database


class TestAnIndexMadeOnline:
    """On PostgreSQL: nobody waits for it, and what a killed one left behind is no obstacle."""

    @pytest.fixture
    def before_it(self, postgresql_server: PostgresqlServer) -> Iterator[str]:
        url = postgresql_server.create_database()
        alembic(url, "upgrade", "head")
        alembic(url, "downgrade", f"{INDEX_REVISION}-1")
        yield url
        postgresql_server.drop_database(url)

    @staticmethod
    def is_valid(url: str) -> bool | None:
        with psycopg.connect(url) as connection:
            found = connection.execute(
                "SELECT indisvalid FROM pg_index WHERE indexrelid::regclass::text = %s", [INDEX]
            ).fetchone()
        return found[0] if found else None

    def test_others_write_to_the_table_meanwhile(self, before_it: str) -> None:
        database = Database(before_it)
        with psycopg.connect(before_it) as holding:
            holding.execute("UPDATE session_events SET kind = kind")
            migrating = threading.Thread(target=database.migrate)
            migrating.start()
            with psycopg.connect(before_it, autocommit=True) as watching:
                while self.is_valid(before_it) is None:
                    time.sleep(0.02)
                watching.execute("SET statement_timeout = 2000")
                watching.execute("UPDATE session_events SET kind = kind")
            assert migrating.is_alive()
        migrating.join(20)
        assert self.is_valid(before_it) is True
        database.close()

    def test_what_is_left_half_done_is_made_anew(self, before_it: str) -> None:
        with psycopg.connect(before_it) as connection:
            connection.execute(f"CREATE INDEX {INDEX} ON session_events (id)")
            connection.execute(
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid::regclass::text = %s",
                [INDEX],
            )
        alembic(before_it, "upgrade", "head")
        assert self.is_valid(before_it) is True

    def test_one_that_is_there_is_left_alone(self, before_it: str) -> None:
        with psycopg.connect(before_it) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        alembic(before_it, "upgrade", INDEX_REVISION)
        with psycopg.connect(before_it) as connection:
            connection.execute("UPDATE alembic_version SET version_num = %s", found)
        alembic(before_it, "upgrade", INDEX_REVISION)
        assert self.is_valid(before_it) is True


def test_a_migration_that_gets_no_lock_lets_others_pass_and_comes_again(
    postgresql_server: PostgresqlServer,
) -> None:
    url = postgresql_server.create_database()
    alembic(url, "upgrade", "0001")
    database = Database(url)
    with psycopg.connect(url) as holding:
        holding.execute("SELECT 1 FROM sessions")
        migrating = threading.Thread(target=database.migrate)
        migrating.start()
        time.sleep(MIGRATION_LOCK_TIMEOUT_MS / 1000 + 0.5)
        # What stands in the queue behind a waiting ALTER TABLE would wait as well.
        with psycopg.connect(url, options="-c statement_timeout=2500") as passing:
            passing.execute("SELECT 1 FROM sessions")
    migrating.join(20)
    assert not migrating.is_alive()
    assert tables(url) >= TABLES
    database.close()
    postgresql_server.drop_database(url)
