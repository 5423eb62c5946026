"""The devices of whoever has given the right password are shown to them, and to nobody else."""

import pytest

from sessions_dashboard.sessions import Policy
from sessions_dashboard.sessions.policy import AtLimit
from sessions_dashboard.sessions.policy_versions import store_policy
from tests.support.server import PASSWORD, DashboardServer, Visitor, now
from tests.support.servers import MakeServer


@pytest.fixture
def asking(make_server: MakeServer) -> DashboardServer:
    server = make_server()
    policy = Policy(max_sessions=1, at_limit=AtLimit.ASK)
    server.database.write_here(lambda db: store_policy(db, policy, now()))
    server.stop()
    return server.start()


def held_up(server: DashboardServer) -> tuple[Visitor, str, str]:
    account = server.add_account()
    session = server.add_session(account)
    visitor = server.visitor()
    answer = visitor.sign_in(account.email)
    assert answer.headers["location"] == f"{server.url}/choose"
    assert visitor.cookie is None
    pending = answer.headers["set-cookie"].partition(";")[0]
    return visitor, pending, session.public_id


def test_the_page_lists_the_devices_of_that_account_alone(asking: DashboardServer) -> None:
    strangers = asking.add_session(asking.add_account())
    visitor, pending, public_id = held_up(asking)

    page = visitor.socket(Cookie=pending).connect(visitor.first_event("/choose"))
    rows = page.wait_for_value("rows", lambda rows: rows and len(rows) == 1)

    assert rows[0]["id"] == public_id
    assert strangers.public_id not in page.text


def test_without_the_right_password_the_page_is_empty(asking: DashboardServer) -> None:
    _visitor, pending, public_id = held_up(asking)
    for cookie in (None, pending[:-3] + "xxx"):
        page = asking.visitor().socket(Cookie=cookie).connect(_visitor.first_event("/choose"))
        page.settle()
        assert public_id not in page.text


def test_it_does_no_more_than_that(asking: DashboardServer) -> None:
    visitor, pending, public_id = held_up(asking)
    for path in ("/devices", "/activity", "/account", "/admin/sessions"):
        assert visitor.get(path, Cookie=pending).status_code == 303
        page = visitor.socket(Cookie=pending).connect(visitor.first_event(path))
        assert page.wait_to_leave().startswith("/signin")
        assert public_id not in page.text
    assert visitor.get("/auth/verify", Cookie=pending).status_code == 401


def test_the_choice_signs_in(asking: DashboardServer) -> None:
    visitor, pending, public_id = held_up(asking)
    answer = visitor.post("/auth/sign-in/choose", {"end": public_id}, Cookie=pending)
    assert answer.headers["location"] == f"{asking.url}/devices"
    assert visitor.session_id != public_id
    assert PASSWORD not in asking.log
