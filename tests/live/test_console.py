"""The console's pages while others are at work: what they show is so, and never asked for."""

import time
from datetime import timedelta

from sqlalchemy import insert

from sessions_dashboard.sessions.cleanup import ABANDONED_AFTER
from sessions_dashboard.sessions.models import cleanup_runs
from tests.support.server import DashboardServer, Visitor, now

FAILURES = 40
# The overview is counted anew the more seldom the longer that takes, and a server that other tests
# have filled counts for a while.
COUNTED_ANEW_WITHIN_SECONDS = 90
# What a page is told of everybody's doings, in a second at most once.
AT_MOST_ONCE_SECONDS = 1.0


def administrator(server: DashboardServer) -> Visitor:
    account = server.add_account("chief", is_admin=True)
    return server.visitor(server.add_session(account))


def failures(totals: dict[str, str]) -> int:
    return int(totals["failed_by_hour"].replace(",", ""))


def test_failed_sign_ins_show_on_the_overview_and_among_the_events(
    server: DashboardServer,
) -> None:
    chief = administrator(server)
    overview, events = chief.page("/admin"), chief.page("/admin/events")
    before = failures(overview.wait_for_value("totals", bool))
    events.wait_for_value("rows", bool)
    assert not events.value("news")
    for email in (server.add_account().email, "nobody@example.com"):
        server.visitor().sign_in(email, "not the password")
    events.wait_for_value("news", bool)
    overview.wait_for_value(
        "totals", lambda totals: failures(totals) >= before + 2, COUNTED_ANEW_WITHIN_SECONDS
    )


def test_a_flood_of_them_refreshes_a_page_once_a_second(sqlite_server: DashboardServer) -> None:
    chief = administrator(sqlite_server)
    page = chief.page("/admin/sessions")
    page.wait_for_value("total_words", bool)
    page.settle()
    frames, began = len(page.frames), time.monotonic()
    for number in range(FAILURES):
        sqlite_server.visitor().sign_in(f"nobody-{number}@example.com", "not the password")
    took = time.monotonic() - began
    time.sleep(AT_MOST_ONCE_SECONDS)
    # A refresh is of three states, each with its answer and the end of it.
    refreshes = (len(page.frames) - frames) / 3
    assert refreshes <= 2 * (took / AT_MOST_ONCE_SECONDS + 2), (refreshes, took)


def test_the_side_panel_shows_what_becomes_of_its_session(server: DashboardServer) -> None:
    chief = administrator(server)
    account = server.add_account("watched")
    session = server.add_session(account)
    panel = chief.page(f"/admin/sessions?status=all&session={session.public_id}")
    panel.wait_for_value("about", lambda about: about and about["is_live"])
    server.visitor(session).post("/auth/sign-out")
    about = panel.wait_for_value("about", lambda about: not about["is_live"])
    assert about["id"] == session.public_id
    panel.settle()
    assert any("signed out" in event["text"] for event in panel.value("events"))
    server.delete_session(session)
    server.visitor().sign_in("somebody@example.com", "not the password")
    panel.wait_for_value("about", lambda about: about["id"] == "")


def test_a_clean_up_that_broke_off_is_seen_to_though_nobody_tells(
    sqlite_server: DashboardServer,
) -> None:
    chief = administrator(sqlite_server)
    heard = now() - ABANDONED_AFTER + timedelta(seconds=8)
    begun = insert(cleanup_runs).values(started_at=heard, heartbeat_at=heard, deleted_rows=0)
    sqlite_server.database.write_here(lambda db: db.execute(begun))
    page = chief.page("/admin/cleanup")
    page.wait_for_value("is_running", bool)
    page.wait_for_value("is_running", lambda running: not running)
    assert page.value("runs")[0]["state"] == "Broken off"


def test_no_page_that_was_told_of_it_hears_whose_it_was(sqlite_server: DashboardServer) -> None:
    """A failed sign-in concerns administrators' pages, and no page of anybody else's."""
    person = sqlite_server.add_account("bystander")
    page = sqlite_server.visitor(sqlite_server.add_session(person)).page()
    page.settle()
    frames = len(page.frames)
    sqlite_server.visitor().sign_in(person.email, "not the password")
    time.sleep(AT_MOST_ONCE_SECONDS)
    assert not [frame for frame in page.frames[frames:] if "delta" in frame]
