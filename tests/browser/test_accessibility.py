"""For everybody: keyboard alone, small screens, zoom, light and dark, and what axe finds."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.dashboard import Dashboard, Person
from tests.browser.devices import IPHONE_SAFARI, Devices, settle
from tests.browser.looks import look_at_targets, look_mirrored, look_zoomed
from tests.browser.scenes import (
    Scene,
    limit_scenes,
    recovery_scenes,
    scenes,
    setup_scenes,
    sign_up_scenes,
)
from tests.support.mail_server import Mailbox

LAPTOP = (1280, 800)
PHONE = (360, 740)
# A phone, the least that WCAG 1.4.10 asks for, the laptop at 200 % and at 400 %.
SIZES = (LAPTOP, PHONE, (320, 640), (640, 400), (320, 200))
EVERYTHING = {"resultTypes": ["violations"]}
COLOURS = EVERYTHING | {"runOnly": ["color-contrast"]}
# What axe looks at: colours don't depend on the size, nor anything else on the theme.
LOOKS = (("light", LAPTOP, EVERYTHING), ("dark", LAPTOP, COLOURS), ("light", PHONE, EVERYTHING))


def test_every_page_and_dialog_satisfies_axe_and_fits_every_screen(
    devices: Devices, dashboard: Dashboard, admin: Person
) -> None:
    complaints = []
    for scene in scenes(devices, dashboard, admin):
        complaints += look_at(scene)
    assert not complaints, "\n".join(complaints)


def test_in_forced_colours_where_one_is_is_told_from_the_rest(
    devices: Devices, admin: Person
) -> None:
    page = devices.new(forced_colors="active").sign_in(admin, "/admin/sessions")
    look = "one => getComputedStyle(one).backgroundColor + getComputedStyle(one).borderBottomColor"
    for kind in (".nav-link", ".tab", ".segment"):
        looks = page.locator(kind).evaluate_all(f"all => all.map({look})")
        assert sorted(looks.count(one) for one in set(looks)) == [1, len(looks) - 1], (kind, looks)


@pytest.mark.parametrize("dashboard", ["strict"], indirect=True)
def test_the_choice_of_a_device_does_so_too(devices: Devices, person: Person) -> None:
    complaints = []
    for scene in limit_scenes(devices, person):
        complaints += look_at(scene)
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("dashboard", ["open to all"], indirect=True)
def test_the_sign_up_page_does_so_too(devices: Devices, dashboard: Dashboard) -> None:
    complaints = []
    for scene in sign_up_scenes(devices):
        complaints += [*look_for_scrolling(scene), *look_with_axe(scene)]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("dashboard", ["mailing"], indirect=True)
def test_the_pages_of_mailed_links_do_so_too(
    devices: Devices, person: Person, mailbox: Mailbox
) -> None:
    complaints = []
    for scene in recovery_scenes(devices, person, mailbox):
        complaints += look_at(scene)
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("empty_dashboard", ["sqlite"], indirect=True)
def test_the_setup_page_does_so_too(first_devices: Devices) -> None:
    complaints = []
    for scene in setup_scenes(first_devices):
        complaints += look_at(scene)
    assert not complaints, "\n".join(complaints)


def look_at(scene: Scene) -> list[str]:
    name, page = scene
    found = [*look_at_targets(name, page), *look_zoomed(name, page), *look_mirrored(name, page)]
    return [*found, *look_for_scrolling(scene), *look_with_axe(scene)]


def look_with_axe(scene: Scene) -> list[str]:
    name, page = scene
    found = []
    for theme, (width, height), rules in LOOKS:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        expect(page.locator(f"html.{theme}")).to_be_attached()
        page.set_viewport_size({"width": width, "height": height})
        violations = Axe().run(page, options=rules).response["violations"]
        found += [_describe(f"{name}, {theme}, {width} px", violation) for violation in violations]
    page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
    return found


def _describe(where: str, violation: dict[str, Any]) -> str:
    nodes = "; ".join(f"{node['html']} {node['failureSummary']}" for node in violation["nodes"])
    return f"{where}: {violation['id']}: {violation['help']}: {nodes}"


def look_for_scrolling(scene: Scene) -> list[str]:
    name, page = scene
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{name}: {wide} px wide on a screen of {width}")
        dialog = page.locator("dialog[open]")
        if dialog.count():
            box = dialog.bounding_box()
            assert box is not None
            if box["x"] < 0 or box["x"] + box["width"] > width or box["y"] < 0:
                found.append(f"{name}: the dialog does not fit on {width} x {height}")
    page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
    return found


def test_a_device_can_be_revoked_with_the_keyboard_alone(devices: Devices, person: Person) -> None:
    devices.new(IPHONE_SAFARI).sign_in(person)
    page = devices.new().sign_in(person)
    button = page.get_by_role("button", name="Revoke Safari on iPhone")
    stops = tab_to(page, button)
    # In the order that they are read in, and each can be seen.
    assert stops[0] == "Skip to content"
    assert stops[-4:] == [
        "Sign out all other devices",
        "Details of Safari on iPhone",
        "Rename Safari on iPhone",
        "Revoke Safari on iPhone",
    ]

    page.keyboard.press("Enter")
    dialog = page.get_by_role("alertdialog")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    for _press in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || "
            "document.querySelector('dialog[open]').contains(document.activeElement)"
        )
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()

    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name="Revoke")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("No other devices")).to_be_visible()
    # The button is gone; whoever reads along is at the top of the list, not nowhere.
    expect(page.get_by_role("heading", name="Other devices")).to_be_focused()


def test_the_skip_link_leads_past_the_navigation(devices: Devices, person: Person) -> None:
    page = devices.new().sign_in(person)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Details of Chrome on Windows")).to_be_focused()


def test_a_link_to_another_page_leads_to_its_heading(devices: Devices, admin: Person) -> None:
    page = devices.new().sign_in(admin)
    for link, title in (("Activity", "Activity"), ("Admin", "Overview"), ("Users", "Users")):
        page.get_by_role("link", name=link, exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_focused()


def test_one_can_sign_in_rename_and_sign_out_with_the_keyboard_alone(
    devices: Devices, person: Person
) -> None:
    page = devices.new().open("/signin")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type(person.email)
    page.keyboard.press("Tab")
    page.keyboard.type(person.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your devices")).to_be_visible()
    settle(page)

    rename = page.get_by_role("button", name="Rename Chrome on Windows")
    tab_to(page, rename)
    page.keyboard.press("Enter")
    field = page.get_by_label("Name", exact=True)
    expect(field).to_be_focused()
    page.keyboard.type("Not this")
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(rename).to_be_focused()
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    page.keyboard.type("Desk")
    page.keyboard.press("Enter")
    expect(field).to_be_hidden()
    expect(page.get_by_role("button", name="Rename Desk")).to_be_focused()

    tab_to(page, page.get_by_role("main").get_by_role("button", name="Sign out"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are signed out")).to_be_visible()


def tab_to(page: Page, target: Locator) -> list[str]:
    """Press Tab until the target has the focus; returns the names of the stops on the way."""
    stops = []
    for _press in range(30):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if not focused.count():
            continue
        stops.append(focused.get_attribute("aria-label") or focused.inner_text())
        assert has_visible_focus(focused), stops[-1]
        if target.evaluate("element => element === document.activeElement"):
            return stops
    raise AssertionError(f"not reached: {stops}")


def has_visible_focus(focused: Locator) -> bool:
    return bool(
        focused.evaluate(
            """element => {
                const style = getComputedStyle(element);
                const box = element.getBoundingClientRect();
                return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
                    && box.top >= 0 && box.bottom <= innerHeight && box.width > 0;
            }"""
        )
    )


def test_the_theme_follows_the_system_and_can_be_switched_for_good(
    devices: Devices, person: Person
) -> None:
    page = devices.new(color_scheme="dark").sign_in(person)
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    page.emulate_media(color_scheme="light")
    expect(page.locator("html.light")).to_be_attached()
    light = page.evaluate(background)
    assert light != dark
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html.dark")).to_be_attached()
    assert page.evaluate(background) == dark
    page.reload()
    settle(page)
    assert page.evaluate(background) == dark
