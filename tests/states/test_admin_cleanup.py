"""The clean-up's page: what it foretells, a run by hand with its progress, and what it refuses."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from sessions_dashboard.jobs import cleanup
from sessions_dashboard.sessions.models import cleanup_runs, sessions
from sessions_dashboard.states.admin_cleanup import AdminCleanupState
from sessions_dashboard.words import admin_cleanup as words
from tests.states.conftest import Pages
from tests.support.people import add_many_sessions, add_user

Run = Callable[[Any], Any]
OLD = 300


@pytest.fixture
def page(pages: Pages, run: Run) -> Any:
    """The page of an administrator, with sessions that are due for deletion."""
    long_ago = pages.now() - timedelta(days=90)
    with pages.runtime.database.begin() as db:
        bob = add_user(db, "bob")
        times = {"created_at": long_ago, "last_seen_at": long_ago, "ended_at": long_ago}
        add_many_sessions(db, bob, OLD, **times, end_reason="revoked")
    pages.sign_in("chief", is_admin=True)
    run(pages.call(AdminCleanupState, "load"))
    return pages.state(AdminCleanupState)


def left(pages: Pages) -> int:
    with pages.runtime.database.reading() as db:
        return int(db.execute(select(func.count()).select_from(sessions)).scalar_one())


def test_says_when_and_what(page: Any) -> None:
    assert page.schedule == "Every day at 03:00, server time"
    assert page.next_run > ""
    assert page.would_go == "300 sessions and 0 history lines"
    assert page.retention == "Ended sessions are kept for 30 days, the history for 365 days."
    assert (page.runs, page.is_running) == ([], False)


@pytest.mark.parametrize(
    ("expression", "said"),
    [("30 4 * * 7", "Every Sunday at 04:30, server time"), ("*/5 * * * *", "*/5 * * * *")],
)
def test_the_schedule_is_said_in_words_where_it_is_regular(expression: str, said: str) -> None:
    assert words.schedule(expression) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"),
        (9.96, "10.0 s"),
        (12.4, "12 s"),
        (59.9, "1 min"),
        (63.035, "1 min 3 s"),
        (3_600, "1 h"),
        (7_512, "2 h 5 min"),
    ],
)
def test_how_long_a_run_took_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert words.took(timedelta(seconds=seconds)) == said


def test_runs_now_and_says_what_it_did(pages: Pages, page: Any, run: Run) -> None:
    run(pages.call(AdminCleanupState, "ask_run"))
    assert "300 sessions" in page.run_consequence
    run(pages.call(AdminCleanupState, "run"))
    assert left(pages) == 1
    run(pages.call(AdminCleanupState, "refresh"))
    assert page.notice == "The clean-up is done: 300 sessions and 0 history lines deleted."
    (row,) = page.runs
    assert (row.begun_by, row.sessions, row.state) == ("chief@example.com", "300", "Done")
    assert page.would_go == "Nothing"
    assert page.run_consequence.startswith("There is nothing to delete now")
    run(pages.call(AdminCleanupState, "refresh"))
    assert len(page.runs) == 1


def test_shows_how_far_a_run_has_come(pages: Pages, page: Any, run: Run) -> None:
    with pages.runtime.database.begin() as db:
        now = pages.now()
        db.execute(
            insert(cleanup_runs).values(
                scheduled_for=now, started_at=now, heartbeat_at=now, deleted_rows=120
            )
        )
    run(pages.call(AdminCleanupState, "refresh"))
    assert (page.is_running, page.done, page.to_do) == (True, 120, OLD)
    assert page.progress_words == "120 sessions and 0 history lines deleted so far"
    # Nor can another be begun.
    run(pages.call(AdminCleanupState, "ask_run"))
    assert page.asking is False
    page.asking = True
    run(pages.call(AdminCleanupState, "run"))
    assert page.problem == words.ALREADY
    assert left(pages) == OLD + 1


def test_one_that_says_nothing_more_is_in_nobodys_way(pages: Pages, page: Any, run: Run) -> None:
    with pages.runtime.database.begin() as db:
        silent_since = pages.now() - timedelta(seconds=31)
        db.execute(
            insert(cleanup_runs).values(
                started_at=silent_since, heartbeat_at=silent_since, deleted_rows=0
            )
        )
    run(pages.call(AdminCleanupState, "refresh"))
    assert (page.is_running, page.runs[0].state) == (False, "Broken off")
    run(pages.call(AdminCleanupState, "ask_run"))
    run(pages.call(AdminCleanupState, "run"))
    assert left(pages) == 1


def test_asks_for_the_password_first(pages: Pages, page: Any, run: Run) -> None:
    assert pages.me is not None
    pages.change(pages.me, authenticated_at=pages.now() - timedelta(hours=1))
    run(pages.call(AdminCleanupState, "ask_run"))
    run(pages.call(AdminCleanupState, "run"))
    assert page.confirming is True
    assert left(pages) == OLD + 1


def test_nothing_without_the_question(pages: Pages, page: Any, run: Run) -> None:
    run(pages.call(AdminCleanupState, "run"))
    assert left(pages) == OLD + 1


def test_a_run_that_fails_says_so(
    pages: Pages, page: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(cleanup, "clean_slice", fail)
    run(pages.call(AdminCleanupState, "ask_run"))
    run(pages.call(AdminCleanupState, "run"))
    run(pages.call(AdminCleanupState, "refresh"))
    assert "the disk is full" in page.problem
    assert page.runs[0].state == "Failed"
