"""What a person sees of the rules: the password again, the end of a session, limits, history."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from sessions_dashboard.sessions.models import sessions
from tests.browser.dashboard import Dashboard, Person
from tests.browser.devices import (
    IPHONE_SAFARI,
    LINUX_FIREFOX,
    Devices,
    fill_in_and_submit,
    leaves_for_sign_in,
    other_devices,
    revoke,
    settle,
)
from tests.support.server import PASSWORD

ELSEWHERE = "198.18.7.7"


def set_sessions(dashboard: Dashboard, person: Person, label: str, **values: object) -> None:
    matching = (sessions.c.user_id == person.user_id) & (sessions.c.device_label == label)
    dashboard.database.write_here(
        lambda db: db.execute(update(sessions).where(matching).values(**values))
    )


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


def give_password(page: Page, password: str = PASSWORD) -> None:
    dialog = page.get_by_role("dialog", name="Confirm that it is you")
    dialog.get_by_label("Password").fill(password)
    dialog.get_by_role("button", name="Continue").click()


def test_a_new_password_signs_the_other_devices_out(devices: Devices, person: Person) -> None:
    phone = devices.new(IPHONE_SAFARI).sign_in(person)
    page = devices.new().sign_in(person, "/account")
    page.get_by_label("Current password").fill(person.password)
    page.get_by_label("New password").fill("a new and unlikely passphrase")
    page.get_by_role("button", name="Change password").click()

    expect(
        page.get_by_text("Your password was changed. 1 other device was signed out.")
    ).to_be_visible()
    leaves_for_sign_in(phone)
    expect(phone.get_by_text("Your password was changed, so this device")).to_be_visible()
    fill_in_and_submit(phone, person.email, "a new and unlikely passphrase")
    expect(phone.get_by_role("heading", name="Your devices")).to_be_visible()


def test_what_is_wrong_with_a_new_password_is_said(devices: Devices, person: Person) -> None:
    page = devices.new().sign_in(person, "/account")
    page.get_by_label("Current password").fill("not my password")
    page.get_by_label("New password").fill("a new and unlikely passphrase")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert").filter(has_text="not your current password")).to_be_visible()

    page.get_by_label("Current password").fill(person.password)
    page.get_by_label("New password").fill("password1234")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert").filter(has_text="hard to guess")).to_be_visible()


def test_signing_all_others_out_asks_for_the_password_and_then_goes_on_by_itself(
    devices: Devices, dashboard: Dashboard, person: Person
) -> None:
    device = devices.new()
    device.request_sign_in(person)
    set_sessions(dashboard, person, "Chrome on Windows", authenticated_at=ago(hours=1))
    phone = devices.new(IPHONE_SAFARI).sign_in(person)
    page = device.open()
    page.get_by_role("button", name="Sign out all other devices").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Sign out all").click()

    give_password(page, "not my password")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("not your current")
    expect(phone.get_by_role("heading", name="Your devices")).to_be_visible()
    give_password(page)

    expect(page.get_by_role("status").get_by_text("1 other device was signed out.")).to_be_visible()
    leaves_for_sign_in(phone)
    device.complaints.clear()  # The browser notes the refusal of the wrong password.


def test_a_browser_that_came_a_moment_ago_gives_the_password_to_evict_an_older_one(
    devices: Devices, dashboard: Dashboard, person: Person
) -> None:
    old = devices.new(LINUX_FIREFOX)
    old.request_sign_in(person)
    set_sessions(dashboard, person, "Firefox on Linux", created_at=ago(days=3))
    on_old = old.open()
    young = devices.new().sign_in(person)

    young.get_by_role("button", name="Revoke Firefox on Linux").click()
    young.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    expect(young.get_by_role("dialog", name="Confirm that it is you")).to_be_visible()
    expect(on_old.get_by_role("heading", name="Your devices")).to_be_visible()
    give_password(young)

    expect(
        young.get_by_role("status").get_by_text("Firefox on Linux was signed out")
    ).to_be_visible()
    leaves_for_sign_in(on_old)


def test_without_remember_me_the_cookie_goes_with_the_browser(
    devices: Devices, person: Person
) -> None:
    device = devices.new()
    page = device.open("/signin")
    page.get_by_label("Remember me").uncheck()
    fill_in_and_submit(page, person.email, person.password)
    settle(page)
    expires = {cookie["name"]: cookie["expires"] for cookie in device.context.cookies()}
    assert expires["session_token"] == -1


def test_a_session_is_cut_at_the_moment_when_it_runs_out(
    devices: Devices, dashboard: Dashboard, person: Person
) -> None:
    device = devices.new()
    device.request_sign_in(person)
    set_sessions(dashboard, person, "Chrome on Windows", created_at=ago(days=30, seconds=-12))
    page = device.open()
    expect(page.get_by_role("heading", name="Your devices")).to_be_visible()

    page.wait_for_url("**/signin**", timeout=20_000)

    expect(page.get_by_text("your session reached its end")).to_be_visible()


def test_activity_tells_what_happened_and_the_history_of_one_device(
    devices: Devices, person: Person
) -> None:
    page = devices.new().sign_in(person)
    devices.new(IPHONE_SAFARI).sign_in(person)
    expect(other_devices(page)).to_have_count(1)
    revoke(page, "Safari on iPhone")
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_role("heading", name="Activity")).to_be_visible()
    expect(page.get_by_text("Chrome on Windows signed in")).to_be_visible()
    expect(page.get_by_role("heading", name="Signed out in the last 30 days")).to_be_visible()

    page.get_by_role("link", name="History of Safari on iPhone").click()

    expect(page.get_by_text("Only what happened on Safari on iPhone")).to_be_visible()
    expect(page.get_by_text("Safari on iPhone signed in")).to_be_visible()
    expect(page.get_by_text("Chrome on Windows signed in")).to_have_count(0)
    page.get_by_role("link", name="Show everything").click()
    expect(page.get_by_text("Chrome on Windows signed in")).to_be_visible()


@pytest.mark.parametrize("dashboard", ["strict"], indirect=True)
class TestUnderAStrictPolicy:
    """Two devices at the most, two minutes idle, the password again on another network."""

    def test_an_idle_end_is_announced_and_staying_puts_it_off(
        self, devices: Devices, person: Person
    ) -> None:
        page = devices.new().sign_in(person)
        warning = page.get_by_text("You will be signed out")
        expect(warning).to_be_visible(timeout=12_000)

        page.get_by_role("button", name="Stay signed in").click()

        expect(warning).to_be_hidden()

    def test_at_the_limit_the_person_chooses_which_device_goes(
        self, devices: Devices, person: Person
    ) -> None:
        phone = devices.new(IPHONE_SAFARI).sign_in(person)
        firefox = devices.new(LINUX_FIREFOX).sign_in(person)
        page = devices.new().open("/signin")
        fill_in_and_submit(page, person.email, person.password)
        expect(page.get_by_role("heading", name="Choose a device to sign out")).to_be_visible()
        choices = page.get_by_role("listitem")
        expect(choices).to_have_count(2)
        expect(phone.get_by_role("heading", name="Your devices")).to_be_visible()

        choices.filter(has_text="Safari on iPhone").get_by_role("button").click()

        expect(page.get_by_role("heading", name="Your devices")).to_be_visible()
        settle(page)
        expect(other_devices(page)).to_contain_text("Firefox on Linux")
        leaves_for_sign_in(phone)
        expect(phone.get_by_text("only so many can be signed in at once")).to_be_visible()
        expect(other_devices(firefox)).to_contain_text("Chrome on Windows")

    def test_on_another_network_the_password_comes_before_anything_else(
        self, devices: Devices, person: Person
    ) -> None:
        device = devices.new()
        at_home = device.sign_in(person)
        device.context.set_extra_http_headers({"X-Forwarded-For": ELSEWHERE})
        away = device.context.new_page()
        away.goto(device.url + "/activity")
        expect(away.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
        expect(away.get_by_text("another network than before")).to_be_visible()
        at_home.wait_for_url("**/confirm**")

        away.get_by_label("Password").fill(person.password)
        away.get_by_role("button", name="Continue").click()

        expect(away.get_by_role("heading", name="Activity")).to_be_visible()
        expect(away.get_by_text("was used from another address")).to_be_visible()
