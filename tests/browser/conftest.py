"""One production build, one Chromium, and devices that every test makes for itself."""

import signal
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error

from sessions_dashboard.database import Database
from sessions_dashboard.runtime import utc_now
from sessions_dashboard.sessions.policy import AtLimit, Policy, Reaction
from sessions_dashboard.sessions.policy_versions import store_policy
from tests.browser.dashboard import Dashboard, Person, built_and_run, run_again, run_in_development
from tests.browser.devices import ChromiumMissing, Devices, chromium
from tests.support.mail_server import Mailbox, running_mailbox
from tests.support.postgresql import PostgresqlServer

# The servers to choose from, each with its fixture.
SERVERS = {
    "sqlite": "built",
    "postgresql": "on_postgresql",
    "development": "in_development",
    "strict": "strict",
    "mailing": "with_mail",
    "open to all": "with_sign_up",
}
STRICT = Policy(
    idle_timeout=timedelta(seconds=125),
    admin_idle_timeout=timedelta(seconds=125),
    max_sessions=2,
    at_limit=AtLimit.ASK,
    ip_binding=Reaction.STEP_UP,
)
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


# For the package and no longer: an event loop runs in the thread as long as the browser does, and
# tests elsewhere want one of their own.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as started:
            yield started
    except ChromiumMissing as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="package")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """The server that made the build, as `reflex run --env prod` starts it, on SQLite."""
    # A run that is told to stop stops its servers, as it does for Ctrl+C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = tmp_path_factory.mktemp("built") / "project"
    with built_and_run(folder, f"sqlite:///{folder}/sessions.db") as server:
        server.add_person("first", is_admin=True)
        yield server


@pytest.fixture(scope="package")
def on_postgresql(
    built: Dashboard, postgresql_server: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Dashboard]:
    folder = tmp_path_factory.mktemp("postgresql") / "project"
    with run_again(built, folder, postgresql_server.create_database()) as server:
        server.add_person("first", is_admin=True)
        yield server


@pytest.fixture(scope="package")
def strict(built: Dashboard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A server whose policy asks a lot."""
    folder = tmp_path_factory.mktemp("strict") / "project"
    folder.mkdir()
    database_url = f"sqlite:///{folder}/sessions.db"
    database = Database(database_url)
    database.migrate()
    database.write_here(lambda db: store_policy(db, STRICT, utc_now()))
    database.close()
    with run_again(built, folder, database_url) as server:
        server.add_person("first", is_admin=True)
        yield server


@pytest.fixture(scope="package")
def with_sign_up(built: Dashboard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A server at which anybody may make an account."""
    folder = tmp_path_factory.mktemp("with_sign_up") / "project"
    url = f"sqlite:///{folder}/sessions.db"
    with run_again(built, folder, url, OPEN_SIGN_UP="true") as server:
        server.add_person("first", is_admin=True)
        yield server


@pytest.fixture(scope="package")
def mailbox() -> Iterator[Mailbox]:
    """Where the mail of the server that sends some goes."""
    with running_mailbox() as running:
        yield running


@pytest.fixture(scope="package")
def with_mail(
    built: Dashboard, mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Dashboard]:
    folder = tmp_path_factory.mktemp("with_mail") / "project"
    url = f"sqlite:///{folder}/sessions.db"
    with run_again(built, folder, url, SMTP_URL=mailbox.url) as server:
        server.add_person("first", is_admin=True)
        yield server


@pytest.fixture
def in_development(built: Dashboard, tmp_path: Path) -> Iterator[Dashboard]:
    folder = tmp_path / "project"
    database_url = f"sqlite:///{folder}/sessions.db"
    with run_in_development(built, folder, database_url) as server:
        yield server


@pytest.fixture
def dashboard(request: pytest.FixtureRequest) -> Iterator[Dashboard]:
    """The server that the test's devices use; it has an account already."""
    server: Dashboard = request.getfixturevalue(SERVERS[getattr(request, "param", "sqlite")])
    with _without_errors(server):
        yield server


@pytest.fixture
def empty_dashboard(
    request: pytest.FixtureRequest, built: Dashboard, tmp_path: Path
) -> Iterator[Dashboard]:
    """A server that nobody has an account on."""
    folder = tmp_path / "project"
    database_url = f"sqlite:///{folder}/sessions.db"
    if request.param == "postgresql":
        postgresql: PostgresqlServer = request.getfixturevalue("postgresql_server")
        database_url = postgresql.create_database()
    with run_again(built, folder, database_url) as server, _without_errors(server):
        yield server


@contextmanager
def _without_errors(server: Dashboard) -> Iterator[None]:
    """Fail when the server logs an error meanwhile."""
    before = server.log.stat().st_size
    yield
    log = server.log.read_bytes()[before:].decode(errors="replace")
    assert "Traceback" not in log, log
    assert "ERROR" not in log, log


@pytest.fixture
def devices(
    request: pytest.FixtureRequest, browser: Browser, dashboard: Dashboard
) -> Iterator[Devices]:
    """Makes devices. Their pages may not complain in the console."""
    with _closing(Devices(browser, dashboard), request.node) as made:
        yield made


@pytest.fixture
def first_devices(
    request: pytest.FixtureRequest, browser: Browser, empty_dashboard: Dashboard
) -> Iterator[Devices]:
    """Makes devices of the server that nobody has an account on."""
    with _closing(Devices(browser, empty_dashboard), request.node) as made:
        yield made


@contextmanager
def _closing(devices: Devices, test: pytest.Item) -> Iterator[Devices]:
    yield devices
    try:
        if test.stash.get(FAILED, False):
            test.add_report_section("teardown", "pages", _describe(devices))
        else:
            complaints = [line for device in devices.made for line in device.complaints]
            assert not complaints, "\n".join(complaints)
    finally:
        devices.close()


def _describe(devices: Devices) -> str:
    """What every open page shows: all that can be seen of a failure in a log."""
    lines = []
    for number, device in enumerate(devices.made, 1):
        lines += [f"--- device {number}", *device.complaints]
        for page in device.context.pages:
            try:
                text = page.locator("body").inner_text(timeout=1000)
            except Error as error:
                text = str(error)
            lines += [f"--- {page.url}", text]
    return "\n".join(lines)


@pytest.fixture
def person(dashboard: Dashboard) -> Person:
    return dashboard.add_person("ada")


@pytest.fixture
def admin(dashboard: Dashboard) -> Person:
    return dashboard.add_person("root", is_admin=True)
