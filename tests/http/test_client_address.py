"""Whose address a request has, however many proxies it came through and whatever it claims."""

import asyncio

import pytest

from sessions_dashboard.accounts.users import create_user
from sessions_dashboard.http.client import client_address
from sessions_dashboard.sessions.queries import seen_from
from tests.http.conftest import MakeSite
from tests.support.people import NOW, stored
from tests.support.server import PASSWORD, DashboardServer, password_hash


def address(hops: int, *forwarded: str, peer: str | None = "192.0.2.1") -> str:
    return client_address(
        {
            "client": (peer, 1) if peer else None,
            "headers": [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded],
        },
        hops,
    )


class TestWithoutAProxy:
    @pytest.mark.parametrize("claim", ["203.0.113.9", "127.0.0.1", "203.0.113.9, 203.0.113.8", ""])
    def test_the_peer_counts_whatever_the_header_claims(self, claim: str) -> None:
        assert address(0, claim) == "192.0.2.1"


class TestBehindOneProxy:
    def test_the_last_entry_is_what_the_proxy_saw(self) -> None:
        assert address(1, "203.0.113.9") == "203.0.113.9"
        assert address(1, "6.6.6.6, 203.0.113.9") == "203.0.113.9"

    def test_a_forged_header_line_of_its_own_changes_nothing(self) -> None:
        assert address(1, "6.6.6.6", "203.0.113.9") == "203.0.113.9"
        assert address(1, "6.6.6.6, 7.7.7.7", "203.0.113.9") == "203.0.113.9"

    def test_without_the_header_the_peer_counts(self) -> None:
        assert address(1) == "192.0.2.1"
        assert address(1, "") == "192.0.2.1"
        assert address(1, " , ,") == "192.0.2.1"


class TestBehindTwoProxies:
    def test_the_outer_one_saw_the_client(self) -> None:
        assert address(2, "203.0.113.9, 10.0.0.1") == "203.0.113.9"
        assert address(2, "6.6.6.6, 203.0.113.9, 10.0.0.1") == "203.0.113.9"
        assert address(2, "6.6.6.6", "203.0.113.9", "10.0.0.1") == "203.0.113.9"

    def test_fewer_entries_than_proxies_say_nothing(self) -> None:
        assert address(2, "203.0.113.9") == "192.0.2.1"


class TestSpelling:
    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("203.0.113.9", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("2001:DB8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
            # Some proxies write the port along.
            ("203.0.113.9:51234", "203.0.113.9"),
            ("[2001:db8::1]:51234", "2001:db8::1"),
            ("unknown", "unknown"),
            ("_hidden", "unknown"),
            ("<script>", "unknown"),
            ("1" * 500, "unknown"),
            ("203.0.113.9\x00", "unknown"),
            ("203.0.113", "unknown"),
            ("0x7f000001", "unknown"),
        ],
    )
    def test_an_address_has_one_spelling_and_what_is_none_is_unknown(
        self, written: str, read: str
    ) -> None:
        assert address(1, written) == read

    def test_a_socket_without_a_peer_is_unknown(self) -> None:
        assert address(0, peer=None) == "unknown"


def test_a_sign_in_behind_two_proxies_records_it(make_site: MakeSite) -> None:
    site = make_site(trusted_proxy_hops=2)
    with site.runtime.database.begin() as db:
        user_id = create_user(db, "ada@example.com", password_hash(), NOW)
    form = {"email": "ada@example.com", "password": PASSWORD}
    headers = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9, 10.0.0.1"}
    asyncio.run(site.post("/auth/sign-in", form, **headers))
    with site.runtime.database.reading() as db:
        assert seen_from(db, user_id, "203.0.113.9")
        assert not seen_from(db, user_id, "6.6.6.6")


def test_behind_one_proxy_a_sign_in_records_the_last_entry(
    sqlite_server: DashboardServer,
) -> None:
    visitor = sqlite_server.visitor(address="6.6.6.6, 203.0.113.9")
    visitor.signed_in(sqlite_server.add_account())
    with sqlite_server.database.reading() as db:
        assert stored(db, visitor.session_id).ip_address == "203.0.113.9"
