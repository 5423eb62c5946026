"""An account of one's own, where the operator lets anybody make one."""

import asyncio
import threading
from itertools import count

import pytest
from sqlalchemy import select

from sessions_dashboard.accounts import passwords
from sessions_dashboard.accounts.models import users
from sessions_dashboard.accounts.throttle import SIGN_UPS
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.models import session_events
from tests.http.conftest import MakeSite
from tests.support.people import add_user
from tests.support.server import PASSWORD, DashboardServer
from tests.support.servers import MakeServer

JSON = {"Accept": "application/json"}
_numbers = count(1)


def new_form(**changed: str) -> dict[str, str]:
    return {"email": f"newcomer-{next(_numbers)}@example.com", "password": PASSWORD} | changed


def account(server: DashboardServer, email: str):  # type: ignore[no-untyped-def]
    with server.database.reading() as db:
        return db.execute(select(users).where(users.c.email == email)).first()


def test_makes_an_account_signs_in_with_it_and_writes_it_down(
    sign_up_server: DashboardServer,
) -> None:
    form = new_form()
    visitor = sign_up_server.visitor()
    answer = visitor.post("/auth/sign-up", form | {"email": f"  {form['email'].upper()} "})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{sign_up_server.url}/devices"
    assert visitor.verify().json()["user"]["email"] == form["email"]
    made = account(sign_up_server, form["email"])
    assert not made.is_admin
    assert PASSWORD not in made.password_hash
    with sign_up_server.database.reading() as db:
        lines = db.execute(
            select(session_events.c.kind, session_events.c.ip_address)
            .where(session_events.c.user_id == made.id)
            .order_by(session_events.c.id)
        ).all()
    assert [line.kind for line in lines] == [
        EventKind.ACCOUNT_CREATED.value,
        EventKind.SIGNED_IN.value,
    ]
    assert all(line.ip_address for line in lines)


def test_nothing_that_is_posted_makes_an_administrator(sign_up_server: DashboardServer) -> None:
    form = new_form(is_admin="true", admin="1", role="admin", code="x", user_id="1")
    sign_up_server.visitor().post("/auth/sign-up", form)
    assert not account(sign_up_server, form["email"]).is_admin


def test_an_address_that_has_an_account_is_left_alone(sign_up_server: DashboardServer) -> None:
    taken = sign_up_server.add_account()
    before = account(sign_up_server, taken.email)
    visitor = sign_up_server.visitor()
    form = {"email": taken.email, "password": "a wholly different passphrase"}
    answer = visitor.post("/auth/sign-up", form, **JSON)
    assert (answer.status_code, answer.json()["error"]) == (409, "taken")
    assert visitor.cookie is None
    assert account(sign_up_server, taken.email) == before


def test_what_can_be_no_account_is_refused_on_the_form(sign_up_server: DashboardServer) -> None:
    for changed, code in (
        ({"email": "nobody"}, "email"),
        ({"email": ""}, "email"),
        ({"password": "short"}, "password"),
        ({"password": ""}, "password"),
        ({"password": "x" * 300}, "password"),
    ):
        form = new_form(**changed)
        answer = sign_up_server.visitor().post("/auth/sign-up", form)
        assert answer.headers["location"] == f"{sign_up_server.url}/signup?error={code}"
        assert account(sign_up_server, form["email"]) is None


def test_one_address_learns_of_so_many_accounts_and_no_more(
    sign_up_server: DashboardServer,
) -> None:
    taken, curious = sign_up_server.add_account(), sign_up_server.visitor()
    form = {"email": taken.email, "password": "short"}
    for _ in range(SIGN_UPS.amount):
        assert curious.post("/auth/sign-up", form, **JSON).status_code == 422
    late = new_form()
    answer = curious.post("/auth/sign-up", late, **JSON)
    assert (answer.status_code, answer.json()["error"]) == (429, "throttled")
    assert answer.headers["retry-after"] == "3600"
    assert account(sign_up_server, late["email"]) is None


def test_another_site_can_not_post_it(sign_up_server: DashboardServer) -> None:
    form = new_form()
    answer = sign_up_server.visitor().post("/auth/sign-up", form, Origin="https://evil.example")
    assert answer.status_code == 403
    assert account(sign_up_server, form["email"]) is None


def test_nobody_makes_one_where_it_is_not_open(server: DashboardServer) -> None:
    form = new_form()
    visitor = server.visitor()
    answer = visitor.post("/auth/sign-up", form, **JSON)
    assert (answer.status_code, answer.json()["error"]) == (403, "sign_up_closed")
    assert visitor.cookie is None
    assert account(server, form["email"]) is None


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_first_account_of_all_is_not_made_there(make_server: MakeServer, kind: str) -> None:
    """It would be no administrator's, and the site would have none."""
    server = make_server(kind, OPEN_SIGN_UP="true")
    form = new_form()
    assert server.visitor().post("/auth/sign-up", form, **JSON).status_code == 403
    assert account(server, form["email"]) is None


def test_nobody_waits_while_a_new_password_is_judged(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(open_sign_up=True)
    site.runtime.database.write_here(lambda db: add_user(db))
    judging, others_go_on = threading.Event(), threading.Event()
    went_on = []

    def judge(*_: object) -> None:
        judging.set()
        went_on.append(others_go_on.wait(10))

    monkeypatch.setattr(passwords, "check_new_password", judge)

    async def sign_up() -> None:
        signing_up = asyncio.create_task(site.post("/auth/sign-up", new_form()))
        while not signing_up.done():
            await asyncio.sleep(0.01)
            if judging.is_set():
                others_go_on.set()
        assert signing_up.result().headers["location"].endswith("/devices")

    asyncio.run(sign_up())
    assert went_on == [True]
