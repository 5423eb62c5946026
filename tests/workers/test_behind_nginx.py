"""Two servers behind the nginx of `deploy/`, as on two machines; and a site that asks them."""

import copy
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from sessions_dashboard.states.devices import DevicesState
from tests.support.event_socket import event_name
from tests.support.nginx import Nginx
from tests.support.people import stored
from tests.support.postgresql import PostgresqlServer
from tests.support.redis import RedisServer
from tests.support.server import FIREFOX, DashboardServer, Visitor, now
from tests.workers.conftest import make_pair, wait_connected, wait_until

ASK_REVOKE = event_name(DevicesState, "ask_revoke")
REVOKE = event_name(DevicesState, "revoke")


class Site:
    """Two servers, and what a browser sees of them."""

    def __init__(self, first: DashboardServer, second: DashboardServer, nginx: Nginx) -> None:
        self.first, self.second, self.nginx = first, second, nginx
        # A visitor of this one connects to nginx.
        self.front = copy.copy(first)
        self.front.url = nginx.url


@pytest.fixture(scope="module")
def shared_site(
    shared_redis: RedisServer,
    postgresql_server: PostgresqlServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second", "nginx")]
    nginx = Nginx(folders[2])
    first, second = make_pair(
        folders[:2],
        postgresql_server.create_database(),
        shared_redis,
        REDIS_URL=shared_redis.url.removesuffix("/0") + "/2",
        PUBLIC_URL=nginx.url,
    )
    yield Site(first, second, nginx.start(first.port, second.port))
    nginx.stop()
    for server in (first, second):
        server.close()
        assert server.secrets_in_log() == []


@pytest.fixture
def site(shared_site: Site, redis_server: RedisServer) -> Site:
    """With both servers up, whatever the test before did to them."""
    for server in (shared_site.first, shared_site.second):
        if not server.running:
            server.start()
    wait_connected(redis_server, 2, database=2)
    wait_until(lambda: shared_site.front.request("GET", "/ping").status_code == 200)
    return shared_site


def test_pages_on_both_servers_are_one_site_and_the_loss_of_one_is_no_loss(site: Site) -> None:
    account = site.first.add_account()
    mine, theirs = site.first.add_session(account), site.first.add_session(account, FIREFOX)
    # nginx takes turns: several pages are on both.
    visitor, other = site.front.visitor(mine), site.front.visitor(theirs)
    pages = [visitor.page() for _ in range(4)]
    other_pages = [other.page() for _ in range(4)]
    assert all(page.value("this_device")["title"] == "Chrome on Windows" for page in pages)

    site.second.kill()
    site.first.wait_for(lambda: any(page.closed for page in pages))
    assert any(not page.closed for page in pages)
    # What a browser does whose connection was lost: it connects again, under the same name.
    again = [visitor.page() for _ in range(4)]
    assert all(page.value("this_device")["title"] == "Chrome on Windows" for page in again)
    assert visitor.verify().json()["session"]["id"] == mine.public_id

    again[0].send(ASK_REVOKE, {"device_id": theirs.public_id})
    again[0].send(REVOKE)
    again[0].wait_for_value("notice", lambda notice: notice and " signed out." in notice)
    for page in (page for page in other_pages if not page.closed):
        assert page.wait_to_leave() == "/signin?reason=revoked"
    assert other.verify().status_code == 401


def test_signing_in_through_it_gives_a_cookie_that_is_for_this_host_and_https_alone(
    site: Site,
) -> None:
    answer = site.front.visitor().sign_in(site.first.add_account().email)
    assert answer.headers["location"] == f"{site.nginx.url}/devices"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-session_token=")
    assert "; Secure" in cookie
    assert answer.headers["strict-transport-security"]


def test_a_session_is_from_where_nginx_saw_it_come_whatever_the_client_writes(site: Site) -> None:
    visitor = Visitor(site.front, address="203.0.113.9").signed_in(site.first.add_account())
    page = visitor.page()
    assert "127.0.0.1" in page.text
    assert "203.0.113.9" not in page.text


def test_a_client_gives_its_requests_no_name(site: Site) -> None:
    forged = {"X-Request-Id": "f" * 32}
    answer = site.front.request("GET", "/ping", headers=forged)
    assert len(answer.headers["x-request-id"]) == 32
    assert answer.headers["x-request-id"] != "f" * 32


def test_plain_http_leads_to_https_and_the_operators_pages_to_nothing(site: Site) -> None:
    front = copy.copy(site.front)
    front.url = f"http://127.0.0.1:{site.nginx.plain_port}"
    answer = front.request("GET", "/devices?next=%2F")
    assert answer.status_code == 308
    assert answer.headers["location"] == "https://sessions.example.com/devices?next=%2F"
    assert site.front.request("GET", "/metrics").status_code == 404
    assert site.front.request("GET", "/readyz").status_code == 404


class TestASiteThatAsksForTheSession:
    """Nothing but files: not a line of code of its own."""

    @pytest.fixture(autouse=True)
    def files(self, site: Site) -> None:
        (site.nginx.site / "index.html").write_text("<p>the wiki</p>")

    def cookie(self, visitor: Visitor) -> dict[str, str]:
        return {"cookie": visitor.headers()["Cookie"]}

    def test_strangers_are_sent_to_sign_in(self, site: Site) -> None:
        answer = site.nginx.get("/")
        assert answer.status_code == 303
        assert answer.headers["location"] == "https://sessions.example.com/signin"
        assert "wiki" not in answer.text

    def test_whoever_is_signed_in_reads_it_until_they_are_revoked(self, site: Site) -> None:
        account = site.first.add_account()
        visitor = site.front.visitor(site.first.add_session(account))
        page = site.front.visitor(mine := site.first.add_session(account, FIREFOX)).page()
        answer = site.nginx.get("/", **self.cookie(visitor))
        assert answer.status_code == 200
        assert "the wiki" in answer.text
        assert answer.headers["cache-control"] == "no-store"

        page.send(ASK_REVOKE, {"device_id": visitor.session_id})
        page.send(REVOKE)
        page.wait_for_value("notice", lambda notice: notice and " signed out." in notice)
        assert site.nginx.get("/", **self.cookie(visitor)).status_code == 303
        assert site.front.visitor(mine).verify().status_code == 200

    def test_reading_it_counts_as_activity(self, site: Site) -> None:
        session = site.first.add_session(site.first.add_account())
        before = now() - timedelta(hours=1)
        site.first.set_session(session, created_at=before, last_seen_at=before)
        site.nginx.get("/", **self.cookie(site.front.visitor(session)))

        def last_seen() -> datetime:
            with site.first.database.reading() as db:
                return stored(db, session.public_id).last_seen_at

        site.first.wait_for(lambda: last_seen() > before)

    def test_no_answer_is_a_no(self, site: Site) -> None:
        visitor = site.front.visitor(site.first.add_session(site.first.add_account()))
        for server in (site.first, site.second):
            server.kill()
        answer = site.nginx.get("/", **self.cookie(visitor))
        assert answer.status_code >= 500
        assert "wiki" not in answer.text

    def test_a_client_can_not_name_itself(self, site: Site) -> None:
        answer = site.nginx.get("/", **{"x-auth-user": "somebody", "x-auth-admin": "true"})
        assert answer.status_code == 303
