"""The JSON API: the pages' own authority, one page after the other, and errors that say why."""

import base64
import json
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from sessions_dashboard.api.rate_limit import REQUESTS
from sessions_dashboard.api.routes import OPERATIONS, PREFIX
from sessions_dashboard.sessions.models import MAX_NAME_LENGTH
from tests.support.people import add_many_sessions, set_session
from tests.support.server import DashboardServer, Visitor, now

NOBODYS = "01890a5d-ac96-774b-bcce-b302099a8057"
WRITES = [operation for operation in OPERATIONS if operation.writes]
ADMINS = [operation for operation in OPERATIONS if operation.admins_only]


def ask(
    visitor: Visitor, method: str, path: str, body: Any = None, **headers: str | None
) -> httpx.Response:
    options = {} if body is None else {"json": body}
    return visitor.server.request(
        method, PREFIX + path, headers=visitor.headers(**headers), **options
    )


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["title"]
    assert told["detail"]
    assert told["type"] == f"/api/docs#{told['code']}"
    return answer.status_code, told["code"]


def left(answer: httpx.Response) -> int:
    """How many more requests the account has."""
    found = re.fullmatch(r'"account";r=(\d+);t=\d+', answer.headers["ratelimit"])
    assert found is not None
    return int(found[1])


@pytest.fixture
def visitor(server: DashboardServer) -> Visitor:
    return server.visitor(server.add_session(server.add_account()))


@pytest.fixture
def admin(server: DashboardServer) -> Visitor:
    return server.visitor(server.add_session(server.add_account(is_admin=True)))


def own(visitor: Visitor) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(visitor, "GET", "/sessions").json()["sessions"]
    return found


class TestOwnSessions:
    def test_are_listed_named_and_ended(self, server: DashboardServer) -> None:
        account = server.add_account()
        here, there = (server.visitor(server.add_session(account)) for _ in range(2))
        mine = {one["current"]: one["id"] for one in own(here)}
        assert len(mine) == 2
        for is_current, public_id in mine.items():
            one = ask(here, "GET", f"/sessions/{public_id}").json()
            assert one in own(here)
            assert one["current"] is is_current

        named = ask(here, "PATCH", f"/sessions/{mine[False]}", {"name": " the  tower "})
        assert named.json() == {"name": "the tower"}
        assert [one["name"] for one in own(there) if one["current"]] == ["the tower"]
        assert ask(here, "DELETE", f"/sessions/{mine[False]}").json() == {"ended": 1}
        assert problem(ask(there, "GET", "/sessions")) == (401, "not_signed_in")
        for method in ("DELETE", "GET"):
            again = ask(here, method, f"/sessions/{mine[False]}")
            assert problem(again) == (404, "not_found")
        assert ask(here, "DELETE", f"/sessions/{mine[True]}").json() == {"ended": 1}
        assert problem(ask(here, "GET", "/sessions")) == (401, "not_signed_in")

    def test_all_others_end_and_this_one_stays(self, server: DashboardServer) -> None:
        account = server.add_account()
        visitors = [server.visitor(server.add_session(account)) for _ in range(3)]
        assert ask(visitors[0], "POST", "/sessions/end-others").json() == {"ended": 2}
        assert [one["current"] for one in own(visitors[0])] == [True]
        assert all(problem(ask(one, "GET", "/sessions"))[0] == 401 for one in visitors[1:])

    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    def test_of_somebody_else_are_not_there_even_for_an_administrator(
        self, server: DashboardServer, visitor: Visitor, admin: Visitor, method: str
    ) -> None:
        [theirs] = own(visitor)
        stranger = server.visitor(server.add_session(server.add_account()))
        body = {"name": "mine now"} if method == "PATCH" else None
        for asker in (stranger, admin):
            answer = ask(asker, method, f"/sessions/{theirs['id']}", body)
            assert problem(answer) == (404, "not_found")
        assert own(visitor)[0]["name"] is None

    def test_what_is_sensitive_asks_for_the_password_first(self, server: DashboardServer) -> None:
        session = server.add_session(server.add_account())
        server.set_session(session, authenticated_at=now() - timedelta(days=1))
        answer = ask(server.visitor(session), "POST", "/sessions/end-others")
        assert problem(answer) == (403, "password_needed")

    def test_events_go_on_from_a_cursor_and_from_no_other_list(
        self, server: DashboardServer, visitor: Visitor
    ) -> None:
        [mine] = own(visitor)
        for number in range(5):
            ask(visitor, "PATCH", f"/sessions/{mine['id']}", {"name": f"name {number}"})
        seen, path = [], "/events?limit=2"
        while True:
            page = ask(visitor, "GET", path).json()
            seen += [event["details"].get("name") for event in page["events"]]
            if page["next_cursor"] is None:
                break
            path = f"/events?limit=2&cursor={page['next_cursor']}"
        assert [name for name in seen if name] == [f"name {number}" for number in range(4, -1, -1)]

        cursor = ask(visitor, "GET", "/events?limit=1").json()["next_cursor"]
        other = server.visitor(server.add_session(server.add_account()))
        for asker, given in ((other, cursor), (visitor, cursor[:-2]), (visitor, "nothing")):
            answer = ask(asker, "GET", f"/events?cursor={given}")
            assert problem(answer) == (422, "cursor")


class TestAdministrators:
    def test_find_sessions_as_in_the_console_page_by_page(
        self, server: DashboardServer, admin: Visitor
    ) -> None:
        owner = server.add_account()
        wanted = server.database.write_here(
            lambda db: add_many_sessions(db, owner.id, 7, os="AmigaOS", created_at=now())
        )
        seen, path = [], "/admin/sessions?os=AmigaOS&limit=3&status=all"
        while True:
            page = ask(admin, "GET", path).json()
            assert all(one["user"] == owner.email for one in page["sessions"])
            seen.append([one["id"] for one in page["sessions"]])
            if page["next_cursor"] is None:
                break
            path = f"/admin/sessions?os=AmigaOS&limit=3&status=all&cursor={page['next_cursor']}"
        assert [len(part) for part in seen] == [3, 3, 1]
        assert sorted(sum(seen, [])) == sorted(wanted)
        cursor = ask(admin, "GET", "/admin/sessions?os=AmigaOS&limit=3&status=all").json()
        other = f"/admin/sessions?os=BeOS&cursor={cursor['next_cursor']}"
        assert problem(ask(admin, "GET", other)) == (422, "cursor")

    def test_find_those_over_by_their_end_page_by_page(
        self, server: DashboardServer, admin: Visitor
    ) -> None:
        owner = server.add_account()

        def fill(db: Connection) -> list[str]:
            ids = add_many_sessions(db, owner.id, 4, os="BeOS", created_at=now())
            for number, one in enumerate(ids):
                ended_at = now() - timedelta(minutes=(3, 1, 2, 4)[number])
                set_session(db, one, ended_at=ended_at, end_reason="signed_out")
            return [ids[number] for number in (1, 2, 0, 3)]

        wanted = server.database.write_here(fill)
        first = ask(admin, "GET", "/admin/sessions?os=BeOS&status=ended&limit=2").json()
        path = f"/admin/sessions?os=BeOS&status=ended&cursor={first['next_cursor']}"
        rest = ask(admin, "GET", path).json()
        assert [one["id"] for one in (*first["sessions"], *rest["sessions"])] == wanted
        lines = admin.get("/export/sessions.jsonl?os=BeOS&status=ended").text.splitlines()
        assert [json.loads(line)["id"] for line in lines] == wanted

    def test_end_anybodys_session_after_a_recent_password(
        self, server: DashboardServer, admin: Visitor, visitor: Visitor
    ) -> None:
        [theirs] = own(visitor)
        old = server.add_session(server.add_account(is_admin=True))
        server.set_session(old, authenticated_at=now() - timedelta(hours=1))
        path = f"/admin/sessions/{theirs['id']}"
        assert ask(admin, "GET", path).json()["status"] == "active"
        assert problem(ask(server.visitor(old), "DELETE", path)) == (403, "password_needed")
        assert ask(admin, "DELETE", path).json() == {"ended": 1}
        ended = ask(admin, "GET", path).json()
        assert (ended["status"], ended["end_reason"]) == ("ended", "revoked_by_admin")
        assert problem(ask(admin, "GET", f"/admin/sessions/{NOBODYS}")) == (404, "not_found")
        assert problem(ask(visitor, "GET", "/sessions")) == (401, "not_signed_in")

    def test_read_accounts_and_everybodys_history(
        self, server: DashboardServer, admin: Visitor
    ) -> None:
        account = server.add_account("clara")
        server.visitor().sign_in(account.email)
        [found] = ask(admin, "GET", f"/admin/users?search={account.email}").json()["users"]
        assert (found["email"], found["role"], found["sessions"]) == (account.email, "user", 1)
        assert ask(admin, "GET", f"/admin/users/{found['id']}").json() == found
        assert problem(ask(admin, "GET", f"/admin/users/{NOBODYS}")) == (404, "not_found")
        events = ask(admin, "GET", f"/admin/events?search={account.email}&kind=signed_in").json()
        assert [event["user"] for event in events["events"]] == [account.email]
        server.visitor().sign_in(account.email)
        asked = f"user={account.email}&role=user&kind=signed_in&sort=at&limit=1"
        oldest = ask(admin, "GET", f"/admin/events?{asked}").json()
        cursor = oldest["next_cursor"]
        newest = ask(admin, "GET", f"/admin/events?{asked}&cursor={cursor}").json()
        assert newest["next_cursor"] is None
        assert oldest["events"] == events["events"]
        assert oldest["events"][0]["at"] < newest["events"][0]["at"]
        for none in ("role=admin", "by_admin=yes", "browser=Netscape", "os=BeOS"):
            found = ask(admin, "GET", f"/admin/events?user={account.email}&{none}").json()
            assert found["events"] == [], none

    def test_find_lines_by_what_their_session_says(
        self, server: DashboardServer, admin: Visitor
    ) -> None:
        account = server.add_account("dora")
        server.visitor().sign_in(account.email)
        session = server.add_session(account)
        told = {"device_type": "tv", "country_code": "IS", "new_device": True, "moved": True}
        server.set_session(session, **told)
        of_dora = f"/admin/events?user={account.email}&kind=signed_in"
        assert len(ask(admin, "GET", of_dora).json()["events"]) == 2
        for same in ("device_kind=tv", "country=IS", "new_device=yes&moved=yes"):
            found = ask(admin, "GET", f"{of_dora}&{same}").json()
            assert len(found["events"]) == 1, same
        for other in ("device_kind=car", "country=FR", "country=IS&device_kind=phone"):
            assert ask(admin, "GET", f"{of_dora}&{other}").json()["events"] == [], other
        server.delete_session(session)
        assert ask(admin, "GET", f"{of_dora}&country=IS").json()["events"] == []

    def test_go_through_the_accounts_by_cursors_that_name_none(
        self, server: DashboardServer, admin: Visitor
    ) -> None:
        in_order = [server.add_account("paged").email for _ in range(2)]
        made = sorted(in_order)
        first = ask(admin, "GET", "/admin/users?search=paged&limit=1").json()
        cursor = first["next_cursor"]
        last = ask(admin, "GET", f"/admin/users?search=paged&limit=1&cursor={cursor}").json()
        assert [one["email"] for one in first["users"] + last["users"]] == made
        newest = "/admin/users?search=paged&limit=1&sort=-created"
        assert problem(ask(admin, "GET", f"{newest}&cursor={cursor}")) == (422, "cursor")
        first = ask(admin, "GET", newest).json()
        last = ask(admin, "GET", f"{newest}&cursor={first['next_cursor']}").json()
        assert [one["email"] for one in first["users"] + last["users"]] == in_order[::-1]
        assert problem(ask(admin, "GET", "/admin/users?sort=id")) == (422, "parameter")
        part = cursor.partition(".")[0]
        assert made[0].encode() not in base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

    @pytest.mark.parametrize(
        "parameters",
        [
            *("network=1.2.3", "started_from=soon", "status=none", "unknown=1", "limit=0"),
            *("limit=201", "limit=many", "os=a&os=b", "new_device=no", "search=" + "x" * 255),
            # Nothing would be left of these, or less than was asked for.
            *("search=%00", "user=%E2%80%8B", "os=%E2%80%AE", "search=" + "x" * 101),
        ],
    )
    def test_half_a_filter_is_none(self, admin: Visitor, parameters: str) -> None:
        answer = ask(admin, "GET", f"/admin/sessions?{parameters}")
        assert problem(answer) == (422, "parameter")
        assert parameters.partition("=")[0] in answer.json()["detail"]

    @pytest.mark.parametrize("search", ["%00", "%E2%80%8B", "x" * 255])
    def test_a_search_of_accounts_that_can_not_be_read_finds_not_everybody(
        self, admin: Visitor, search: str
    ) -> None:
        answer = ask(admin, "GET", f"/admin/users?search={search}")
        assert problem(answer) == (422, "parameter")
        assert "search" in answer.json()["detail"]

    @pytest.mark.parametrize(
        "parameters",
        # Its own name for what all lists call "search" is the console's alone.
        [
            *("network=1.2.3", "from=soon", "kind=no", "to=99-99", "search=%00", "q=x"),
            *("role=chief", "by_admin=no", "sort=kind", "user=%E2%80%8B", "os=" + "x" * 101),
            *("device_kind=toaster", "country=%00", "new_device=no", "moved=1"),
        ],
    )
    def test_half_a_filter_of_events_is_none(self, admin: Visitor, parameters: str) -> None:
        answer = ask(admin, "GET", f"/admin/events?{parameters}")
        assert problem(answer) == (422, "parameter")
        assert answer.json()["detail"].endswith(f": {parameters.partition('=')[0]}.")


class TestAuthority:
    @pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
    def test_is_asked_for_by_every_operation(self, server: DashboardServer, operation: Any) -> None:
        def code(visitor: Visitor, **headers: str | None) -> str:
            path = operation.path.format(id=NOBODYS)
            return problem(ask(visitor, operation.method, path, **headers))[1]

        assert code(server.visitor()) == "not_signed_in"
        ended = server.add_session(server.add_account(is_admin=True))
        server.set_session(ended, ended_at=now(), end_reason="revoked")
        assert code(server.visitor(ended)) == "not_signed_in"
        disabled = server.add_session(server.add_account(is_admin=True, disabled=True))
        assert code(server.visitor(disabled)) == "not_signed_in"
        challenged = server.add_session(server.add_account(is_admin=True))
        server.set_session(challenged, challenge="ip_address")
        assert code(server.visitor(challenged)) == "password_needed"
        admin = server.visitor(server.add_session(server.add_account(is_admin=True)))
        assert code(admin, Origin="https://evil.example") == "origin"
        assert code(admin, Origin=None, Sec_Fetch_Site="cross-site") == "origin"
        forged = server.visitor()
        forged.cookie = f"{'a' * 43}.{'b' * 42}A"
        assert code(forged) == "not_signed_in"

    @pytest.mark.parametrize("operation", ADMINS, ids=lambda one: one.name)
    def test_of_administrators_is_nobody_elses(
        self, server: DashboardServer, visitor: Visitor, operation: Any
    ) -> None:
        path = operation.path.format(id=own(visitor)[0]["id"])
        assert problem(ask(visitor, operation.method, path)) == (403, "admins_only")
        account = server.add_account(is_admin=True)
        former = server.visitor(server.add_session(account))
        server.set_account(account, is_admin=False)
        assert problem(ask(former, operation.method, path)) == (403, "admins_only")
        assert own(visitor)

    def test_that_lacks_is_counted_as_what_is_done(
        self, server: DashboardServer, visitor: Visitor
    ) -> None:
        challenged = server.add_session(server.add_account())
        server.set_session(challenged, challenge="ip_address")
        for asker, path in ((visitor, "/admin/policy"), (server.visitor(challenged), "/sessions")):
            answers = [ask(asker, "GET", path) for _ in range(2)]
            assert {problem(answer)[0] for answer in answers} == {403}
            assert [REQUESTS.amount - left(answer) for answer in answers] == [1, 2]

    def test_of_another_site_takes_nothing_from_the_account(self, visitor: Visitor) -> None:
        """Or any site could use a visitor's requests up."""
        answer = ask(visitor, "GET", "/sessions", Origin="https://evil.example")
        assert problem(answer) == (403, "origin")
        assert "ratelimit" not in answer.headers
        assert left(ask(visitor, "GET", "/sessions")) == REQUESTS.amount - 1


class TestWhatIsSent:
    def test_is_answered_with_each_header_once(self, visitor: Visitor) -> None:
        for origin in ({}, {"Origin": visitor.server.url}):
            answer = ask(visitor, "GET", "/sessions", **origin)
            assert answer.headers.get_list("vary", split_commas=True).count("Origin") <= 1
            assert len(answer.headers.get_list("access-control-allow-origin")) <= 1

    def test_that_is_no_json_of_the_right_form_changes_nothing(self, visitor: Visitor) -> None:
        [mine] = own(visitor)
        path, json = f"/sessions/{mine['id']}", {"Content-Type": "application/json"}

        def send(content: bytes, **headers: str) -> tuple[int, str]:
            sent = visitor.headers() | headers
            return problem(
                visitor.server.request("PATCH", PREFIX + path, content=content, headers=sent)
            )

        for content in (b"", b"{", b"[]", b'"x"', b"\xff", b"{}", b'{"name": 1}', b"[" * 9_000):
            assert send(content, **json) == (422, "body")
        assert send(b'{"name": "x", "id": "y"}', **json) == (422, "body")
        assert send(b'{"name": "' + b"x" * (MAX_NAME_LENGTH + 1) + b'"}', **json) == (422, "body")
        assert send(b'{"name": "x"}') == (415, "media_type")
        assert send(b'{"name": "x"}', **{"Content-Type": "text/plain"}) == (415, "media_type")
        assert send(b" " * 70_000, **json) == (413, "too_large")
        assert own(visitor)[0]["name"] is None

    def test_as_parameters_without_end_holds_nobody_up(self, visitor: Visitor) -> None:
        """Once each of these thousands was compared with each: half a minute for everybody."""
        for query in ("&".join(f"{number:x}" for number in range(13_000)), "a&" * 32_000):
            began = time.monotonic()
            answer = ask(visitor, "GET", f"/sessions?{query}")
            assert problem(answer) == (422, "parameter")
            assert len(answer.content) < 2_000
            assert time.monotonic() - began < 2

    def test_that_is_no_text_is_refused_and_not_sent_back(self, admin: Visitor) -> None:
        """Half of a surrogate pair can't be sent, and PostgreSQL keeps no NUL."""
        sent = admin.headers() | {"Content-Type": "application/json"}

        def send(path: str, content: bytes) -> httpx.Response:
            return admin.server.request("POST", PREFIX + path, content=content, headers=sent)

        name = send("/admin/policy/simulate", b'{"values": {"\\ud800\\u202e": 1}}')
        assert problem(name) == (422, "policy")
        nobodys = send("/admin/bulk-ends", b'{"ids": ["a\\u0000b"]}')
        assert nobodys.json()["sessions"] == 0
        everybodys = send("/admin/bulk-ends", b'{"filter": {"user": "\\u0000"}}')
        assert problem(everybodys) == (422, "body")
        confirmed = send("/admin/bulk-ends/%00/confirm", b'{"reason": "x", "sessions": 0}')
        assert problem(confirmed) == (404, "not_found")

    def test_to_an_address_or_by_a_method_that_is_none_is_said_so(self, visitor: Visitor) -> None:
        assert problem(ask(visitor, "GET", "/nothing")) == (404, "not_found")
        answer = ask(visitor, "PUT", "/sessions")
        assert problem(answer) == (405, "method")
        assert answer.headers["allow"] == "GET, HEAD"
        answer = ask(visitor, "GET", "/sessions/end-others")
        assert problem(answer) == (405, "method")
        assert answer.headers["allow"] == "POST"
        for public_id in ("x", "%00", "%0A", "%ED%A0%80", NOBODYS.upper(), "a/b"):
            answer = ask(visitor, "DELETE", f"/sessions/{public_id}")
            assert problem(answer) == (404, "not_found"), public_id

    @pytest.mark.parametrize("path", ["/sessions", f"/sessions/{NOBODYS}", "/admin/policy"])
    def test_by_head_is_answered_as_by_get_without_what_it_says(
        self, visitor: Visitor, path: str
    ) -> None:
        with httpx.Client(base_url=visitor.server.url) as client:
            # On one connection: a body that was sent would stand before the next answer.
            whole, bare, after = (
                client.request(method, PREFIX + path, headers=visitor.headers())
                for method in ("GET", "HEAD", "GET")
            )
        assert bare.status_code == whole.status_code == after.status_code
        assert bare.content == b""
        for name in ("content-type", "content-length", "cache-control", "ratelimit-policy"):
            assert bare.headers[name] == whole.headers[name]
        assert left(bare) == left(whole) - 1

    def test_too_often_has_to_wait_and_is_told_how_long(self, visitor: Visitor) -> None:
        first = ask(visitor, "GET", "/sessions")
        assert first.headers["ratelimit-policy"] == '"account";q=300;w=60'
        assert first.headers["cache-control"] == "no-store"
        with httpx.Client(base_url=visitor.server.url) as client:
            get: Callable[[], httpx.Response] = lambda: client.get(  # noqa: E731
                f"{PREFIX}/sessions", headers=visitor.headers(Origin=None)
            )
            answers = [get() for _ in range(REQUESTS.amount)]
        assert {answer.status_code for answer in answers[:-1]} == {200}
        assert problem(answers[-1]) == (429, "rate_limit")
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        # What the account may not do is counted no less.
        assert problem(ask(visitor, "GET", "/admin/policy")) == (429, "rate_limit")
        # Of one account alone.
        stranger = visitor.server.visitor(visitor.server.add_session(visitor.server.add_account()))
        assert ask(stranger, "GET", "/sessions").status_code == 200
