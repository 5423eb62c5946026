"""Where a sign-in may lead: to a page of this site."""

import pytest

from tests.support.server import PASSWORD, DashboardServer

ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "/\r\nSet-Cookie: a=b",
    "/\x00/evil.example",
    " //evil.example",
    "https://evil.example",
    "https:evil.example",
    "http:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "/a//b",
    "/\u2028/evil.example",
    "/\u202e/evil",
    "/" + "a" * 2_000,
    "",
    ".",
    "?next=/admin",
    "#devices",
)


@pytest.mark.parametrize("address", ELSEWHERE)
def test_anywhere_else_becomes_the_devices_page(
    sqlite_server: DashboardServer, address: str
) -> None:
    account = sqlite_server.add_account()
    visitor = sqlite_server.visitor()
    answer = visitor.sign_in(account.email, PASSWORD, next=address)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{sqlite_server.url}/devices"
    assert "a=b" not in str(answer.headers)
    # The page that the browser would have been on does the same with its own address.
    page = visitor.get("/signin?" + "next=" + "".join(f"%{byte:02x}" for byte in address.encode()))
    assert (page.status_code, page.headers["location"]) == (303, "/devices")


@pytest.mark.parametrize(
    "address",
    ["/admin/sessions", "/devices?a=b#c", "/%2f%2fevil.example", "/@evil.example"],
)
def test_a_path_of_this_site_is_kept(sqlite_server: DashboardServer, address: str) -> None:
    account = sqlite_server.add_account()
    answer = sqlite_server.visitor().sign_in(account.email, PASSWORD, next=address)
    assert answer.headers["location"] == sqlite_server.url + address


def test_a_refusal_repeats_only_a_path_of_this_site(sqlite_server: DashboardServer) -> None:
    visitor = sqlite_server.visitor()
    for address in ("//evil.example", "https://evil.example", "/\\evil.example"):
        answer = visitor.sign_in("a@b", "wrong", next=address)
        assert answer.headers["location"] == f"{sqlite_server.url}/signin?error=invalid"


def test_the_redirect_names_no_host_but_an_own_origin(sqlite_server: DashboardServer) -> None:
    account = sqlite_server.add_account()
    form = {"email": account.email, "password": PASSWORD}
    for origin, host in (
        (None, ""),
        (f"http://localhost:{sqlite_server.port}", f"http://localhost:{sqlite_server.port}"),
    ):
        answer = sqlite_server.visitor().post(
            "/auth/sign-in",
            form,
            Origin=origin,
            Host="evil.example",
            X_Forwarded_Host="evil.example",
        )
        assert answer.headers["location"] == f"{host}/devices"
