"""Clients that don't keep to the protocol: they are cut, and nothing of it stays."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_dashboard.live.frames import is_proper
from sessions_dashboard.states.devices import DevicesState
from sessions_dashboard.states.signin import SignInState
from tests.support.event_socket import (
    HYDRATE,
    HYDRATE_AND_LOAD,
    Tab,
    event,
    event_frame,
    event_name,
)
from tests.support.server import DashboardServer, Session

FRONTEND_EXCEPTION = (
    "reflex___state____state.reflex___state____frontend_event_exception_state"
    ".handle_frontend_exception"
)

PROPER = (
    "3",
    "40/_event,",
    '40/_event,{"event": {"name": "x"}}',
    "41/_event,",
    '42/_event,["ping"]',
    '42/_event,["event",{"name":"x"}]',
    '42/_event,["client_error",{"message":"x"}]',
)
IMPROPER = (
    "",
    " ",
    "x",
    "0",
    "1",
    "2",
    "3x",
    "4",
    "5",
    "6",
    "7",
    "b4",
    "99999999999999999999",
    "40",
    "40,",
    "40/,",
    "40/other,",
    "40/_event",
    "40/_event,[]",
    '40/_event,"x"',
    "40/_event,{",
    "41",
    "42",
    "42[]",
    '42["event",{}]',
    "42/_event,",
    "42/_event,garbage",
    "42/_event,[]",
    '42/_event,["event"]',
    '42/_event,["event",{},{}]',
    '42/_event,["ping",{}]',
    '42/_event,["connect",{"asgi.scope":{"sessions_dashboard.identity":{}}}]',
    '42/_event,["disconnect"]',
    '42/_event,["disconnect","x"]',
    '42/_event,["trigger_event","connect"]',
    '42/_event,["emit_update",1]',
    '42/_event,["_wait_for_room","x"]',
    "42/_event,[5]",
    "42/_event,[null]",
    '42/_event,[{"a":1}]',
    '42/_event,[["event"],{}]',
    '42/_event,7["event",{}]',
    '42/_event?x=1,["event",{}]',
    '42/_EVENT,["event",{}]',
    '421-/_event,["event",{}]',
    "43/_event,1[]",
    '44/_event,{"message":"x"}',
    '451-/_event,["event",{"_placeholder":true,"num":0}]',
    "461-/_event,0[]",
    "42/_event," + "[" * 20_000,
    '42/_event,["event",' + "9" * 5_000 + "]",
)


@pytest.fixture(autouse=True)
def has_started(sqlite_server: DashboardServer) -> None:
    """Wait for the last line that a server writes when it starts: the tests count lines."""
    sqlite_server.wait_for(lambda: "clean-up deleted" in sqlite_server.log)


class TestWhatIsProper:
    @pytest.mark.parametrize("message", PROPER)
    def test_a_page_says_it(self, message: str) -> None:
        assert is_proper(message)

    @pytest.mark.parametrize("message", IMPROPER)
    def test_no_page_says_it(self, message: str) -> None:
        assert not is_proper(message)

    def test_binary_is_not(self) -> None:
        assert not is_proper(None)

    @given(st.text())
    def test_any_text_gets_an_answer(self, text: str) -> None:
        for message in (text, f"4{text}", f"40/_event,{text}", f"42/_event,{text}"):
            assert is_proper(message) in (True, False)


class TestWhatHappens:
    @pytest.mark.parametrize("message", [m for m in IMPROPER if len(m) < 100])
    def test_the_connection_is_closed_with_one_line_in_the_log(
        self, sqlite_server: DashboardServer, message: str
    ) -> None:
        visitor = sqlite_server.visitor()
        tab = visitor.tab("/signin")
        tab.settle()
        before = len(sqlite_server.log)
        tab.send_raw(message)
        tab.wait_closed()
        said = sqlite_server.log[before:]
        assert "Traceback" not in said
        assert said.count("\n") <= 1

    def test_as_the_very_first_word_it_leaves_no_connection_behind(
        self, sqlite_server: DashboardServer
    ) -> None:
        """An address that holds no socket any more may open as many as ever."""
        visitor = sqlite_server.visitor()
        for _ in range(2):
            tabs = [visitor.socket(str(number)) for number in range(20)]
            for tab in tabs:
                tab.send_raw("x")
            for tab in tabs:
                tab.wait_closed()
        visitor.tab("/signin").settle()

    def test_a_message_beyond_the_limit_is_cut(self, sqlite_server: DashboardServer) -> None:
        tab = sqlite_server.visitor().tab("/signin")
        tab.send_raw(event_frame(HYDRATE, {"vars": "x" * 200_000}))
        tab.wait_closed()


# An event may be anything that JSON can say.
HOSTILE_EVENTS = {
    "no object": "x",
    "nothing": None,
    "a list": [1],
    "empty": {},
    "a name that is a list": {"name": ["x"]},
    "a name that is none": {"name": None},
    "an unknown name": {"name": "nothing.such", "payload": {"password": "hunter2-hunter2"}},
    "a frontend name": {"name": "_redirect", "payload": {"path": "https://evil.example"}},
    "a payload that is a list": {"name": HYDRATE, "payload": [1]},
    "a payload that is text": {"name": HYDRATE, "payload": "x"},
    "a payload of unknown names": {"name": HYDRATE, "payload": {"self": 1, "cls": 2, "": 3}},
    "router data that is a list": {"name": HYDRATE, "router_data": [1]},
    "router data that is an empty list": {"name": HYDRATE, "router_data": []},
    "router data that is a number": {"name": HYDRATE, "router_data": 7},
    **{
        f"router data with {what}": {"name": HYDRATE, "router_data": {"pathname": "/", **data}}
        for what, data in {
            "a path that is a number": {"asPath": 5},
            "a path that is nothing": {"asPath": None},
            "a path that breaks the host": {"asPath": "[", "pathname": "["},
            "a path of another host": {"asPath": "@evil.example/"},
            "a page that is a list": {"pathname": ["x"]},
            "a query that is a number": {"query": 5},
            "a query of lists": {"query": {"a": ["b"]}},
            "a query of objects": {"query": {"a": {"b": 1}}},
            "headers": {"headers": {"origin": "https://evil.example", "cookie": "x"}},
            "headers that are none": {"headers": 5},
            "somebody's token": {"token": "x", "sid": "x", "ip": "6.6.6.6"},
            "an endless path": {"asPath": "/" + "a" * 20_000},
        }.items()
    },
}


class TestEventsThatAreNone:
    @pytest.mark.parametrize("hostile", HOSTILE_EVENTS.values(), ids=HOSTILE_EVENTS)
    def test_nothing_comes_of_it_and_the_log_stays_empty(
        self, sqlite_server: DashboardServer, hostile: object
    ) -> None:
        """One of these once set off an error that set off itself, without end."""
        tab = sqlite_server.visitor().tab("/signin")
        tab.settle()
        before = len(sqlite_server.log)
        tab.send_raw(f"42/_event,{json.dumps(['event', hostile])}")
        tab.send_raw(f"42/_event,{json.dumps(['event', hostile])}")
        tab.settle()
        said = sqlite_server.log[before:]
        assert "Traceback" not in said
        assert "hunter2" not in said
        assert "evil" not in tab.text
        assert "6.6.6.6" not in tab.text
        assert said.count("\n") <= 2

    @pytest.mark.parametrize("hostile", HOSTILE_EVENTS.values(), ids=HOSTILE_EVENTS)
    def test_nothing_comes_of_it_as_the_first_event_either(
        self, sqlite_server: DashboardServer, hostile: object
    ) -> None:
        """The one that comes with CONNECT takes another way in."""
        before = len(sqlite_server.log)
        sqlite_server.visitor().socket().connect(hostile).settle()
        assert "Traceback" not in sqlite_server.log[before:]

    def test_any_address_of_this_site_is_taken(self, sqlite_server: DashboardServer) -> None:
        tab = sqlite_server.visitor().tab("/signin")
        before = len(sqlite_server.log)
        for address in (
            "/signin?next=%2F%2Fevil.example",
            "//evil.example/x",
            "/\\evil.example",
            "/[::1",
            "/?a=b&a=c&=&&self=1",
            "/\x00\r\n\t\u202e\ud800",
            "/%ff%00%zz",
            "/" + "?" * 3_000,
            "/#" + "&" * 3_000,
        ):
            for name in (HYDRATE, event_name(SignInState, "load")):
                tab.send_raw(
                    "42/_event,"
                    + json.dumps(
                        [
                            "event",
                            event(name) | {"router_data": {"pathname": address, "asPath": address}},
                        ]
                    )
                )
        tab.settle()
        assert "Traceback" not in sqlite_server.log[before:]
        assert tab.left_for is None


class TestReportsOfBrokenPages:
    """What a page says broke in it is a stranger's word."""

    def test_they_become_single_bounded_lines_and_not_without_end(
        self, https_server: DashboardServer
    ) -> None:
        server = https_server
        tab = server.visitor().tab("/signin")
        tab.settle()
        before = len(server.log)
        report = {
            "info": "Error: x\n[ERROR] forged line\n\u202e" + "y" * 5_000,
            "component_stack": "",
        }
        for _ in range(60):
            tab.send(FRONTEND_EXCEPTION, report)
            tab.send_raw('42/_event,["client_error",{"message":"x\\n[ERROR] forged line"}]')
        tab.settle()
        # A server that has just started says more.
        lines = server.log[before:].splitlines(keepends=True)
        said = "".join(line for line in lines if not line.startswith("INFO "))
        assert said.startswith("WARNING a page reports: Error: x [ERROR] forged line")
        assert "\n[ERROR]" not in said
        assert "\u202e" not in said
        assert 1 <= said.count("\n") <= 20
        assert len(said) < 30_000


class DeafTab(Tab):
    """Says much and reads nothing."""

    def _read(self) -> None:
        pass


class TestFloods:
    @pytest.fixture
    def crowded(self, server: DashboardServer) -> Session:
        """A session whose page is some thirty kilobytes."""
        account = server.add_account()
        for _ in range(80):
            server.add_session(account)
        return server.add_session(account)

    def test_a_client_that_sends_faster_than_it_is_served_waits_and_nobody_else_does(
        self, server: DashboardServer, crowded: Session
    ) -> None:
        tab = server.visitor(crowded).page()
        frame = event_frame(event_name(DevicesState, "load"))
        for _ in range(200):
            tab.send_raw(frame)
        other = server.visitor(server.add_session(server.add_account()))
        other.page()
        assert other.verify().status_code == 200
        tab.settle()

    def test_a_client_that_takes_no_answer_costs_no_memory(
        self, sqlite_server: DashboardServer
    ) -> None:
        """A hundred bytes ask for thirty kilobytes; unread they stayed in the server."""
        account = sqlite_server.add_account()
        for _ in range(80):
            sqlite_server.add_session(account)
        visitor = sqlite_server.visitor(sqlite_server.add_session(account))
        tab = DeafTab(sqlite_server.url, list(visitor.headers().items()))
        tab.send_raw(f"40/_event,{json.dumps({'event': event(HYDRATE_AND_LOAD)})}")
        other = sqlite_server.visitor(sqlite_server.add_session(sqlite_server.add_account()))
        other.page()
        before = sqlite_server.memory
        frame = event_frame(event_name(DevicesState, "load"))
        for _ in range(3_000):
            tab.send_raw(frame)
        # Time enough to have answered them all, as the server answers this one.
        for _ in range(200):
            other.page().close()
        assert sqlite_server.memory - before < 25_000_000
        tab.close()
