"""A session that ends takes its open pages along, at once and for good."""

import contextlib
import itertools
import json
import re
import threading
from datetime import timedelta

import pytest

from sessions_dashboard.states.admin_sessions import AdminSessionsState
from sessions_dashboard.states.devices import DevicesState
from tests.support.event_socket import (
    HYDRATE,
    HYDRATE_AND_LOAD,
    HandshakeRefused,
    Tab,
    event,
    event_name,
)
from tests.support.people import stored
from tests.support.server import FIREFOX, Account, DashboardServer, Session, now
from tests.support.servers import MakeServer

LOAD = event_name(DevicesState, "load")
ASK_REVOKE = event_name(DevicesState, "ask_revoke")
REVOKE = event_name(DevicesState, "revoke")
ASK_RENAME = event_name(DevicesState, "ask_rename")
RENAME = event_name(DevicesState, "rename")
SIGN_OUT_OTHERS = event_name(DevicesState, "sign_out_others")


class Two:
    """One account in two browsers, each with its devices page open."""

    def __init__(self, server: DashboardServer) -> None:
        self.server = server
        self.account = server.add_account()
        self.first: Session = server.add_session(self.account)
        self.second: Session = server.add_session(self.account, FIREFOX)
        self.tab = self.page_of(self.first)

    def page_of(self, session: Session) -> Tab:
        return self.server.visitor(session).page()

    def revoke_second(self) -> None:
        """From the first browser, as a person does; returns once that is committed."""
        self.tab.send(ASK_REVOKE, {"device_id": self.second.public_id})
        self.tab.send(REVOKE)
        self.tab.wait_for_value("notice", lambda notice: notice and " signed out." in notice)


@pytest.fixture
def two(server: DashboardServer) -> Two:
    return Two(server)


def assert_socket_refused(server: DashboardServer, session: Session) -> None:
    """A new connection with the old cookie is nobody's."""
    tab = server.visitor(session).tab()
    assert tab.wait_to_leave() == "/signin"
    assert "@example.com" not in tab.text


class TestRevoke:
    def test_all_tabs_of_the_other_browser_leave_and_their_connections_are_closed(
        self, two: Two
    ) -> None:
        theirs = [two.page_of(two.second) for _ in range(3)]
        two.revoke_second()
        assert two.tab.value("notice") == "Firefox on Linux was signed out."
        for tab in theirs:
            assert tab.wait_to_leave() == "/signin?reason=revoked"
            tab.wait_closed()
        assert two.tab.wait_for_value("others", lambda others: others == []) == []
        assert not two.tab.closed
        assert_socket_refused(two.server, two.second)

    def test_the_page_they_come_to_says_what_happened_and_from_where(self, two: Two) -> None:
        two.revoke_second()
        page = two.server.visitor(two.second).tab("/signin?reason=revoked")
        page.wait_for_value("ended", bool)
        assert page.value("ended") == "This device was signed out"
        assert page.value("ended_from") == "Chrome on Windows"
        assert page.value("ended_at")
        assert page.value("suspicious") is True

    def test_sign_out_others_ends_all_but_the_own(self, two: Two) -> None:
        third = two.server.add_session(two.account)
        theirs = [two.page_of(two.second), two.page_of(third)]
        two.tab.send(SIGN_OUT_OTHERS)
        two.tab.wait_for_value(
            "notice", lambda notice: notice == "2 other devices were signed out."
        )
        for tab in theirs:
            assert tab.wait_to_leave() == "/signin?reason=revoked"
            tab.wait_closed()
        assert two.server.visitor(two.first).verify().status_code == 200

    def test_an_administrator_ends_anybodys(self, server: DashboardServer) -> None:
        account = server.add_account()
        session = server.add_session(account, FIREFOX)
        theirs = server.visitor(session).page()
        admin = server.visitor(server.add_session(server.add_account(is_admin=True)))
        page = admin.page(f"/admin/sessions?search={account.email}")
        page.wait_for_value("rows", lambda rows: rows and rows[0]["id"] == session.public_id)
        page.send(event_name(AdminSessionsState, "ask_revoke"), {"session_id": session.public_id})
        page.send(event_name(AdminSessionsState, "revoke"))
        assert theirs.wait_to_leave() == "/signin?reason=revoked_by_admin"
        theirs.wait_closed()
        page.wait_for_value("notice", bool)
        assert page.value("notice") == f"{account.email} was signed out on Firefox on Linux."

    def test_signing_out_over_http_takes_the_open_tabs_along(self, server: DashboardServer) -> None:
        session = server.add_session(server.add_account())
        visitor = server.visitor(session)
        tab = visitor.page()
        visitor.post("/auth/sign-out")
        assert tab.wait_to_leave() == "/signin?reason=signed_out"
        tab.wait_closed()

    def test_signing_in_again_takes_the_old_sessions_tabs_along(
        self, server: DashboardServer
    ) -> None:
        visitor = server.visitor().signed_in(server.add_account())
        tab = visitor.page()
        visitor.signed_in(server.add_account())
        assert tab.wait_to_leave() == "/signin?reason=signed_out"
        tab.wait_closed()


class TestAHostileClient:
    """It keeps its websocket, ignores what it is told, and goes on."""

    def test_that_floods_through_a_revoke_changes_nothing_after_the_commit(self, two: Two) -> None:
        hostile = two.page_of(two.second)
        hostile.send(ASK_RENAME, {"device_id": two.second.public_id})
        stop = threading.Event()

        def flood() -> None:
            with contextlib.suppress(OSError):
                for number in itertools.count():
                    if stop.is_set():
                        return
                    hostile.send(ASK_RENAME, {"device_id": two.second.public_id})
                    hostile.send(RENAME, {"form": {"name": f"name {number}"}})
                    hostile.send(LOAD)

        flooding = threading.Thread(target=flood)
        flooding.start()
        hostile.wait_for_value("notice", lambda notice: notice and "name" in notice)
        two.revoke_second()
        with two.server.database.reading() as db:
            at_commit = stored(db, two.second.public_id)
        # From here on it may learn nothing new and change nothing.
        newcomer = two.server.add_session(two.account)
        two.tab.send(LOAD)
        hostile.wait_closed()
        stop.set()
        flooding.join()
        with two.server.database.reading() as db:
            assert stored(db, two.second.public_id) == at_commit
        assert at_commit.end_reason == "revoked"
        assert newcomer.public_id not in hostile.text
        assert newcomer.ip_address not in hostile.text

    def test_that_opens_the_namespace_again_on_the_same_websocket_is_refused(
        self, two: Two
    ) -> None:
        hostile = two.page_of(two.second)
        two.revoke_second()
        seen = len(hostile.frames)
        with_first_event = f"40/_event,{json.dumps({'event': event(HYDRATE_AND_LOAD)})}"
        for message in (
            "41/_event,",
            "40/_event,",
            with_first_event,
            "41/_event,",
            with_first_event,
        ):
            _try(hostile, message)
        hostile.wait_closed()
        after = [frame for frame in hostile.frames[seen:] if "leave_to" not in frame]
        assert not [frame for frame in after if frame.startswith(("40/_event,", "42/_event,"))]

    def test_that_hid_from_the_announcement_is_refused_when_it_comes_back(self, two: Two) -> None:
        """It left the namespace before, so its connection is nobody's that is told."""
        hostile = two.page_of(two.second)
        hostile.send_raw("41/_event,")
        two.revoke_second()
        seen = len(hostile.frames)
        hostile.send_raw(f"40/_event,{json.dumps({'event': event(HYDRATE_AND_LOAD)})}")
        hostile.wait_for(lambda: len(hostile.frames) > seen, "a refusal")
        assert hostile.frames[seen].startswith("44/_event,")
        hostile.wait_closed()
        assert len(hostile.frames) == seen + 1

    def test_that_never_opened_the_namespace_is_refused_when_it_does(self, two: Two) -> None:
        hostile = two.server.visitor(two.second).socket()
        hostile.wait_for(lambda: hostile.frames, "the websocket")
        two.revoke_second()
        hostile.send_raw(f"40/_event,{json.dumps({'event': event(HYDRATE_AND_LOAD)})}")
        hostile.wait_closed()
        assert [frame[:2] for frame in hostile.frames] == ["0{", "44"]

    def test_connecting_while_the_revoke_commits_ends_in_no_live_socket(self, two: Two) -> None:
        """Registered first and checked then, or the other way round: the classic gap."""
        tabs: list[Tab] = []
        stop = threading.Event()

        def connect() -> None:
            while not stop.is_set():
                try:
                    tab = two.server.visitor(two.second).socket()
                except HandshakeRefused:
                    return
                tabs.append(tab)
                _try(tab, f"40/_event,{json.dumps({'event': event(HYDRATE_AND_LOAD)})}")

        connecting = [threading.Thread(target=connect) for _ in range(2)]
        for thread in connecting:
            thread.start()
        two.server.wait_for(lambda: len(tabs) > 4)
        two.revoke_second()
        newcomer = two.server.add_session(two.account)
        stop.set()
        for thread in connecting:
            thread.join()
        for tab in tabs:
            # Whoever connected as the live session is cut; whoever came too late is a stranger.
            two.server.wait_for(lambda tab=tab: tab.closed or tab.left_for)
            assert newcomer.public_id not in tab.text
            tab.close()


def _try(tab: Tab, message: str) -> None:
    """Send it, if the server still listens."""
    with contextlib.suppress(OSError):
        tab.send_raw(message)


class TestWithoutAnAnnouncement:
    """The row was changed directly: by a shell, by time, by another program."""

    @pytest.mark.parametrize("name", [LOAD, HYDRATE, HYDRATE_AND_LOAD, REVOKE])
    def test_the_next_event_of_an_ended_session_is_refused(self, two: Two, name: str) -> None:
        tab = two.page_of(two.second)
        two.server.set_session(two.second, ended_at=now(), end_reason="revoked_by_admin")
        newcomer = two.server.add_session(two.account)
        seen = len(tab.frames)
        tab.send(name)
        assert tab.wait_to_leave() == "/signin?reason=revoked_by_admin"
        tab.wait_closed()
        assert len(tab.frames) == seen + 1
        assert newcomer.public_id not in tab.text

    @pytest.mark.parametrize(
        ("reason", "how"),
        [
            ("account_disabled", "disabled"),
            ("lifetime", "lifetime"),
            ("idle", "idle"),
            ("", "gone"),
        ],
    )
    def test_however_it_ended(self, two: Two, reason: str, how: str) -> None:
        tab = two.page_of(two.second)
        change(two.server, two.account, two.second, how)
        tab.send(LOAD)
        assert tab.wait_to_leave() == ("/signin" + (f"?reason={reason}" if reason else ""))
        tab.wait_closed()

    def test_the_sweep_finds_those_that_say_nothing(self, sqlite_server: DashboardServer) -> None:
        server = sqlite_server
        tabs = []
        for how in ("ended", "disabled", "lifetime", "idle", "gone"):
            account = server.add_account()
            session = server.add_session(account)
            tab = server.visitor(session).page()
            change(server, account, session, how)
            tabs.append(tab)
        staying = server.visitor(server.add_session(server.add_account())).page()
        for tab in tabs:
            assert tab.wait_to_leave().startswith("/signin")
            tab.wait_closed()
        assert not staying.closed

    def test_a_reason_that_nobody_knows_keeps_no_page_there(
        self, sqlite_server: DashboardServer
    ) -> None:
        server = sqlite_server
        odd, usual = (server.add_session(server.add_account()) for _ in range(2))
        tabs = [server.visitor(session).page() for session in (odd, usual)]
        server.set_session(odd, ended_at=now(), end_reason="from the future")
        server.set_session(usual, ended_at=now(), end_reason="revoked")
        try:
            for tab in tabs:
                assert tab.wait_to_leave().startswith("/signin")
                tab.wait_closed()
        finally:
            server.set_session(odd, end_reason="revoked")

    def test_a_disabled_account_gets_in_nowhere(self, server: DashboardServer) -> None:
        account = server.add_account()
        session = server.add_session(account)
        server.set_account(account, disabled_at=now())
        visitor = server.visitor(session)
        assert visitor.verify().status_code == 401
        page = visitor.tab("/signin")
        page.wait_for_value("ended", bool)
        assert page.value("ended") == "This account is disabled"
        assert account.email not in page.text


def change(server: DashboardServer, account: Account, session: Session, how: str) -> None:
    match how:
        case "ended":
            server.set_session(session, ended_at=now(), end_reason="revoked")
        case "disabled":
            server.set_account(account, disabled_at=now())
        case "lifetime":
            server.set_session(session, created_at=now() - timedelta(days=31))
        case "idle":
            server.set_session(session, last_seen_at=now() - timedelta(days=15))
        case "gone":
            server.delete_session(session)


class TestADemotedAdministrator:
    def test_is_refused_at_the_next_event_and_keeps_nothing_on_the_page(
        self, server: DashboardServer
    ) -> None:
        victim = server.add_session(server.add_account("victim"))
        account = server.add_account(is_admin=True)
        session = server.add_session(account)
        tab = server.visitor(session).page("/admin/sessions", "the same")
        assert victim.public_id in tab.text
        # What was asked for before is answered.
        tab.settle()
        server.set_account(account, is_admin=False)
        for handler in ("load", "refresh", "look_for", "older", "revoke"):
            payload = {"text": "victim"} if handler == "look_for" else None
            seen = len(tab.frames)
            tab.send(event_name(AdminSessionsState, handler), payload, "/admin/sessions")
            tab.wait_for(lambda seen=seen: len(tab.frames) > seen, handler)
            assert victim.public_id not in "".join(tab.frames[seen:])
            assert '"leave_to_rx_state_":"/devices"' in tab.frames[seen]
        # What the server remembered for the page is not sent once more either.
        for page in (tab, None):
            if page is None:
                tab.close()
                page = server.visitor(session).tab(client_token="the same")
            seen = len(page.frames) if page is tab else 0
            page.settle()
            assert victim.public_id not in "".join(page.frames[seen:])
            assert "victim" not in "".join(page.frames[seen:])

    def test_gets_no_more_news(self, server: DashboardServer) -> None:
        account = server.add_account(is_admin=True)
        tab = server.visitor(server.add_session(account)).page("/admin/sessions")
        server.set_account(account, is_admin=False)
        visitor = server.visitor().signed_in(server.add_account("news"))
        # The overview is refreshed because of it, and the refresh is refused.
        assert tab.wait_to_leave() == "/devices"
        assert visitor.session_id not in tab.text


class TestAServerThatDies:
    @pytest.mark.parametrize("database", ["sqlite", "postgresql"])
    def test_a_revoke_that_was_answered_holds_after_kill_9(
        self, make_server: MakeServer, database: str
    ) -> None:
        server = make_server(database)
        two = Two(server)
        other = server.add_session(two.account, FIREFOX)
        two.revoke_second()
        # And one more that is under way when it dies: done or not done, nothing between.
        two.tab.send(ASK_REVOKE, {"device_id": other.public_id})
        two.tab.send(REVOKE)
        server.kill()
        server.start()
        assert server.visitor(two.second).verify().status_code == 401
        assert server.visitor(two.first).verify().status_code == 200
        with server.database.reading() as db:
            row = stored(db, other.public_id)
        assert (row.ended_at is None) == (row.end_reason is None) == (row.ended_by_user_id is None)
        alive = server.visitor(other).verify().status_code == 200
        assert alive == (row.ended_at is None)


def test_the_log_of_all_this_holds_no_secret(server: DashboardServer) -> None:
    account = server.add_account()
    visitor = server.visitor().signed_in(account)
    visitor.tab().settle()
    visitor.sign_in(account.email, "hunter2 hunter2 hunter2")
    visitor.post("/auth/sign-out")
    log = server.log
    assert server.secrets_in_log() == []
    assert "hunter2" not in log
    assert not re.search(r"session_token|\$argon2", log)
    assert "Traceback" not in log, log
