"""Choosing a password with a one-time link."""

from datetime import timedelta

from sqlalchemy import select

from sessions_dashboard.accounts.invitations import invite, invited_by, new_invitation_token
from sessions_dashboard.accounts.models import invitations
from tests.support.server import PASSWORD, Account, DashboardServer, now

NEW = "a wholly different passphrase"
JSON = {"Accept": "application/json"}


def link(server: DashboardServer, account: Account) -> str:
    token = new_invitation_token()
    server.secrets.add(token)
    server.database.write_here(lambda db: invite(db, account.id, token, now()))
    return token


def is_good(server: DashboardServer, token: str) -> bool:
    with server.database.reading() as db:
        return invited_by(db, token, now()) is not None


def test_signs_in_with_the_chosen_password_and_everybody_else_out(server: DashboardServer) -> None:
    account = server.add_account()
    before = server.visitor().signed_in(account)
    token = link(server, account)
    visitor = server.visitor()
    answer = visitor.post("/auth/invitation", {"token": token, "password": NEW})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{server.url}/devices")
    assert visitor.verify().json()["user"]["email"] == account.email
    assert before.verify().status_code == 401
    assert server.visitor().sign_in(account.email, NEW).headers["location"].endswith("/devices")
    assert "error=invalid" in server.visitor().sign_in(account.email, PASSWORD).headers["location"]


def test_works_once(server: DashboardServer) -> None:
    account = server.add_account()
    token = link(server, account)
    form = {"token": token, "password": NEW}
    assert server.visitor().post("/auth/invitation", form, **JSON).status_code == 200
    thief = server.visitor()
    again = thief.post("/auth/invitation", form | {"password": NEW + " again"}, **JSON)
    assert (again.status_code, again.json()["error"]) == (410, "invitation")
    assert thief.cookie is None


def test_nothing_happens_on_a_mere_look(sqlite_server: DashboardServer) -> None:
    account = sqlite_server.add_account()
    token = link(sqlite_server, account)
    visitor = sqlite_server.visitor()
    for _ in range(3):
        visitor.get("/invitation")
        visitor.get(f"/auth/invitation?token={token}&password={NEW}")
        visitor.page("/invitation").close()
    assert is_good(sqlite_server, token)
    assert sqlite_server.visitor().sign_in(account.email).headers["location"].endswith("/devices")


def test_a_weak_password_leaves_the_link_good_and_the_form_open(server: DashboardServer) -> None:
    account = server.add_account()
    token = link(server, account)
    for password in ("", "short", account.email, "x" * 300):
        answer = server.visitor().post("/auth/invitation", {"token": token, "password": password})
        where = f"{server.url}/invitation?error=password"
        assert (answer.status_code, answer.headers["location"]) == (303, where)
    assert is_good(server, token)


def test_what_is_no_link_gets_one_answer(server: DashboardServer) -> None:
    disabled, late = server.add_account(disabled=True), server.add_account()
    expired = new_invitation_token()
    long_ago = now() - timedelta(days=30)
    server.database.write_here(lambda db: invite(db, late.id, expired, long_ago))
    answers = []
    for token in ("", "x", "x" * 43, "../evil?", link(server, disabled), expired):
        visitor = server.visitor()
        answer = visitor.post("/auth/invitation", {"token": token, "password": NEW}, **JSON)
        answers.append((answer.status_code, answer.json()))
        assert visitor.cookie is None
    assert answers[0][0] == 410
    assert all(answer == answers[0] for answer in answers)
    odd = server.visitor().post("/auth/invitation", {"token": "../evil?", "password": NEW})
    assert odd.headers["location"] == f"{server.url}/invitation?error=invitation"


def test_another_site_can_not_post_it(sqlite_server: DashboardServer) -> None:
    token = link(sqlite_server, sqlite_server.add_account())
    form = {"token": token, "password": NEW}
    answer = sqlite_server.visitor().post("/auth/invitation", form, Origin="https://evil.example")
    assert answer.status_code == 403
    assert is_good(sqlite_server, token)


def test_a_new_password_voids_the_link(server: DashboardServer) -> None:
    """It would let whoever finds it later undo the change."""
    account = server.add_account()
    visitor = server.visitor().signed_in(account)
    token = link(server, account)
    visitor.post("/auth/password", {"current_password": PASSWORD, "new_password": NEW})
    assert not is_good(server, token)
    with server.database.reading() as db:
        held = select(invitations.c.id).where(invitations.c.user_id == account.id)
        assert db.execute(held).first() is None
