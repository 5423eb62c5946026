"""Databases for the tests: every test that asks for one runs on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from sessions_dashboard.database import Database
from tests.support.packages import install_missing
from tests.support.postgresql import PostgresqlMissing, PostgresqlServer, running_server
from tests.support.side_by_side import TogetherWhoShare, longest_first, together_who_share

BOTH = ("sqlite", "postgresql")


def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        install_missing()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    longest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> TogetherWhoShare:
    return together_who_share(config, log)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A private server; `create_database()` gives the URL of a new, empty database."""
    try:
        with running_server() as server:
            yield server
    except PostgresqlMissing as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the newest schema and no rows, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "sessions.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: PostgresqlServer) -> str:
    """The URL of a database with the newest schema and no rows, to be copied."""
    url = postgresql_server.create_database()
    _migrate(url)
    return url


def _migrate(url: str) -> None:
    database = Database(url)
    database.migrate()
    database.close()


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with the newest schema and no rows."""
    if request.param == "sqlite":
        file = tmp_path / "sessions.db"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), file)
        yield f"sqlite:///{file}"
    else:
        template = request.getfixturevalue("migrated_postgresql")
        server: PostgresqlServer = request.getfixturevalue("postgresql_server")
        url = server.create_database(template)
        yield url
        server.drop_database(url)


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'sessions.db'}"
    else:
        server: PostgresqlServer = request.getfixturevalue("postgresql_server")
        url = server.create_database()
        yield url
        server.drop_database(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def shared_sqlite(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    file = tmp_path_factory.mktemp("shared") / "sessions.db"
    shutil.copyfile(migrated_sqlite, file)
    opened = Database(f"sqlite:///{file}")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def shared_postgresql(
    postgresql_server: PostgresqlServer, migrated_postgresql: str
) -> Iterator[Database]:
    # A copy: PostgreSQL copies no database that somebody is connected to.
    opened = Database(postgresql_server.create_database(migrated_postgresql))
    yield opened
    opened.close()


@pytest.fixture(params=BOTH)
def db(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A write transaction on a database without rows, taken back at the end.

    For tests that need one connection and no commit: it costs no database of their own.
    """
    shared: Database = request.getfixturevalue(f"shared_{request.param}")
    with shared.begin() as connection:
        yield connection
        connection.rollback()
