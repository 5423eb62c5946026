"""Where pages lead, which headers they carry, and which of Reflex's endpoints are closed."""

import re

import pytest

from tests.support.server import DashboardServer

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def test_nobody_is_led_to_the_sign_in_page_and_onward_from_there(
    server: DashboardServer,
) -> None:
    visitor = server.visitor()
    for page, to in (
        ("/", "/signin"),
        ("/setup", "/signin"),
        ("/devices", "/signin"),
        ("/devices/", "/signin"),
        ("/admin/sessions", "/signin?next=%2Fadmin%2Fsessions"),
    ):
        answer = visitor.get(page)
        assert (answer.status_code, answer.headers["location"]) == (303, to), page
        assert answer.headers["cache-control"] == "no-store"


def test_somebody_signed_in_is_led_to_their_devices(server: DashboardServer) -> None:
    visitor = server.visitor(server.add_session(server.add_account()))
    for page, to in (
        ("/", "/devices"),
        ("/signin", "/devices"),
        ("/setup", "/devices"),
        ("/signin?next=%2Fadmin%2Fsessions", "/admin/sessions"),
        ("/signin?next=%2F%2Fevil.example", "/devices"),
        ("/admin/sessions", "/devices"),
    ):
        answer = visitor.get(page)
        assert (answer.status_code, answer.headers["location"]) == (303, to), page


def test_an_administrator_stays_on_the_administrators_page(server: DashboardServer) -> None:
    visitor = server.visitor(server.add_session(server.add_account(is_admin=True)))
    # The pages themselves are not built here.
    assert visitor.get("/admin/sessions").status_code == 404


def test_a_session_that_is_over_leads_to_the_sign_in_page(server: DashboardServer) -> None:
    account = server.add_account()
    session = server.add_session(account)
    server.visitor(session).post("/auth/sign-out")
    answer = server.visitor(session).get("/devices")
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin")


@pytest.mark.parametrize("path", ["/", "/devices", "/healthz", "/ping", "/no/such/page"])
def test_every_answer_carries_the_security_headers(
    sqlite_server: DashboardServer, path: str
) -> None:
    answer = sqlite_server.visitor().get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value, name
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert "object-src 'none'" in policy
    [scripts] = re.findall(r"script-src ([^;]*)", policy)
    assert "unsafe" not in scripts
    for feature in ("camera", "microphone", "geolocation"):
        assert f"{feature}=()" in answer.headers["permissions-policy"]
    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize("path", ["/signin", "/auth/verify", "/no/such/page", "/assets/no.js"])
def test_https_is_asked_for_again_next_time(https_server: DashboardServer, path: str) -> None:
    answer = https_server.visitor().get(path)
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_a_missing_file_of_the_build_is_not_kept(sqlite_server: DashboardServer) -> None:
    answer = sqlite_server.visitor().get("/assets/no.js")
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/_health",
            "/_health/",
            "/%5fhealth",
            "/_health?x=1",
            "/_upload",
            "/_upload/",
            "/_upload/x",
        ),
        *("/_all_routes", "/_event", "/_event/", "/_event/?EIO=4&transport=polling"),
        "/_event/?EIO=4&transport=websocket",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS"])
def test_the_endpoints_of_the_framework_are_closed(
    sqlite_server: DashboardServer, path: str, method: str
) -> None:
    visitor = sqlite_server.visitor()
    answer = sqlite_server.request(method, path, headers=visitor.headers())
    assert answer.status_code == 404
    assert "redis" not in answer.text
    assert "db" not in answer.text


def test_a_handshake_without_a_websocket_is_none(sqlite_server: DashboardServer) -> None:
    """The protocol's own server would keep a connection for each, without an identity."""
    headers = sqlite_server.visitor().headers() | {"Upgrade": "websocket"}
    answer = sqlite_server.request("GET", "/_event/?EIO=4&transport=websocket", headers=headers)
    assert answer.status_code == 404
