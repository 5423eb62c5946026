"""All sessions, for administrators and for nobody else."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.dashboard import Dashboard, Person
from tests.browser.devices import (
    IPHONE_SAFARI,
    WINDOWS_CHROME,
    Devices,
    collect_frames,
    leaves_for_sign_in,
    settle,
)
from tests.conftest import BOTH
from tests.support.people import add_many_sessions

PAGE_SIZE = 25
TIMES = ("created_at", "updated_at", "last_seen_at", "authenticated_at")
NAVIGATE_WITHIN = "path => window.__reactRouterDataRouter.navigate(path)"


@pytest.mark.parametrize("dashboard", BOTH, indirect=True)
def test_an_administrator_lists_searches_and_pages(
    devices: Devices, dashboard: Dashboard, person: Person, admin: Person
) -> None:
    now = datetime.now(UTC)
    for number in range(60):
        started = now - timedelta(minutes=number)
        dashboard.database.write_here(
            lambda db, number=number, started=started: add_many_sessions(
                db,
                person.user_id,
                1,
                ip_address=f"192.0.2.{number + 1}",
                device_label="Safari on iPad" if number == 40 else "Chrome on Windows",
                **dict.fromkeys(TIMES, started),
            )
        )
    page = devices.new().sign_in(admin, "/admin/sessions")
    expect(page.get_by_role("heading", name="Sessions")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="This device")).to_contain_text(admin.email)

    search = page.get_by_role("searchbox", name="Search")
    search.fill(person.email)
    expect(page.get_by_role("status").get_by_text("60 active sessions")).to_be_visible()
    rows = page.get_by_role("row").filter(has_text=person.email)
    addresses: list[str] = []
    for expected in (PAGE_SIZE, PAGE_SIZE, 10):
        expect(rows).to_have_count(expected)
        shown = page.locator("tbody .address").all_inner_texts()
        addresses += shown
        if expected == PAGE_SIZE:
            page.get_by_role("button", name="Older").click()
            expect(page.locator("tbody .address").first).not_to_have_text(shown[0])
    assert addresses == [f"192.0.2.{number + 1}" for number in range(60)]
    expect(page.get_by_role("button", name="Older")).to_be_disabled()
    page.get_by_role("button", name="Newer").click()
    expect(page.locator("tbody .address").first).to_have_text("192.0.2.26")
    page.get_by_role("button", name="Newer").click()
    expect(page.locator("tbody .address").first).to_have_text("192.0.2.1")
    expect(page.get_by_role("button", name="Newer")).to_be_disabled()

    search.fill(f"{person.email} ipad")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("192.0.2.41")
    search.fill("nobody has this address")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    # The field is not lost with the table.
    expect(search).to_be_focused()


def test_an_administrator_revokes_somebody_elses_session_live(
    devices: Devices, person: Person, admin: Person
) -> None:
    on_phone = devices.new(IPHONE_SAFARI).sign_in(person)
    page = devices.new(WINDOWS_CHROME).sign_in(admin, "/admin/sessions")
    page.get_by_role("searchbox", name="Search").fill(person.email)
    row = page.get_by_role("row").filter(has_text=person.email)
    expect(row).to_have_count(1)
    row.get_by_role("button", name="Revoke Safari on iPhone").click()
    dialog = page.get_by_role("alertdialog", name="Revoke Safari on iPhone?")
    expect(dialog).to_contain_text(f"{person.email} is signed out on Safari on iPhone at once")
    dialog.get_by_role("button", name="Revoke", exact=True).click()

    leaves_for_sign_in(on_phone)
    expect(on_phone.get_by_text("An administrator signed this device out")).to_be_visible()
    # Which administrator, on what device, is none of the user's business.
    expect(on_phone.locator("main")).not_to_contain_text("Chrome on Windows")
    expect(on_phone.locator("main")).not_to_contain_text(admin.email)
    expect(page.get_by_role("status").filter(has_text="was signed out")).to_contain_text(
        f"{person.email} was signed out on Safari on iPhone."
    )
    expect(page.get_by_text("Nothing found")).to_be_visible()


def test_the_list_of_an_administrator_is_live(
    devices: Devices, person: Person, admin: Person
) -> None:
    page = devices.new(WINDOWS_CHROME).sign_in(admin, "/admin/sessions")
    page.get_by_role("searchbox", name="Search").fill(person.email)
    expect(page.get_by_text("Nothing found")).to_be_visible()
    devices.new(IPHONE_SAFARI).sign_in(person)
    expect(page.get_by_role("row").filter(has_text=person.email)).to_have_count(1)


def test_a_plain_user_gets_no_data_of_the_administrators_page(
    devices: Devices, dashboard: Dashboard, person: Person, admin: Person
) -> None:
    secret = f"{uuid.uuid4()}@example.com"
    other = dashboard.add_person("other")
    dashboard.database.write_here(
        lambda db: add_many_sessions(
            db, other.user_id, 3, name=secret, **dict.fromkeys(TIMES, datetime.now(UTC))
        )
    )
    # The page itself has it.
    for_admin = devices.new().sign_in(admin, "/admin/sessions")
    expect(for_admin.get_by_role("table")).to_contain_text(secret)

    device = devices.new()
    page = device.sign_in(person)
    frames = collect_frames(page)
    expect(page.get_by_role("link", name="Admin")).to_have_count(0)
    page.goto(device.url + "/admin/sessions")
    expect(page).to_have_url(device.url + "/devices")
    settle(page)
    # By the page's own router, past what the server does for a request.
    page.evaluate(NAVIGATE_WITHIN, "/admin/sessions")
    expect(page).to_have_url(device.url + "/devices")
    settle(page)
    expect(page.get_by_text("No other devices")).to_be_visible()

    assert any(person.email in frame for frame in frames)
    for told in (secret, other.email, admin.email):
        assert not [frame for frame in frames if told in frame]
