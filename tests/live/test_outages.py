"""A database that is lost under open pages: nothing happens, it is said, and it passes."""

import pytest
from sqlalchemy import text

from sessions_dashboard.states.devices import DevicesState
from sessions_dashboard.words.common import SOMETHING_WENT_WRONG
from tests.support.event_socket import HandshakeRefused, event_name
from tests.support.server import DashboardServer

LOAD = event_name(DevicesState, "load")


def test_events_are_refused_once_each_and_the_page_recovers(frail_server: DashboardServer) -> None:
    """An error that set off an event, which failed like the one before, once ran without end."""
    visitor = frail_server.visitor(frail_server.add_session(frail_server.add_account()))
    page = visitor.page()
    frail_server.database.write_here(
        lambda db: db.execute(text("ALTER TABLE users RENAME TO lost"))
    )
    before = len(frail_server.log)
    for _ in range(3):
        page.send(LOAD)
    page.wait_for_value("problem", lambda problem: problem == SOMETHING_WENT_WRONG)
    with pytest.raises(HandshakeRefused):
        visitor.socket()
    frail_server.wait_for(lambda: frail_server.log[before:].count("an event failed") == 3)
    assert not page.closed

    frail_server.database.write_here(
        lambda db: db.execute(text("ALTER TABLE lost RENAME TO users"))
    )
    # Had it gone on, it would have by now.
    page.send(event_name(DevicesState, "dismiss_notice"))
    page.send(LOAD)
    page.wait_for_value("problem", lambda problem: problem == "")
    page.settle()
    assert frail_server.log[before:].count("an event failed") == 3
    assert visitor.page().value("this_device")["title"] == "Chrome on Windows"
