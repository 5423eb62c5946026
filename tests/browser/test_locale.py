"""Dates, numbers and relative times as the reader's own browser writes them."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from sessions_dashboard.accounts.models import users
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.policy import Policy
from tests.browser.dashboard import Dashboard, Person
from tests.browser.devices import Devices, other_devices
from tests.support.people import add_many_sessions

GERMAN = {"locale": "de-DE", "timezone_id": "Europe/Berlin"}
EGYPTIAN = {"locale": "ar-EG", "timezone_id": "Africa/Cairo"}
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
MANY = 1_204
TIMES = ("created_at", "updated_at", "last_seen_at", "authenticated_at")


def last_seen(dashboard: Dashboard, person: Person, ago: timedelta) -> None:
    """Have the person's devices been used this long ago."""
    dashboard.database.write_here(
        lambda db: db.execute(
            update(sessions)
            .where(sessions.c.user_id == person.user_id)
            .values(last_seen_at=datetime.now(UTC) - ago)
        )
    )


def add_a_crowd(dashboard: Dashboard, person: Person) -> None:
    started = datetime.now(UTC) - timedelta(hours=1)
    dashboard.database.write_here(
        lambda db: add_many_sessions(db, person.user_id, MANY, **dict.fromkeys(TIMES, started))
    )


def time_of_another(page: Page) -> list[str | None]:
    time = other_devices(page).first.locator("time").first
    title = re.sub(r"[\u200e\u200f\u202f]", " ", time.get_attribute("title") or "")
    return [time.inner_text(), time.get_attribute("lang"), title]


@pytest.mark.parametrize(
    ("options", "said", "zone"),
    [
        ({"locale": "en-GB", "timezone_id": "Europe/London"}, "3 days ago", r"GMT|BST"),
        (GERMAN, "vor 3 Tagen", r"MEZ|MESZ"),
        ({"locale": "fr-CA", "timezone_id": "America/Toronto"}, "il y a 3 jours", r"HNE|HAE"),
        (EGYPTIAN, "قبل ٣ أيام", "."),
    ],
    ids=lambda value: value.get("locale") if isinstance(value, dict) else None,
)
def test_relative_times_are_the_readers(
    devices: Devices,
    dashboard: Dashboard,
    person: Person,
    options: dict[str, str],
    said: str,
    zone: str,
) -> None:
    devices.new().request_sign_in(person)
    last_seen(dashboard, person, timedelta(days=3, hours=1))
    page = devices.new(**options).sign_in(person)
    text, lang, title = time_of_another(page)
    assert (text, lang) == (said, options["locale"])
    assert re.search(zone, title or "")


def test_what_is_about_to_come_is_not_said_to_be_past(
    devices: Devices, dashboard: Dashboard, person: Person
) -> None:
    devices.new().request_sign_in(person)
    last_seen(dashboard, person, Policy().idle_timeout - timedelta(seconds=50))
    page = devices.new().sign_in(person)
    expect(other_devices(page).first).to_contain_text("Expires in a moment")


@pytest.mark.parametrize("hours", [25, 47])
def test_yesterday_is_the_day_before_this_one(
    devices: Devices, dashboard: Dashboard, person: Person, hours: int
) -> None:
    devices.new().request_sign_in(person)
    ago = timedelta(hours=hours)
    last_seen(dashboard, person, ago)
    page = devices.new(locale="en-GB", timezone_id="Europe/London").sign_in(person)
    now = datetime.now(UTC)
    today, then = (at.astimezone(ZoneInfo("Europe/London")).date() for at in (now, now - ago))
    is_yesterday = today - then == timedelta(days=1)
    assert time_of_another(page)[0] == ("yesterday" if is_yesterday else "1 day ago")


def test_what_happened_a_moment_ago_is_in_the_readers_language_too(
    devices: Devices, dashboard: Dashboard, person: Person
) -> None:
    page = devices.new(**GERMAN).sign_in(person, "/activity")
    expect(page.locator("time").first).to_have_text("jetzt")
    expect(page.locator(".day-heading").first).to_have_text("Heute")
    page = devices.new().sign_in(person, "/activity")
    expect(page.locator("time").first).to_have_text("just now")
    expect(page.locator(".day-heading").first).to_have_text("Today")


@pytest.mark.parametrize(
    ("options", "mark"),
    [({}, "1,"), (GERMAN, "1."), (EGYPTIAN, "١٬")],
    ids=["en-GB", "de-DE", "ar-EG"],
)
def test_numbers_are_the_readers(
    devices: Devices,
    dashboard: Dashboard,
    person: Person,
    admin: Person,
    options: dict[str, str],
    mark: str,
) -> None:
    add_a_crowd(dashboard, person)

    def in_digits(number: int) -> str:
        return str(number).translate(ARABIC) if mark == "١٬" else str(number)

    page = devices.new(**options).sign_in(person)
    # A hundred are listed, this one among them.
    shown = re.compile(re.escape(f"{mark}{in_digits(105)} more devices"))
    expect(page.locator(".list-note")).to_have_text(shown)
    console = devices.new(**options).sign_in(admin, f"/admin/sessions?user={person.email}")
    expect(console.get_by_text(f"{mark}{in_digits(205)} sessions")).to_be_visible()


def test_charts_begin_in_the_readers_own_time(
    devices: Devices, dashboard: Dashboard, admin: Person
) -> None:
    kolkata = devices.new(locale="hi-IN", timezone_id="Asia/Kolkata").sign_in(admin, "/admin")
    names = kolkata.locator(".chart-link").evaluate_all(
        "links => links.map(link => link.ariaLabel)"
    )
    # Half an hour beside UTC.
    assert all(":30" in name for name in names[:24]), names[:24]


def test_times_of_filters_are_typed_and_shown_in_the_readers_own_time(
    devices: Devices, admin: Person
) -> None:
    page = devices.new(locale="de-DE", timezone_id="Asia/Kolkata").sign_in(admin, "/admin/sessions")
    page.locator("summary").filter(has_text="Filters").click()
    page.get_by_label("Signed in from", exact=True).fill("2026-01-01T03:00")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**started_from=2025-12-31T21%3A30*")
    expect(page.locator(".chip time")).to_have_text("01.01.2026, 03:00")
    page.locator("summary").filter(has_text="Filters").click()
    expect(page.get_by_label("Signed in from", exact=True)).to_have_value("2026-01-01T03:00")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove Signed in from: 01.01.2026, 03:00").click()
    expect(page.get_by_label("Signed in from", exact=True)).to_have_value("")


def test_a_time_of_a_filter_that_is_not_whole_is_told_at_its_field(
    devices: Devices, admin: Person
) -> None:
    page = devices.new(timezone_id="Asia/Kolkata").sign_in(admin, "/admin/sessions")
    filters = page.locator("summary").filter(has_text="Filters")
    filters.click()
    since = page.get_by_label("Signed in from", exact=True)
    since.press_sequentially("1121")
    page.get_by_role("button", name="Apply").click()
    # The browser says there what is missing.
    expect(since).to_be_visible()
    expect(since).to_be_focused()
    page.get_by_role("button", name="Clear all").click()
    filters.click()
    assert since.evaluate("field => field.validity.valid")


def test_a_time_to_the_second_can_be_typed_anew(devices: Devices, admin: Person) -> None:
    address = "/admin/sessions?started_from=2026-01-01T00:00:07"
    page = devices.new(timezone_id="Asia/Kolkata").sign_in(admin, address)
    page.locator("summary").filter(has_text="Filters").click()
    since = page.get_by_label("Signed in from", exact=True)
    expect(since).to_have_value("2026-01-01T05:30:07")
    since.fill("2026-01-01T05:31")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**started_from=2026-01-01T00%3A01")


def test_the_sign_in_form_tells_how_the_person_reads(
    devices: Devices, dashboard: Dashboard, person: Person
) -> None:
    devices.new(**GERMAN).sign_in_by_form(person)
    row = dashboard.database.write_here(
        lambda db: db.execute(
            select(users.c.locale, users.c.time_zone).where(users.c.id == person.user_id)
        ).one()
    )
    assert tuple(row) == ("de-DE", "Europe/Berlin")
    hints = dashboard.database.write_here(
        lambda db: db.execute(
            select(sessions.c.client_hints).where(sessions.c.user_id == person.user_id)
        ).scalar_one()
    )
    assert "sec-ch-ua-platform-version" in hints
