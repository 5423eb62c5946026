"""Every handler that the composed application registers, called by those whom it is not for.

A client can call any public function of any state, with any payload, by its name.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from sessions_dashboard.sessions.models import sessions
from tests.support.event_socket import Tab
from tests.support.server import Account, DashboardServer, Session, Visitor, bare_environment, now

LIST = """
import inspect, json
from sessions_dashboard import sessions_dashboard
from sessions_dashboard.live.access import access_of
from reflex_base.registry import RegistrationContext
print(json.dumps([
    {
        "name": name,
        "module": registered.states[0].__module__,
        "access": getattr(access_of(registered.states[0]), "value", None),
        "parameters": list(inspect.signature(registered.handler.fn).parameters)[1:],
    }
    for name, registered in RegistrationContext.get().event_handlers.items()
]))
"""
FRAMEWORK = {
    "hydrate",
    "hydrate_and_load",
    "set_is_hydrated",
    "on_load_internal",
    "handle_frontend_exception",
}
# What the modules of the administrators' states begin with.
CONSOLE = ("admin_", "bulk", "saved_views", "session_panel")
VALUES: dict[str, Callable[[Session], Any]] = {
    "somebody's id": lambda session: session.public_id,
    "a form": lambda session: {"name": "taken over", "id": session.public_id},
    "nothing": lambda _: None,
    "a number": lambda _: 7,
    "a list": lambda _: ["x", {"y": []}],
    "text without end": lambda _: "x" * 20_000,
    "half a surrogate pair": lambda _: "\ud800\x00\u202e",
}


@dataclass(frozen=True)
class Handler:
    name: str
    module: str
    access: str | None
    parameters: list[str]

    @property
    def is_ours(self) -> bool:
        return self.module.startswith("sessions_dashboard.")

    @property
    def is_for_everybody(self) -> bool:
        if self.is_setter:
            return False
        return self.access == "everyone" or (
            not self.is_ours and self.name.rpartition(".")[2] in FRAMEWORK
        )

    @property
    def is_setter(self) -> bool:
        return self.name.endswith(".setvar")

    def payloads(self, session: Session) -> list[dict[str, Any]]:
        """With the right names and all kinds of values, and with wrong names."""
        shaped = [
            {parameter: value(session) for parameter in self.parameters}
            for value in (VALUES.values() if self.parameters else ())
        ]
        return [{}, *shaped, {"device_id": session.public_id}, {"self": 1}, {"_": None, "": []}]

    def payloads_about(self, session: Session) -> list[dict[str, Any]]:
        """With the right names and values that name the session; empty without parameters."""
        if not self.parameters:
            return [{}]
        shaped = self.payloads(session)[1 : 1 + len(VALUES)]
        return [payload for payload in shaped if session.public_id in str(payload)]


@pytest.fixture(scope="module")
def handlers(tmp_path_factory: pytest.TempPathFactory) -> list[Handler]:
    folder = tmp_path_factory.mktemp("handlers")
    server = DashboardServer(folder, f"sqlite:///{folder / 'sessions.db'}")
    listed = subprocess.run(
        [sys.executable, "-c", LIST],
        cwd=folder,
        env=bare_environment() | server.settings,
        capture_output=True,
        text=True,
        check=True,
    )
    server.close()
    return [Handler(**one) for one in json.loads(listed.stdout.splitlines()[-1])]


@pytest.fixture
def victim(sqlite_server: DashboardServer) -> Session:
    return sqlite_server.add_session(sqlite_server.add_account("victim"))


def rows(server: DashboardServer) -> list[Any]:
    with server.database.reading() as db:
        columns = (sessions.c.id, sessions.c.name, sessions.c.ended_at, sessions.c.updated_at)
        return list(db.execute(select(*columns).order_by(sessions.c.id)))


def call(tab: Tab, handler: Handler, payload: dict[str, Any], page: str) -> None:
    tab.send(handler.name, payload, page)


def assert_nothing_personal(tab: Tab, victim: Session, own: str = "") -> None:
    assert victim.public_id not in tab.text
    assert victim.ip_address not in tab.text
    assert "victim" not in tab.text
    if not own:
        assert "@example.com" not in tab.text


def test_the_walk_sees_the_whole_application(handlers: list[Handler]) -> None:
    ours = {handler.module.rpartition(".")[2] for handler in handlers if handler.is_ours}
    assert {"page", "devices", "admin_sessions", "signin"} <= ours
    assert {handler.access for handler in handlers} == {
        None,
        "everyone",
        "signed in",
        "administrators",
    }


def test_every_state_of_ours_says_whom_it_is_for(handlers: list[Handler]) -> None:
    assert [handler.name for handler in handlers if handler.is_ours and not handler.access] == []
    of_the_console = [
        handler
        for handler in handlers
        if handler.is_ours and handler.module.rpartition(".")[2].startswith(CONSOLE)
    ]
    assert {handler.module.rpartition(".")[2] for handler in of_the_console} >= {*CONSOLE[1:]}
    assert {handler.access for handler in of_the_console} == {"administrators"}


def test_a_stranger_gets_nothing_out_of_any(
    sqlite_server: DashboardServer, handlers: list[Handler], victim: Session
) -> None:
    before = rows(sqlite_server)
    for handler in handlers:
        tab = sqlite_server.visitor().tab("/signin")
        tab.settle()
        for payload in handler.payloads(victim):
            call(tab, handler, payload, "/devices")
        tab.settle()
        assert_nothing_personal(tab, victim)
        assert tab.value("problem") in (None, ""), handler.name
        if handler.access in ("signed in", "administrators") and not handler.is_setter:
            assert tab.left_for == "/signin", handler.name
        tab.close()
    assert rows(sqlite_server) == before


def test_a_browser_whose_session_is_over_gets_nothing_out_of_any(
    sqlite_server: DashboardServer, handlers: list[Handler], victim: Session
) -> None:
    """Its old cookie names the session, and that is all it does."""
    sqlite_server.set_session(victim, ended_at=now(), end_reason="revoked")
    before = rows(sqlite_server)
    visitor = sqlite_server.visitor(victim)
    for handler in handlers:
        tab = visitor.tab("/signin")
        for payload in handler.payloads(victim):
            # It knows its own id already.
            call(tab, handler, payload, "/devices")
        tab.settle()
        assert victim.ip_address not in tab.text, handler.name
        assert "@example.com" not in tab.text, handler.name
        tab.close()
    assert rows(sqlite_server) == before


def test_a_user_gets_nothing_out_of_what_is_for_administrators(
    sqlite_server: DashboardServer, handlers: list[Handler], victim: Session
) -> None:
    user = sqlite_server.visitor(sqlite_server.add_session(sqlite_server.add_account("user")))
    before = rows(sqlite_server)
    for handler in handlers:
        if handler.access != "administrators":
            continue
        tab = user.tab()
        for payload in handler.payloads(victim):
            call(tab, handler, payload, "/admin/sessions")
        tab.settle()
        assert_nothing_personal(tab, victim, own="user")
        if not handler.is_setter:
            assert tab.left_for == "/devices", handler.name
        tab.close()
    assert rows(sqlite_server) == before


# What befalls an administrator whose page is open, and where it goes then. Written straight into
# the tables: nothing announces it, so that the check at the event is all there is.
FATES: dict[str, tuple[Callable[[DashboardServer, Account, Session], None], str]] = {
    "disabled": (
        lambda server, account, _: server.set_account(account, disabled_at=now()),
        "/signin",
    ),
    "revoked": (
        lambda server, _, session: server.set_session(
            session, ended_at=now(), end_reason="revoked_by_admin"
        ),
        "/signin",
    ),
    "none any more": (
        lambda server, account, _: server.set_account(account, is_admin=False),
        "/devices",
    ),
    "challenged": (
        lambda server, _, session: server.set_session(session, challenge="ip_address"),
        "/confirm",
    ),
}


@pytest.mark.parametrize("fate", FATES)
def test_a_former_administrator_gets_nothing_out_of_what_is_for_administrators(
    sqlite_server: DashboardServer, handlers: list[Handler], victim: Session, fate: str
) -> None:
    """On a page that was opened while they were one."""
    befall, leads_to = FATES[fate]
    before = of_victim(sqlite_server, victim)
    tabs = []
    for handler in handlers:
        if handler.access != "administrators" or handler.is_setter:
            continue
        account = sqlite_server.add_account("former", is_admin=True)
        session = sqlite_server.add_session(account)
        tab = sqlite_server.visitor(session).tab()
        tab.settle()
        befall(sqlite_server, account, session)
        # The server hangs up on whose session is over.
        with suppress(OSError):
            for payload in handler.payloads(victim):
                call(tab, handler, payload, "/admin/sessions")
        tabs.append((handler.name, tab))
    # Together: each is hung up on a moment after it was sent away.
    for name, tab in tabs:
        assert tab.wait_to_leave().startswith(leads_to), name
        if leads_to == "/signin":
            tab.wait_closed()
        else:
            tab.settle()
        assert_nothing_personal(tab, victim, own="former")
        tab.close()
    assert of_victim(sqlite_server, victim) == before


def test_the_handlers_of_whoever_is_signed_in_take_whatever_they_are_sent(
    sqlite_server: DashboardServer, handlers: list[Handler], victim: Session
) -> None:
    """A value of the wrong kind does nothing, and least of all fails half-way."""
    account = sqlite_server.add_account("chief", is_admin=True)
    session = sqlite_server.add_session(account)
    visitor = sqlite_server.visitor(session)
    before, said = of_victim(sqlite_server, victim), len(sqlite_server.log)
    for handler in handlers:
        if handler.access not in ("signed in", "administrators") or handler.is_setter:
            continue
        tab = visitor.tab("/admin/sessions")
        for payload in handler.payloads(victim):
            if set(payload) == set(handler.parameters):
                call(tab, handler, payload, "/admin/sessions")
        tab.settle()
        tab.close()
        assert "Traceback" not in sqlite_server.log[said:], (
            handler.name,
            sqlite_server.log[said:][-2_000:],
        )
    assert of_victim(sqlite_server, victim) == before


def of_victim(server: DashboardServer, victim: Session) -> list[Any]:
    row_id = _row_id(server, victim)
    return [row for row in rows(server) if row.id == row_id]


def test_a_user_reaches_nobody_elses_devices_through_any(
    sqlite_server: DashboardServer, handlers: list[Handler], victim: Session
) -> None:
    """Whatever is asked for before: every question is followed by every deed."""
    user = sqlite_server.visitor(sqlite_server.add_session(sqlite_server.add_account("user")))
    before = [row for row in rows(sqlite_server) if row.id == _row_id(sqlite_server, victim)]
    theirs = [handler for handler in handlers if handler.access == "signed in"]
    asking = [handler for handler in theirs if handler.parameters]
    assert len(asking) > 5
    assert all(handler.payloads_about(victim) for handler in theirs)
    tab = user.tab()
    for question in asking:
        for asked in question.payloads_about(victim):
            for deed in theirs:
                for done in deed.payloads_about(victim):
                    call(tab, question, asked, "/devices")
                    call(tab, deed, done, "/devices")
        # Thousands of events: waited for as they are dealt with, not all at once.
        tab.settle()
    assert_nothing_personal(tab, victim, own="user")
    assert before == [row for row in rows(sqlite_server) if row.id == before[0].id]


def test_setting_a_variable_by_name_is_refused_to_everybody(
    sqlite_server: DashboardServer, handlers: list[Handler]
) -> None:
    """Reflex gives every state a handler that does that."""
    admin = sqlite_server.visitor(
        sqlite_server.add_session(sqlite_server.add_account(is_admin=True))
    )
    tab = admin.tab("/admin/sessions")
    tab.wait_for_value("total_words", bool)
    setters = [handler for handler in handlers if handler.is_setter]
    assert len(setters) > 5
    for handler in setters:
        for name, value in (
            ("is_hydrated", "forged"),
            ("email", "forged@example.com"),
            ("own_id", "forged"),
            ("_keys", ["forged"]),
            ("router_data", {"forged": 1}),
        ):
            call(tab, handler, {"var_name": name, "value": value}, "/admin/sessions")
    tab.settle()
    assert "forged" not in tab.text


def test_a_state_that_says_nothing_of_whom_it_is_for_is_for_nobody(
    sqlite_server: DashboardServer, handlers: list[Handler]
) -> None:
    """Not for administrators either. Reflex's own that pages don't need are such states."""
    silent = [handler for handler in handlers if handler.access is None and not handler.is_setter]
    refused = [handler for handler in silent if not handler.is_for_everybody]
    assert refused
    admin = sqlite_server.add_session(sqlite_server.add_account(is_admin=True))
    tab = sqlite_server.visitor(admin).page()
    before = len(sqlite_server.log)
    for handler in refused:
        call(tab, handler, {"vars": {"reflex___state____state.is_hydrated": "forged"}}, "/devices")
    tab.settle()
    assert sqlite_server.log[before:].count("its state is for nobody") == len(refused)
    assert "forged" not in tab.text


def _row_id(server: DashboardServer, session: Session) -> int:
    with server.database.reading() as db:
        query = select(sessions.c.id).where(sessions.c.public_id == session.public_id)
        return int(db.execute(query).scalar_one())


def test_what_the_log_says_of_it_is_one_line_each(
    sqlite_server: DashboardServer, handlers: list[Handler], victim: Session
) -> None:
    before = len(sqlite_server.log)
    visitor: Visitor = sqlite_server.visitor()
    tab = visitor.tab("/signin")
    for handler in handlers:
        if not handler.is_for_everybody:
            for payload in handler.payloads(victim):
                call(tab, handler, payload, "/devices")
    tab.settle()
    said = sqlite_server.log[before:]
    assert "Traceback" not in said
    assert victim.public_id not in said
