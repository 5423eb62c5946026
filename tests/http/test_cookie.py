"""The session cookie as a browser holds it, and what it is worth."""

import asyncio
import re
from http.cookies import Morsel, SimpleCookie

import httpx
import pytest
from sqlalchemy import select

from sessions_dashboard.accounts.users import create_user
from sessions_dashboard.http.cookies import read_cookie
from sessions_dashboard.sessions import CookieSigner
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.tokens import digest
from tests.http.conftest import MakeSite
from tests.support.people import NOW, sign_in, stored
from tests.support.server import PASSWORD, DashboardServer, now, password_hash


def cookie_of(answer: httpx.Response) -> Morsel[str]:
    """The session's; a sign-in sets the one that a browser is known by, too."""
    (line,) = (
        line
        for line in answer.headers.get_list("set-cookie")
        if not line.partition("=")[0].endswith("_device")
    )
    (morsel,) = SimpleCookie(line).values()
    return morsel


class TestItsOptions:
    def test_on_a_loopback_address_it_is_httponly_lax_and_lasts_as_long_as_the_session(
        self, sqlite_server: DashboardServer
    ) -> None:
        answer = sqlite_server.visitor().sign_in(sqlite_server.add_account().email)
        cookie = cookie_of(answer)
        assert cookie.key == "session_token"
        assert cookie["httponly"] is True
        assert cookie["samesite"] == "lax"
        assert cookie["path"] == "/"
        assert cookie["max-age"] == str(30 * 24 * 3600)
        assert cookie["secure"] == ""
        assert cookie["domain"] == ""

    def test_under_an_https_address_it_is_secure_and_pinned_to_the_host(
        self, https_server: DashboardServer
    ) -> None:
        visitor = https_server.visitor()
        answer = visitor.sign_in(https_server.add_account().email)
        cookie = cookie_of(answer)
        assert cookie.key == "__Host-session_token"
        assert cookie["secure"] is True
        assert cookie["httponly"] is True
        assert cookie["path"] == "/"
        assert cookie["domain"] == ""
        assert visitor.verify().status_code == 200
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        # Without the prefix a neighbour could have set it.
        plain = {"Cookie": f"session_token={visitor.cookie}"}
        assert https_server.request("GET", "/auth/verify", headers=plain).status_code == 401

    def test_name_strictness_domain_and_lifetime_are_settings(self, make_site: MakeSite) -> None:
        site = make_site(
            sessions_cookie_name="browser",
            sessions_cookie_same_site="strict",
            sessions_cookie_domain="example.com",
            sessions_lifetime_days=2,
            sessions_idle_timeout_days=1,
        )
        with site.runtime.database.begin() as db:
            create_user(db, "ada@example.com", password_hash(), NOW)

        async def story() -> tuple[httpx.Response, httpx.Response]:
            form = {"email": "ada@example.com", "password": PASSWORD}
            return await site.post("/auth/sign-in", form), await site.post("/auth/sign-out", {})

        signed_in, signed_out = (cookie_of(answer) for answer in asyncio.run(story()))
        assert signed_in["max-age"] == str(2 * 24 * 3600)
        assert signed_out["max-age"] == "0"
        for cookie in (signed_in, signed_out):
            assert cookie.key == "browser"
            assert cookie["samesite"] == "strict"
            assert cookie["domain"] == "example.com"
            assert cookie["secure"] is True
            assert cookie["httponly"] is True
            assert cookie["path"] == "/"

    def test_a_refused_sign_in_sets_none(self, sqlite_server: DashboardServer) -> None:
        answer = sqlite_server.visitor().sign_in(sqlite_server.add_account().email, "wrong")
        assert "set-cookie" not in answer.headers


class TestItsValue:
    def test_any_changed_character_is_refused(self, server: DashboardServer) -> None:
        visitor = server.visitor(server.add_session(server.add_account()))
        assert visitor.verify().status_code == 200
        whole = visitor.cookie or ""
        for place in range(len(whole)):
            visitor.cookie = (
                whole[:place] + ("A" if whole[place] != "A" else "B") + whole[place + 1 :]
            )
            assert visitor.verify().status_code == 401, f"character {place}"

    @pytest.mark.parametrize(
        "changed",
        ["{}x", '"{}"', "{}.", "={}", "{}={}", "%20{}", "{}\\073", "", ".", "a.b", "x" * 4000],
    )
    def test_any_other_spelling_is_refused(
        self, sqlite_server: DashboardServer, changed: str
    ) -> None:
        session = sqlite_server.add_session(sqlite_server.add_account())
        visitor = sqlite_server.visitor()
        answer = visitor.get(
            "/auth/verify", Cookie="session_token=" + changed.replace("{}", session.cookie)
        )
        assert answer.status_code == 401

    def test_the_database_holds_the_digest_of_the_token_and_the_token_nowhere(
        self, server: DashboardServer
    ) -> None:
        visitor = server.visitor().signed_in(server.add_account())
        token = server.signer.token(visitor.cookie or "")
        assert token is not None
        with server.database.reading() as db:
            row = stored(db, visitor.session_id)
            everything = db.execute(select(sessions)).all()
        assert row.token_digest == digest(token)
        assert re.fullmatch(r"[\w-]{43}", token)
        assert all(
            token not in str(value) and token.encode() not in bytes(str(value), "utf-8")
            for row in everything
            for value in row
        )

    def test_a_new_key_signs_an_old_one_verifies_and_a_retired_one_is_refused(
        self, make_site: MakeSite
    ) -> None:
        old, new = "o" * 32, "n" * 32
        site = make_site(secret_key=f"{new},{old}")
        with site.runtime.database.begin() as db:
            token = sign_in(db, create_user(db, "ada@example.com", "", NOW), now()).token

        async def verify(key: str) -> int:
            headers = {"Cookie": f"__Host-session_token={CookieSigner([key]).sign(token)}"}
            return (await site.request("GET", "/auth/verify", headers=headers)).status_code

        async def story() -> list[int]:
            return [await verify(key) for key in (new, old, "x" * 32)]

        assert asyncio.run(story()) == [200, 200, 401]


class TestTwoOfOneName:
    def test_mean_signed_out_even_when_both_are_good(self, server: DashboardServer) -> None:
        account = server.add_account()
        first, second = server.add_session(account), server.add_session(account)
        for values in (
            (first.cookie, second.cookie),
            (first.cookie, "planted"),
            ("planted", first.cookie),
            (first.cookie, first.cookie),
            (first.cookie, ""),
        ):
            line = "; ".join(f"session_token={value}" for value in values)
            assert server.visitor().get("/auth/verify", Cookie=line).status_code == 401, values

    def test_mean_signed_out_in_two_header_lines_as_well(
        self, sqlite_server: DashboardServer
    ) -> None:
        session = sqlite_server.add_session(sqlite_server.add_account())
        line = ("Cookie", f"session_token={session.cookie}")
        for lines, status in (([line], 200), ([line, line], 401)):
            answer = sqlite_server.request("GET", "/auth/verify", headers=lines)
            assert answer.status_code == status

    def test_cookies_of_other_names_are_no_matter(self, sqlite_server: DashboardServer) -> None:
        session = sqlite_server.add_session(sqlite_server.add_account())
        answer = sqlite_server.visitor().get(
            "/auth/verify",
            Cookie=f"theme=dark; session_token={session.cookie}; session_tokens=x; "
            "xsession_token=x; Session_Token=x; __Host-session_token=x",
        )
        assert answer.status_code == 200


@pytest.mark.parametrize("space", ["\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\xa0"])
def test_a_name_after_a_space_that_only_python_knows_is_another_name(space: str) -> None:
    """The proxies' configurations would let it through to an application."""
    line = f"a=1;{space}session_token=x; \t b=2".encode("latin-1")
    scope = {"headers": [(b"cookie", line)]}
    assert read_cookie(scope, "session_token") is None
    assert read_cookie(scope, "b") == "2"


class TestSigningInAgain:
    def test_makes_a_new_token_whatever_cookie_came_along(self, server: DashboardServer) -> None:
        account = server.add_account()
        stranger = server.add_session(server.add_account())
        signed_by_us = server.signer.sign("A" * 43)
        for planted in (None, stranger.cookie, signed_by_us, "rubbish", "x" * 4000):
            visitor = server.visitor(cookie=planted)
            visitor.signed_in(account)
            assert visitor.cookie is not None
            assert visitor.cookie != planted
            assert visitor.verify().json()["user"]["email"] == account.email

    def test_ends_the_session_that_the_browser_had(self, server: DashboardServer) -> None:
        account, other = server.add_account(), server.add_account()
        visitor = server.visitor().signed_in(account)
        before = server.visitor(cookie=visitor.cookie)
        untouched = server.visitor(server.add_session(account))
        visitor.signed_in(other)
        assert visitor.verify().json()["user"]["email"] == other.email
        assert before.verify().status_code == 401
        assert untouched.verify().status_code == 200

    def test_a_refused_one_leaves_the_old_session_alone(self, server: DashboardServer) -> None:
        account = server.add_account()
        visitor = server.visitor().signed_in(account)
        assert visitor.sign_in(account.email, "wrong").status_code == 303
        assert visitor.verify().status_code == 200
