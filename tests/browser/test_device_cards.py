"""The cards of Your devices: details, several at once, and where the focus and the layout stay."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

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
    settle,
    this_device,
    titles,
)
from tests.browser.scenes import vouch_for_all

SCRIPTS = "**/assets/*.js"
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (!entry.hadRecentInput) {
      window.shifts.push([
        entry.value,
        ...entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 100)),
      ]);
    }
  }
}).observe({ type: "layout-shift", buffered: true });
"""


def unused_for(dashboard: Dashboard, person: Person, label: str, idle: timedelta) -> None:
    seen = datetime.now(UTC) - idle
    theirs = (sessions.c.user_id == person.user_id) & (sessions.c.device_label == label)
    dashboard.database.write_here(
        lambda db: db.execute(
            update(sessions)
            .where(theirs)
            .values(last_seen_at=seen, created_at=seen - timedelta(days=1))
        )
    )


def test_a_card_has_the_marks_of_browser_and_system(devices: Devices, person: Person) -> None:
    page = devices.new(WINDOWS_CHROME).sign_in(person)
    marks = (
        this_device(page)
        .locator("use")
        .evaluate_all("uses => uses.map((use) => use.getAttribute('href'))")
    )
    assert marks == ["/marks.svg#googlechrome", "/marks.svg#windows11"]
    file = page.request.get(page.url.replace("/devices", "/marks.svg").rstrip("/"))
    assert file.ok
    assert {'id="googlechrome"', 'id="windows11"'} <= set(re.findall(r'id="\w+"', file.text()))


def test_details_unfold_and_say_exactly_what_the_browser_says(
    devices: Devices, person: Person
) -> None:
    devices.new(IPHONE_SAFARI).sign_in(person)
    page = devices.new(WINDOWS_CHROME).sign_in(person)
    button = page.get_by_role("button", name="Details of Safari on iPhone")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(button).to_be_focused()
    details = other_devices(page).locator(".device-details")
    expect(details).to_contain_text(IPHONE_SAFARI)
    for name in ("First seen", "Last seen", "Expires", "IP address", "Since it signed in"):
        expect(details.get_by_text(name, exact=True)).to_be_visible()
    page.keyboard.press("Enter")
    expect(details).to_be_hidden()


def test_several_are_revoked_with_the_keyboard_after_one_confirmation(
    devices: Devices, person: Person
) -> None:
    tabs = [devices.new(agent).sign_in(person) for agent in (IPHONE_SAFARI, LINUX_FIREFOX)]
    stays = devices.new(MAC_SAFARI).sign_in(person)
    page = devices.new(WINDOWS_CHROME).sign_in(person)
    expect(other_devices(page)).to_have_count(3)
    page.get_by_role("button", name="Select", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Revoke selected")).to_be_disabled()
    for name in ("Safari on iPhone", "Firefox on Linux"):
        page.get_by_role("checkbox", name=f"Select {name}").focus()
        page.keyboard.press("Space")
        expect(page.get_by_role("checkbox", name=f"Select {name}")).to_be_checked()
    expect(page.get_by_role("status").filter(has_text="2 selected")).to_be_visible()
    page.get_by_role("button", name="Revoke selected").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("alertdialog", name="Revoke 2 devices?")
    expect(dialog).to_contain_text("Firefox on Linux")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    leaves_for_sign_in(*tabs)
    expect(page.get_by_role("status").filter(has_text="2 devices were signed out.")).to_be_visible()
    assert titles(other_devices(page)) == ["Safari on macOS"]
    expect(page.get_by_role("heading", name="Other devices")).to_be_focused()
    expect(stays.get_by_role("heading", name="Your devices")).to_be_visible()


def test_after_a_revoke_the_next_card_has_the_focus(devices: Devices, person: Person) -> None:
    for agent in (IPHONE_SAFARI, LINUX_FIREFOX, MAC_SAFARI):
        devices.new(agent).sign_in(person).close()
    page = devices.new(WINDOWS_CHROME).sign_in(person)
    first, second, third = titles(other_devices(page))
    for gone, next_one in ((second, third), (third, first)):
        page.get_by_role("button", name=f"Revoke {gone}").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
        expect(other_devices(page).filter(has_text=gone)).to_have_count(0)
        expect(other_devices(page).filter(has_text=next_one)).to_be_focused()


def test_an_answer_to_was_this_you_leaves_the_focus_on_the_page(
    devices: Devices, person: Person
) -> None:
    page = devices.new(WINDOWS_CHROME).sign_in(person)
    devices.new(IPHONE_SAFARI).sign_in(person).close()
    page.get_by_role("button", name="Yes, it was me").click()
    expect(page.get_by_text("Was this you?")).to_have_count(0)
    expect(page.get_by_role("heading", name="Your devices")).to_be_focused()


def test_no_it_was_not_me_leads_to_the_heading_of_what_to_do_next(
    devices: Devices, person: Person
) -> None:
    page = devices.new(WINDOWS_CHROME).sign_in(person)
    devices.new(IPHONE_SAFARI).sign_in(person).close()
    page.get_by_role("button", name="No, secure my account").click()
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_focused()


def test_what_is_not_used_for_long_is_told_and_can_be_reviewed(
    devices: Devices, dashboard: Dashboard, person: Person
) -> None:
    for agent in (IPHONE_SAFARI, LINUX_FIREFOX):
        devices.new(agent).sign_in(person).close()
    unused_for(dashboard, person, "Firefox on Linux", timedelta(days=8))
    page = devices.new(WINDOWS_CHROME).sign_in(person)
    expect(page.get_by_text("1 device has not been used for 7 days or longer.")).to_be_visible()
    page.get_by_role("button", name="Review").click()
    expect(other_devices(page)).to_have_count(1)
    expect(other_devices(page)).to_contain_text("Firefox on Linux")
    narrowing = page.get_by_role("combobox", name="Show")
    expect(narrowing.locator("option:checked")).to_have_text("Not used for 7 days (1)")
    narrowing.focus()
    narrowing.select_option("all")
    expect(other_devices(page)).to_have_count(2)
    # Few devices are seen at a glance.
    expect(narrowing).to_be_hidden()
    expect(page.get_by_role("heading", name="Other devices")).to_be_focused()


@pytest.mark.parametrize("path", ["/devices", "/activity", "/account"])
def test_nothing_moves_while_a_page_loads(devices: Devices, person: Person, path: str) -> None:
    for agent in (IPHONE_SAFARI, LINUX_FIREFOX, MAC_SAFARI):
        devices.new(agent).sign_in(person).close()
    for width in (360, 1280):
        device = devices.new(WINDOWS_CHROME, viewport={"width": width, "height": 800})
        device.context.add_init_script(SHIFTS)
        page = device.sign_in(person, path)
        page.wait_for_timeout(500)
        assert page.evaluate("window.shifts") == []


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_cards_come_where_their_place_was_held(
    devices: Devices, dashboard: Dashboard, person: Person, width: int
) -> None:
    """With enough of them to be narrowed, and advice on one."""
    # Their place is known, as it mostly is.
    somewhere = {"directly": True, "extra_http_headers": {"X-Forwarded-For": "8.8.8.8"}}
    for agent in (IPHONE_SAFARI, IPHONE_SAFARI, LINUX_FIREFOX, MAC_SAFARI, MAC_SAFARI):
        devices.new(agent, **somewhere).request_sign_in(person)
    unused_for(dashboard, person, "Firefox on Linux", timedelta(days=8))
    screen = {"width": width, "height": 800}
    device = devices.new(WINDOWS_CHROME, viewport=screen, **somewhere)
    device.request_sign_in(person)
    page = device.context.new_page()
    vouch_for_all(dashboard, person)
    page.route(SCRIPTS, lambda route: route.abort())
    page.goto(f"{device.url}/devices")
    held = tops(page)
    page.unroute(SCRIPTS)
    page.reload()
    settle(page)
    expect(page.get_by_role("combobox", name="Show")).to_be_visible()
    expect(page.get_by_role("button", name="Review")).to_be_visible()
    assert len(held) == 5
    for place, card in zip(held, tops(page), strict=False):
        assert abs(place - card) <= 12, (held, tops(page))
    device.complaints.clear()


def tops(page: Page) -> list[float]:
    """How far down the cards and the heading between them begin."""
    return page.locator(".device, .section-header").evaluate_all(
        "parts => parts.map((part) => part.getBoundingClientRect().top)"
    )


def test_the_pulse_rests_for_whoever_asked_for_less_motion(
    devices: Devices, person: Person
) -> None:
    page = devices.new(WINDOWS_CHROME).sign_in(person)
    motion = "getComputedStyle(document.querySelector('.active-now'), '::before').animationName"
    assert page.evaluate(motion) == "pulse"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(motion) == "none"


def test_the_page_has_an_icon_of_its_own(devices: Devices) -> None:
    page = devices.new().open("/signin")
    icons = page.locator("link[rel*=icon]").evaluate_all("links => links.map((one) => one.href)")
    assert len(icons) == 3
    for address in icons:
        assert page.request.get(address).ok, address
