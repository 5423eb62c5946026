"""Activity: a person's own history, narrowed to one device, and what is signed out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sessions_dashboard.runtime import utc_now
from sessions_dashboard.sessions import end_by_token, touch
from sessions_dashboard.states.activity import ActivityState
from tests.states.conftest import Pages
from tests.support.people import SignedIn, add_sessions, add_user, sign_in, stored

Run = Callable[[Any], Any]


def load(pages: Pages, run: Run, session: str = "") -> Any:
    pages.at(f"/activity?session={session}" if session else "/activity")
    run(pages.call(ActivityState, "load"))
    return pages.state(ActivityState)


def sign_out(pages: Pages, browser: SignedIn) -> None:
    pages.runtime.database.write_here(lambda db: end_by_token(db, browser.token, utc_now()))


class TestWhatIsSignedOut:
    def test_is_listed_with_why_and_when(self, pages: Pages, run: Run) -> None:
        pages.sign_in()
        sign_out(pages, pages.add_device())

        page = load(pages, run)

        (row,) = page.ended
        assert row.text == "Firefox on Linux signed out"
        assert row.at.endswith("+00:00")

    def test_of_somebody_else_is_not(self, pages: Pages, run: Run) -> None:
        pages.sign_in()
        with pages.runtime.database.begin() as db:
            stranger = sign_in(db, add_user(db, "bob"), utc_now())
        sign_out(pages, stranger)

        assert load(pages, run).ended == []

    def test_longer_than_thirty_days_ago_is_not(self, pages: Pages, run: Run) -> None:
        pages.sign_in()
        browser = pages.add_device()
        sign_out(pages, browser)
        pages.change(browser, ended_at=utc_now() - timedelta(days=30, seconds=1))

        assert load(pages, run).ended == []

    def test_is_there_as_well_where_it_ran_out_unnoticed(self, pages: Pages, run: Run) -> None:
        pages.sign_in()
        browser = pages.add_device()
        pages.change(browser, last_seen_at=utc_now() - timedelta(days=15))

        page = load(pages, run)

        assert [row.text for row in page.ended] == [
            "Firefox on Linux was signed out: not used for a while"
        ]
        with pages.runtime.database.reading() as db:
            assert stored(db, browser.public_id).end_reason == "idle"
            assert not touch(db, browser.actor.id, utc_now())

    def test_is_paged_by_key_and_loses_none(self, pages: Pages, run: Run) -> None:
        pages.sign_in()
        assert pages.me is not None
        now, user_id = utc_now(), pages.me.actor.user_id
        with pages.runtime.database.begin() as db:
            # Pairs of one instant each, across the pages' edges.
            rows = [
                {"ended_at": now - timedelta(minutes=n // 2), "end_reason": "revoked"}
                for n in range(25)
            ]
            ids = set(add_sessions(db, user_id, rows))

        page = load(pages, run)
        seen = [row.id for row in page.ended]
        while page.has_older_ended:
            run(pages.call(ActivityState, "older_ended"))
            seen += [row.id for row in page.ended]
        assert len(seen) == 25
        assert set(seen) == ids
        for _ in range(2):
            run(pages.call(ActivityState, "newer_ended"))
        assert [row.id for row in page.ended] == seen[:10]
        assert not page.has_newer_ended


class TestTheHistoryOfOneDevice:
    def test_tells_nothing_of_the_others(self, pages: Pages, run: Run) -> None:
        pages.sign_in()
        browser = pages.add_device()
        sign_out(pages, browser)

        page = load(pages, run, browser.public_id)

        assert page.only == "Firefox on Linux"
        assert [row.kind for row in page.rows] == ["ended", "signed_in"]
        assert len(load(pages, run).rows) == 3
        assert page.only == ""

    def test_of_somebody_else_is_the_whole_of_ones_own(self, pages: Pages, run: Run) -> None:
        pages.sign_in()
        with pages.runtime.database.begin() as db:
            stranger = sign_in(db, add_user(db, "bob"), utc_now())

        page = load(pages, run, stranger.public_id)

        assert page.only == ""
        assert [row.text for row in page.rows] == ["Chrome on Windows signed in"]

    @pytest.mark.parametrize("odd", ["x", "%00", "' OR 1=1", "\ud800", "x" * 5_000])
    def test_of_what_is_none_is_the_whole(self, pages: Pages, run: Run, odd: str) -> None:
        pages.sign_in()
        assert load(pages, run, odd).only == ""
