"""A forgotten password, a new device, and the mails about them, as a person meets them."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.dashboard import Dashboard, Person
from tests.browser.devices import (
    IPHONE_SAFARI,
    LINUX_FIREFOX,
    Device,
    Devices,
    collect_frames,
    fill_in_and_submit,
    leaves_for_sign_in,
    other_devices,
    settle,
)
from tests.support.mail_server import Mailbox

NEW_PASSWORD = "seven purple umbrellas dancing"


pytestmark = pytest.mark.parametrize("dashboard", ["mailing"], indirect=True)


def follow(device: Device, path: str) -> Page:
    """Open the link of a mail in a new tab."""
    page = device.context.new_page()
    page.goto(device.url + path)
    page.locator("main h1").wait_for()
    return page


def choose(page: Page, password: str) -> None:
    page.get_by_label("New password").fill(password)
    page.get_by_role("button", name="Change password").click()


def test_a_forgotten_password_is_chosen_anew(
    devices: Devices, person: Person, mailbox: Mailbox
) -> None:
    phone = devices.new(IPHONE_SAFARI).sign_in(person)
    device = devices.new()
    page = device.open("/signin")
    page.get_by_role("link", name="Forgot your password?").click()
    expect(page.get_by_role("heading", name="Forgot your password?")).to_be_visible()
    settle(page)
    page.get_by_label("Email").fill(person.email)
    page.get_by_role("button", name="Email me a link").click()
    expect(page.get_by_text("Look into your mailbox")).to_be_visible()

    page = follow(device, mailbox.wait_for(person.email).page)
    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()
    choose(page, "password1234")
    expect(page.get_by_role("alert")).to_contain_text("hard to guess")
    choose(page, NEW_PASSWORD)
    expect(page.get_by_role("status").filter(has_text="was changed")).to_be_visible()
    fill_in_and_submit(page, person.email, NEW_PASSWORD)
    expect(page.get_by_role("heading", name="Your devices")).to_be_visible()

    leaves_for_sign_in(phone)
    expect(phone.get_by_text("Your password was changed, so this device")).to_be_visible()
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_text("A new password was chosen through a link")).to_be_visible()
    expect(page.get_by_text("asked for a link to choose a new password")).to_be_visible()
    # A refusal is no fault of the page's.
    device.complaints.clear()


def test_the_secret_of_a_link_reaches_no_address_no_log_and_no_socket(
    devices: Devices, person: Person, mailbox: Mailbox, dashboard: Dashboard
) -> None:
    device = devices.new()
    device.context.request.post(f"{device.url}/auth/forgot", form={"email": person.email})
    mail = mailbox.wait_for(person.email)
    page = device.context.new_page()
    frames = collect_frames(page)
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(f"{request.url} {request.headers}"))
    page.goto(device.url + mail.page)
    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()
    settle(page)
    page.wait_for_timeout(500)

    assert frames
    assert mail.token in "".join(asked_for[:1]) or page.url.endswith("/reset")
    assert "#" not in page.url
    for told in (*frames, *asked_for[1:], page.evaluate("JSON.stringify({...sessionStorage})")):
        assert mail.token not in told
    assert mail.token not in dashboard.log.read_text()
    page.go_back()
    page.go_forward()
    assert "#" not in page.url


def test_a_used_link_says_so_and_leads_to_another(
    devices: Devices, person: Person, mailbox: Mailbox
) -> None:
    device = devices.new()
    device.context.request.post(f"{device.url}/auth/forgot", form={"email": person.email})
    link = mailbox.wait_for(person.email).page
    choose(follow(device, link), NEW_PASSWORD)
    device.context.pages[0].wait_for_url("**/signin**")

    page = follow(device, link)
    choose(page, NEW_PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("used already")
    page.get_by_role("link", name="Ask for a new link").click()
    expect(page.get_by_role("button", name="Email me a link")).to_be_visible()
    device.complaints.clear()


def test_a_new_device_is_asked_about_on_the_others_at_once(
    devices: Devices, person: Person
) -> None:
    on_computer = devices.new().sign_in(person)
    questions = on_computer.get_by_role("region", name="New sign-ins")
    thief = devices.new(LINUX_FIREFOX)

    on_thiefs = thief.sign_in(person)

    expect(questions).to_contain_text("New sign-in: Firefox on Linux")
    expect(questions).to_contain_text("Was this you?")
    expect(on_thiefs.get_by_text("Was this you?")).to_have_count(0)
    # It is there later, too.
    on_computer.reload()
    expect(questions).to_contain_text("Firefox on Linux")

    questions.get_by_role("button", name="No, secure my account").click()
    leaves_for_sign_in(on_thiefs)
    expect(on_computer).to_have_url(re.compile(r"/account\?secured=1"))
    expect(
        on_computer.get_by_role("status").filter(has_text="choose a new password")
    ).to_be_visible()
    on_computer.get_by_role("link", name="Your devices").click()
    expect(on_computer.get_by_text("No other devices")).to_be_visible()
    expect(on_computer.get_by_text("Was this you?")).to_have_count(0)
    on_computer.get_by_role("link", name="Activity").click()
    expect(on_computer.get_by_text("Firefox on Linux was new to this account")).to_be_visible()
    expect(on_computer.get_by_text("You said that Firefox on Linux was not you")).to_be_visible()


def test_a_device_that_was_me_is_asked_about_no_more(devices: Devices, person: Person) -> None:
    on_computer = devices.new().sign_in(person)
    phone = devices.new(IPHONE_SAFARI)
    on_phone = phone.sign_in(person)
    on_computer.get_by_role("button", name="Yes, it was me").click()
    expect(on_computer.get_by_role("status").filter(has_text="Thank you")).to_be_visible()
    expect(on_computer.get_by_text("Was this you?")).to_have_count(0)

    on_phone.get_by_role("banner").get_by_role("button", name="Sign out").click()
    leaves_for_sign_in(on_phone)
    settle(on_phone)
    fill_in_and_submit(on_phone, person.email, person.password)
    expect(on_phone.get_by_role("heading", name="Your devices")).to_be_visible()
    expect(other_devices(on_computer)).to_have_count(1)
    expect(on_computer.get_by_text("Was this you?")).to_have_count(0)


def test_this_was_not_me_signs_everybody_out_and_leads_to_a_new_password(
    devices: Devices, person: Person, mailbox: Mailbox
) -> None:
    """The link is opened in a browser that is signed in itself."""
    device = devices.new()
    mine = device.sign_in(person)
    thief = devices.new(LINUX_FIREFOX).sign_in(person)
    mail = mailbox.wait_for(person.email)
    assert "Firefox on Linux" in mail.text

    page = follow(device, mail.page)
    expect(page.get_by_role("heading", name="Was this not you?")).to_be_visible()
    settle(page)
    expect(thief.get_by_role("heading", name="Your devices")).to_be_visible()
    page.get_by_role("button", name="It wasn't me, sign out all devices").click()

    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()
    leaves_for_sign_in(mine, thief)
    expect(thief.get_by_text("through a link in an email")).to_be_visible()
    choose(page, NEW_PASSWORD)
    expect(page.get_by_role("status").filter(has_text="was changed")).to_be_visible()
    fill_in_and_submit(page, person.email, NEW_PASSWORD)
    expect(page.get_by_role("heading", name="Your devices")).to_be_visible()


def test_mails_about_new_devices_can_be_turned_off(
    devices: Devices, person: Person, mailbox: Mailbox
) -> None:
    page = devices.new().sign_in(person, "/account")
    box = page.get_by_role("checkbox", name="Email me about new devices")
    expect(box).to_be_checked()
    box.click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    expect(box).not_to_be_checked()
    page.reload()
    expect(box).not_to_be_checked()

    devices.new(LINUX_FIREFOX).sign_in(person)
    page.get_by_label("Current password").fill(person.password)
    choose(page, NEW_PASSWORD)
    expect(page.get_by_role("status").filter(has_text="was changed")).to_be_visible()
    assert mailbox.wait_for(person.email).message["Subject"] == "Your password was changed"
    assert len(mailbox.to(person.email)) == 1
