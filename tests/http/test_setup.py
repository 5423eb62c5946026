"""The first account of all: while there is none, from this machine or with the code."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, func, select

from sessions_dashboard.accounts.models import users
from sessions_dashboard.sessions.models import sessions
from tests.support.people import stored
from tests.support.server import PASSWORD, DashboardServer
from tests.support.servers import MakeServer, new_database

FORM = {"email": "first@example.com", "password": PASSWORD}
JSON = {"Accept": "application/json"}
# What a browser on this very machine sends: no proxy was in between.
DIRECT = {"X_Forwarded_For": None}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def fresh_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DashboardServer]:
    folder = tmp_path_factory.mktemp("fresh")
    server = DashboardServer(
        folder, new_database(request.param, request, folder), TRUSTED_PROXY_HOPS="0"
    ).start()
    yield server
    server.close()


@pytest.fixture
def server(fresh_server: DashboardServer) -> DashboardServer:
    """A server that never saw an account."""

    def forget(db):  # type: ignore[no-untyped-def]
        db.execute(delete(sessions))
        db.execute(delete(users))

    if accounts(fresh_server):
        fresh_server.database.write_here(forget)
        # The process remembers that there was one.
        fresh_server.stop()
        fresh_server.start()
    return fresh_server


def code_of(server: DashboardServer) -> str:
    found = re.findall(r"setup code, if asked: (\w+)", server.log)
    assert found
    return str(found[-1])


def accounts(server: DashboardServer) -> int:
    with server.database.reading() as db:
        return int(db.execute(select(func.count()).select_from(users)).scalar_one())


def test_what_can_be_no_account_is_refused_with_a_reason(server: DashboardServer) -> None:
    for form, code in (
        ({"email": "nobody", "password": PASSWORD}, "email"),
        ({"email": "a@b", "password": "short"}, "password"),
        ({"email": "", "password": ""}, "email"),
        ({"email": "first@example.com", "password": "first@example.com"}, "password"),
        ({"email": "first@example.com", "password": "x" * 300}, "password"),
        ({"email": "a b@c", "password": PASSWORD}, "email"),
    ):
        page = server.visitor().post("/auth/setup", form, **DIRECT)
        program = server.visitor().post("/auth/setup", form, **DIRECT, **JSON)
        assert page.headers["location"] == f"{server.url}/setup?error={code}"
        assert (program.status_code, program.json()["error"]) == (422, code)
    assert accounts(server) == 0


def test_until_then_every_page_leads_there(server: DashboardServer) -> None:
    visitor = server.visitor()
    for page in ("/", "/signin", "/devices", "/admin/sessions", "/signin?next=/devices"):
        answer = visitor.get(page)
        assert (answer.status_code, answer.headers["location"]) == (303, "/setup"), page


def test_through_a_proxy_it_takes_the_code_from_the_log(server: DashboardServer) -> None:
    for name, value in (
        ("X_Forwarded_For", "203.0.113.1"),
        ("X_Forwarded_For", "127.0.0.1"),
        ("X_Forwarded_Host", "sessions.example.com"),
        ("Forwarded", "for=127.0.0.1"),
        ("Via", "1.1 proxy"),
        ("X_Real_IP", "127.0.0.1"),
    ):
        visitor = server.visitor()
        for code in ("", "0" * 20, code_of(server)[:-1], code_of(server) + "0", "\u0660" * 20):
            answer = visitor.post(
                "/auth/setup", FORM | {"code": code}, **(DIRECT | {name: value}), **JSON
            )
            assert (answer.status_code, answer.json()["error"]) == (403, "code"), (name, code)
    assert accounts(server) == 0


def test_a_browser_on_this_machine_makes_the_first_administrator_and_is_signed_in(
    server: DashboardServer,
) -> None:
    visitor = server.visitor()
    answer = visitor.post("/auth/setup", FORM, **DIRECT)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{server.url}/devices")
    user = visitor.verify().json()["user"]
    assert (user["email"], user["is_admin"]) == ("first@example.com", True)
    with server.database.reading() as db:
        assert stored(db, visitor.session_id).ip_address == "127.0.0.1"
    # And that was that, code or no code.
    for more in ({}, {"code": code_of(server)}):
        again = server.visitor().post(
            "/auth/setup", FORM | {"email": "second@example.com"} | more, **DIRECT, **JSON
        )
        assert (again.status_code, again.json()["error"]) == (409, "closed")
    assert accounts(server) == 1


def test_of_two_at_once_one_wins(server: DashboardServer) -> None:
    together = 6
    with ThreadPoolExecutor(together) as pool:
        answers = list(
            pool.map(
                lambda number: server.visitor().post(
                    "/auth/setup", FORM | {"email": f"p{number}@example.com"}, **DIRECT, **JSON
                ),
                range(together),
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * (together - 1)
    assert accounts(server) == 1
    assert sum("set-cookie" in answer.headers for answer in answers) == 1


def test_a_loopback_connection_is_not_enough_where_the_site_is_public(
    make_server: MakeServer,
) -> None:
    """A proxy on this machine that adds no header at all makes all the world look local."""
    server = make_server(PUBLIC_URL="https://sessions.example.com")
    answer = server.visitor().post("/auth/setup", FORM, **DIRECT, **JSON)
    assert (answer.status_code, answer.json()["error"]) == (403, "code")
    with_code = FORM | {"code": f" {code_of(server)} "}
    visitor = server.visitor()
    assert visitor.post("/auth/setup", with_code).status_code == 303
    assert visitor.verify().json()["user"]["is_admin"] is True
