"""Who may open the event socket, as whom, and how often."""

import asyncio
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from starlette.types import Receive, Scope, Send

from sessions_dashboard.http.handshake import (
    HANDSHAKES,
    MAX_SOCKETS_PER_SESSION,
    EventHandshake,
)
from sessions_dashboard.live.namespace import IDENTITY_KEY
from sessions_dashboard.runtime import Runtime
from sessions_dashboard.settings import Settings
from tests.support.event_socket import HandshakeRefused, Tab
from tests.support.people import add_user, sign_in
from tests.support.server import DashboardServer, Visitor, now

ANONYMOUS_LIMIT = 20


def refused(visitor: Visitor, **headers: str | None) -> bool:
    try:
        visitor.socket(**headers).close()
    except HandshakeRefused as refusal:
        return refusal.status == 403
    return False


class TestOrigin:
    @pytest.mark.parametrize(
        "origin",
        [
            None,
            "",
            "null",
            "https://evil.example",
            "http://127.0.0.1",
            "http://127.0.0.1:1",
            "https://127.0.0.1:{port}",
            "http://127.0.0.1:{port}/",
            "http://127.0.0.1:{port}.evil.example",
            "HTTP://127.0.0.1:{port}",
            "http://127.0.0.1:{port}, https://evil.example",
            "*",
        ],
    )
    def test_one_that_is_not_exactly_this_sites_is_refused(
        self, sqlite_server: DashboardServer, origin: str | None
    ) -> None:
        visitor = sqlite_server.visitor(sqlite_server.add_session(sqlite_server.add_account()))
        sent = origin.replace("{port}", str(sqlite_server.port)) if origin else origin
        assert refused(visitor, Origin=sent)
        assert not refused(visitor)

    @pytest.mark.parametrize(
        "origin", ["https://evil.example.com", "https://example.com", "http://sessions.example.com"]
    )
    def test_a_neighbouring_subdomain_is_refused(
        self, https_server: DashboardServer, origin: str
    ) -> None:
        visitor = https_server.visitor(https_server.add_session(https_server.add_account()))
        assert refused(visitor, Origin=origin)
        assert not refused(visitor)

    def test_every_spelling_of_this_computer_is_its_own(
        self, sqlite_server: DashboardServer
    ) -> None:
        for host in ("127.0.0.1", "localhost", "[::1]"):
            visitor = sqlite_server.visitor()
            assert not refused(visitor, Origin=f"http://{host}:{sqlite_server.port}")


@pytest.mark.parametrize(
    "path",
    ["/", "/ws", "/_event/x", "/_event/../x", "/auth/verify", "/devices", "/_eventx", "//_event"],
)
def test_no_other_path_takes_a_websocket(sqlite_server: DashboardServer, path: str) -> None:
    with pytest.raises(HandshakeRefused):
        sqlite_server.visitor().socket_at(path)


class TestHowMany:
    def test_one_address_may_hold_a_few_without_being_signed_in(
        self, server: DashboardServer
    ) -> None:
        visitor = server.visitor()
        tabs = [visitor.socket(str(number)) for number in range(ANONYMOUS_LIMIT)]
        assert refused(visitor)
        # Nobody else pays for it.
        assert not refused(server.visitor())
        signed_in = server.visitor(
            server.add_session(server.add_account()), address=visitor.address
        )
        assert not refused(signed_in)
        tabs[0].close()
        server.wait_for(lambda: not refused(visitor))
        visitor.close()

    def test_an_ended_or_forged_cookie_counts_as_none(self, server: DashboardServer) -> None:
        account = server.add_account()
        ended = server.add_session(account)
        server.visitor(ended).post("/auth/sign-out")
        visitor = server.visitor()
        for number in range(ANONYMOUS_LIMIT):
            visitor.cookie = (ended.cookie, "forged", server.signer.sign("A" * 43))[number % 3]
            visitor.socket(str(number))
        assert refused(visitor)
        visitor.close()

    def test_the_network_of_an_ipv6_subscriber_is_one_address(
        self, sqlite_server: DashboardServer
    ) -> None:
        visitor = sqlite_server.visitor()
        for number in range(ANONYMOUS_LIMIT):
            visitor.address = f"2001:db8:7:7::{number:x}"
            visitor.socket()
        visitor.address = "2001:db8:7:7:ffff::1"
        assert refused(visitor)
        visitor.address = "2001:db8:7:8::1"
        assert not refused(visitor)
        visitor.close()

    def test_one_session_may_hold_more_tabs_than_anybody_has(
        self, sqlite_server: DashboardServer
    ) -> None:
        visitor = sqlite_server.visitor(sqlite_server.add_session(sqlite_server.add_account()))
        for number in range(MAX_SOCKETS_PER_SESSION):
            visitor.socket(str(number))
        assert refused(visitor)
        visitor.close()

    def test_opening_and_closing_without_end_is_refused_too(
        self, sqlite_server: DashboardServer
    ) -> None:
        """Each leaves a state behind that lives on for a while."""
        visitor = sqlite_server.visitor()
        opened = 0
        while not refused(visitor):
            opened += 1
            assert opened <= 2 * HANDSHAKES.amount
        assert not refused(sqlite_server.visitor())


class TestIdentity:
    def test_neither_cookie_nor_token_reaches_a_state_or_the_page(
        self, server: DashboardServer
    ) -> None:
        session = server.add_session(server.add_account())
        tab = server.visitor(session).tab()
        tab.wait_for_value("this_device", lambda row: row and row["id"] == session.public_id)
        for secret in (session.cookie, session.token, "cookie", "session_token"):
            assert secret not in tab.text

    def test_the_scope_that_reflex_sees_holds_no_cookie_and_another_token(
        self, tmp_path: Path
    ) -> None:
        """Reflex keeps every header of the handshake in the state, and logs some."""
        seen: list[Scope] = []

        async def reflex(scope: Scope, _receive: Receive, _send: Send) -> None:
            seen.append(scope)

        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            secret_key="k" * 32,
            database_url=f"sqlite:///{tmp_path / 'sessions.db'}",
        )
        runtime = Runtime(settings, ("http://localhost:3000",))
        runtime.open()
        with runtime.database.begin() as db:
            signed_in = sign_in(db, add_user(db), now())
        cookie = runtime.signer.sign(signed_in.token)

        async def connect(*headers: tuple[bytes, bytes]) -> Scope:
            scope = {
                "type": "websocket",
                "path": "/_event/",
                "query_string": b"EIO=4&transport=websocket&token=mine&sid=x",
                "client": ("192.0.2.1", 1),
                "headers": [(b"origin", b"http://localhost:3000"), *headers],
            }
            await EventHandshake(reflex, runtime)(scope, None, None)  # type: ignore[arg-type]
            return seen.pop()

        async def story() -> None:
            mine = (b"cookie", f"session_token={cookie}".encode())
            scope = await connect((b"cookie", b"theme=dark"), mine)
            assert scope["headers"] == [(b"origin", b"http://localhost:3000")]
            assert scope[IDENTITY_KEY].session_public_id == signed_in.public_id
            query = dict(parse_qsl(scope["query_string"].decode()))
            assert set(query) == {"EIO", "transport", "token"}
            assert "mine" not in query["token"]
            nobody = dict(parse_qsl((await connect())["query_string"].decode()))
            assert nobody["token"] != query["token"]
            again = dict(parse_qsl((await connect(mine))["query_string"].decode()))
            assert again == query

        asyncio.run(story())
        runtime.database.close()

    def test_states_are_kept_in_memory_and_on_no_disk(self, sqlite_server: DashboardServer) -> None:
        session = sqlite_server.add_session(sqlite_server.add_account())
        tab = sqlite_server.visitor(session).tab()
        tab.settle()
        tab.close()
        kept = {
            path.name
            for path in sqlite_server.folder.iterdir()
            if not path.name.startswith("sessions.db")
        }
        # Some versions of Python keep what they compiled of `rxconfig.py` beside it.
        ours = {"rxconfig.py", "__pycache__", "sessions_dashboard", "assets", "server.log", ".web"}
        assert kept <= ours

    def test_a_header_of_our_own_changes_nothing(self, sqlite_server: DashboardServer) -> None:
        session = sqlite_server.add_session(sqlite_server.add_account())
        stranger = sqlite_server.visitor()
        tab = stranger.socket(
            **{
                "sessions_dashboard.identity": session.public_id,
                "X-Auth-Session": session.public_id,
                "X-Session": session.public_id,
            }
        ).connect()
        assert_knows_nobody(tab)

    def test_the_client_token_of_somebody_signed_in_opens_nothing_of_theirs(
        self, server: DashboardServer
    ) -> None:
        account = server.add_account()
        session = server.add_session(account)
        owner = server.visitor(session).tab(client_token="the-owner's")
        shown = owner.wait_for_value("this_device", lambda row: row and row["id"])
        assert shown["id"] == session.public_id
        for while_the_owner_is in ("there", "gone"):
            if while_the_owner_is == "gone":
                owner.close()
            for stranger in (
                server.visitor(),
                server.visitor(server.add_session(server.add_account())),
                server.visitor(cookie="forged"),
            ):
                tab = stranger.tab(client_token="the-owner's")
                tab.settle()
                for personal in (account.email, session.public_id, session.ip_address):
                    assert personal not in tab.text, while_the_owner_is

    def test_what_the_page_learns_as_its_token_is_not_what_the_server_uses(
        self, sqlite_server: DashboardServer
    ) -> None:
        """Sent back as a client token, it leads to yet another state."""
        session = sqlite_server.add_session(sqlite_server.add_account())
        owner = sqlite_server.visitor(session).tab()
        known = owner.wait_for_value("rx_router_session", bool)["client_token"]
        owner.close()
        tab = sqlite_server.visitor().tab(client_token=known)
        tab.settle()
        assert_knows_nobody(tab)

    def test_the_query_hands_nothing_else_to_the_protocol(
        self, sqlite_server: DashboardServer
    ) -> None:
        """With `sid` a client could join the connection of another."""
        tab = sqlite_server.visitor().tab()
        other = tab.frames[0].split('"sid":"')[1].partition('"')[0]
        joined = Tab(
            sqlite_server.url,
            list(sqlite_server.visitor().headers().items()),
            query={"sid": other, "j": "0", "b64": "1"},
        )
        joined.wait_for(lambda: joined.frames, "a connection of its own")
        assert joined.frames[0].startswith("0{")
        assert other not in joined.frames[0]
        joined.close()


def assert_knows_nobody(tab: Tab) -> None:
    tab.settle()
    assert tab.value("email") in (None, "")
    assert "@example.com" not in tab.text
