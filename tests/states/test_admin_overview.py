"""The administrators' first page: counts, and bars that lead to what they count."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import insert

from sessions_dashboard.live import remembered
from sessions_dashboard.sessions import EndReason
from sessions_dashboard.sessions.filters import Status
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.models import cleanup_runs
from sessions_dashboard.states import admin_overview
from sessions_dashboard.states.admin_events import AdminEventsState
from sessions_dashboard.states.admin_overview import MAX_BARS, AdminOverviewState
from sessions_dashboard.words import admin as list_words
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
    # What is counted is what the list that it leads to shows, under the name that it has there.
    assert list_words.STATUSES[Status.LIVE].lower() in words.SESSIONS.lower()
    assert list_words.STATUSES[Status.ACTIVE].lower() not in words.SESSIONS.lower()
    assert {(bar.label, bar.number) for bar in page.by_browser} == {
        ("Chrome", "1"),
        ("Firefox", "1"),
    }
    [linux] = [bar for bar in page.by_os if bar.label == "Linux"]
    assert linux.address == "/admin/sessions?os=Linux"
    assert (linux.count, linux.number) == (1, "1")
    [germany] = page.by_country
    assert (germany.label, germany.address) == ("Germany", "/admin/sessions?country=DE")
    now, failed = page.by_hour[-1], page.failed_by_hour[-1]
    assert (now.number, failed.number, len(page.by_hour), len(page.by_day)) == ("2", "1", 24, 14)
    query = parse_qs(urlsplit(now.address).query)
    assert set(query) == {"status", "started_from", "started_to"}
    assert urlsplit(failed.address).path == "/admin/events"
    assert page.next_cleanup > page.last_cleanup == ""


def test_a_clean_up_that_did_not_go_through_is_not_the_last_one(pages: Pages, run: Run) -> None:
    pages.sign_in("chief", is_admin=True)
    page = pages.state(AdminOverviewState)
    now = pages.now()
    began, ended = now - timedelta(hours=1), now - timedelta(minutes=59)
    runs = (
        ({"finished_at": now, "error": "the disk is full"}, ""),
        ({}, ""),
        ({"finished_at": ended}, ended.isoformat()),
        ({}, ended.isoformat()),
    )
    for values, shown in runs:
        with pages.runtime.database.begin() as db:
            times = {"started_at": began, "heartbeat_at": began}
            db.execute(insert(cleanup_runs).values(**times, deleted_rows=0, **values))
        run(pages.call(AdminOverviewState, "load"))
        assert page.last_cleanup == shown, values


def test_an_end_has_one_name_on_every_page(pages: Pages, run: Run) -> None:
    pages.sign_in("chief", is_admin=True)
    with pages.runtime.database.begin() as db:
        for reason in EndReason:
            record(db, EventKind.ENDED, pages.now(), end_reason=reason.value)
    run(pages.call(AdminOverviewState, "load"))
    page = pages.state(AdminOverviewState)
    assert {bar.label for bar in page.ends} == set(list_words.REASONS.values())
    [revoked] = [bar for bar in page.ends if "reason=revoked&" in bar.address]
    pages.at(revoked.address)
    run(pages.call(AdminEventsState, "load"))
    [chip, _since] = pages.state(AdminEventsState).chips
    assert chip.text.endswith(f": {list_words.REASONS[EndReason.REVOKED]}")


def test_a_change_right_after_a_count_is_told_once_that_is_due(
    pages: Pages, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine a count takes long, and would be good for twenty times as long.
    monkeypatch.setattr(remembered, "TIMES_ITS_COST", 1)
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
    # How many they are says why it leads to no list.
    assert (bars[-1].label, bars[-1].address) == ("13 others together", "")
    assert (bars[-1].count, bars[-1].number) == (1_131, "1,131")


def test_one_value_more_has_a_bar_that_leads_to_it() -> None:
    counted = Counter({f"b{n}": 100 - n for n in range(MAX_BARS + 1)})
    bars = admin_overview._bars(counted, lambda value: f"?browser={value}")
    assert [bar.label for bar in bars] == list(counted)
    assert bars[-1].address == f"?browser=b{MAX_BARS}"


def test_a_single_failed_sign_in_is_no_alarm(pages: Pages, run: Run) -> None:
    pages.sign_in("chief", is_admin=True)
    with pages.runtime.database.begin() as db:
        record(db, EventKind.SIGN_IN_FAILED, pages.now())
    run(pages.call(AdminOverviewState, "load"))
    page = pages.state(AdminOverviewState)
    assert set(page.tops) == set(page.totals)
    assert page.tops["failed_by_hour"] == 10


@pytest.mark.parametrize(
    ("numbers", "top"),
    [([0, 0], 10), ([10, 3], 10), ([11], 20), ([4_012, 9], 5_000), ([70], 80), ([999], 1_000)],
)
def test_a_scale_ends_with_a_round_number(numbers: list[int], top: int) -> None:
    assert admin_overview._top(numbers) == top


def test_where_nothing_is_counted_there_are_no_bars() -> None:
    assert admin_overview._bars(Counter(), lambda _: "") == []
