"""The dashboard and a site that asks it, behind Caddy and Traefik as `docs/operations.md` says."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sessions_dashboard.http.unavailable import RETRY_SECONDS
from sessions_dashboard.states.devices import DevicesState
from sessions_dashboard.words.http import UNAVAILABLE_TITLE
from tests.support.event_socket import event_name
from tests.support.ports import free_port
from tests.support.postgresql import PostgresqlServer, find_binaries, running_server
from tests.support.proxies import DASHBOARD, WIKI, Caddy, Proxy, Traefik
from tests.support.receiver import Receiver, running_receiver
from tests.support.server import FIREFOX, DashboardServer, Session, Visitor

ADDRESS = f"https://{DASHBOARD}"
NAMED = {"X-Request-Id": "f" * 32}
# Programs that are called by CGI's rules read each of them as X-Auth-User.
FORGED = ("X-Auth-User", "X_Auth_User", "X_Auth-User", "X-Auth_User", "x-auth-user")


@dataclass
class Guest(Visitor):
    """A browser that comes through the proxy."""

    def headers(self, **overrides: str | None) -> dict[str, str]:
        return super().headers(**{"Host": DASHBOARD, **overrides})


@dataclass
class Front:
    proxy: Proxy
    server: DashboardServer
    site: Receiver

    def guest(self, session: Session | None = None) -> Guest:
        return Guest(self.server, session.cookie if session else None)

    def session(self) -> Session:
        return self.server.add_session(self.server.add_account())

    def wiki(self, path: str = "/", **headers: str) -> tuple[int, str]:
        """The site's status, and where it leads; that nobody keeps the answer is true of all."""
        answer = self.proxy.get(WIKI, path, **headers)
        assert answer.headers["cache-control"] == "no-store"
        return answer.status_code, answer.headers.get("location", "")


@pytest.fixture(scope="module")
def own_postgresql() -> Iterator[PostgresqlServer]:
    """A server that a test may stop."""
    find_binaries()
    with running_server() as server:
        yield server


@pytest.fixture(scope="module")
def server(
    own_postgresql: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DashboardServer]:
    running = DashboardServer(
        tmp_path_factory.mktemp("server"),
        own_postgresql.create_database(),
        PUBLIC_URL=ADDRESS,
        SESSIONS_COOKIE_DOMAIN="example.com",
    ).start()
    running.add_account(is_admin=True)
    yield running
    running.close()
    assert running.secrets_in_log() == []


@pytest.fixture(scope="module", params=[Caddy, Traefik])
def front(
    request: pytest.FixtureRequest,
    server: DashboardServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Front]:
    """Of the two servers that are configured one does not run."""
    proxy: Proxy = request.param(tmp_path_factory.mktemp("proxy"))
    behind = server.url
    with running_receiver() as site:
        site.answer = lambda _told: (200, {"Cache-Control": "max-age=60"}, b"the wiki")
        try:
            proxy.start((server.port, free_port()), site.port)
            server.url = proxy.url
            yield Front(proxy, server, site)
        finally:
            server.url = behind
            proxy.stop()


@pytest.fixture(autouse=True)
def nothing_told(front: Front) -> None:
    front.site.told.clear()


def cookie(session: Session) -> str:
    return f"session_token={session.cookie}"


def test_a_server_that_is_down_is_not_missed(front: Front) -> None:
    signed_in = cookie(front.session())
    for host in (DASHBOARD, WIKI):
        if isinstance(front.proxy, Caddy):
            # By then it has forgotten which one is down.
            time.sleep(2.1)
        for _ in range(6):
            assert front.proxy.get(host, "/ping", Cookie=signed_in).status_code == 200


def test_signing_in_through_it_and_a_revoke_that_empties_the_other_tab(front: Front) -> None:
    account = front.server.add_account()
    mine = front.guest()
    answer = mine.sign_in(account.email)
    assert answer.headers["location"] == f"{ADDRESS}/devices"
    assert "; Secure" in answer.headers["set-cookie"]
    other = front.guest(theirs := front.server.add_session(account, FIREFOX))
    page, other_page = mine.page(), other.page()
    page.send(event_name(DevicesState, "ask_revoke"), {"device_id": theirs.public_id})
    page.send(event_name(DevicesState, "revoke"))
    assert other_page.wait_to_leave() == "/signin?reason=revoked"
    assert front.wiki(Cookie=cookie(theirs))[0] == 303


def test_a_session_is_from_where_the_proxy_saw_it_come(front: Front) -> None:
    visitor = front.guest()
    visitor.address = "203.0.113.9"
    visitor.signed_in(front.server.add_account())
    page = visitor.page()
    assert "127.0.0.1" in page.text
    assert "203.0.113.9" not in page.text


def test_a_client_gives_its_requests_no_name(front: Front) -> None:
    answer = front.proxy.get(DASHBOARD, "/ping", **NAMED)
    assert answer.headers["x-request-id"] not in ("", NAMED["X-Request-Id"])


def test_the_operators_pages_lead_to_nothing(front: Front) -> None:
    for path in ("/metrics", "/readyz"):
        assert front.proxy.get(DASHBOARD, path).status_code == 404


def test_strangers_are_sent_to_sign_in_and_back_to_the_very_address(front: Front) -> None:
    path = "/page/%C3%A9?a=1&b=%2F"
    onward = f"/auth/onward?to=https://{WIKI}{path}"
    session = front.session()
    for headers in ({}, {"Cookie": f"{cookie(session)}; {cookie(session)}"}):
        assert front.wiki(path, **headers) == (303, ADDRESS + onward)
    assert front.site.told == []
    answer = front.guest(session).get(onward)
    assert answer.headers["location"] == f"https://{WIKI}{path}"


def test_the_site_is_told_who_reads_it_and_the_client_can_not_say(front: Front) -> None:
    session = front.session()
    said = dict.fromkeys(FORGED, "forged") | {"X-Auth-Admin": "true", "X_Auth_Admin": "true"}
    assert front.wiki(**said)[0] == 303
    assert front.wiki(Cookie=cookie(session), **said) == (200, "")
    [told] = front.site.told
    who = {
        name: value
        for name, value in told.headers.items()
        if name.replace("_", "-").startswith("x-auth")
    }
    visitor = front.guest(session)
    verified = visitor.verify()
    assert who == {name: value for name, value in verified.headers.items() if name in who}
    assert set(who) == {"x-auth-user", "x-auth-email", "x-auth-admin", "x-auth-session"}
    assert who["x-auth-session"] == session.public_id
    assert who["x-auth-admin"] == "false"


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("{session}", ""),
        ("{session}; theme=dark", "theme=dark"),
        ("theme=dark; {session}", "theme=dark; "),
        ("theme=dark; {session}; lang=de", "theme=dark; lang=de"),
        ("theme=dark;{session};lang=de", "theme=dark;lang=de"),
        # From before SESSIONS_COOKIE_DOMAIN was set.
        ("a=1; {session}; __Host-{session}; b=2; __Host-{session}; c=3", "a=1; b=2; c=3"),
        # What only looks like it.
        (
            "xsession_token=1; {session}; my__Host-session_token=2; session_token_b=3",
            "xsession_token=1; my__Host-session_token=2; session_token_b=3",
        ),
        (
            "note=session_token=1; {session}; a=b=; empty=",
            "note=session_token=1; a=b=; empty=",
        ),
    ],
)
def test_the_sessions_cookie_does_not_reach_the_site(front: Front, sent: str, seen: str) -> None:
    line = sent.format(session=cookie(front.session()))
    assert front.wiki(Cookie=line) == (200, "")
    [told] = front.site.told
    # Traefik can take away all cookies alone.
    others = "" if isinstance(front.proxy, Traefik) else seen
    assert told.headers.get("cookie", "") == others.strip()


def test_without_the_database_nobody_is_let_in_and_nobody_sent_to_sign_in(
    front: Front, own_postgresql: PostgresqlServer
) -> None:
    session = front.session()
    assert front.wiki(Cookie=cookie(session)) == (200, "")
    own_postgresql.stop()
    try:
        answer = front.proxy.get(WIKI, "/", Cookie=cookie(session), **NAMED)
        page = front.guest(session).get("/devices", Accept="text/html")
    finally:
        own_postgresql.start_again()
    for one in (answer, page):
        assert one.status_code == 503
        assert one.headers["retry-after"] == str(RETRY_SECONDS)
        assert one.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"] not in ("", NAMED["X-Request-Id"])
    # The server's own page, which asks again by itself.
    assert UNAVAILABLE_TITLE in page.text
    assert len(front.site.told) == 1
    front.server.wait_for(lambda: front.wiki(Cookie=cookie(session))[0] == 200)
