"""`GET /auth/verify`: who a cookie belongs to, for a proxy and for other programs."""

import asyncio
import re
from datetime import timedelta
from urllib.parse import unquote

import httpx
import pytest

from sessions_dashboard.accounts.users import create_user
from tests.http.conftest import MakeSite, Site
from tests.support.people import stored
from tests.support.server import PROJECT, Account, DashboardServer, now, password_hash
from tests.support.servers import HTTPS_URL


def test_a_live_session_is_told_as_json_and_in_headers(server: DashboardServer) -> None:
    account = server.add_account(is_admin=True)
    session = server.add_session(account)
    answer = server.visitor(session).verify()
    assert answer.status_code == 200
    body = answer.json()
    assert body["user"]["email"] == account.email
    assert body["user"]["is_admin"] is True
    assert body["session"]["id"] == session.public_id
    assert set(body["session"]) == {"id", "created_at", "last_seen_at", "expires_at"}
    assert answer.headers["x-auth-user"] == body["user"]["id"]
    assert answer.headers["x-auth-email"] == account.email
    assert answer.headers["x-auth-admin"] == "true"
    assert answer.headers["x-auth-session"] == session.public_id
    assert answer.headers["cache-control"] == "no-store"
    assert session.token not in answer.text + str(answer.headers)


def test_a_plain_user_is_told_apart_from_an_administrator(server: DashboardServer) -> None:
    answer = server.visitor(server.add_session(server.add_account())).verify()
    assert answer.headers["x-auth-admin"] == "false"
    assert answer.json()["user"]["is_admin"] is False


def test_nobody_is_401_and_nothing_more(server: DashboardServer) -> None:
    for cookie in (None, "rubbish", server.signer.sign("A" * 43)):
        answer = server.visitor(cookie=cookie).verify()
        assert answer.status_code == 401
        assert answer.json() == {"error": "not_signed_in"}
        assert answer.headers["cache-control"] == "no-store"
        assert not [name for name in answer.headers if name.startswith("x-auth")]


def test_headers_of_that_name_in_the_request_change_nothing(server: DashboardServer) -> None:
    """A client may not tell the program behind the proxy who it is."""
    answer = server.visitor().get("/auth/verify", X_Auth_User="x", X_Auth_Admin="true")
    assert answer.status_code == 401
    session = server.add_session(server.add_account())
    answer = server.visitor(session).get("/auth/verify", X_Auth_User="x", X_Auth_Admin="true")
    assert answer.headers["x-auth-admin"] == "false"


@pytest.mark.parametrize("ending", ["ended", "lifetime", "idle", "disabled", "deleted"])
def test_a_session_that_is_over_is_401_however_it_ended(
    server: DashboardServer, ending: str
) -> None:
    account = server.add_account()
    session = server.add_session(account)
    long_ago = now() - timedelta(days=31)
    match ending:
        case "ended":
            server.set_session(session, ended_at=now(), end_reason="revoked")
        case "lifetime":
            server.set_session(session, created_at=long_ago)
        case "idle":
            server.set_session(session, created_at=now(), last_seen_at=now() - timedelta(days=15))
        case "disabled":
            server.set_account(account, disabled_at=now())
        case "deleted":
            server.delete_account(account)
    assert server.visitor(session).verify().status_code == 401


@pytest.mark.parametrize(
    "email", ["ада@пример.рф", "jürgen@example.com", "a+b%c@example.com", '"odd,name"@example.com']
)
def test_an_address_of_any_letters_fits_into_a_header(server: DashboardServer, email: str) -> None:
    unlike = f"{len(server.secrets)}{email}"
    account = Account(
        server.database.write_here(lambda db: create_user(db, unlike, password_hash(), now())),
        unlike,
    )
    answer = server.visitor(server.add_session(account)).verify()
    assert answer.status_code == 200
    assert answer.json()["user"]["email"] == unlike
    assert answer.headers["x-auth-email"].isascii()
    assert unquote(answer.headers["x-auth-email"]) == unlike


def test_it_counts_as_activity_once_a_minute_at_the_most(server: DashboardServer) -> None:
    session = server.add_session(server.add_account())
    earlier = now() - timedelta(hours=1)
    server.set_session(session, last_seen_at=earlier)
    visitor = server.visitor(session)
    visitor.verify()
    seen = server.wait_for(
        lambda: _seen(server, session.public_id) > earlier and _seen(server, session.public_id)
    )
    for _ in range(3):
        visitor.verify()
    assert _seen(server, session.public_id) == seen


def _seen(server: DashboardServer, public_id: str):  # type: ignore[no-untyped-def]
    with server.database.reading() as db:
        return stored(db, public_id).last_seen_at


def test_head_tells_the_same_without_a_body(sqlite_server: DashboardServer) -> None:
    session = sqlite_server.add_session(sqlite_server.add_account())
    visitor = sqlite_server.visitor(session)
    answer = sqlite_server.request("HEAD", "/auth/verify", headers=visitor.headers())
    assert answer.status_code == 200
    assert answer.headers["x-auth-session"] == session.public_id
    assert answer.content == b""


def test_every_answer_is_kept_by_nobody_and_is_no_page(sqlite_server: DashboardServer) -> None:
    session = sqlite_server.add_session(sqlite_server.add_account())
    for answer in (
        sqlite_server.visitor(session).verify(),
        sqlite_server.visitor().verify(),
        sqlite_server.request("POST", "/auth/verify"),
    ):
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-request-id"]


class TestForAProxyThatShowsTheBrowserWhateverIsNoYes:
    """Traefik: it says where the browser wanted to go."""

    @pytest.fixture
    def site(self, make_site: MakeSite) -> Site:
        return make_site(sessions_cookie_domain="example.com")

    def ask(self, site: Site, scheme: str, host: str, path: str) -> httpx.Response:
        asked = {
            "X-Forwarded-Proto": scheme,
            "X-Forwarded-Host": host,
            "X-Forwarded-Uri": path,
        }
        return asyncio.run(site.request("GET", f"{HTTPS_URL}/auth/verify/onward", headers=asked))

    def test_a_stranger_is_led_to_sign_in_and_from_there_to_where_they_wanted(
        self, site: Site
    ) -> None:
        answer = self.ask(site, "https", "wiki.example.com", "/page?a=1&b=%2F")
        assert answer.status_code == 303
        onward = f"{HTTPS_URL}/auth/onward?to=https://wiki.example.com/page?a=1&b=%2F"
        assert answer.headers["location"] == onward

    @pytest.mark.parametrize(
        ("scheme", "host", "path"),
        [
            ("", "", ""),
            ("https", "evil.example", "/"),
            ("http", "wiki.example.com", "/"),
            ("javascript", "wiki.example.com", "/"),
            ("https", "wiki.example.com@evil.example", "/"),
            ("https", "wiki.example.com, evil.example", "/"),
            ("https", "wiki.example.com", "/a b"),
        ],
    )
    def test_but_not_to_where_the_session_does_not_go(
        self, site: Site, scheme: str, host: str, path: str
    ) -> None:
        answer = self.ask(site, scheme, host, path)
        assert answer.status_code == 401
        assert "location" not in answer.headers

    def test_whoever_is_signed_in_is_told_as_ever(self, server: DashboardServer) -> None:
        visitor = server.visitor(server.add_session(server.add_account()))
        answer = visitor.get("/auth/verify/onward")
        assert answer.status_code == 200
        assert answer.headers["x-auth-session"] == visitor.session_id

    def test_other_methods_are_refused(self, sqlite_server: DashboardServer) -> None:
        assert sqlite_server.request("POST", "/auth/verify/onward").status_code == 405


def test_what_it_tells_replaces_what_a_client_sent_in_the_set_up_for_nginx(
    sqlite_server: DashboardServer,
) -> None:
    answer = sqlite_server.visitor(sqlite_server.add_session(sqlite_server.add_account())).verify()
    told = {name for name in answer.headers if name.startswith("x-auth-")}
    set_up = (PROJECT / "deploy/nginx/protected-site.conf").read_text().lower()
    assert told == set(re.findall(r"proxy_set_header (x-auth-[a-z]+)", set_up))


def test_other_methods_are_refused_with_those_that_are_not(sqlite_server: DashboardServer) -> None:
    visitor = sqlite_server.visitor(sqlite_server.add_session(sqlite_server.add_account()))
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = sqlite_server.request(method, "/auth/verify", headers=visitor.headers())
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, HEAD"
        assert not [name for name in answer.headers if name.startswith("x-auth")]


def test_what_is_remembered_of_a_session_is_told_only_while_its_row_says_so(
    server: DashboardServer,
) -> None:
    """Answers and rows are kept as they were read; what changed is read anew."""
    account = server.add_account()
    visitor = server.visitor(server.add_session(account))
    before = visitor.verify().json()
    assert visitor.verify().json() == before
    server.set_account(account, is_admin=True)
    assert visitor.verify().headers["x-auth-admin"] == "true"
    server.set_account(account, is_admin=False, email="another@example.com")
    assert visitor.verify().headers["x-auth-admin"] == "false"
    assert visitor.verify().json()["user"]["email"] == "another@example.com"
    server.set_account(account, disabled_at=now())
    assert visitor.verify().status_code == 401
    server.set_account(account, disabled_at=None)
    assert visitor.verify().status_code == 200
