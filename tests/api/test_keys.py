"""API keys over HTTP: what they open, and that they open nothing else."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from sessions_dashboard.api.rate_limit import REQUESTS
from sessions_dashboard.api.routes import OPERATIONS, PREFIX
from sessions_dashboard.sessions import Scope, api_keys, resume_by_public_id
from sessions_dashboard.sessions.api_key_models import api_keys as table
from sessions_dashboard.sessions.policy import Policy
from tests.api.test_api import NOBODYS, left, problem
from tests.support.server import Account, DashboardServer, now

OWN = (Scope.OWN_READ, Scope.OWN_WRITE)
MakeKey = Callable[..., str]


@pytest.fixture
def make_key(server: DashboardServer) -> MakeKey:
    def make(account: Account, scopes: Collection[Scope] = OWN) -> str:
        key, session = api_keys.new_key(), server.add_session(account)

        def work(db: Any) -> None:
            actor = resume_by_public_id(db, session.public_id, Policy(), now())
            assert actor is not None
            month = timedelta(days=30)
            api_keys.create_key(db, actor, key, "Script", scopes, month, Policy(), now())

        server.database.write_here(work)
        return key

    return make


def ask(
    server: DashboardServer, key: str, method: str, path: str, body: Any = None, **headers: str
) -> httpx.Response:
    options = {} if body is None else {"json": body}
    shown = {"Authorization": f"Bearer {key}", **headers}
    return server.request(method, PREFIX + path, headers=shown, **options)


class TestAKey:
    def test_lists_renames_and_ends_what_is_its_owners(
        self, server: DashboardServer, make_key: MakeKey
    ) -> None:
        owner, other = server.add_account(), server.add_session(server.add_account())
        key = make_key(owner)
        [mine] = ask(server, key, "GET", "/sessions").json()["sessions"]
        assert mine["current"] is False
        renamed = ask(server, key, "PATCH", f"/sessions/{mine['id']}", {"name": "Desk"})
        assert renamed.json() == {"name": "Desk"}
        stranger = ask(server, key, "DELETE", f"/sessions/{other.public_id}")
        assert problem(stranger) == (404, "not_found")
        assert ask(server, key, "DELETE", f"/sessions/{mine['id']}").json() == {"ended": 1}
        told = ask(server, key, "GET", "/events").json()["events"]
        assert told[0]["kind"] == "ended"
        assert told[0]["details"]["api_key"] == "Script"

    @pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
    def test_may_do_nothing_that_is_not_in_its_scope(
        self, server: DashboardServer, make_key: MakeKey, operation: Any
    ) -> None:
        account = server.add_account(is_admin=True)
        key = make_key(account, [one for one in Scope if one != operation.scope])
        path = operation.path.replace("{id}", NOBODYS)
        body = {"name": "x"} if operation.body else None
        answer = ask(server, key, operation.method, path, body)
        assert problem(answer) == (403, "scope")
        assert operation.scope.value in answer.json()["detail"]
        assert left(answer) == REQUESTS.amount - 1

    def test_with_every_scope_is_no_administrators_once_its_owner_is_none(
        self, server: DashboardServer, make_key: MakeKey
    ) -> None:
        account = server.add_account(is_admin=True)
        key = make_key(account, tuple(Scope))
        assert ask(server, key, "GET", "/admin/users").status_code == 200
        server.set_account(account, is_admin=False)
        assert problem(ask(server, key, "GET", "/admin/users")) == (403, "admins_only")

    @pytest.mark.parametrize(
        "values",
        [{"revoked_at": now()}, {"expires_at": now() - timedelta(seconds=1)}],
        ids=["revoked", "expired"],
    )
    def test_that_is_over_is_refused_beside_a_good_cookie_too(
        self, server: DashboardServer, make_key: MakeKey, values: dict[str, Any]
    ) -> None:
        account = server.add_account()
        key, browser = make_key(account), server.visitor(server.add_session(account))
        assert ask(server, key, "GET", "/sessions").status_code == 200
        server.database.write_here(lambda db: db.execute(update(table).values(**values)))
        answer = ask(server, key, "GET", "/sessions", **browser.headers())
        assert problem(answer) == (401, "key_refused")
        assert answer.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize("shown", ["Basic eDp5", "Bearer", "Bearer sdk_x", "x" * 5_000])
    def test_that_is_none_is_refused(self, server: DashboardServer, shown: str) -> None:
        answer = server.request("GET", f"{PREFIX}/sessions", headers={"Authorization": shown})
        assert problem(answer) == (401, "key_refused")

    def test_opens_no_page_and_no_other_address(
        self, server: DashboardServer, make_key: MakeKey
    ) -> None:
        shown = {
            "Authorization": f"Bearer {make_key(server.add_account(is_admin=True), tuple(Scope))}"
        }
        assert server.request("GET", "/auth/verify", headers=shown).status_code == 401
        export = server.request("GET", "/export/sessions.csv", headers=shown)
        assert export.status_code in (303, 401, 403)

    def test_is_in_no_line_of_the_log(self, server: DashboardServer, make_key: MakeKey) -> None:
        key = make_key(server.add_account())
        ask(server, key, "GET", "/sessions")
        ask(server, key + "x", "GET", "/sessions")
        assert key[4:] not in server.log
