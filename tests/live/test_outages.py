"""A database that is lost under open pages: nothing happens, it is said, and it passes."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from sessions_dashboard.states.devices import DevicesState
from sessions_dashboard.words.common import SOMETHING_WENT_WRONG
from tests.support.event_socket import HandshakeRefused, event_name
from tests.support.server import DashboardServer
from tests.support.servers import BOTH, new_database

LOAD = event_name(DevicesState, "load")


@pytest.fixture(scope="module", params=BOTH)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DashboardServer]:
    folder = tmp_path_factory.mktemp("outage")
    own = DashboardServer(folder, new_database(request.param, request, folder)).start()
    yield own
    own.close()
    assert own.secrets_in_log() == []


def test_events_are_refused_once_each_and_the_page_recovers(server: DashboardServer) -> None:
    """An error that set off an event, which failed like the one before, once ran without end."""
    visitor = server.visitor(server.add_session(server.add_account()))
    page = visitor.page()
    server.database.write_here(lambda db: db.execute(text("ALTER TABLE users RENAME TO lost")))
    before = len(server.log)
    for _ in range(3):
        page.send(LOAD)
    page.wait_for_value("problem", lambda problem: problem == SOMETHING_WENT_WRONG)
    with pytest.raises(HandshakeRefused):
        visitor.socket()
    server.wait_for(lambda: server.log[before:].count("an event failed") == 3)
    assert not page.closed

    server.database.write_here(lambda db: db.execute(text("ALTER TABLE lost RENAME TO users")))
    # Had it gone on, it would have by now.
    page.send(event_name(DevicesState, "dismiss_notice"))
    page.send(LOAD)
    page.wait_for_value("problem", lambda problem: problem == "")
    page.settle()
    assert server.log[before:].count("an event failed") == 3
    assert visitor.page().value("this_device")["title"] == "Chrome on Windows"
