"""Fixtures that serve the real application; a `conftest.py` imports what its tests need."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.postgresql import PostgresqlServer
from tests.support.server import DashboardServer

__all__ = ["make_server", "server", "sqlite_server"]

MakeServer = Callable[..., DashboardServer]


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DashboardServer]:
    """A server on each kind of database, that many tests share: each makes its own accounts."""
    folder = tmp_path_factory.mktemp("server")
    yield from _running(folder, new_database(request.param, request, folder))


@pytest.fixture(scope="session")
def sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DashboardServer]:
    """A shared server for what has nothing to do with the database."""
    folder = tmp_path_factory.mktemp("server")
    yield from _running(folder, f"sqlite:///{folder / 'sessions.db'}")


def _running(folder: Path, database_url: str) -> Iterator[DashboardServer]:
    running = DashboardServer(folder, database_url).start()
    try:
        # Pages and routes treat a site without any account differently.
        running.add_account(is_admin=True)
        yield running
    finally:
        running.close()
    assert running.secrets_in_log() == []


@pytest.fixture
def make_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeServer]:
    """Makes and starts a server with settings of its own; all of them end with the test."""
    made: list[DashboardServer] = []

    def make(database: str = "sqlite", **settings: str) -> DashboardServer:
        folder = tmp_path / f"server{len(made)}"
        folder.mkdir()
        made.append(DashboardServer(folder, new_database(database, request, folder), **settings))
        return made[-1].start()

    yield make
    for running in made:
        running.close()
        assert running.secrets_in_log() == []


def new_database(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder / 'sessions.db'}"
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    return server.create_database()
