"""Fixtures that serve the real application; a `conftest.py` imports those that its tests need.

The servers that many tests share are started when first asked for and live to the end of the run.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.mail_server import Mailbox, running_mailbox
from tests.support.postgresql import PostgresqlServer
from tests.support.server import DashboardServer

__all__ = [
    "frail_server",
    "https_server",
    "mailbox",
    "mailboxes",
    "mailing_server",
    "make_server",
    "server",
    "sign_up_server",
    "sqlite_server",
]

MakeServer = Callable[..., DashboardServer]
BOTH = ("sqlite", "postgresql")
HTTPS_URL = "https://sessions.example.com"


class SharedServers:
    def __init__(self) -> None:
        self._running: dict[str, DashboardServer] = {}

    def get(self, name: str, make: Callable[[], DashboardServer]) -> DashboardServer:
        if name not in self._running:
            self._running[name] = running = make().start()
            # Pages and routes treat a site without any account differently.
            running.add_account(is_admin=True)
        return self._running[name]

    def close(self) -> None:
        for running in self._running.values():
            running.close()
        for running in self._running.values():
            assert running.secrets_in_log() == [], "a secret stands in the server's log"


_shared = pytest.StashKey[SharedServers]()


def _shared_server(
    request: pytest.FixtureRequest,
    folders: pytest.TempPathFactory,
    name: str,
    database: str = "sqlite",
    **settings: str,
) -> DashboardServer:
    if _shared not in request.config.stash:
        request.config.stash[_shared] = servers = SharedServers()
        request.session.addfinalizer(servers.close)

    def make() -> DashboardServer:
        folder = folders.mktemp(name)
        return DashboardServer(folder, new_database(database, request, folder), **settings)

    return request.config.stash[_shared].get(name, make)


@pytest.fixture(params=BOTH)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> DashboardServer:
    """A server on each kind of database, that many tests share: each makes its own accounts."""
    return _shared_server(request, tmp_path_factory, request.param, request.param)


@pytest.fixture
def sqlite_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> DashboardServer:
    """A shared server for what has nothing to do with the database."""
    return _shared_server(request, tmp_path_factory, "sqlite")


@pytest.fixture(params=BOTH)
def frail_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> DashboardServer:
    """A shared server whose database a test may take away, as long as it gives it back."""
    return _shared_server(request, tmp_path_factory, f"frail-{request.param}", request.param)


@pytest.fixture(scope="session")
def mailboxes() -> Iterator[dict[str, Mailbox]]:
    with running_mailbox() as first, running_mailbox() as second:
        yield dict(zip(BOTH, (first, second), strict=True))


@pytest.fixture(params=BOTH)
def mailing_server(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    mailboxes: dict[str, Mailbox],
) -> DashboardServer:
    """A shared server on each kind of database, that sends mail."""
    url = mailboxes[request.param].url
    name = f"mailing-{request.param}"
    return _shared_server(request, tmp_path_factory, name, request.param, SMTP_URL=url)


@pytest.fixture
def mailbox(mailing_server: DashboardServer, mailboxes: dict[str, Mailbox]) -> Mailbox:
    """Where the mail of the mailing server goes."""
    url = mailing_server.settings["SMTP_URL"]
    return next(one for one in mailboxes.values() if one.url == url)


@pytest.fixture
def https_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> DashboardServer:
    """A shared server with an https address, as a site in production has."""
    return _shared_server(request, tmp_path_factory, "https", PUBLIC_URL=HTTPS_URL)


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
    """The URL of an empty one."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'sessions.db'}"
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    return server.create_database()


@pytest.fixture(params=BOTH)
def sign_up_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> DashboardServer:
    """One at which anybody may make an account."""
    name = f"sign_up_{request.param}"
    return _shared_server(request, tmp_path_factory, name, request.param, OPEN_SIGN_UP="true")
