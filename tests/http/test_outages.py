"""A database that is lost: nobody is let in, nothing is told, and all is well once it is back."""

import pytest
from sqlalchemy import text

from tests.support.server import PASSWORD, DashboardServer

JSON = {"Accept": "application/json"}


def lose(server: DashboardServer) -> None:
    server.database.write_here(lambda db: db.execute(text("ALTER TABLE users RENAME TO lost")))


def find(server: DashboardServer) -> None:
    server.database.write_here(lambda db: db.execute(text("ALTER TABLE lost RENAME TO users")))


def test_it_is_refused_everywhere_and_recovers_by_itself(frail_server: DashboardServer) -> None:
    account = frail_server.add_account()
    session = frail_server.add_session(account)
    visitor = frail_server.visitor(session)
    assert visitor.get("/healthz").json() == {"status": "ok", "database": "ok"}
    lose(frail_server)

    health = visitor.get("/healthz")
    assert health.status_code == 503
    assert health.json() == {"status": "unavailable", "database": "unreachable"}
    verify = visitor.verify()
    assert (verify.status_code, verify.headers["retry-after"]) == (503, "5")
    assert not [name for name in verify.headers if name.startswith("x-auth")]
    form = {"email": account.email, "password": PASSWORD}
    page = frail_server.visitor().post("/auth/sign-in", form)
    assert page.headers["location"].endswith("/signin?error=unavailable")
    assert "set-cookie" not in page.headers
    program = frail_server.visitor().post("/auth/sign-in", form, **JSON)
    assert (program.status_code, program.json()["error"]) == (503, "unavailable")
    assert visitor.get("/devices").status_code == 503
    api = visitor.get("/api/v1/sessions")
    assert (api.status_code, api.json()["code"]) == (503, "unavailable")
    assert api.headers["retry-after"] == "5"
    for answer in (health, verify, page, program, api):
        assert "users" not in answer.text
        assert answer.headers["cache-control"] == "no-store"

    find(frail_server)
    assert visitor.verify().status_code == 200
    assert visitor.get("/healthz").status_code == 200
    assert frail_server.visitor().sign_in(account.email).headers["location"].endswith("/devices")
    # What the log says of the statements that failed names no value in them.
    assert account.email not in frail_server.log
    assert "argon2" not in frail_server.log


@pytest.mark.parametrize("frail_server", ["postgresql"], indirect=True)
def test_connections_that_were_cut_are_replaced_unnoticed(frail_server: DashboardServer) -> None:
    visitor = frail_server.visitor(frail_server.add_session(frail_server.add_account()))
    assert visitor.verify().status_code == 200
    with frail_server.database.reading() as db:
        db.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        )
    for _ in range(3):
        assert visitor.verify().status_code == 200
