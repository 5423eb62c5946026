"""What an operator sees: readiness, metrics, logs, and a stop that loses nothing."""

import json
import re
import threading
import time

import httpx
import pytest

from sessions_dashboard.accounts.passwords import hash_password
from tests.support.people import set_user
from tests.support.redis import RedisServer
from tests.support.server import FIREFOX, PASSWORD, DashboardServer
from tests.support.servers import MakeServer, sqlite_server
from tests.workers.conftest import wait_connected
from tests.workers.test_across_workers import ASK_REVOKE, REVOKE

__all__ = ["sqlite_server"]

KEY = "m" * 32


def measured(text: str, name: str) -> float:
    """The value of one line; none is zero."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0


def scrape(server: DashboardServer) -> str:
    answer = server.request("GET", "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return answer.text


class TestReadiness:
    def test_a_server_is_ready_and_without_its_redis_still_is(
        self, two_servers: tuple[DashboardServer, DashboardServer], redis_server: RedisServer
    ) -> None:
        server, _other = two_servers
        ready = {"status": "ready", "database": "ok", "workers": "connected"}
        assert server.request("GET", "/readyz").json() == ready
        redis_server.stop()

        def alone() -> bool:
            answer = server.request("GET", "/readyz")
            assert answer.status_code == 200
            return answer.json()["workers"] == "unreachable"

        server.wait_for(alone)


class TestMetrics:
    def test_they_are_for_this_machine_alone(self, sqlite_server: DashboardServer) -> None:
        assert sqlite_server.request("GET", "/metrics").status_code == 200
        # Behind a proxy on this machine everybody comes from here.
        assert sqlite_server.visitor().get("/metrics").status_code == 404
        forwarded = {"Forwarded": "for=203.0.113.9"}
        assert sqlite_server.request("GET", "/metrics", headers=forwarded).status_code == 404

    def test_or_for_whoever_has_the_key(self, make_server: MakeServer) -> None:
        visitor = make_server(METRICS_KEY=KEY).visitor()
        assert visitor.get("/metrics", Authorization=f"Bearer {KEY}").status_code == 200
        for wrong in ("Bearer", "Bearer " + "n" * 32, None):
            assert visitor.get("/metrics", Authorization=wrong).status_code == 404

    def test_they_tell_what_happened_and_nothing_about_anybody(
        self, sqlite_server: DashboardServer
    ) -> None:
        server = sqlite_server
        account = server.add_account()
        before = scrape(server)
        mine = server.visitor().signed_in(account)
        theirs = server.visitor(server.add_session(account, FIREFOX))
        server.visitor().sign_in(account.email, "wrong")
        page, other_page = mine.page(), theirs.page()
        assert measured(scrape(server), "sessions_dashboard_open_pages") >= 2
        page.send(ASK_REVOKE, {"device_id": theirs.session_id})
        page.send(REVOKE)
        other_page.wait_to_leave()
        other_page.wait_closed()
        after = scrape(server)

        def grew(name: str) -> float:
            name = f"sessions_dashboard_{name}"
            return measured(after, name) - measured(before, name)

        assert grew('events_total{kind="signed_in",reason=""}') == 1
        assert grew('events_total{kind="sign_in_failed",reason=""}') == 1
        assert grew('events_total{kind="ended",reason="revoked"}') == 1
        assert grew('resumes_total{outcome="live"}') > 0
        assert grew("revoke_to_cut_seconds_count") == 1
        assert grew('revoke_to_cut_seconds_bucket{le="0.5"}') == 1
        for personal in (account.email, mine.address, mine.session_id):
            assert personal not in after

    def test_any_worker_tells_for_all_of_one_server(
        self, make_server: MakeServer, redis_server: RedisServer
    ) -> None:
        url = redis_server.url.removesuffix("/0") + "/1"
        server = make_server(REDIS_URL=url, GRANIAN_WORKERS="3")
        server.add_account(is_admin=True)
        wait_connected(redis_server, 3, database=1)
        account = server.add_account()
        for _ in range(12):
            server.visitor().signed_in(account)
        pages = [server.visitor(server.add_session(account)).page() for _ in range(9)]
        for _ in range(8):
            text = scrape(server)
            name = 'sessions_dashboard_events_total{kind="signed_in",reason=""}'
            assert measured(text, name) == 12
            assert measured(text, "sessions_dashboard_open_pages") == len(pages)
            assert measured(text, "sessions_dashboard_active_sessions") == 12 + len(pages)
            # Prometheus refuses an answer that tells of one metric twice.
            told = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
            assert sorted(set(told)) == sorted(told)


class TestLogs:
    @pytest.fixture
    def server(self, make_server: MakeServer) -> DashboardServer:
        server = make_server(LOG_FORMAT="json")
        server.add_account(is_admin=True)
        return server

    @staticmethod
    def lines(server: DashboardServer) -> list[dict[str, str]]:
        return [json.loads(line) for line in server.log.splitlines() if line]

    def test_every_line_is_json_and_names_its_request(self, server: DashboardServer) -> None:
        account = server.add_account()
        visitor = server.visitor()
        for _ in range(10):
            visitor.sign_in(account.email, "wrong")
        refused = visitor.post("/auth/sign-in", {"email": account.email, "password": PASSWORD})
        name = refused.headers["x-request-id"]
        [line] = [line for line in self.lines(server) if line.get("request_id") == name]
        assert line["level"] == "warning"
        assert "too many" in line["message"]
        assert line["logger"] == "sessions_dashboard.http.password_check"

    def test_a_proxys_name_for_the_request_is_kept_unless_it_is_none(
        self, server: DashboardServer
    ) -> None:
        visitor = server.visitor()
        given = "0123456789abcdef0123456789abcdef"
        assert visitor.get("/ping", X_Request_ID=given).headers["x-request-id"] == given
        for odd in ("short", "x" * 65, 'in"jected-and-long', ""):
            assert visitor.get("/ping", X_Request_ID=odd).headers["x-request-id"] != odd

    def test_without_a_proxy_nobody_names_their_own(self, make_server: MakeServer) -> None:
        visitor = make_server(TRUSTED_PROXY_HOPS="0").visitor()
        given = "0123456789abcdef0123456789abcdef"
        assert visitor.get("/ping", X_Request_ID=given).headers["x-request-id"] != given

    def test_a_failed_event_of_a_page_has_the_name_of_its_connection(
        self, server: DashboardServer
    ) -> None:
        given = "0123456789abcdef0123456789abcdef"
        visitor = server.visitor(server.add_session(server.add_account()))
        tab = visitor.socket(X_Request_ID=given).connect()
        tab.send("reflex___state____state.hydrate", {"unknown": "argument"})
        tab.settle()
        told = [line for line in self.lines(server) if line.get("request_id") == given]
        assert "do not fit" in told[0]["message"]


class TestAStop:
    def test_what_is_under_way_is_answered_and_done(self, make_server: MakeServer) -> None:
        server = make_server()
        server.add_account(is_admin=True)
        account = server.add_account()
        # As dear to check as a real one.
        slow = hash_password(PASSWORD)
        server.database.write_here(lambda db: set_user(db, account.id, password_hash=slow))
        answers: list[httpx.Response] = []
        asking = threading.Thread(
            target=lambda: answers.append(server.visitor().sign_in(account.email))
        )
        asking.start()
        time.sleep(0.02)
        server.stop()
        asking.join(20)
        assert [answer.status_code for answer in answers] == [303]
        assert "session_token" in answers[0].headers["set-cookie"]

    def test_open_pages_do_not_hold_it_up(self, make_server: MakeServer) -> None:
        server = make_server()
        server.add_account(is_admin=True)
        pages = [server.visitor(server.add_session(server.add_account())).page() for _ in range(3)]
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 10
        for page in pages:
            page.wait_closed()
