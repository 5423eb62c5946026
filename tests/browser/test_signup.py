"""Making an account of one's own, where the operator lets anybody make one."""

import pytest
from playwright.sync_api import expect

from tests.browser.dashboard import Dashboard, Person
from tests.browser.devices import IPHONE_SAFARI, Devices

PASSWORD = "seven purple wheelbarrows"


@pytest.mark.parametrize("dashboard", ["open to all"], indirect=True)
def test_a_newcomer_makes_an_account_and_is_signed_in(
    devices: Devices, dashboard: Dashboard, person: Person, admin: Person
) -> None:
    email = f"newcomer-{person.user_id}@example.com"
    page = devices.new().open("/signin")
    page.get_by_role("link", name="Create an account").click()
    expect(page.get_by_role("heading", name="Create your account")).to_be_visible()
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("alert").filter(has_text="There is an account")).to_be_visible()
    expect(page.get_by_label("Email")).to_have_value(person.email)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill("aaaaaaaaaaaa")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("alert").filter(has_text="hard to guess")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url(f"{dashboard.url}/devices")
    expect(page.get_by_text(email)).to_be_visible()
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_text("The account was made")).to_be_visible()
    page.goto(f"{dashboard.url}/signup")
    expect(page).to_have_url(f"{dashboard.url}/devices")

    users = devices.new(IPHONE_SAFARI).sign_in(admin, "/admin/users")
    users.get_by_role("searchbox", name="Search").fill(email)
    expect(users.get_by_role("link", name=email)).to_be_visible()


def test_where_it_is_not_open_nothing_leads_there(devices: Devices, dashboard: Dashboard) -> None:
    page = devices.new().open("/signup")
    expect(page).to_have_url(f"{dashboard.url}/signin")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_role("link", name="Create an account")).to_have_count(0)
