"""Where a sign-in may lead: to a page of this site."""

import httpx
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


class TestAFormThatIsPostedBeforeItsPageHasLoaded:
    def test_leads_where_the_address_of_the_page_says(self, sqlite_server: DashboardServer) -> None:
        assert _location(sqlite_server, "/signin?next=%2Fadmin%3Fa%3D1") == "/admin?a=1"

    @pytest.mark.parametrize(
        "page",
        ["/signin", "/signin?next=//evil.example", "/signin?" + "a=1&" * 100, "http://[/?next=/a"],
    )
    def test_leads_nowhere_else_whatever_the_address(
        self, sqlite_server: DashboardServer, page: str
    ) -> None:
        assert _location(sqlite_server, page) == "/devices"

    def test_keeps_it_over_a_refusal(self, sqlite_server: DashboardServer) -> None:
        answer = _sign_in(sqlite_server, "/signin?next=/admin", "wrong")
        assert answer.headers["location"].endswith("/signin?error=invalid&next=%2Fadmin")


def _location(server: DashboardServer, page: str) -> str:
    return _sign_in(server, page, PASSWORD).headers["location"].removeprefix(server.url)


def _sign_in(server: DashboardServer, page: str, password: str) -> httpx.Response:
    form = {"email": server.add_account().email, "password": password}
    address = page if "://" in page else server.url + page
    return server.visitor().post("/auth/sign-in", form, referer=address)
