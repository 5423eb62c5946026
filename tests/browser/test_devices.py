"""Your devices, in front of two people's eyes: what one browser does shows in the other."""

import re
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select, update

from sessions_dashboard.sessions.models import sessions
from tests.browser.dashboard import Dashboard, Person
from tests.browser.devices import (
    IPHONE_SAFARI,
    LINUX_FIREFOX,
    MAC_SAFARI,
    WINDOWS_CHROME,
    Devices,
    leaves_for_sign_in,
    other_devices,
    rename,
    revoke,
    this_device,
    titles,
)
from tests.conftest import BOTH

ON_BOTH = pytest.mark.parametrize("dashboard", BOTH, indirect=True)
# The aim is half a second; a busy machine that runs tests may take longer.
LEAVING_SECONDS = 5
# Notes in its tab when a page is left, and when it says why the person has to sign in again.
STOPWATCH = """
const now = () => String(performance.timeOrigin + performance.now());
addEventListener("pagehide", () => sessionStorage.setItem("leftAt", now()));
new MutationObserver((_changes, observer) => {
  if (document.querySelector(".notice-title")) {
    sessionStorage.setItem("toldAt", now());
    observer.disconnect();
  }
}).observe(document, { childList: true, subtree: true });
"""


def stay(page: Page) -> None:
    """Mark the document, to see later that it was not loaded anew."""
    page.evaluate("window.stayed = true")


def stayed(page: Page) -> bool:
    return bool(page.evaluate("window.stayed === true"))


@ON_BOTH
def test_two_browsers_see_each_other_live_each_its_own_first_and_marked(
    devices: Devices, person: Person
) -> None:
    computer = devices.new(WINDOWS_CHROME)
    on_computer = computer.sign_in_by_form(person)
    expect(this_device(on_computer)).to_contain_text("Chrome on Windows")
    expect(this_device(on_computer).get_by_text("This device")).to_be_visible()
    expect(on_computer.get_by_text("No other devices")).to_be_visible()
    stay(on_computer)

    phone = devices.new(IPHONE_SAFARI)
    on_phone = phone.sign_in_by_form(person)
    expect(other_devices(on_computer)).to_have_count(1)
    expect(other_devices(on_computer)).to_contain_text("Safari on iPhone")
    expect(other_devices(on_computer)).to_contain_text(phone.ip_address)
    expect(other_devices(on_computer)).to_contain_text("Active now")
    assert stayed(on_computer)

    expect(this_device(on_phone)).to_contain_text("Safari on iPhone")
    expect(this_device(on_phone).get_by_text("This device")).to_be_visible()
    assert titles(other_devices(on_phone)) == ["Chrome on Windows"]
    for page, first in ((on_computer, "Chrome on Windows"), (on_phone, "Safari on iPhone")):
        # Above them stands no device, but the question whether a new one is theirs.
        assert page.locator("ul .device-title").first.inner_text() == first
        expect(page.get_by_text("This device", exact=True)).to_have_count(1)


def test_times_are_words_with_the_exact_time_in_the_readers_own_zone(
    devices: Devices, dashboard: Dashboard, person: Person
) -> None:
    devices.new(LINUX_FIREFOX).sign_in(person)
    now = datetime.now(UTC)
    dashboard.database.write_here(
        lambda db: db.execute(
            update(sessions)
            .where(sessions.c.user_id == person.user_id)
            .values(
                created_at=now - timedelta(days=3, minutes=1),
                last_seen_at=now - timedelta(minutes=5),
            )
        )
    )
    for zone in ("Asia/Tokyo", "America/New_York"):
        page = devices.new(MAC_SAFARI, timezone_id=zone).sign_in(person)
        card = other_devices(page).filter(has_text="Firefox on Linux")
        expect(card).to_contain_text("Last active 5 minutes ago")
        expect(card).to_contain_text("Signed in 3 days ago")
        expect(card).to_contain_text("Expires in 14 days")
        times = card.locator("time").all()
        assert len(times) == 3
        for shown in times:
            assert_titled_in_zone(shown, zone)
        expect(this_device(page)).to_contain_text("Signed in just now")


def assert_titled_in_zone(shown: Locator, zone: str) -> None:
    moment = datetime.fromisoformat(shown.get_attribute("datetime") or "")
    there = moment.astimezone(ZoneInfo(zone))
    title = shown.get_attribute("title") or ""
    assert f"{there:%H:%M:%S}" in title
    assert f"{there.day} {there:%B %Y}" in title


def test_a_new_name_shows_in_the_other_browser_without_reload(
    devices: Devices, person: Person
) -> None:
    on_computer = devices.new(WINDOWS_CHROME).sign_in(person)
    on_phone = devices.new(IPHONE_SAFARI).sign_in(person)
    stay(on_computer)

    rename(on_phone, "Safari on iPhone", "My pocket")
    expect(on_phone.get_by_role("status").get_by_text("My pocket")).to_be_visible()
    expect(other_devices(on_computer)).to_contain_text("My pocket")
    # The name of the browser stands below the person's own.
    expect(other_devices(on_computer)).to_contain_text("Safari on iPhone")

    rename(on_computer, "My pocket", "")
    expect(other_devices(on_computer).locator(".device-title")).to_have_text("Safari on iPhone")
    expect(this_device(on_phone).locator(".device-title")).to_have_text("Safari on iPhone")
    assert stayed(on_computer)


def test_hostile_names_are_shown_as_the_text_they_are(devices: Devices, person: Person) -> None:
    on_computer = devices.new(WINDOWS_CHROME).sign_in(person)
    on_phone = devices.new(IPHONE_SAFARI).sign_in(person)
    alerts: list[str] = []
    on_computer.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))

    html = "<img src=x onerror=alert(1)>"
    rename(on_phone, "Safari on iPhone", html)
    expect(other_devices(on_computer).locator(".device-title")).to_have_text(html)
    assert on_computer.locator("main img").count() == 0

    on_computer.get_by_role("button", name=f"Revoke {html}").click()
    expect(on_computer.get_by_role("alertdialog")).to_contain_text(html)
    on_computer.keyboard.press("Escape")

    rename(on_phone, html, "photo\u202egnp.exe \u2066x")
    expect(other_devices(on_computer).locator(".device-title")).to_have_text("photognp.exe x")
    assert alerts == []


def test_a_name_has_64_characters_at_most_and_breaks_no_layout(
    devices: Devices, person: Person
) -> None:
    page = devices.new(WINDOWS_CHROME, viewport={"width": 360, "height": 740}).sign_in(person)
    rename(page, "Chrome on Windows", "W" * 70)
    expect(this_device(page).locator(".device-title")).to_have_text("W" * 64)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    # A client that does not keep to the field's limit is told.
    page.get_by_role("button", name="Rename").click()
    field = page.get_by_label("Name", exact=True)
    field.evaluate("field => field.removeAttribute('maxlength')")
    field.fill("x" * 65)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("form").get_by_role("alert")).to_have_text(
        "A name can have 64 characters at most."
    )
    page.get_by_role("button", name="Cancel").click()
    expect(this_device(page).locator(".device-title")).to_have_text("W" * 64)


@ON_BOTH
def test_a_revoked_browser_leaves_with_all_its_tabs_and_is_told_when_and_from_where(
    devices: Devices, person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    computer, phone = devices.new(WINDOWS_CHROME), devices.new(IPHONE_SAFARI)
    phone.context.add_init_script(STOPWATCH)
    on_computer = computer.sign_in(person)
    tabs = [phone.sign_in(person), phone.open("/devices")]

    on_computer.get_by_role("button", name="Revoke Safari on iPhone").click()
    dialog = on_computer.get_by_role("alertdialog", name="Revoke Safari on iPhone?")
    expect(dialog).to_contain_text("Safari on iPhone is signed out at once.")
    on_computer.evaluate(
        """addEventListener("click", () => {
            window.clickedAt = performance.timeOrigin + performance.now();
        }, { capture: true, once: true })"""
    )
    dialog.get_by_role("button", name="Revoke", exact=True).click()

    leaves_for_sign_in(*tabs)
    for tab in tabs:
        told = tab.get_by_role("status").filter(has_text="This device was signed out")
        expect(told).to_contain_text(re.compile("This device was signed out, just now"))
        expect(told).to_contain_text("It was done from Chrome on Windows.")
        expect(told.locator("time")).to_have_attribute("title", re.compile(r"\d\d:\d\d:\d\d"))
        expect(tab.locator("body")).not_to_contain_text(person.email)
    expect(on_computer.get_by_role("status")).to_contain_text(["Safari on iPhone was signed out."])
    expect(on_computer.get_by_text("No other devices")).to_be_visible()

    clicked = on_computer.evaluate("window.clickedAt")
    left, told_at = (
        [float(tab.evaluate(f"sessionStorage.getItem('{name}')")) - clicked for tab in tabs]
        for name in ("leftAt", "toldAt")
    )
    with capsys.disabled():
        sys.stdout.write(
            f"\nafter the click the revoked tabs left in {left[0]:.0f} and {left[1]:.0f} ms, "
            f"and said why in {told_at[0]:.0f} and {told_at[1]:.0f} ms\n"
        )
    assert max(left) < LEAVING_SECONDS * 1000


def test_cancel_and_escape_leave_everything_as_it_is(
    devices: Devices, dashboard: Dashboard, person: Person
) -> None:
    on_computer = devices.new(WINDOWS_CHROME).sign_in(person)
    on_phone = devices.new(IPHONE_SAFARI).sign_in(person)
    for ask in ("Revoke Safari on iPhone", "Sign out all other devices"):
        for dismiss in ("Cancel", "Escape"):
            on_computer.get_by_role("button", name=ask).click()
            dialog = on_computer.get_by_role("alertdialog")
            expect(dialog).to_be_visible()
            if dismiss == "Cancel":
                dialog.get_by_role("button", name="Cancel").click()
            else:
                on_computer.keyboard.press("Escape")
            expect(dialog).to_be_hidden()
    with dashboard.database.reading() as db:
        ended = db.scalars(
            select(sessions.c.ended_at).where(sessions.c.user_id == person.user_id)
        ).all()
    assert ended == [None, None]
    expect(other_devices(on_computer)).to_have_count(1)
    on_phone.reload()
    expect(on_phone.get_by_role("heading", name="Your devices")).to_be_visible()


@ON_BOTH
def test_all_other_devices_are_signed_out_together_and_counted(
    devices: Devices, person: Person
) -> None:
    others = [devices.new(agent) for agent in (IPHONE_SAFARI, LINUX_FIREFOX, MAC_SAFARI)]
    tabs = [device.sign_in(person) for device in others]
    page = devices.new(WINDOWS_CHROME).sign_in(person)
    expect(other_devices(page)).to_have_count(3)

    page.get_by_role("button", name="Sign out all other devices").click()
    dialog = page.get_by_role("alertdialog", name="Sign out all other devices?")
    expect(dialog).to_contain_text("3 devices are signed out at once.")
    dialog.get_by_role("button", name="Sign out all other devices").click()

    leaves_for_sign_in(*tabs)
    expect(page.get_by_role("status")).to_contain_text(["3 other devices were signed out."])
    expect(page.get_by_text("No other devices")).to_be_visible()
    expect(page.get_by_text("You are signed in on this device only.")).to_be_visible()
    expect(page.get_by_role("button", name="Sign out all other devices")).to_be_hidden()
    expect(this_device(page)).to_contain_text("Chrome on Windows")


def test_a_device_that_is_signed_out_elsewhere_meanwhile_can_be_confirmed_still(
    devices: Devices, person: Person
) -> None:
    """The dialog stands while the device goes: confirming says so and breaks nothing."""
    on_computer = devices.new(WINDOWS_CHROME).sign_in(person)
    phone = devices.new(IPHONE_SAFARI)
    on_phone = phone.sign_in(person)
    on_computer.get_by_role("button", name="Revoke Safari on iPhone").click()
    on_phone.get_by_role("button", name="Sign out").first.click()
    leaves_for_sign_in(on_phone)
    on_computer.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    expect(on_computer.get_by_role("alert").first).to_contain_text(
        "That device is signed out already."
    )
    expect(on_computer.get_by_text("No other devices")).to_be_visible()


def test_another_account_is_neither_shown_nor_told(devices: Devices, dashboard: Dashboard) -> None:
    ada, grace = dashboard.add_person("ada"), dashboard.add_person("grace")
    for_ada = devices.new(WINDOWS_CHROME).sign_in(ada)
    for_grace = devices.new(IPHONE_SAFARI).sign_in(grace)
    devices.new(LINUX_FIREFOX).sign_in(grace)
    expect(other_devices(for_grace)).to_have_count(1)
    expect(for_ada.get_by_text("No other devices")).to_be_visible()
    revoke(for_grace, "Firefox on Linux")
    expect(for_grace.get_by_text("No other devices")).to_be_visible()
    expect(for_ada.locator("body")).not_to_contain_text(grace.email)
