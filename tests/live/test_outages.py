"""A database that is lost under open pages: nothing happens, it is said, and it passes."""

import pytest
from sqlalchemy import text

from sessions_dashboard.states.activity import ActivityState
from sessions_dashboard.states.devices import DevicesState
from sessions_dashboard.states.page import StayState
from sessions_dashboard.words.common import SOMETHING_WENT_WRONG
from tests.support.event_socket import HandshakeRefused, event_name
from tests.support.server import DashboardServer

LOAD = event_name(DevicesState, "load")
READ_HISTORY = event_name(ActivityState, "load")


def test_events_are_refused_once_each_and_the_page_recovers(frail_server: DashboardServer) -> None:
    """An error that set off an event, which failed like the one before, once ran without end."""
    visitor = frail_server.visitor(frail_server.add_session(frail_server.add_account()))
    page = visitor.page()
    rename(frail_server, "users", "lost")
    before = len(frail_server.log)
    for _ in range(3):
        page.send(LOAD)
    page.wait_for_value("problem", lambda problem: problem == SOMETHING_WENT_WRONG)
    with pytest.raises(HandshakeRefused):
        visitor.socket()
    frail_server.wait_for(lambda: frail_server.log[before:].count("an event failed") == 3)
    assert not page.closed

    rename(frail_server, "lost", "users")
    # Had it gone on, it would have by now.
    page.send(event_name(DevicesState, "dismiss_notice"))
    page.send(LOAD)
    page.wait_for_value("problem", lambda problem: problem == "")
    page.settle()
    assert frail_server.log[before:].count("an event failed") == 3
    assert visitor.page().value("this_device")["title"] == "Chrome on Windows"


def test_what_a_failed_event_had_changed_before_takes_back_nothing_that_is_said(
    frail_server: DashboardServer,
) -> None:
    visitor = frail_server.visitor(frail_server.add_session(frail_server.add_account()))
    page = visitor.page()
    rename(frail_server, "session_events", "lost")
    # It has cleared the notices of the page before by the time it fails.
    page.send(READ_HISTORY)
    page.wait_for_value("problem", lambda problem: problem == SOMETHING_WENT_WRONG)

    page.send(event_name(StayState, "stay"))
    page.settle()

    rename(frail_server, "lost", "session_events")
    assert page.value("problem") == SOMETHING_WENT_WRONG


def rename(server: DashboardServer, table: str, name: str) -> None:
    server.database.write_here(lambda db: db.execute(text(f"ALTER TABLE {table} RENAME TO {name}")))
