"""What another site can make a browser do here: nothing."""

import pytest

from tests.http.conftest import UNSAFE
from tests.support.server import PASSWORD, DashboardServer

FOREIGN = {
    "another site": {"Origin": "https://evil.example"},
    "a sandboxed frame": {"Origin": "null"},
    "an empty origin": {"Origin": "", "Sec_Fetch_Site": "cross-site"},
    "the other scheme": {"Origin": "https://127.0.0.1:{port}"},
    "another port": {"Origin": "http://127.0.0.1:1"},
    "no port": {"Origin": "http://127.0.0.1"},
    "a longer name": {"Origin": "http://127.0.0.1:{port}.evil.example"},
    "a name before": {"Origin": "http://evil@127.0.0.1:{port}"},
    "two at once": {"Origin": "http://127.0.0.1:{port}, https://evil.example"},
    "a slash too many": {"Origin": "http://127.0.0.1:{port}/"},
    "capitals": {"Origin": "HTTP://127.0.0.1:{port}"},
    "no origin, from elsewhere": {"Origin": None, "Sec_Fetch_Site": "cross-site"},
    "no origin, from a neighbour": {"Origin": None, "Sec_Fetch_Site": "same-site"},
    "no origin, from who knows": {"Origin": None, "Sec_Fetch_Site": "unheard-of"},
    "same origin only by its own word": {
        "Origin": "https://evil.example",
        "Sec_Fetch_Site": "same-origin",
    },
}


@pytest.mark.parametrize("path", UNSAFE)
@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_request_is_refused_on_every_unsafe_route(
    sqlite_server: DashboardServer, path: str, headers: dict[str, str | None]
) -> None:
    account = sqlite_server.add_account()
    session = sqlite_server.add_session(account)
    visitor = sqlite_server.visitor(session)
    sent = {
        name: value.replace("{port}", str(sqlite_server.port)) if value else value
        for name, value in headers.items()
    }
    answer = visitor.post(path, {"email": account.email, "password": PASSWORD}, **sent)
    assert answer.status_code == 403
    assert answer.json()["error"] == "origin"
    assert "set-cookie" not in answer.headers
    assert "clear-site-data" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers
    assert sqlite_server.visitor(session).verify().status_code == 200


@pytest.mark.parametrize("path", UNSAFE)
def test_the_refusal_comes_before_the_form_is_read(
    sqlite_server: DashboardServer, path: str
) -> None:
    answer = sqlite_server.visitor().post(
        path, content=b"x" * 100_000, Origin="https://evil.example", Content_Type="text/plain"
    )
    assert answer.status_code == 403


def test_this_sites_own_pages_and_programs_are_let_through(
    sqlite_server: DashboardServer,
) -> None:
    port = sqlite_server.port
    for headers in (
        {"Origin": f"http://127.0.0.1:{port}"},
        {"Origin": f"http://localhost:{port}"},
        {"Origin": f"http://[::1]:{port}"},
        {"Origin": None, "Sec_Fetch_Site": "same-origin"},
        {"Origin": None, "Sec_Fetch_Site": "none"},
        {"Origin": None},
    ):
        answer = sqlite_server.visitor().post("/auth/sign-out", **headers)
        assert answer.status_code == 303, headers


@pytest.mark.parametrize("path", UNSAFE)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_no_other_method_does_anything(
    sqlite_server: DashboardServer, path: str, method: str
) -> None:
    session = sqlite_server.add_session(sqlite_server.add_account())
    visitor = sqlite_server.visitor(session)
    answer = sqlite_server.request(method, path, headers=visitor.headers())
    assert answer.status_code in (404, 405)
    assert visitor.verify().status_code == 200


def test_another_site_may_not_read_answers(sqlite_server: DashboardServer) -> None:
    session = sqlite_server.add_session(sqlite_server.add_account())
    visitor = sqlite_server.visitor(session)
    for origin in ("https://evil.example", "null", f"http://127.0.0.1:{sqlite_server.port}0"):
        answer = sqlite_server.request(
            "GET", "/auth/verify", headers=visitor.headers() | {"Origin": origin}
        )
        assert "access-control-allow-origin" not in answer.headers
        preflight = sqlite_server.request(
            "OPTIONS",
            "/auth/sign-in",
            headers={"Origin": origin, "Access-Control-Request-Method": "POST"},
        )
        assert "access-control-allow-origin" not in preflight.headers


@pytest.mark.parametrize(
    "origin", ["https://evil.example.com", "https://example.com", "http://sessions.example.com"]
)
def test_a_neighbouring_subdomain_is_another_site(
    https_server: DashboardServer, origin: str
) -> None:
    """SameSite lets its requests carry the cookie; the origin tells them apart."""
    session = https_server.add_session(https_server.add_account())
    answer = https_server.visitor(session).post(
        "/auth/sign-out", Origin=origin, Sec_Fetch_Site="same-site"
    )
    assert answer.status_code == 403
    assert https_server.visitor(session).verify().status_code == 200
