"""All sessions, for administrators and for nobody else."""

import re
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


def test_what_is_new_is_offered_and_moves_no_row_on_a_phone(
    devices: Devices, person: Person, admin: Person
) -> None:
    page = devices.new().sign_in(admin, "/admin/sessions")
    page.set_viewport_size({"width": 360, "height": 740})
    rows = page.locator("tbody")
    place = rows.bounding_box()
    devices.new(IPHONE_SAFARI).request_sign_in(person)
    expect(page.get_by_role("button", name=re.compile(r"\d new"))).to_be_visible()
    assert rows.bounding_box() == place


@pytest.mark.parametrize("width", [1024, 1201, 1280])
def test_no_column_is_cut_off(devices: Devices, admin: Person, width: int) -> None:
    page = devices.new().sign_in(admin, "/admin/sessions?status=all")
    page.set_viewport_size({"width": width, "height": 800})
    for cells, wide in (
        ("tbody time", "12 minutes ago"),
        ("tbody .col-address", "2001:db8:5a1:6::3f95"),
    ):
        page.locator(cells).evaluate_all(
            "(cells, wide) => cells.forEach(cell => { cell.textContent = wide })", wide
        )
    panel = page.locator(".table-panel")
    assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")


def test_after_a_filter_is_removed_the_next_one_has_the_focus(
    devices: Devices, admin: Person
) -> None:
    page = devices.new().sign_in(admin, "/admin/sessions?browser=Chrome&os=Linux")
    for left in ("Browser: Chrome", None):
        page.get_by_role("button", name="Remove").last.press("Enter")
        chip = page.get_by_role("list", name="Active filters").get_by_role("listitem")
        if left:
            expect(chip.filter(has_text=left)).to_be_focused()
    expect(page.get_by_role("heading", name="Sessions", exact=True)).to_be_focused()


def test_a_search_of_events_leaves_the_focus_on_the_page(devices: Devices, admin: Person) -> None:
    page = devices.new().sign_in(admin, "/admin/events")
    page.get_by_role("searchbox", name="Search").fill("nobody")
    page.get_by_role("searchbox", name="Search").press("Enter")
    page.wait_for_url("**?q=nobody")
    expect(page.get_by_role("heading", name="Events")).to_be_focused()


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
    expect(page.get_by_role("status").get_by_text("60 sessions")).to_be_visible()
    rows = page.get_by_role("row").filter(has_text=person.email)
    addresses: list[str] = []
    for expected in (PAGE_SIZE, PAGE_SIZE, 10):
        expect(rows).to_have_count(expected)
        shown = page.locator("tbody .col-address").all_inner_texts()
        addresses += shown
        if expected == PAGE_SIZE:
            page.get_by_role("button", name="Next").click()
            expect(page.locator("tbody .col-address").first).not_to_have_text(shown[0])
    assert addresses == [f"192.0.2.{number + 1}" for number in range(60)]
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.get_by_role("button", name="Previous").click()
    expect(page.locator("tbody .col-address").first).to_have_text("192.0.2.26")
    page.get_by_role("button", name="Previous").click()
    expect(page.locator("tbody .col-address").first).to_have_text("192.0.2.1")
    expect(page.get_by_role("button", name="Previous")).to_be_disabled()

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
    expect(page.get_by_text(f"Search: {person.email}")).to_be_visible()
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
    expect(page.get_by_role("row").filter(has_text=person.email)).to_contain_text(
        "Revoked by an administrator"
    )


def test_after_a_revoke_in_the_side_panel_the_focus_stays_in_it(
    devices: Devices, person: Person, admin: Person
) -> None:
    devices.new(IPHONE_SAFARI).sign_in(person)
    page = devices.new(WINDOWS_CHROME).sign_in(admin, f"/admin/sessions?user={person.email}")
    page.get_by_role("button", name=person.email, exact=True).press("Enter")
    panel = page.get_by_role("dialog", name="Session")
    panel.get_by_role("button", name="Revoke Safari on iPhone").press("Enter")
    dialog = page.get_by_role("alertdialog", name="Revoke Safari on iPhone?")
    dialog.get_by_role("button", name="Revoke", exact=True).press("Enter")
    expect(panel.get_by_text("Revoked by an administrator")).to_be_visible()
    expect(panel.get_by_role("button", name="Close")).to_be_focused()


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


def test_a_link_shows_a_colleague_the_same(
    devices: Devices, dashboard: Dashboard, person: Person, admin: Person
) -> None:
    for number in range(30):
        started = datetime.now(UTC) - timedelta(hours=number)
        dashboard.database.write_here(
            lambda db, number=number, started=started: add_many_sessions(
                db,
                person.user_id,
                1,
                ip_address=f"198.51.100.{number + 1}",
                device_type="phone" if number % 2 else "desktop",
                device_label=f"Device {number}",
                **dict.fromkeys(TIMES, started),
            )
        )
    page = devices.new().sign_in(admin, "/admin/sessions")
    page.get_by_role("searchbox", name="Search").fill(person.email)
    expect(page.get_by_role("status").get_by_text("30 sessions")).to_be_visible()
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Address or network").fill("198.51.100.0/28")
    page.get_by_label("Kind of device").select_option("phone")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("status").get_by_text("7 sessions")).to_be_visible()
    expect(page.get_by_role("button", name="Apply")).to_be_hidden()
    page.get_by_role("button", name="Signed in", exact=True).last.click()
    expect(page.locator("tbody .col-device").first).to_have_text("Device 13")
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("IP address").click()
    expect(page.locator("tbody .col-address")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_label("IP address")).to_be_hidden()
    shown = page.locator("tbody tr").all_inner_texts()
    assert len(shown) == 7

    page.reload()
    expect(page.locator("tbody tr")).to_have_count(7)
    assert page.locator("tbody tr").all_inner_texts() == shown
    colleague = devices.new().sign_in(dashboard.add_person("colleague", is_admin=True))
    colleague.goto(page.url)
    expect(colleague.locator("tbody tr")).to_have_count(7)
    assert colleague.locator("tbody tr").all_inner_texts() == shown
    expect(colleague.get_by_role("searchbox", name="Search")).to_have_value(person.email)

    row = colleague.get_by_role("row").filter(has_text="Device 5")
    row.get_by_role("button", name=person.email).click()
    panel = colleague.get_by_role("dialog", name="Session")
    expect(panel.get_by_text("198.51.100.6").first).to_be_visible()
    colleague.reload()
    expect(panel.get_by_text("198.51.100.6").first).to_be_visible()
    colleague.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(colleague).not_to_have_url(re.compile("session="))
    colleague.go_back()
    expect(panel).to_be_visible()
