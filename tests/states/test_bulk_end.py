"""Ending many: what the dialog says and asks for, and what only it may lead to."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from sessions_dashboard.bulk_runner import BulkRunner
from sessions_dashboard.sessions import bulk_work
from sessions_dashboard.sessions.models import bulk_operations, sessions
from sessions_dashboard.states.admin_sessions import AdminSessionsState
from sessions_dashboard.states.bulk import BulkEndState
from sessions_dashboard.words import bulk as words
from tests.states.conftest import Pages
from tests.states.test_devices import ANYTHING
from tests.support.people import add_many_sessions, add_user

Run = Callable[[Any], Any]


class Console:
    def __init__(self, pages: Pages, run: Run) -> None:
        self.pages, self._run = pages, run
        self.list = pages.state(AdminSessionsState)
        self.bulk = pages.state(BulkEndState)

    def open(self, address: str) -> None:
        self.pages.at(address)
        self.do("load", of=AdminSessionsState)
        self.do("load")

    def do(self, handler: str, /, of: Any = BulkEndState, **payload: Any) -> Any:
        return self._run(self.pages.call(of, handler, **payload))

    def carry_out(self) -> None:
        async def story() -> None:
            runner = BulkRunner(self.pages.runtime)
            while await runner._carry_out_one():
                pass

        self._run(story())
        self.do("refresh")

    def ended(self) -> set[str]:
        with self.pages.runtime.database.reading() as db:
            query = select(sessions.c.public_id).where(sessions.c.ended_at.is_not(None))
            return set(db.execute(query).scalars())

    def states(self) -> list[str]:
        with self.pages.runtime.database.reading() as db:
            return list(db.execute(select(bulk_operations.c.state)).scalars())


@pytest.fixture
def console(pages: Pages, run: Run) -> Console:
    with pages.runtime.database.begin() as db:
        now = pages.now()
        add_many_sessions(
            db, add_user(db, "bob"), 150, created_at=now, last_seen_at=now, os="Linux"
        )
        add_many_sessions(db, add_user(db, "eve"), 3, created_at=now, last_seen_at=now, os="BeOS")
    pages.sign_in("chief", is_admin=True)
    made = Console(pages, run)
    made.open("/admin/sessions")
    return made


def test_those_ticked_are_ended_after_a_reason(console: Console) -> None:
    console.open("/admin/sessions?os=BeOS")
    wanted = [row.id for row in console.list.rows[:2]]
    for one in wanted:
        console.do("tick", of=AdminSessionsState, session_id=one, on=True)
    console.do("preview_ticked")
    page = console.bulk
    assert page.previewing
    assert page.question == "End 2 sessions of 1 user?"
    assert {row.id for row in page.first} == set(wanted)
    console.do("confirm", form={"reason": "  "})
    assert page.form_problem == words.REASON_MISSING
    assert console.states() == ["previewed"]
    console.do("confirm", form={"reason": "stolen laptop"})
    assert not page.previewing
    assert page.notice == words.STARTED
    assert console.list.ticked == []
    assert page.operations[0].is_running
    console.carry_out()
    assert console.ended() == set(wanted)
    assert page.operations[0].outcome == "2 ended"
    assert page.operations[0].began_by == "chief@example.com: stolen laptop"


def test_for_more_than_a_hundred_the_number_is_typed(console: Console) -> None:
    console.open("/admin/sessions?os=Linux")
    console.do("preview_matching")
    page = console.bulk
    assert page.question == "End 150 sessions of 1 user?"
    for number in ("", "15", "151", None, 150, [], "\u0661\u0665\u0660"):
        console.do("confirm", form={"reason": "x", "number": number})
        assert page.form_problem == words.wrong_number(150), number
    assert console.states() == ["previewed"]
    console.do("confirm", form={"reason": "x", "number": "150"})
    console.carry_out()
    assert len(console.ended()) == 150


def test_the_own_session_is_left_out_and_the_number_says_so(console: Console) -> None:
    console.open("/admin/sessions?user=chief@example.com&status=all")
    console.do("preview_matching")
    page = console.bulk
    assert page.includes_own
    assert page.to_end == 0
    console.do("choose_own", on=True)
    assert page.question == "End 1 session of 1 user?"


def test_an_old_password_is_asked_for_first(console: Console) -> None:
    me = console.pages.me
    assert me is not None
    console.open("/admin/sessions?os=BeOS")
    console.do("preview_matching")
    console.pages.change(me, authenticated_at=console.pages.now() - timedelta(hours=1))
    console.do("confirm", form={"reason": "x"})
    assert console.bulk.confirming
    assert console.states() == ["previewed"]
    # Saying that it was entered is not entering it.
    console.do("password_entered")
    assert console.states() == ["previewed"]
    console.pages.change(me, authenticated_at=console.pages.now())
    console.do("password_entered")
    assert console.states() == ["running"]


def test_not_before_a_moment(console: Console) -> None:
    console.do("ask_not_before")
    for value in ANYTHING:
        console.do("preview_not_before", form={"moment": value, "role": ""})
        console.do("preview_not_before", form=value)
        console.do("preview_not_before", form={"moment": "2026-01-01", "role": value or "x"})
        assert console.bulk.asking_not_before
        assert console.bulk.not_before_problem == words.INVALID_MOMENT
    later = (console.pages.now() + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")
    console.do("preview_not_before", form={"moment": later, "role": "user"})
    assert console.bulk.question == "End 153 sessions of 2 users?"
    console.do("close")
    console.do("preview_not_before", form={"moment": "2020-01-01T00:00", "role": ""})
    assert console.bulk.to_end == 0


def test_a_preview_that_is_closed_leads_to_nothing(console: Console) -> None:
    console.do("preview_matching")
    console.do("close")
    assert console.states() == ["discarded"]
    console.do("confirm", form={"reason": "x", "number": "0"})
    console.carry_out()
    assert console.ended() == set()


def test_a_running_one_can_be_stopped(console: Console) -> None:
    console.open("/admin/sessions?os=BeOS")
    console.do("preview_matching")
    console.do("confirm", form={"reason": "x"})
    for value in ANYTHING:
        console.do("stop", operation_id=value)
    assert console.states() == ["running"]
    console.do("stop", operation_id=console.bulk.operations[0].id)
    assert console.bulk.notice == words.STOPPED
    console.carry_out()
    assert console.ended() == set()
    assert console.bulk.operations[0].state == "Stopped"


def test_anything_else_confirms_nothing(console: Console) -> None:
    console.open("/admin/sessions?os=BeOS")
    for value in ANYTHING:
        console.do("preview_matching")
        console.do("confirm", form=value)
        console.do("confirm", form={"reason": value if not isinstance(value, str) else "\u202e"})
        console.do("choose_own", on=value if value is not True else None)
        assert not console.bulk.include_own
    assert "running" not in console.states()


def test_a_slice_that_fails_is_done_one_by_one_and_the_bad_one_is_told(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    console.open("/admin/sessions?os=BeOS")
    bad = console.list.rows[1].id
    console.do("preview_matching")
    console.do("confirm", form={"reason": "x"})
    real = bulk_work.end_chosen

    def failing(db: Any, ids: Any, *rest: Any) -> Any:
        found = db.execute(select(sessions.c.public_id).where(sessions.c.id.in_(ids))).scalars()
        if bad in set(found):
            db.exec_driver_sql("SELECT no_such_column")
        return real(db, ids, *rest)

    monkeypatch.setattr(bulk_work, "end_chosen", failing)
    console.carry_out()
    assert console.bulk.operations[0].outcome == "2 ended, 1 failed"
    assert len(console.ended()) == 2
