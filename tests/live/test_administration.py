"""What is done to an account acts on its open pages at once."""

import time

from tests.support.server import Account, DashboardServer, Visitor

USERS = "sessions_dashboard___states___admin_users____admin_users_state"
USER = "sessions_dashboard___states___admin_user____admin_user_state"
ROOT = "reflex___state____state.sessions_dashboard___states___page____page_state"
# From the click to the other browser's page leaving.
AT_ONCE_SECONDS = 1.0


def administrator(server: DashboardServer, name: str = "chief") -> tuple[Account, Visitor]:
    account = server.add_account(name, is_admin=True)
    return account, server.visitor(server.add_session(account))


def do(server: DashboardServer, visitor: Visitor, account: Account, deed: str) -> None:
    """As the page of the account does it."""
    page = f"/admin/users/{server.account_id(account)}"
    tab = visitor.page(page)
    tab.wait_for_value("account", lambda value: value and value["email"] == account.email)
    tab.send(f"{ROOT}.{USER}.ask", {"deed": deed}, page)
    tab.send(f"{ROOT}.{USER}.confirm", {}, page)
    tab.wait_for_value("notice", bool)


def test_a_former_administrators_pages_leave_at_once(server: DashboardServer) -> None:
    _account, chief = administrator(server)
    other, others_browser = administrator(server, "other")
    theirs = [others_browser.page(page) for page in ("/admin/users", "/admin/sessions")]
    harmless = others_browser.page("/devices")
    for tab in theirs:
        tab.wait_for_value("rows", bool)
    do(server, chief, other, "withdraw")
    began = time.monotonic()
    assert [tab.wait_to_leave() for tab in theirs] == ["/devices"] * 2
    assert time.monotonic() - began < AT_ONCE_SECONDS
    harmless.settle()
    assert harmless.left_for is None
    # And get nothing any more.
    before = len(theirs[0].frames)
    theirs[0].send(f"{ROOT}.{USERS}.look_for", {"text": ""}, "/admin/users")
    theirs[0].settle()
    assert "@example.com" not in "".join(theirs[0].frames[before:]).replace(other.email, "")


def test_a_disabled_accounts_pages_leave_and_it_can_not_sign_in(server: DashboardServer) -> None:
    _account, chief = administrator(server)
    person = server.add_account("person")
    tab = server.visitor(server.add_session(person)).page()
    do(server, chief, person, "disable")
    assert tab.wait_to_leave() == "/signin?reason=account_disabled"
    tab.wait_closed()
    assert "error=invalid" in server.visitor().sign_in(person.email).headers["location"]


def test_a_new_administrator_signs_in_again(server: DashboardServer) -> None:
    _account, chief = administrator(server)
    person = server.add_account("person")
    session = server.add_session(person)
    tab = server.visitor(session).page()
    do(server, chief, person, "grant")
    assert tab.wait_to_leave() == "/signin?reason=revoked_by_admin"
    assert server.visitor(session).verify().status_code == 401
    again = server.visitor().signed_in(person)
    assert again.verify().json()["user"]["is_admin"] is True


def test_the_page_of_an_account_is_for_administrators(sqlite_server: DashboardServer) -> None:
    victim = sqlite_server.add_account("victim")
    sqlite_server.add_session(victim)
    page = f"/admin/users/{sqlite_server.account_id(victim)}"
    user = sqlite_server.visitor(sqlite_server.add_session(sqlite_server.add_account("user")))
    assert user.get(page).headers["location"] == "/devices"
    stranger = sqlite_server.visitor()
    assert stranger.get(page).headers["location"].startswith("/signin?next=%2Fadmin%2Fusers%2F")
    tab = user.tab(page)
    assert tab.wait_to_leave() == "/devices"
    assert victim.email not in tab.text
