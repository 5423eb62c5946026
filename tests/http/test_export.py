"""The list as a file: whole, for administrators alone, and harmless in a spreadsheet."""

import csv
import io
import json
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection, insert

from sessions_dashboard.database import Database
from sessions_dashboard.http import export
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.models import bulk_operations
from tests.support.people import NOW, POLICY, add_many_sessions, add_user, lines, stored
from tests.support.server import DashboardServer, Visitor, now


@pytest.fixture
def admin(server: DashboardServer) -> Visitor:
    return server.visitor(server.add_session(server.add_account("exporter", is_admin=True)))


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_all_that_matches_is_in_both_forms(server: DashboardServer, admin: Visitor) -> None:
    owner = server.add_account("owner")
    moment = now() - timedelta(hours=1)
    wanted = server.database.write_here(
        lambda db: add_many_sessions(
            db, owner.id, 2_300, os="Plan 9", created_at=moment, last_seen_at=moment
        )
    )
    answer = admin.get("/export/sessions.csv?os=Plan+9")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'attachment; filename="sessions-' in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    rows = rows_of(answer.text)
    assert sorted(row["id"] for row in rows) == sorted(wanted)
    row = rows[0]
    assert (row["user"], row["role"], row["status"]) == (owner.email, "user", "active")
    assert row["signed_in_at"] == moment.isoformat().replace("+00:00", "Z")
    assert row["ended_at"] == ""

    lines_ = admin.get("/export/sessions.jsonl?os=Plan+9").text.splitlines()
    told = [json.loads(line) for line in lines_]
    assert [one["id"] for one in told] == [row["id"] for row in rows]
    assert told[0]["ended_at"] is None
    assert list(told[0]) == list(export.SESSION_FIELDS)


def test_what_a_spreadsheet_would_run_is_text(server: DashboardServer, admin: Visitor) -> None:
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", 'a"b,c', "fine"]
    owner = server.add_account("mischief")
    moment = now()
    for name in names:
        server.database.write_here(
            lambda db, name=name: add_many_sessions(
                db, owner.id, 1, name=name, created_at=moment, last_seen_at=moment
            )
        )
    rows = rows_of(admin.get(f"/export/sessions.csv?user={owner.email}").text)
    got = {row["name"] for row in rows}
    assert got == {f"'{name}" for name in names[:-2]} | set(names[-2:])
    told = admin.get(f"/export/sessions.jsonl?user={owner.email}").text.splitlines()
    assert {json.loads(line)["name"] for line in told} == set(names)


@pytest.mark.parametrize(
    ("told", "written"),
    [
        # Where commas are decimal points, spreadsheets part cells at semicolons.
        ("x;=1+1", "x;'=1+1"),
        ("x; @SUM(A1);-1", "x;' @SUM(A1);'-1"),
        ("=a;＝b", "'=a;'＝b"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0)", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0)"),
    ],
)
def test_a_cell_is_text_however_the_line_is_parted(told: str, written: str) -> None:
    assert export.defused(told) == written


@pytest.mark.parametrize(
    "path", ["/export/sessions.csv", "/export/events.jsonl", "/export/users.csv"]
)
def test_is_for_administrators_who_are_signed_in(
    server: DashboardServer, admin: Visitor, path: str
) -> None:
    user = server.visitor(server.add_session(server.add_account()))
    assert server.visitor().get(path).status_code == 401
    assert user.get(path).status_code == 403
    disabled = server.add_account(is_admin=True, disabled=True)
    assert server.visitor(server.add_session(disabled)).get(path).status_code == 401
    gone = server.add_session(server.add_account(is_admin=True))
    server.set_session(gone, ended_at=now(), end_reason="revoked")
    assert server.visitor(gone).get(path).status_code == 401
    moved = server.add_session(server.add_account(is_admin=True))
    server.set_session(moved, challenge="ip_address")
    assert server.visitor(moved).get(path).status_code == 401
    former = server.add_account(is_admin=True)
    theirs = server.visitor(server.add_session(former))
    assert theirs.get(path).status_code == 200
    server.set_account(former, is_admin=False)
    assert theirs.get(path).status_code == 403
    server.set_account(former, is_admin=True, disabled_at=now())
    assert theirs.get(path).status_code == 401
    assert admin.get(path, Sec_Fetch_Site="cross-site").status_code == 403
    for refused in (server.visitor(), user, server.visitor(gone)):
        assert "@example.com" not in refused.get(path).text
    assert admin.post(path).status_code in (404, 405)


def test_half_a_filter_is_none(admin: Visitor) -> None:
    assert admin.get("/export/sessions.csv?network=1.2.3").status_code == 422
    assert admin.get("/export/sessions.jsonl?started_from=soon").status_code == 422
    assert admin.get("/export/events.csv?kind=sign_ins").status_code == 422
    assert admin.get("/export/events.csv?by_admin=maybe").status_code == 422
    assert admin.get("/export/users.csv?kind=friends").status_code == 422
    assert admin.get(f"/export/users.csv?q={'a+' * 1_100}").status_code == 422
    assert admin.get("/export/users.csv?q=%00").status_code == 422


def test_the_history_is_in_both_forms(server: DashboardServer, admin: Visitor) -> None:
    owner = server.add_account("historic")
    moment = now() - timedelta(hours=1)

    def write_down(db: Connection) -> None:
        for number in range(5):
            at = moment + timedelta(minutes=number)
            record(db, EventKind.SIGNED_IN, at, user_id=owner.id, device=f"=Device {number}")

    server.database.write_here(write_down)
    rows = rows_of(admin.get(f"/export/events.csv?q={owner.email}&kind=signed_in").text)
    assert [row["device"] for row in rows] == [f"'=Device {number}" for number in (4, 3, 2, 1, 0)]
    assert rows[-1]["at"] == moment.isoformat().replace("+00:00", "Z")
    assert (rows[0]["user"], rows[0]["kind"]) == (owner.email, "signed_in")
    told = admin.get(f"/export/events.jsonl?q={owner.email}&kind=signed_in").text.splitlines()
    assert [json.loads(line)["what_happened"] for line in told][-1] == "=Device 0 signed in"


def test_the_history_is_filtered_and_ordered_as_on_its_page(
    server: DashboardServer, admin: Visitor
) -> None:
    owner, chief = server.add_account("filtered"), server.add_account("doer", is_admin=True)
    moment = now() - timedelta(hours=1)

    def write_down(db: Connection) -> None:
        devices = ("Lynx on BeOS", "Lynx on Haiku", "Arora on Haiku", "Lynx on Haiku")
        for number, (device, by) in enumerate(zip(devices, (owner, chief) * 2, strict=True)):
            at, about = moment + timedelta(minutes=number), {"user_id": owner.id, "device": device}
            record(db, EventKind.RENAMED, at, **about, actor_user_id=by.id)

    server.database.write_here(write_down)
    asked = f"user={owner.email}&role=user&browser=Lynx&os=Haiku&by_admin=yes&sort=at"
    rows = rows_of(admin.get(f"/export/events.csv?{asked}").text)
    assert [(row["device"], row["done_by"]) for row in rows] == [("Lynx on Haiku", chief.email)] * 2
    assert rows[0]["at"] < rows[1]["at"]
    with server.database.reading() as db:
        noted = lines(db, EventKind.EXPORTED)[-1].details["filter"]
    assert noted == dict(part.split("=") for part in asked.split("&"))


def test_the_history_is_filtered_by_what_sessions_say(
    server: DashboardServer, admin: Visitor
) -> None:
    owner = server.add_account("filtered")
    told = {
        "Old": {"device_type": "tv", "country_code": "IS", "new_device": True, "moved": True},
        "Phone": {"device_type": "phone", "country_code": "IS", "new_device": True, "moved": True},
        "Abroad": {"device_type": "tv", "country_code": "FR", "new_device": True, "moved": True},
        "Known": {"device_type": "tv", "country_code": "IS", "new_device": False, "moved": True},
        "Still": {"device_type": "tv", "country_code": "IS", "new_device": True, "moved": False},
    }

    def write_down(db: Connection, public_id: str, name: str) -> None:
        about = {"session_id": stored(db, public_id).id, "device": name}
        record(db, EventKind.RENAMED, now(), user_id=owner.id, **about)

    for name, columns in told.items():
        session = server.add_session(owner)
        server.set_session(session, **columns)
        server.database.write_here(partial(write_down, public_id=session.public_id, name=name))
    asked = {"device_kind": "tv", "country": "IS", "new_device": "yes", "moved": "yes"}
    of_owner = {"user": owner.email, "kind": "renamed"}
    rows = rows_of(admin.get(f"/export/events.csv?{urlencode(of_owner | asked)}").text)
    assert [row["device"] for row in rows] == ["Old"]


def test_the_history_says_why_and_what(server: DashboardServer, admin: Visitor) -> None:
    moment, typed = now(), "=stolen;-1"
    operation = {"public_id": f"op {moment.timestamp()}", "state": "finished", "reason": typed}

    def write_down(db: Connection) -> None:
        by = ("created_by_user_id", "created_by_session_id", "newest_session_id", "collected_to")
        columns = dict.fromkeys(by, 0)
        db.execute(insert(bulk_operations).values(created_at=moment, **columns, **operation))
        details = {"operation": operation["public_id"], "total": 1, "filter": {"os": "=BeOS"}}
        record(db, EventKind.BULK_END_STARTED, moment, details=details)

    server.database.write_here(write_down)
    row = rows_of(admin.get("/export/events.csv?kind=bulk_end_started").text)[0]
    assert row["what_happened"] == "Ending 1 session was started"
    assert (row["given_reason"], row["details"]) == ("'=stolen;'-1", "System: =BeOS")
    line = admin.get("/export/events.jsonl?kind=bulk_end_started").text.splitlines()[0]
    assert json.loads(line)["given_reason"] == typed


def test_accounts_are_in_both_forms(server: DashboardServer, admin: Visitor) -> None:
    accounts = [server.add_account("listed", is_admin=number == 0) for number in range(5)]
    server.add_session(accounts[1])
    rows = rows_of(admin.get("/export/users.csv?q=listed").text)
    by_email = {row["email"]: row for row in rows}
    assert list(by_email) == sorted(account.email for account in accounts)
    newest = rows_of(admin.get("/export/users.csv?q=listed&sort=-created").text)
    assert [row["email"] for row in newest] == [account.email for account in reversed(accounts)]
    assert admin.get("/export/users.csv?sort=password_hash").status_code == 422
    assert by_email[accounts[0].email]["role"] == "administrator"
    assert by_email[accounts[1].email]["active_sessions"] == "1"
    assert by_email[accounts[2].email]["last_active_at"] == ""
    told = admin.get("/export/users.jsonl?q=listed&kind=admins").text.splitlines()
    assert [json.loads(line)["email"] for line in told] == [accounts[0].email]


@pytest.mark.parametrize("name", export.LISTS)
def test_page_by_page_nothing_is_lost_or_told_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(export, "ROWS_PER_PAGE", 2)

    def fill(db: Connection) -> None:
        for number in range(5):
            owner = add_user(db, f"person{number}")
            add_many_sessions(db, owner, 1, created_at=NOW, last_seen_at=NOW)
            record(db, EventKind.SIGNED_IN, NOW, user_id=owner, device=str(number))

    database.write_here(fill)
    wanted = export.LISTS[name]({})
    assert wanted is not None
    told, place = [], None
    with database.reading() as db:
        while not told or place is not None:
            rows, place = wanted.page(db, POLICY, NOW, place)
            assert len(rows) <= 2
            told += [tuple(row.values()) for row in rows]
    assert len(told) == len(set(told)) == 5


def test_stands_in_the_history(server: DashboardServer) -> None:
    account = server.add_account("auditor", is_admin=True)
    server.visitor(server.add_session(account)).get("/export/sessions.csv?os=BeOS")
    with server.database.reading() as db:
        (line,) = lines(db, EventKind.EXPORTED, actor_user_id=account.id)
    assert line.details == {"list": "sessions", "format": "csv", "filter": {"os": "BeOS"}}


def test_memory_does_not_grow_with_the_rows(server: DashboardServer, admin: Visitor) -> None:
    moment = now()
    owner = server.database.write_here(lambda db: add_user(db, f"many{moment.timestamp()}"))

    def add(number: int) -> None:
        server.database.write_here(
            lambda db: add_many_sessions(
                db, owner, number, os="Inferno", created_at=moment, last_seen_at=moment
            )
        )

    add(1_000)
    admin.get("/export/sessions.jsonl?os=Inferno")
    before = server.memory
    add(19_000)
    answer = admin.get("/export/sessions.jsonl?os=Inferno")
    assert len(answer.text.splitlines()) == 20_000
    assert server.memory - before < 15_000_000
