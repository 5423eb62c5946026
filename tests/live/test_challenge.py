"""While the password is asked for, an open page shows nothing more and does nothing more."""

import pytest

from sessions_dashboard.states.devices import DevicesState
from tests.support.event_socket import event_name
from tests.support.server import PASSWORD, DashboardServer


def test_an_open_page_leaves_for_the_password_at_its_next_event(server: DashboardServer) -> None:
    account = server.add_account()
    session = server.add_session(account)
    visitor = server.visitor(session)
    page = visitor.page()
    other = server.add_session(account, ip_address="2001:db8:77::1")
    server.set_session(session, challenge="ip_address")

    page.send(event_name(DevicesState, "load"), page="/devices")

    assert page.wait_to_leave() == "/confirm"
    page.settle()
    assert other.public_id not in page.text


@pytest.mark.parametrize("path", ["/devices", "/activity", "/account"])
def test_a_page_that_is_loaded_is_the_one_that_asks(server: DashboardServer, path: str) -> None:
    session = server.add_session(server.add_account())
    visitor = server.visitor(session)
    server.set_session(session, challenge="ip_address")

    answer = visitor.get(path)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/confirm")


def test_nothing_that_was_shown_before_comes_back(server: DashboardServer) -> None:
    """The state of a tab outlives its page: a copy of the browser's storage would bring it up."""
    account = server.add_account()
    session = server.add_session(account)
    visitor = server.visitor(session)
    other = server.add_session(account, ip_address="2001:db8:77::2")
    first = visitor.page(client_token="a tab")
    assert other.public_id in first.text
    first.close()
    server.set_session(session, challenge="user_agent")

    again = visitor.page("/confirm", client_token="a tab")
    again.settle()

    assert other.public_id not in again.text
    assert other.ip_address not in again.text


def test_the_password_opens_everything_again(server: DashboardServer) -> None:
    session = server.add_session(server.add_account())
    visitor = server.visitor(session)
    server.set_session(session, challenge="ip_address")
    assert visitor.verify().status_code == 401

    answer = visitor.post("/auth/confirm", {"password": PASSWORD, "next": "/activity"})

    assert answer.headers["location"] == f"{server.url}/activity"
    assert visitor.verify().status_code == 200
    assert visitor.page().value("this_device")["title"] == "Chrome on Windows"
