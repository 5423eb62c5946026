"""Signing out ends the session for good and leaves nothing behind in the browser."""

from tests.support.people import stored
from tests.support.server import DashboardServer


def test_it_ends_the_session_and_clears_cookie_and_storage(server: DashboardServer) -> None:
    visitor = server.visitor().signed_in(server.add_account())
    session_id, cookie = visitor.session_id, visitor.cookie
    answer = visitor.post("/auth/sign-out")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{server.url}/signin?reason=signed_out"
    assert answer.headers["clear-site-data"] == '"storage"'
    (line,) = answer.headers.get_list("set-cookie")
    assert line.startswith(('session_token="";', "session_token=;"))
    assert "Max-Age=0" in line
    assert "HttpOnly" in line
    with server.database.reading() as db:
        row = stored(db, session_id)
    assert row.end_reason == "signed_out"
    # The old cookie is worth nothing wherever else it was kept.
    assert server.visitor(cookie=cookie).verify().status_code == 401


def test_it_leaves_the_other_sessions_alone(server: DashboardServer) -> None:
    account = server.add_account()
    other = server.visitor(server.add_session(account))
    server.visitor(server.add_session(account)).post("/auth/sign-out")
    assert other.verify().status_code == 200


def test_it_is_the_same_for_somebody_who_is_not_signed_in(server: DashboardServer) -> None:
    for cookie in (None, "rubbish", server.signer.sign("A" * 43)):
        answer = server.visitor(cookie=cookie).post("/auth/sign-out")
        assert answer.status_code == 303
        assert answer.headers["clear-site-data"] == '"storage"'
        assert "Max-Age=0" in answer.headers["set-cookie"]


def test_twice_keeps_the_first_moment(server: DashboardServer) -> None:
    session = server.add_session(server.add_account())
    server.visitor(session).post("/auth/sign-out")
    with server.database.reading() as db:
        first = stored(db, session.public_id)
    server.visitor(session).post("/auth/sign-out")
    with server.database.reading() as db:
        assert stored(db, session.public_id) == first


def test_a_program_is_answered_with_json(sqlite_server: DashboardServer) -> None:
    session = sqlite_server.add_session(sqlite_server.add_account())
    answer = sqlite_server.visitor(session).post("/auth/sign-out", Accept="application/json")
    assert answer.status_code == 200
    assert answer.json() == {"location": "/signin?reason=signed_out"}
    assert answer.headers["clear-site-data"] == '"storage"'
    assert "Max-Age=0" in answer.headers["set-cookie"]
