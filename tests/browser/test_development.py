"""`reflex run` and nothing else: what a newcomer types first."""

import pytest
from playwright.sync_api import expect

from tests.browser.dashboard import Dashboard, Person
from tests.browser.devices import (
    IPHONE_SAFARI,
    WINDOWS_CHROME,
    Devices,
    leaves_for_sign_in,
    other_devices,
    revoke,
)


@pytest.mark.parametrize("dashboard", ["development"], indirect=True)
def test_the_story_holds_with_pages_and_server_on_ports_of_their_own(
    devices: Devices, dashboard: Dashboard, person: Person
) -> None:
    on_computer = devices.new(WINDOWS_CHROME).sign_in_by_form(person)
    on_phone = devices.new(IPHONE_SAFARI, host="127.0.0.1").sign_in_by_form(person)
    expect(other_devices(on_computer)).to_contain_text("Safari on iPhone")
    revoke(on_computer, "Safari on iPhone")
    leaves_for_sign_in(on_phone)
    expect(on_phone.get_by_text("This device was signed out")).to_be_visible()

    on_computer.get_by_role("link", name="Account").click()
    on_computer.get_by_role("link", name="What the API can do").click()
    expect(on_computer.get_by_role("heading", name="API", exact=True)).to_be_visible()
    expect(on_computer.locator(".api-operation").first).to_have_css("border-radius", "12px")
    on_computer.go_back()

    on_computer.get_by_role("banner").get_by_role("button", name="Sign out").click()
    leaves_for_sign_in(on_computer)
    on_computer.go_back()
    leaves_for_sign_in(on_computer)

    key = dashboard.folder / ".secret_key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_bytes()) >= 32
