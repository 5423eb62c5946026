"""Two servers behind the nginx of `deploy/`, as on two machines; and a site that asks them."""

import copy
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from sessions_dashboard.http.unavailable import RETRY_SECONDS
from sessions_dashboard.states.devices import DevicesState
from sessions_dashboard.words.http import REFUSALS, UNAVAILABLE_TITLE
from tests.support.event_socket import event_name
from tests.support.nginx import Nginx
from tests.support.people import stored
from tests.support.postgresql import PostgresqlServer
from tests.support.receiver import Receiver, running_receiver
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
    # The server with fewer connections gets the next one: several pages are on both.
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


def test_the_log_has_the_name_of_the_request_and_the_server_that_answered(site: Site) -> None:
    name = site.front.request("GET", "/ping").headers["x-request-id"]

    def line() -> list[str]:
        return [line for line in site.nginx.log if line.endswith(f" {name}")]

    [written] = site.first.wait_for(line)
    assert '"GET /ping HTTP/1.1" 200 ' in written
    assert any(f" 127.0.0.1:{server.port} " in written for server in (site.first, site.second))


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

    def test_strangers_are_sent_to_sign_in_and_back_to_the_very_address(self, site: Site) -> None:
        answer = site.nginx.get("/page?a=1&b=%2F")
        assert answer.status_code == 303
        onward = "https://sessions.example.com/auth/onward?to="
        assert answer.headers["location"] == f"{onward}{site.nginx.site_url}/page?a=1&b=%2F"
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
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert "wiki" not in answer.text

    def test_a_client_can_not_name_itself(self, site: Site) -> None:
        answer = site.nginx.get("/", **{"x-auth-user": "somebody", "x-auth-admin": "true"})
        assert answer.status_code == 303


class TestAnApplicationThatAsksForTheSession:
    """It has cookies of its own, and gets them."""

    @pytest.fixture
    def application(self, site: Site) -> Iterator[Receiver]:
        with running_receiver(site.nginx.application_port) as receiver:
            yield receiver

    @pytest.fixture
    def value(self, site: Site) -> str:
        assert site.first.cookie_name == "__Host-session_token"
        return site.first.add_session(site.first.add_account()).cookie

    @pytest.mark.parametrize(
        ("sent", "seen"),
        [
            ("{session}", ""),
            ("{session}; theme=dark", "theme=dark"),
            ("theme=dark; {session}", "theme=dark"),
            ("theme=dark; {session}; lang=de", "theme=dark; lang=de"),
            ("theme=dark;{session};lang=de", "theme=dark;lang=de"),
            # With a domain its name is plain, and a browser may have both.
            ("{session}; {plain}", ""),
            ("{plain}; a=1; {session}; b=2", "a=1; b=2"),
            ("a=1; {session}; {plain}; b=2", "a=1; b=2"),
            # More than a browser has of its own accord were planted: then nothing passes.
            ("session_token=1; session_token=2; {session}; a=1", ""),
            # What only looks like it.
            ("xsession_token=1; {session}; my__Host-session_token=2",) * 2,
            ("session_token_b=1; {session}; session=2; Session_Token=3",) * 2,
            ("note=session_token=1; {session}; a=b=; empty=",) * 2,
        ],
    )
    def test_sees_all_cookies_but_the_sessions(
        self, site: Site, application: Receiver, value: str, sent: str, seen: str
    ) -> None:
        line = sent.format(session=f"__Host-session_token={value}", plain=f"session_token={value}")
        assert site.nginx.post("/", [("Cookie", line)]).status_code == 204
        [told] = application.told
        assert told.headers.get("cookie", "") == seen.replace("{session}; ", "")
        assert value not in str(told.headers)
        assert told.headers["x-auth-email"]

    def test_sees_them_in_several_lines_as_well(
        self, site: Site, application: Receiver, value: str
    ) -> None:
        lines = ("theme=dark", f"__Host-session_token={value}", "lang=de")
        assert site.nginx.post("/", [("Cookie", line) for line in lines]).status_code == 204
        [told] = application.told
        assert told.headers["cookie"] == "theme=dark; lang=de"

    def test_is_not_asked_for_a_stranger_or_for_two_of_one_name(
        self, site: Site, application: Receiver, value: str
    ) -> None:
        session = f"__Host-session_token={value}"
        for line in ("theme=dark", f"{session}; {session}", f"x{session}"):
            assert site.nginx.post("/", [("Cookie", line)]).status_code == 303
        assert application.told == []


@dataclass
class Stand:
    """A server in the place of a dashboard's; what asks for `/held` is answered at the end."""

    status: int = 200
    port: int = 0
    held: int = 0
    end: threading.Event = field(default_factory=threading.Event)


@contextmanager
def standing(status: int = 200) -> Iterator[Stand]:
    stand = Stand(status)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/held":
                stand.held += 1
                stand.end.wait()
            self.send_response(stand.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield stand
    finally:
        stand.end.set()
        server.shutdown()
        server.server_close()
        thread.join()


def test_what_is_kept_open_is_shared_out_whatever_is_asked_in_between(tmp_path: Path) -> None:
    """In turns, a page and its socket would always come to the same two servers."""
    nginx = Nginx(tmp_path)
    with standing() as first, standing() as second, ThreadPoolExecutor() as pool:
        nginx.start(first.port, second.port)
        ask = partial(httpx.get, verify=False, trust_env=False, timeout=20)

        def wait_for_held(number: int) -> None:
            wait_until(lambda: first.held + second.held == number)

        try:
            for number in range(1, 7):
                ask(f"{nginx.url}/page")
                pool.submit(ask, f"{nginx.url}/held")
                wait_for_held(number)
            assert (first.held, second.held) == (3, 3)
        finally:
            for stand in (first, second):
                stand.end.set()
            nginx.stop()


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("path", ["/", "/picture.png"])
def test_while_the_dashboard_can_not_tell_the_site_says_when_to_come_again(
    tmp_path: Path, status: int, path: str
) -> None:
    """503 is what it answers while its database is away."""
    nginx = Nginx(tmp_path)
    for name in ("index.html", "picture.png"):
        (nginx.site / name).write_text("the wiki")
    with standing(status) as stand:
        nginx.start(stand.port, stand.port)
        try:
            answer = nginx.get(path)
            posted = nginx.post(path, [])
        finally:
            nginx.stop()
    for one in (answer, posted):
        assert one.status_code == 503
        assert one.headers["retry-after"] == str(RETRY_SECONDS)
        assert one.headers["cache-control"] == "no-store"
        assert one.headers["content-type"] == "text/html; charset=utf-8"
        assert UNAVAILABLE_TITLE in one.text
        assert REFUSALS["unavailable"] in one.text
        assert "the wiki" not in one.text
