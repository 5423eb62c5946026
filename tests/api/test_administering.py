"""What administrators do over the API: accounts, the policy, many sessions at once."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from sessions_dashboard.sessions import Scope
from sessions_dashboard.sessions.bulk import PREVIEW_KEPT
from sessions_dashboard.sessions.models import bulk_operations, sessions
from sessions_dashboard.sessions.policy_versions import policy_from, store_policy
from tests.api.test_api import NOBODYS, admin, ask, own, problem, visitor
from tests.api.test_keys import MakeKey, make_key
from tests.api.test_keys import ask as ask_by_key
from tests.support.people import add_many_sessions
from tests.support.server import DashboardServer, Visitor, now

__all__ = ["admin", "make_key", "visitor"]
BULK = "/admin/bulk-ends"
CHOSEN = "a wholly different passphrase"


def user_id(admin: Visitor, email: str) -> str:
    [found] = ask(admin, "GET", f"/admin/users?search={email}").json()["users"]
    return str(found["id"])


def make_stale(server: DashboardServer, **account: Any) -> Visitor:
    session = server.add_session(server.add_account(**account))
    server.set_session(session, authenticated_at=now() - timedelta(days=1))
    return server.visitor(session)


class TestAccounts:
    def test_are_signed_out_disabled_and_enabled(
        self, server: DashboardServer, admin: Visitor
    ) -> None:
        account = server.add_account()
        theirs = server.visitor(server.add_session(account))
        path = f"/admin/users/{user_id(admin, account.email)}"
        assert ask(admin, "POST", f"{path}/end-sessions").json()["ended"] == 1
        assert problem(ask(theirs, "GET", "/sessions")) == (401, "not_signed_in")
        ask(admin, "POST", f"{path}/disable")
        assert ask(admin, "GET", f"/admin/users?search={account.email}").json()["users"][0][
            "disabled_at"
        ]
        assert ask(admin, "POST", f"{path}/enable").json()["email"] == account.email
        assert (
            ask(admin, "GET", f"/admin/users?search={account.email}").json()["users"][0][
                "disabled_at"
            ]
            is None
        )

    @pytest.mark.parametrize("by_key", [False, True], ids=["cookie", "key"])
    def test_are_made_with_a_link_that_lets_its_holder_choose_the_password(
        self, server: DashboardServer, make_key: MakeKey, by_key: bool
    ) -> None:
        chief = server.add_account(is_admin=True)
        browser = server.visitor(server.add_session(chief))
        body = {"email": f" New.{by_key}@{server.port}.example.com ", "role": "admin"}
        if by_key:
            answer = ask_by_key(
                server, make_key(chief, [Scope.ADMIN_WRITE]), "POST", "/admin/users", body
            )
        else:
            answer = ask(browser, "POST", "/admin/users", body)
        made = answer.json()
        assert made["email"] == body["email"].strip().lower()
        assert ask(browser, "GET", f"/admin/users/{made['id']}").json()["role"] == "admin"
        link, _, token = made["link"].partition("#")
        assert link == f"{server.settings['PUBLIC_URL']}/invitation"
        server.secrets.add(token)
        newcomer = server.visitor()
        newcomer.post("/auth/invitation", {"token": token, "password": CHOSEN})
        assert newcomer.verify().json()["user"]["email"] == made["email"]
        assert problem(ask(browser, "POST", "/admin/users", body)) == (409, "email_taken")

    def test_are_not_made_of_nonsense_or_after_an_old_password(
        self, server: DashboardServer, admin: Visitor
    ) -> None:
        for email in ("nobody", "a@b@c", "x\u0000@example.com", ""):
            assert problem(ask(admin, "POST", "/admin/users", {"email": email})) == (422, "email")
        stale, body = make_stale(server, is_admin=True), {"email": "stale@example.com"}
        assert problem(ask(stale, "POST", "/admin/users", body)) == (403, "password_needed")
        assert ask(admin, "GET", "/admin/users?search=stale@example.com").json()["users"] == []

    def test_show_their_keys_which_are_revoked_one_by_one(
        self, server: DashboardServer, admin: Visitor, make_key: MakeKey
    ) -> None:
        account = server.add_account()
        key = make_key(account)
        path = f"/admin/users/{user_id(admin, account.email)}/api-keys"
        [listed] = ask(admin, "GET", path).json()["api_keys"]
        assert (listed["ending"], listed["scopes"]) == (key[-4:], ["own:read", "own:write"])
        assert key not in repr(listed)
        assert ask_by_key(server, key, "GET", "/sessions").status_code == 200
        of_key = f"/admin/api-keys/{listed['id']}"
        stale = make_stale(server, is_admin=True)
        assert problem(ask(stale, "DELETE", of_key)) == (403, "password_needed")
        assert ask(admin, "DELETE", of_key).json() == {"id": listed["id"], "name": "Script"}
        assert problem(ask_by_key(server, key, "GET", "/sessions")) == (401, "key_refused")
        assert problem(ask(admin, "DELETE", of_key)) == (404, "not_found")
        assert ask(admin, "GET", path).json()["api_keys"] == []

    def test_get_the_role_and_lose_it(self, server: DashboardServer, admin: Visitor) -> None:
        account = server.add_account()
        path = f"/admin/users/{user_id(admin, account.email)}/role"
        for role in ("admin", "user"):
            assert ask(admin, "PUT", path, {"role": role}).status_code == 200
            [found] = ask(admin, "GET", f"/admin/users?search={account.email}").json()["users"]
            assert found["role"] == role
        assert problem(ask(admin, "PUT", path, {"role": "king"})) == (422, "body")

    def test_of_ones_own_are_left_to_others(self, server: DashboardServer) -> None:
        account = server.add_account(is_admin=True)
        admin = server.visitor(server.add_session(account))
        path = f"/admin/users/{user_id(admin, account.email)}"
        for deed in ("disable", "end-sessions"):
            assert problem(ask(admin, "POST", f"{path}/{deed}")) == (409, "own_account")

    @pytest.mark.parametrize("deed", ["end-sessions", "disable", "enable", "role"])
    def test_that_are_not_there_or_after_an_old_password_are_refused(
        self, server: DashboardServer, admin: Visitor, visitor: Visitor, deed: str
    ) -> None:
        how: tuple[str, Any] = ("PUT", {"role": "admin"}) if deed == "role" else ("POST", None)
        for nobody in (NOBODYS, "x", "%00"):
            answer = ask(admin, how[0], f"/admin/users/{nobody}/{deed}", how[1])
            assert problem(answer) == (404, "not_found")
        account = server.add_account()
        path = f"/admin/users/{user_id(admin, account.email)}/{deed}"
        stale = make_stale(server, is_admin=True)
        assert problem(ask(stale, how[0], path, how[1])) == (403, "password_needed")


class TestPolicy:
    def test_is_simulated_then_changed_and_the_rest_stays(self, admin: Visitor) -> None:
        before = ask(admin, "GET", "/admin/policy").json()
        values = {"max_sessions": 7}
        simulated = ask(admin, "POST", "/admin/policy/simulate", {"values": values}).json()
        assert (simulated["sessions"], simulated["own"]) == (0, False)
        assert ask(admin, "GET", "/admin/policy").json() == before
        body = {"values": values, "based_on": before["version"]}
        after = ask(admin, "PATCH", "/admin/policy", body).json()
        assert after["values"] == before["values"] | values
        assert problem(ask(admin, "PATCH", "/admin/policy", body)) == (409, "policy_moved")
        back = {"values": before["values"], "based_on": after["version"]}
        assert ask(admin, "PATCH", "/admin/policy", back).json()["values"] == before["values"]

    @pytest.mark.parametrize(
        "values",
        [{"lifetime": 1}, {"nonsense": 1}, {"idle_timeout": 1e300}, {"ip_binding": "x"}],
    )
    def test_that_can_not_be_is_refused_by_name(self, admin: Visitor, values: Any) -> None:
        for method, path in (("POST", "/admin/policy/simulate"), ("PATCH", "/admin/policy")):
            version = ask(admin, "GET", "/admin/policy").json()["version"]
            body = {"values": values} | ({"based_on": version} if method == "PATCH" else {})
            answer = ask(admin, method, path, body)
            assert problem(answer) == (422, "policy")
            assert next(iter(values)) in answer.json()["detail"]

    def test_at_odds_with_what_stays_is_told_with_both_values(self, admin: Visitor) -> None:
        answer = ask(admin, "POST", "/admin/policy/simulate", {"values": {"lifetime": 86_400}})
        assert problem(answer) == (422, "policy")
        assert answer.json()["detail"] == (
            "Send other values: idle_timeout must not be longer than lifetime: "
            "it is 1209600 seconds, lifetime 86400."
        )

    def test_loses_nothing_that_another_worker_changed_meanwhile(
        self, server: DashboardServer, admin: Visitor
    ) -> None:
        before = ask(admin, "GET", "/admin/policy").json()
        elsewhere = policy_from(before["values"] | {"step_up_after": 1_234})
        server.database.write_here(lambda db: store_policy(db, elsewhere, now()))
        version = ask(admin, "GET", "/admin/policy").json()["version"]
        assert version > before["version"]
        body = {"values": {"max_sessions": 8}, "based_on": version}
        after = ask(admin, "PATCH", "/admin/policy", body).json()
        assert after["values"] == before["values"] | {"step_up_after": 1_234, "max_sessions": 8}
        back = {"values": before["values"], "based_on": after["version"]}
        assert ask(admin, "PATCH", "/admin/policy", back).json()["values"] == before["values"]

    def test_is_simulated_by_a_key_that_only_reads_and_not_changed(
        self, server: DashboardServer, make_key: MakeKey
    ) -> None:
        key = make_key(server.add_account(is_admin=True), [Scope.ADMIN_READ])
        body = {"values": {"max_sessions": 9}}
        answer = ask_by_key(server, key, "POST", "/admin/policy/simulate", body)
        assert answer.status_code == 200
        answer = ask_by_key(server, key, "PATCH", "/admin/policy", body | {"based_on": 1})
        assert problem(answer) == (403, "scope")


class TestManySessions:
    def make(self, server: DashboardServer, system: str) -> list[str]:
        owner = server.add_account()
        return server.database.write_here(
            lambda db: add_many_sessions(
                db, owner.id, 5, os=system, created_at=now(), last_seen_at=now()
            )
        )

    def live(self, server: DashboardServer, system: str) -> int:
        with server.database.reading() as db:
            rows = db.execute(
                select(sessions.c.id).where(sessions.c.os == system, sessions.c.ended_at.is_(None))
            )
            return len(rows.all())

    @pytest.mark.parametrize("by_key", [False, True], ids=["cookie", "key"])
    def test_are_ended_as_previewed_and_later_ones_are_not(
        self, server: DashboardServer, make_key: MakeKey, by_key: bool
    ) -> None:
        account, system = server.add_account(is_admin=True), f"Inferno {by_key}"
        browser = server.visitor(server.add_session(account))
        key = make_key(account, tuple(Scope))

        def call(method: str, path: str, body: Any = None) -> Any:
            if by_key:
                return ask_by_key(server, key, method, path, body)
            return ask(browser, method, path, body)

        self.make(server, system)
        seen = call("POST", BULK, {"filter": {"os": system}}).json()
        assert (seen["sessions"], seen["users"], seen["includes_own"]) == (5, 1, False)
        self.make(server, system)
        path = f"{BULK}/{seen['id']}/confirm"
        assert problem(call("POST", path, {"reason": "x", "sessions": 6})) == (409, "number")
        assert problem(call("POST", path, {"reason": " \u202e", "sessions": 5})) == (422, "body")
        confirmed = call("POST", path, {"reason": "leaked", "sessions": 5})
        assert confirmed.json() == {"id": seen["id"], "sessions": 5}
        server.wait_for(lambda: self.live(server, system) == 5)
        assert problem(call("POST", path, {"reason": "x", "sessions": 5})) == (404, "not_found")
        server.wait_for(
            lambda: (
                [
                    one["ended"]
                    for one in call("GET", BULK).json()["bulk_ends"]
                    if one["id"] == seen["id"] and one["state"] == "finished"
                ]
                == [5]
            )
        )

    def test_that_were_chosen_leave_ones_own_out_unless_it_is_said(
        self, server: DashboardServer, admin: Visitor
    ) -> None:
        [mine] = own(admin)
        theirs = self.make(server, "Amoeba")
        body = {"ids": [mine["id"], *theirs[:2]]}
        seen = ask(admin, "POST", BULK, body).json()
        assert (seen["sessions"], seen["includes_own"]) == (3, True)
        path = f"{BULK}/{seen['id']}/confirm"
        ask(admin, "POST", path, {"reason": "x", "sessions": 2})
        server.wait_for(lambda: self.live(server, "Amoeba") == 3)
        assert own(admin)

    @pytest.mark.parametrize(
        "changed",
        [{"created_at": now() - PREVIEW_KEPT}, {"state": "discarded"}],
        ids=["an hour old", "forgotten"],
    )
    def test_are_left_alone_where_the_preview_is_an_old_one(
        self, server: DashboardServer, admin: Visitor, changed: dict[str, Any]
    ) -> None:
        system = f"Titania {next(iter(changed))}"
        self.make(server, system)
        seen = ask(admin, "POST", BULK, {"filter": {"os": system}}).json()
        mine = bulk_operations.c.public_id == seen["id"]
        aged = update(bulk_operations).where(mine).values(changed)
        server.database.write_here(lambda db: db.execute(aged))
        path, body = f"{BULK}/{seen['id']}/confirm", {"reason": "x", "sessions": 5}
        assert problem(ask(admin, "POST", path, body)) == (409, "preview_outdated")
        with server.database.reading() as db:
            state = db.execute(select(bulk_operations.c.state).where(mine)).scalar_one()
        assert state == changed.get("state", "previewed")
        assert self.live(server, system) == 5

    def test_of_a_preview_by_somebody_else_or_another_key_are_not_there(
        self, server: DashboardServer, admin: Visitor, make_key: MakeKey
    ) -> None:
        account = server.add_account(is_admin=True)
        keys = [make_key(account, tuple(Scope)) for _ in range(2)]
        self.make(server, "Oberon")
        body, confirm = {"filter": {"os": "Oberon"}}, {"reason": "x", "sessions": 5}
        seen = ask_by_key(server, keys[0], "POST", BULK, body).json()
        path = f"{BULK}/{seen['id']}/confirm"
        assert problem(ask_by_key(server, keys[1], "POST", path, confirm)) == (404, "not_found")
        assert problem(ask(admin, "POST", path, confirm)) == (404, "not_found")
        mine = server.visitor(server.add_session(account))
        assert problem(ask(mine, "POST", path, confirm)) == (404, "not_found")
        assert self.live(server, "Oberon") == 5

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"ids": [], "filter": {}},
            {"filter": {"network": "1.2.3"}},
            {"filter": {"nonsense": "1"}},
            {"ids": ["x"] * 1_001},
            {"ids": "x"},
        ],
    )
    def test_are_never_more_than_could_be_read(
        self, server: DashboardServer, admin: Visitor, body: Any
    ) -> None:
        with server.database.reading() as db:
            before = len(db.execute(select(bulk_operations.c.id)).all())
        assert problem(ask(admin, "POST", BULK, body)) == (422, "body")
        with server.database.reading() as db:
            assert len(db.execute(select(bulk_operations.c.id)).all()) == before
