"""What one worker does shows on the pages of the others, whatever becomes of Redis meanwhile."""

import time

import pytest

from sessions_dashboard.live.redis_bus import CHANNEL
from sessions_dashboard.states.devices import DevicesState
from tests.support.event_socket import Tab, event_name
from tests.support.redis import RedisServer
from tests.support.server import FIREFOX, DashboardServer, Session, now
from tests.support.servers import MakeServer
from tests.workers.conftest import wait_connected

ASK_REVOKE = event_name(DevicesState, "ask_revoke")
REVOKE = event_name(DevicesState, "revoke")
# A sweep finds what nobody announced; what is quicker was announced.
WITHOUT_A_SWEEP = 3


class Pair:
    """One account in two browsers, each with its devices page open on another server."""

    def __init__(self, first: DashboardServer, second: DashboardServer) -> None:
        self.first, self.second = first, second
        self.account = first.add_account()
        self.mine: Session = first.add_session(self.account)
        self.theirs: Session = first.add_session(self.account, FIREFOX)
        self.page = first.visitor(self.mine).page()
        self.other_page = self.page_on(second, self.theirs)

    def page_on(self, server: DashboardServer, session: Session) -> Tab:
        page = server.visitor(session).page()
        page.wait_for_value("others", lambda others: others is not None)
        return page

    def revoke_theirs(self) -> None:
        self.page.send(ASK_REVOKE, {"device_id": self.theirs.public_id})
        self.page.send(REVOKE)
        self.page.wait_for_value("notice", lambda notice: notice and " signed out." in notice)


@pytest.fixture
def pair(two_servers: tuple[DashboardServer, DashboardServer]) -> Pair:
    return Pair(*two_servers)


class TestWhileAllIsWell:
    def test_a_revoke_on_one_server_empties_the_tab_on_the_other(self, pair: Pair) -> None:
        began = time.monotonic()
        pair.revoke_theirs()
        assert pair.other_page.wait_to_leave() == "/signin?reason=revoked"
        pair.other_page.wait_closed()
        assert time.monotonic() - began < WITHOUT_A_SWEEP
        assert pair.second.visitor(pair.theirs).verify().status_code == 401

    def test_what_else_is_said_on_the_channel_does_no_harm(
        self, pair: Pair, redis_server: RedisServer
    ) -> None:
        """A number that Python does not read once ended the listening, for good."""
        said = ("", "x", "x y z", "x -1", b"\xff\xfe", "x *", "x " + "9" * 30, "x " + "9" * 5_000)
        with redis_server.client() as client:
            for words in said:
                assert client.publish(f"{CHANNEL}:0", words) == 2
        time.sleep(0.5)
        began = time.monotonic()
        pair.revoke_theirs()
        assert pair.other_page.wait_to_leave() == "/signin?reason=revoked"
        assert time.monotonic() - began < WITHOUT_A_SWEEP

    def test_lists_follow_on_the_other_server(self, pair: Pair) -> None:
        admin = pair.first.add_account(is_admin=True)
        console = pair.second.visitor(pair.first.add_session(admin)).page(
            f"/admin/sessions?search={pair.account.email}"
        )
        console.wait_for_value("rows", lambda rows: len(rows) == 2)
        began = time.monotonic()
        pair.first.visitor(user_agent=FIREFOX).signed_in(pair.account)
        pair.other_page.wait_for_value("others", lambda others: len(others) == 2)
        console.wait_for_value("news", bool)
        assert time.monotonic() - began < WITHOUT_A_SWEEP

    def test_a_renewed_token_is_good_on_the_other_server_and_the_old_one_not_for_long(
        self, pair: Pair
    ) -> None:
        visitor = pair.first.visitor(pair.mine)
        visitor.post("/auth/confirm", {"password": "correct horse battery staple"})
        assert visitor.cookie != pair.mine.cookie
        renewed = pair.second.visitor(cookie=visitor.cookie)
        assert renewed.verify().status_code == 200

    def test_nothing_about_anybody_is_kept_in_redis(
        self, pair: Pair, redis_server: RedisServer
    ) -> None:
        """No state, no cookie, no email, no address; and nothing that is read as Python's own."""
        visitor = pair.first.visitor()
        visitor.sign_in(pair.account.email, "wrong")
        with redis_server.client() as client:
            keys = [key.decode() for key in client.scan_iter()]
            assert keys
            assert all(key.startswith("sessions_dashboard:failures:") for key in keys)
            values = b" ".join(key.encode() + b"".join(client.zrange(key, 0, -1)) for key in keys)
        for secret in (pair.account.email, visitor.address, *pair.first.secrets):
            assert secret.encode() not in values


class TestWhileRedisIsAway:
    def test_a_revoke_ends_the_session_at_once_and_its_page_at_the_next_event(
        self, pair: Pair, redis_server: RedisServer
    ) -> None:
        redis_server.stop()
        pair.revoke_theirs()
        assert pair.second.visitor(pair.theirs).verify().status_code == 401
        began = time.monotonic()
        pair.other_page.send(event_name(DevicesState, "load"))
        assert pair.other_page.wait_to_leave() == "/signin?reason=revoked"
        assert time.monotonic() - began < WITHOUT_A_SWEEP

    def test_idle_pages_of_ended_sessions_leave_though_nobody_tells(
        self, pair: Pair, redis_server: RedisServer
    ) -> None:
        redis_server.stop()
        pair.revoke_theirs()
        assert pair.other_page.wait_to_leave() == "/signin?reason=revoked"
        pair.other_page.wait_closed()

    def test_pages_that_stay_are_brought_up_to_date_when_it_is_back(
        self, pair: Pair, redis_server: RedisServer
    ) -> None:
        redis_server.stop()
        pair.first.visitor(user_agent=FIREFOX).signed_in(pair.account)
        pair.page.wait_for_value("others", lambda others: len(others) == 2)
        assert len(pair.other_page.value("others")) == 1
        redis_server.start()
        pair.other_page.wait_for_value("others", lambda others: len(others) == 2)

    def test_a_page_whose_session_was_ended_meanwhile_leaves_when_it_is_back(
        self, pair: Pair, redis_server: RedisServer
    ) -> None:
        redis_server.stop()
        pair.first.set_session(pair.theirs, ended_at=now(), end_reason="revoked_by_admin")
        redis_server.start()
        began = time.monotonic()
        assert pair.other_page.wait_to_leave() == "/signin?reason=revoked_by_admin"
        assert time.monotonic() - began < WITHOUT_A_SWEEP

    def test_lost_connections_are_made_anew_without_a_restart(
        self, pair: Pair, redis_server: RedisServer
    ) -> None:
        redis_server.cut()
        wait_connected(redis_server, 2)
        began = time.monotonic()
        pair.revoke_theirs()
        assert pair.other_page.wait_to_leave() == "/signin?reason=revoked"
        assert time.monotonic() - began < WITHOUT_A_SWEEP

    def test_a_redis_that_hangs_holds_nobody_up(
        self, pair: Pair, redis_server: RedisServer
    ) -> None:
        redis_server.hang()
        began = time.monotonic()
        pair.revoke_theirs()
        assert pair.first.visitor().sign_in(pair.account.email).status_code == 303
        assert time.monotonic() - began < WITHOUT_A_SWEEP
        redis_server.go_on()
        assert pair.other_page.wait_to_leave() == "/signin?reason=revoked"

    def test_a_server_starts_without_it(
        self, make_server: MakeServer, redis_server: RedisServer
    ) -> None:
        redis_server.stop()
        server = make_server(REDIS_URL=redis_server.url)
        server.add_account(is_admin=True)
        page = server.visitor(server.add_session(server.add_account())).page()
        assert page.value("this_device")["title"] == "Chrome on Windows"


def test_several_workers_of_one_server_tell_each_other(
    make_server: MakeServer, redis_server: RedisServer
) -> None:
    # Installations on one Redis are told apart by its database number.
    url = redis_server.url.removesuffix("/0") + "/1"
    server = make_server(REDIS_URL=url, GRANIAN_WORKERS="3")
    server.add_account(is_admin=True)
    wait_connected(redis_server, 3, database=1)
    account = server.add_account()
    ended = [server.add_session(account, FIREFOX) for _ in range(6)]
    pages = [server.visitor(session).page() for session in ended]
    mine = server.visitor(server.add_session(account)).page()
    began = time.monotonic()
    mine.send(event_name(DevicesState, "sign_out_others"))
    for page in pages:
        assert page.wait_to_leave() == "/signin?reason=revoked"
        page.wait_closed()
    assert time.monotonic() - began < WITHOUT_A_SWEEP
