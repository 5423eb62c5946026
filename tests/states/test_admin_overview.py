"""The administrators' first page: counts, and bars that lead to what they count."""

from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.states import admin_overview
from sessions_dashboard.states.admin_overview import MAX_BARS, AdminOverviewState
from sessions_dashboard.words import admin_overview as words
from tests.states.conftest import Pages

Run = Callable[[Any], Any]


def test_counts_and_leads_to_what_it_counts(pages: Pages, run: Run) -> None:
    pages.sign_in("chief", is_admin=True)
    pages.add_device()
    with pages.runtime.database.begin() as db:
        record(db, EventKind.SIGN_IN_FAILED, pages.now())
    run(pages.call(AdminOverviewState, "load"))
    page = pages.state(AdminOverviewState)
    assert (page.sessions, page.users) == ("2", "1")
    assert {(bar.label, bar.number) for bar in page.by_browser} == {
        ("Chrome", "1"),
        ("Firefox", "1"),
    }
    [linux] = [bar for bar in page.by_os if bar.label == "Linux"]
    assert linux.address == "/admin/sessions?os=Linux"
    assert linux.size == "100.0%"
    [germany] = page.by_country
    assert (germany.label, germany.address) == ("Germany", "/admin/sessions?country=DE")
    now, failed = page.by_hour[-1], page.failed_by_hour[-1]
    assert (now.number, failed.number, len(page.by_hour), len(page.by_day)) == ("2", "1", 24, 14)
    query = parse_qs(urlsplit(now.address).query)
    assert set(query) == {"status", "started_from", "started_to"}
    assert urlsplit(failed.address).path == "/admin/events"
    assert page.next_cleanup > page.last_cleanup == ""


def test_a_change_right_after_a_count_is_told_once_that_is_due(pages: Pages, run: Run) -> None:
    pages.sign_in("chief", is_admin=True)
    run(pages.call(AdminOverviewState, "load"))
    pages.add_device()
    run(pages.call(AdminOverviewState, "refresh"))
    page = pages.state(AdminOverviewState)
    assert page.sessions == "1"
    # `run` has waited for the reminder, which makes the page look again.
    assert not pages.runtime.bus._changes.empty()
    run(pages.call(AdminOverviewState, "refresh"))
    assert page.sessions == "2"


def test_what_is_seldom_is_one_bar() -> None:
    bars = admin_overview._bars(Counter({f"b{n}": 100 - n for n in range(20)}), lambda _: "")
    assert len(bars) == MAX_BARS + 1
    assert bars[-1].label == words.OTHERS
    assert bars[0].size == "100.0%"
    assert admin_overview._bars(Counter(), lambda _: "") == []
