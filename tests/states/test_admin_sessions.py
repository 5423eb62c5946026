"""The administrator's list: paging, search, and arguments that no page would send."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sessions_dashboard.states.admin_sessions import PAGE_SIZE, AdminSessionsState
from sessions_dashboard.words import admin as words
from tests.states.conftest import Pages
from tests.states.test_devices import ANYTHING, live
from tests.support.people import add_many_sessions, add_user, set_session, sign_in, stored

Run = Callable[[Any], Any]


FOUND = [
    ("", 61),
    ("bob", 60),
    ("BOB@EXAMPLE", 60),
    ("ob@", 0),
    ("chief", 1),
    ("198.51.100.5", 11),
    ("198.51.100.59", 1),
    ("windows", 61),
    ("bob windows", 60),
    ("bob linux", 0),
    ("  bob   198.51.100.7 ", 1),
    ("%", 0),
    ("_", 0),
    ("\\", 0),
    ("'; DROP TABLE sessions; --", 0),
    ("\x00", 61),
    ("\ud800", 61),
    ("\u202ebob", 60),
    ("b" * 5_000, 0),
]


@pytest.fixture
def page(pages: Pages, run: Run) -> Any:
    """The page of an administrator among sixty other sessions, loaded."""
    now = pages.now()
    with pages.runtime.database.begin() as db:
        bob = add_user(db, "bob")
        for number in range(60):
            moment = now - timedelta(minutes=number + 1)
            add_many_sessions(
                db,
                bob,
                1,
                created_at=moment,
                last_seen_at=now,
                ip_address=f"198.51.100.{number}",
            )
    pages.sign_in("chief", is_admin=True)
    run(pages.call(AdminSessionsState, "load"))
    return pages.state(AdminSessionsState)


def ids(page: Any) -> list[str]:
    return [row.id for row in page.rows]


class TestPaging:
    def test_goes_through_all_once_and_back_again(self, pages: Pages, page: Any, run: Run) -> None:
        assert page.total_words == "61 active sessions"
        seen = [ids(page)]
        assert (page.has_newer, page.has_older) == (False, True)
        while page.has_older:
            run(pages.call(AdminSessionsState, "older"))
            seen.append(ids(page))
        assert [len(one) for one in seen] == [PAGE_SIZE, PAGE_SIZE, 61 - 2 * PAGE_SIZE]
        assert len({row for one in seen for row in one}) == 61
        for before in reversed(seen[:-1]):
            run(pages.call(AdminSessionsState, "newer"))
            assert ids(page) == before
        assert page.has_newer is False

    def test_stops_at_both_ends(self, pages: Pages, page: Any, run: Run) -> None:
        first = ids(page)
        for _ in range(3):
            run(pages.call(AdminSessionsState, "newer"))
        assert ids(page) == first
        for _ in range(9):
            run(pages.call(AdminSessionsState, "older"))
        assert len(page.rows) == 61 - 2 * PAGE_SIZE
        assert len(page._keys) == 2

    def test_is_not_shifted_by_newcomers(self, pages: Pages, page: Any, run: Run) -> None:
        first = set(ids(page))
        with pages.runtime.database.begin() as db:
            for number in range(5):
                sign_in(db, add_user(db, f"newcomer{number}"), pages.now())
        run(pages.call(AdminSessionsState, "older"))
        assert not first & set(ids(page))
        assert len(page.rows) == PAGE_SIZE

    def test_keys_stay_on_the_server(self, page: Any) -> None:
        told = page.dict()[page.get_full_name()]
        assert not [name for name in told if "key" in name]


class TestSearch:
    def test_finds_what_all_words_fit(self, pages: Pages, page: Any, run: Run) -> None:
        for text, found in FOUND:
            run(pages.call(AdminSessionsState, "look_for", text=text))
            assert page.total == found, text
            assert len(page.rows) == min(found, PAGE_SIZE)
            # What is sent back can be sent, and is no longer than the field.
            page.search.encode()
            assert len(page.search) <= 100

    def test_begins_at_the_first_page_again(self, pages: Pages, page: Any, run: Run) -> None:
        run(pages.call(AdminSessionsState, "older"))
        run(pages.call(AdminSessionsState, "look_for", text="bob"))
        assert (page.has_newer, page.has_older) == (False, True)
        assert page.rows[0].email == "bob@example.com"

    def test_for_what_is_no_text_changes_nothing(self, pages: Pages, page: Any, run: Run) -> None:
        before = ids(page)
        for value in ANYTHING:
            if not isinstance(value, str):
                run(pages.call(AdminSessionsState, "look_for", text=value))
                assert (ids(page), page.search) == (before, "")


class TestRevoke:
    def test_ends_anybodys_and_says_whose(self, pages: Pages, page: Any, run: Run) -> None:
        wanted = next(row for row in page.rows if row.email == "bob@example.com")
        run(pages.call(AdminSessionsState, "ask_revoke", session_id=wanted.id))
        assert page.revoke_question == "Revoke Chrome on Windows?"
        assert "bob@example.com is signed out" in page.revoke_consequence
        run(pages.call(AdminSessionsState, "revoke"))
        assert page.notice == "bob@example.com was signed out on Chrome on Windows."
        assert wanted.id not in ids(page)
        assert page.total == 60
        with pages.runtime.database.reading() as db:
            assert stored(db, wanted.id).end_reason == "revoked_by_admin"

    def test_of_anything_else_does_nothing(self, pages: Pages, page: Any, run: Run) -> None:
        before = live(pages)
        for session_id in ANYTHING:
            run(pages.call(AdminSessionsState, "ask_revoke", session_id=session_id))
            run(pages.call(AdminSessionsState, "revoke"))
            assert page.problem == words.GONE, session_id
        assert live(pages) == before

    def test_says_so_when_it_is_gone_already(self, pages: Pages, page: Any, run: Run) -> None:
        wanted = next(row for row in page.rows if row.email == "bob@example.com")
        run(pages.call(AdminSessionsState, "ask_revoke", session_id=wanted.id))
        with pages.runtime.database.begin() as db:
            set_session(db, wanted.id, ended_at=pages.now(), end_reason="signed_out")
        run(pages.call(AdminSessionsState, "revoke"))
        assert (page.notice, page.problem) == ("", words.GONE)
