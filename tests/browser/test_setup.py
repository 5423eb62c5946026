"""The first account."""

import pytest
from playwright.sync_api import expect

from tests.browser.dashboard import Dashboard
from tests.browser.devices import Devices, fill_in_and_submit, settle
from tests.conftest import BOTH
from tests.support.server import PASSWORD

PAGES = ("/", "/signin", "/devices", "/admin/sessions", "/setup")


@pytest.mark.parametrize("empty_dashboard", BOTH, indirect=True)
def test_with_no_account_every_page_leads_to_setup_which_makes_the_first_administrator(
    first_devices: Devices, empty_dashboard: Dashboard
) -> None:
    device = first_devices.new(directly=True)
    for path in PAGES:
        page = device.open(path)
        assert page.url == device.url + "/setup", path
        expect(page.get_by_role("heading", name="Welcome")).to_be_visible()

    fill_in_and_submit(page, "ada@example.com", "too short", "Create account")
    expect(page).to_have_url(device.url + "/setup")

    fill_in_and_submit(page, "ada@example.com", "ada@example.com", "Create account")
    expect(page.get_by_role("alert")).to_contain_text("Choose a password")

    fill_in_and_submit(page, "ada@example.com", PASSWORD, "Create account")
    expect(page.get_by_role("heading", name="Your devices")).to_be_visible()
    expect(page.get_by_role("link", name="Admin")).to_be_visible()

    settle(page)
    page.goto(device.url + "/setup")
    expect(page).to_have_url(device.url + "/devices")
    stranger = first_devices.new().open("/setup")
    expect(stranger).to_have_url(stranger.url.replace("/setup", "/signin"))
