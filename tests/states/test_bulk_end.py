"""Ending many: what the dialog says and asks for, and what only it may lead to."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from sessions_dashboard.accounts.models import users
from sessions_dashboard.jobs import BulkRunner
from sessions_dashboard.runtime import utc_now
from sessions_dashboard.sessions import bulk, bulk_work
from sessions_dashboard.sessions.models import bulk_operations, sessions
from sessions_dashboard.states.activity import ActivityState
from sessions_dashboard.states.admin_events import AdminEventsState
from sessions_dashboard.states.admin_sessions import AdminSessionsState
from sessions_dashboard.states.admin_user import AdminUserState
from sessions_dashboard.states.bulk import SHOWN, BulkEndState
from sessions_dashboard.states.session_panel import SessionPanelState
from sessions_dashboard.words import bulk as words
from tests.states.conftest import Pages
from tests.states.test_devices import ANYTHING
from tests.support.people import add_many_sessions, add_user, set_session, sign_in

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


def test_a_page_that_is_opened_anew_asks_nothing(console: Console) -> None:
    console.do("preview_matching")
    console.open("/admin/sessions")
    assert not console.bulk.previewing
    assert console.states() == ["discarded"]
    console.do("ask_not_before")
    console.open("/admin/sessions")
    assert not console.bulk.asking_not_before


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
    assert (page.operations[0].is_running, page.operations[0].finished) == (True, "")
    console.carry_out()
    assert console.ended() == set(wanted)
    assert datetime.fromisoformat(page.operations[0].finished) <= utc_now()
    assert page.operations[0].outcome == "2 ended"
    assert page.operations[0].began_by == "chief@example.com: stolen laptop"


def test_who_it_was_and_why_is_read_wherever_administrators_read_of_an_end(
    console: Console,
) -> None:
    console.open("/admin/sessions?os=BeOS")
    console.do("preview_matching")
    console.do("confirm", form={"reason": "=stolen <b>laptop"})
    console.carry_out()
    [one, *_] = console.ended()
    console.pages.at(f"/admin/sessions?status=ended&session={one}")
    console.do("load", of=SessionPanelState)
    panel = console.pages.state(SessionPanelState)
    assert [event.given_reason for event in panel.events] == ["=stolen <b>laptop"]
    assert [event.done_by for event in panel.events] == ["chief@example.com"]
    console.pages.at(panel.about.account)
    console.do("load", of=AdminUserState)
    history = console.pages.state(AdminUserState).history
    assert {row.given_reason for row in history} == {"=stolen <b>laptop"}
    assert {row.done_by for row in history} == {"chief@example.com"}
    console.pages.at("/admin/events")
    console.do("load", of=AdminEventsState)
    told = {row.text: row.given_reason for row in console.pages.state(AdminEventsState).rows}
    assert told["Ending 3 sessions was started"] == "=stolen <b>laptop"
    assert told["3 sessions were ended together"] == "=stolen <b>laptop"


def test_an_owner_reads_neither_who_it_was_nor_what_was_typed(console: Console) -> None:
    console.open("/admin/sessions?os=BeOS")
    console.do("preview_matching")
    console.do("confirm", form={"reason": "stolen laptop"})
    console.carry_out()
    with console.pages.runtime.database.begin() as db:
        eve = db.execute(select(users.c.id).where(users.c.email == "eve@example.com")).scalar_one()
        console.pages.me = sign_in(db, eve, console.pages.now())
    console.pages.at("/activity")
    console.do("load", of=ActivityState)
    rows = console.pages.state(ActivityState).rows
    assert "ended" in {row.kind for row in rows}
    assert {(row.done_by, row.given_reason) for row in rows} == {("", "")}


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


def shown(page: Any) -> set[str]:
    return {row.email for row in page.first}


def test_all_that_is_said_is_of_what_will_be_ended(console: Console) -> None:
    me = console.pages.me
    assert me is not None
    bobs = next(row.id for row in console.list.rows if row.email == "bob@example.com")
    for one in (me.public_id, bobs):
        console.do("tick", of=AdminSessionsState, session_id=one, on=True)
    console.do("preview_ticked")
    page = console.bulk
    assert (page.question, shown(page)) == ("End 1 session of 1 user?", {"bob@example.com"})
    console.do("choose_own", on=True)
    assert page.question == "End 2 sessions of 2 users?"
    assert shown(page) == {"bob@example.com", "chief@example.com"}
    console.do("choose_own", on=False)
    assert (page.question, shown(page)) == ("End 1 session of 1 user?", {"bob@example.com"})


def test_the_own_other_browser_keeps_the_user_among_them(console: Console) -> None:
    console.pages.add_device()
    console.open("/admin/sessions?user=chief@example.com")
    console.do("preview_matching")
    page = console.bulk
    assert (page.question, len(page.first)) == ("End 1 session of 1 user?", 1)
    console.do("choose_own", on=True)
    assert (page.question, len(page.first)) == ("End 2 sessions of 1 user?", 2)


def test_as_many_are_shown_whether_the_own_is_among_them_or_not(console: Console) -> None:
    console.open("/admin/sessions")
    console.do("preview_matching")
    page = console.bulk
    assert page.question == "End 153 sessions of 2 users?"
    assert (page.own_alone, len(page.first)) == (False, SHOWN)
    assert "chief@example.com" not in shown(page)
    console.do("choose_own", on=True)
    assert len(page.first) == SHOWN
    assert "chief@example.com" in shown(page)


def test_the_typed_number_follows_the_own_session(console: Console) -> None:
    console.open("/admin/sessions")
    console.do("preview_matching")
    page = console.bulk
    console.do("confirm", form={"reason": "x", "number": "154"})
    assert page.form_problem == words.wrong_number(153)
    console.do("choose_own", on=True)
    # What was refused is no confirmation, now that nothing is wrong any more.
    assert (page.form_problem, page.type_number) == ("", "Type 154 to confirm")
    console.do("password_entered")
    console.do("confirm", form={"reason": "x", "number": "153"})
    assert console.states() == ["previewed"]
    console.do("confirm", form={"reason": "x", "number": "154"})
    assert console.states() == ["running"]


def test_the_own_session_alone_can_be_ended(console: Console) -> None:
    me = console.pages.me
    assert me is not None
    console.do("tick", of=AdminSessionsState, session_id=me.public_id, on=True)
    console.do("preview_ticked")
    page = console.bulk
    assert (page.own_alone, page.to_end, page.first) == (True, 0, [])
    console.do("choose_own", on=True)
    assert (page.own_alone, page.question) == (True, "End 1 session of 1 user?")
    assert shown(page) == {"chief@example.com"}


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
    # The page says it in the reader's own time.
    assert console.bulk.signed_in_before == f"{later}:00+00:00"
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
    assert console.bulk.operations[0].outcome == "0 ended, 3 were left"


def test_one_that_is_over_is_shown_until_it_was_seen(console: Console) -> None:
    console.open("/admin/sessions?os=BeOS")
    console.do("preview_matching")
    console.do("confirm", form={"reason": "x"})
    for value in (*ANYTHING, console.bulk.operations[0].id):
        console.do("dismiss", operation_id=value)
    assert len(console.bulk.operations) == 1
    console.carry_out()
    console.do("dismiss", operation_id=console.bulk.operations[0].id)
    console.do("refresh")
    assert console.bulk.operations == []


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((4_074, 0, 0, 100_212), "4,074 ended, 100,212 were left"),
        ((1, 1, 1, 1), "1 ended, 1 was over already, 1 failed, 1 was left"),
        ((2, 2, 0, 0), "2 ended, 2 were over already"),
    ],
)
def test_says_what_became_of_all(counts: tuple[int, int, int, int], said: str) -> None:
    assert words.outcome(*counts) == said


def test_that_it_goes_on_is_said_no_longer_than_it_does(console: Console) -> None:
    console.open("/admin/sessions?os=BeOS")
    console.do("preview_matching")
    console.do("confirm", form={"reason": "x"})
    console.do("refresh")
    assert console.bulk.notice == words.STARTED
    console.carry_out()
    assert console.bulk.notice == ""


def test_what_is_said_of_something_else_stays(console: Console) -> None:
    console.open("/admin/sessions?os=BeOS")
    console.do("preview_matching")
    console.do("confirm", form={"reason": "x"})
    console.do("stop", operation_id=console.bulk.operations[0].id)
    console.do("refresh")
    assert console.bulk.notice == words.STOPPED


@pytest.mark.parametrize("way", ["ticked", "matching"])
def test_an_old_preview_is_made_anew_and_ends_nothing(console: Console, way: str) -> None:
    console.open("/admin/sessions?os=BeOS")
    wanted = [row.id for row in console.list.rows]
    if way == "ticked":
        for one in wanted:
            console.do("tick", of=AdminSessionsState, session_id=one, on=True)
    console.do(f"preview_{way}")
    with console.pages.runtime.database.begin() as db:
        db.execute(
            update(bulk_operations).values(created_at=console.pages.now() - bulk.PREVIEW_KEPT)
        )
        set_session(db, wanted[0], ended_at=console.pages.now(), end_reason="signed_out")
    page = console.bulk
    console.do("confirm", form={"reason": "x"})
    assert (page.previewing, page.form_problem) == (True, words.OUTDATED)
    assert page.question == "End 2 sessions of 1 user?"
    assert "running" not in console.states()
    console.do("confirm", form={"reason": "x"})
    console.carry_out()
    assert page.operations[0].outcome == "2 ended"


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
