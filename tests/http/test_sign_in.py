"""Signing in: one answer for every failure, slowed down for whoever keeps trying."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, text

from sessions_dashboard.accounts import passwords, users
from sessions_dashboard.accounts.throttle import (
    ACCOUNT_FROM_ADDRESS,
    ACCOUNT_FROM_STRANGERS,
    ADDRESS,
)
from sessions_dashboard.sessions.models import MAX_USER_AGENT_LENGTH, sessions
from tests.http.conftest import Site
from tests.support.people import NOW, set_user, sign_in, stored
from tests.support.server import FIREFOX, PASSWORD, DashboardServer, password_hash

JSON = {"Accept": "application/json"}


class TestSucceeding:
    def test_leads_to_the_devices_and_records_where_from(self, server: DashboardServer) -> None:
        account = server.add_account()
        visitor = server.visitor(user_agent=FIREFOX)
        answer = visitor.sign_in(f"  {account.email.upper()} ")
        assert answer.status_code == 303
        assert answer.headers["location"] == f"{server.url}/devices"
        assert answer.headers["cache-control"] == "no-store"
        with server.database.reading() as db:
            row = stored(db, visitor.session_id)
        assert row.ip_address == visitor.address
        assert row.user_agent == FIREFOX
        assert (row.browser, row.os, row.device_label) == ("Firefox", "Linux", "Firefox on Linux")

    def test_answers_a_program_with_json(self, server: DashboardServer) -> None:
        account = server.add_account()
        visitor = server.visitor()
        answer = visitor.post(
            "/auth/sign-in", {"email": account.email, "password": PASSWORD}, **JSON
        )
        assert answer.status_code == 200
        assert answer.json() == {"location": "/devices"}
        assert visitor.verify().status_code == 200

    def test_takes_client_hints_into_the_name(self, sqlite_server: DashboardServer) -> None:
        visitor = sqlite_server.visitor()
        account = sqlite_server.add_account()
        visitor.post(
            "/auth/sign-in",
            {"email": account.email, "password": PASSWORD},
            Sec_CH_UA_Platform='"Windows"',
            Sec_CH_UA_Platform_Version='"15.0.0"',
        )
        with sqlite_server.database.reading() as db:
            row = stored(db, visitor.session_id)
        assert row.client_hints["sec-ch-ua-platform-version"] == '"15.0.0"'
        assert row.os == "Windows"


class TestFailing:
    @pytest.fixture
    def answers(self, server: DashboardServer) -> dict[str, Any]:
        known = server.add_account()
        disabled = server.add_account(disabled=True)
        tries = {
            "a wrong password": (known.email, "not this one either"),
            "an unknown account": ("nobody@example.com", PASSWORD),
            "a disabled account": (disabled.email, PASSWORD),
            "no address at all": ("nobody", PASSWORD),
            "an empty form": ("", ""),
            "an endless password": (known.email, "x" * 5_000),
            "a password with half a pair": (known.email, "\x00" * 20),
        }
        return {
            what: (
                server.visitor().sign_in(email, password),
                server.visitor().post(
                    "/auth/sign-in", {"email": email, "password": password}, **JSON
                ),
            )
            for what, (email, password) in tries.items()
        }

    def test_gives_the_same_answer_whatever_was_wrong(self, answers: dict[str, Any]) -> None:
        for what, (page, program) in answers.items():
            assert page.status_code == 303, what
            assert page.headers["location"].endswith("/signin?error=invalid"), what
            assert program.status_code == 401, what
            assert program.json() == {
                "error": "invalid",
                "message": "The email or the password is not right.",
            }
        shown = {
            (tuple(sorted(set(answer.headers) - {"date"})), answer.content)
            for answer, _ in answers.values()
        }
        assert len(shown) == 1

    def test_costs_one_check_of_a_password_whatever_was_wrong(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = passwords._hasher.verify
        checked: list[str] = []

        def counting(password: str, password_hash: str) -> bool:
            checked.append(password_hash)
            return real(password, password_hash)

        monkeypatch.setattr(passwords._hasher, "verify", counting)
        hashed = passwords.hash_password(PASSWORD)
        with site.runtime.database.begin() as db:
            users.create_user(db, "ada@example.com", hashed, NOW)
            disabled = users.create_user(db, "gone@example.com", hashed, NOW)
            set_user(db, disabled, disabled_at=NOW)

        async def tries() -> None:
            for email, password in (
                ("ada@example.com", "not this one"),
                ("nobody@example.com", PASSWORD),
                ("gone@example.com", PASSWORD),
                ("no address", PASSWORD),
                ("ada@example.com", "x" * 5_000),
            ):
                form = {"email": email, "password": password}
                answer = await site.post("/auth/sign-in", form, **JSON)
                assert answer.status_code == 401

        asyncio.run(tries())
        assert len(checked) == 5
        # The same parameters, so the same work.
        assert len({known.rpartition("$")[0].rpartition("$")[0] for known in checked}) == 1

    def test_makes_no_session(self, server: DashboardServer) -> None:
        account = server.add_account()
        server.visitor().sign_in(account.email, "wrong")
        with server.database.reading() as db:
            count = select(func.count()).where(sessions.c.user_id == account.id)
            assert db.execute(count).scalar_one() == 0

    def test_keeps_the_way_onward(self, sqlite_server: DashboardServer) -> None:
        answer = sqlite_server.visitor().sign_in("a@b", "wrong", next="/admin/sessions")
        assert answer.headers["location"].endswith("/signin?error=invalid&next=%2Fadmin%2Fsessions")


class TestTrying:
    """How often, and for whom it counts."""

    @pytest.fixture(autouse=True)
    def quick_hashes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A stand-in for what takes long on purpose: the hash is the password."""
        monkeypatch.setattr(passwords, "verify_password", lambda given, stored: given == stored)

    def add(self, site: Site, email: str, address: str | None = None) -> None:
        with site.runtime.database.begin() as db:
            user_id = users.create_user(db, email, PASSWORD, NOW)
            if address is not None:
                sign_in(db, user_id, ip_address=address)

    async def attempt(self, site: Site, email: str, address: str, password: str = "wrong") -> int:
        form = {"email": email, "password": password}
        return (await site.post("/auth/sign-in", form, address, **JSON)).status_code

    def test_an_account_from_one_address_is_refused_after_a_few_failures(self, site: Site) -> None:
        self.add(site, "ada@example.com")

        async def story() -> None:
            for _ in range(ACCOUNT_FROM_ADDRESS.amount):
                assert await self.attempt(site, "ada@example.com", "192.0.2.1") == 401
            assert await self.attempt(site, "ada@example.com", "192.0.2.1", PASSWORD) == 429
            assert await self.attempt(site, "ada@example.com", "192.0.2.2", PASSWORD) == 200

        asyncio.run(story())

    def test_an_unknown_account_is_refused_just_the_same(self, site: Site) -> None:
        async def story() -> None:
            for _ in range(ACCOUNT_FROM_ADDRESS.amount):
                assert await self.attempt(site, "nobody@example.com", "192.0.2.1") == 401
            assert await self.attempt(site, "nobody@example.com", "192.0.2.1") == 429

        asyncio.run(story())

    def test_success_starts_the_count_anew(self, site: Site) -> None:
        self.add(site, "ada@example.com")

        async def story() -> None:
            for _ in range(2):
                for _ in range(ACCOUNT_FROM_ADDRESS.amount - 1):
                    assert await self.attempt(site, "ada@example.com", "192.0.2.1") == 401
                status = await self.attempt(site, "ada@example.com", "192.0.2.1", PASSWORD)
                assert status == 200

        asyncio.run(story())

    def test_an_address_is_refused_after_failing_at_many_accounts(self, site: Site) -> None:
        self.add(site, "ada@example.com")

        async def story() -> None:
            for number in range(ADDRESS.amount):
                assert await self.attempt(site, f"p{number}@example.com", "192.0.2.1") == 401
            assert await self.attempt(site, "ada@example.com", "192.0.2.1", PASSWORD) == 429
            assert await self.attempt(site, "ada@example.com", "192.0.2.2", PASSWORD) == 200

        asyncio.run(story())

    def test_the_owners_known_address_is_not_locked_out_by_strangers(self, site: Site) -> None:
        self.add(site, "ada@example.com", "203.0.113.5")

        async def story() -> None:
            for number in range(ACCOUNT_FROM_STRANGERS.amount):
                address = f"198.51.100.{number}"
                assert await self.attempt(site, "ada@example.com", address) == 401
            assert await self.attempt(site, "ada@example.com", "192.0.2.9", PASSWORD) == 429
            assert await self.attempt(site, "ada@example.com", "203.0.113.5", PASSWORD) == 200

        asyncio.run(story())

    def test_many_at_the_same_instant_count_as_many(self, site: Site) -> None:
        async def story() -> list[int]:
            return await asyncio.gather(
                *(self.attempt(site, "ada@example.com", "192.0.2.1") for _ in range(40))
            )

        assert asyncio.run(story()).count(401) == ACCOUNT_FROM_ADDRESS.amount

    def test_the_refusal_says_when_to_come_back(self, site: Site) -> None:
        async def story() -> None:
            form = {"email": "ada@example.com", "password": "wrong"}
            for _ in range(ACCOUNT_FROM_ADDRESS.amount):
                await site.post("/auth/sign-in", form)
            page = await site.post("/auth/sign-in", form)
            program = await site.post("/auth/sign-in", form, **JSON)
            assert page.status_code == 303
            assert page.headers["location"].endswith("/signin?error=throttled")
            assert program.status_code == 429
            assert program.json()["error"] == "throttled"
            assert page.headers["retry-after"] == program.headers["retry-after"] == "300"

        asyncio.run(story())


def test_a_flood_of_sign_ins_leaves_the_server_answering(sqlite_server: DashboardServer) -> None:
    """Hashing is the dear part: two at a time, off the event loop."""
    signed_in = sqlite_server.visitor(sqlite_server.add_session(sqlite_server.add_account()))
    flood = [sqlite_server.visitor() for _ in range(10)]
    with ThreadPoolExecutor(10) as pool:
        running = [pool.submit(visitor.sign_in, "flood@example.com", "x") for visitor in flood]
        waited = []
        while not all(one.done() for one in running):
            began = time.monotonic()
            assert signed_in.verify().status_code == 200
            waited.append(time.monotonic() - began)
        assert {one.result().status_code for one in running} == {303}
    assert min(waited) < 5


HOSTILE = {
    "none at all": None,
    "an empty one": b"",
    "bidirectional overrides": "Chrome \u202e\u2066evil\u2069 \u200bx".encode(),
    "bytes that are no text": bytes(range(0x80, 0x100)),
    "latin-1": "Chröme".encode("latin-1"),
    "markup": b"<img src=x onerror=alert(1)>",
    "a sentence for a log": b"x\tx 127.0.0.1 - - GET /",
    "endless": b"Mozilla/5.0" * 600,
    "deep": b"(" * 5_000,
    "SQL": b"'; DROP TABLE sessions; --",
}


@pytest.mark.parametrize("agent", HOSTILE.values(), ids=HOSTILE)
def test_any_user_agent_signs_in_and_is_stored_safely(
    server: DashboardServer, agent: bytes | None
) -> None:
    account = server.add_account()
    visitor = server.visitor()
    headers: list[tuple[bytes, bytes]] = [
        (name.encode(), value.encode()) for name, value in visitor.headers(User_Agent=None).items()
    ]
    # The client library sends a name of its own unless it is given one.
    headers.append((b"User-Agent", agent if agent is not None else b""))
    answer = server.request(
        "POST",
        "/auth/sign-in",
        data={"email": account.email, "password": PASSWORD},
        headers=headers,
    )
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/devices")
    row = _only_session(server, account.id)
    assert len(row.user_agent) <= MAX_USER_AGENT_LENGTH
    assert row.user_agent.isprintable()
    assert row.device_label
    assert row.device_label.isprintable()
    assert not set("\u202e\u2066\u2069\u200b") & set(row.user_agent + row.device_label)


def test_a_user_agent_beyond_what_the_server_takes_is_refused_and_no_more(
    server: DashboardServer,
) -> None:
    account = server.add_account()
    visitor = server.visitor(user_agent="x" * 100_000)
    answer = visitor.sign_in(account.email)
    if answer.status_code == 303:
        assert len(_only_session(server, account.id).user_agent) <= MAX_USER_AGENT_LENGTH
    else:
        assert answer.status_code in (400, 431)
    assert server.visitor().signed_in(account).verify().status_code == 200


def _only_session(server: DashboardServer, user_id: int) -> Any:
    def look(db: Connection) -> Any:
        return db.execute(select(sessions).where(sessions.c.user_id == user_id)).one()

    with server.database.reading() as db:
        return look(db)


@pytest.mark.parametrize(
    "change",
    ["UPDATE users SET password_hash = 'another'", "UPDATE users SET disabled_at = created_at"],
    ids=["a new password", "the account disabled"],
)
def test_a_password_that_was_right_a_moment_ago_signs_nobody_in(site: Site, change: str) -> None:
    """Between the check and the session lies a commit that ends all of the account's sessions."""
    site.runtime.database.write_here(
        lambda db: users.create_user(db, "ada@example.com", password_hash(), NOW)
    )
    still = passwords.verify_password

    def verify_and_then(password: str, stored: str | None) -> bool:
        fits = still(password, stored)
        site.runtime.database.write_here(lambda db: db.execute(text(change)))
        return fits

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "verify_password", verify_and_then)
        form = {"email": "ada@example.com", "password": PASSWORD}
        answer = asyncio.run(site.post("/auth/sign-in", form, **JSON))

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid")
    assert "set-cookie" not in answer.headers
    with site.runtime.database.reading() as db:
        assert db.execute(select(sessions)).all() == []
