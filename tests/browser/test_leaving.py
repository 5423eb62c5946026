"""After the end: signed out, revoked while away, or somebody else in the same tab."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from sessions_dashboard.sessions import end_from_shell
from sessions_dashboard.sessions.models import sessions
from tests.browser.dashboard import Dashboard, Person
from tests.browser.devices import (
    IPHONE_SAFARI,
    LINUX_FIREFOX,
    WINDOWS_CHROME,
    Devices,
    collect_frames,
    fill_in_and_submit,
    leaves_for_sign_in,
    other_devices,
    rename,
    revoke,
    settle,
)
from tests.conftest import BOTH

SOCKETS_THAT_CAN_GO_DEAF = """
const sockets = [];
window.goDeaf = () => sockets.forEach((socket) => { socket.deaf = true; });
window.WebSocket = class extends WebSocket {
  constructor(...parameters) {
    super(...parameters);
    sockets.push(this);
  }
  set onmessage(listen) {
    super.onmessage = (event) => this.deaf || listen(event);
  }
};
"""


def sign_out(page: Page) -> None:
    page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    leaves_for_sign_in(page)


def shows_nothing_of(page: Page, person: Person, *more: str) -> None:
    content = page.content()
    for personal in (person.email, *more):
        assert personal not in content


def test_after_signing_out_neither_back_nor_reload_show_anything_personal(
    devices: Devices, person: Person
) -> None:
    device = devices.new(WINDOWS_CHROME)
    page = device.sign_in(person)
    other_tabs = [device.open("/devices"), device.open("/devices")]
    sign_out(page)
    expect(page.get_by_text("You are signed out")).to_be_visible()
    leaves_for_sign_in(*other_tabs)

    page.go_back()
    leaves_for_sign_in(page)
    shows_nothing_of(page, person, device.ip_address)
    page.reload()
    leaves_for_sign_in(page)
    shows_nothing_of(page, person, device.ip_address)
    page.goto(device.url + "/devices")
    leaves_for_sign_in(page)
    # What the browser is known by next time stays.
    assert [cookie["name"] for cookie in device.context.cookies()] == ["session_token_device"]


def test_signing_out_shows_on_the_other_devices(devices: Devices, person: Person) -> None:
    on_computer = devices.new(WINDOWS_CHROME).sign_in(person)
    on_phone = devices.new(IPHONE_SAFARI).sign_in(person)
    expect(other_devices(on_computer)).to_have_count(1)
    sign_out(on_phone)
    expect(on_computer.get_by_text("No other devices")).to_be_visible()


@pytest.mark.parametrize("dashboard", BOTH, indirect=True)
def test_nothing_of_the_previous_user_of_a_tab_reaches_the_next_one(
    devices: Devices, dashboard: Dashboard
) -> None:
    ada, grace = dashboard.add_person("ada", is_admin=True), dashboard.add_person("grace")
    shared, own = devices.new(WINDOWS_CHROME), devices.new(LINUX_FIREFOX)
    own.sign_in(ada)
    page = shared.sign_in(ada)
    rename(page, "Firefox on Linux", "the secret lair")
    expect(other_devices(page)).to_contain_text("the secret lair")
    page.get_by_role("link", name="Admin").click()
    page.get_by_role("link", name="Sessions").click()
    expect(page.get_by_role("heading", name="Sessions", exact=True)).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text(ada.email)
    with dashboard.database.reading() as db:
        ids = db.scalars(select(sessions.c.public_id).where(sessions.c.user_id == ada.user_id))
        secrets = [ada.email, *ids, own.ip_address, "the secret lair", "Firefox on Linux"]

    frames = collect_frames(page)
    sign_out(page)
    settle(page)
    page.get_by_label("Email").wait_for()
    fill_in_and_submit(page, grace.email, grace.password)
    expect(page.get_by_role("heading", name="Your devices")).to_be_visible()
    settle(page)
    expect(page.get_by_text("No other devices")).to_be_visible()
    page.reload()
    settle(page)

    assert any(grace.email in frame for frame in frames)
    for secret in secrets:
        assert not [frame for frame in frames if secret in frame], secret
        assert secret not in page.content(), secret


def test_signing_in_as_somebody_else_over_an_open_session_shows_nothing_of_it(
    devices: Devices, dashboard: Dashboard
) -> None:
    """A second tab was on the sign-in page all the time."""
    ada, grace = dashboard.add_person("ada"), dashboard.add_person("grace")
    device = devices.new(WINDOWS_CHROME)
    second = device.open("/signin")
    first = device.sign_in(ada)
    frames = collect_frames(second)
    fill_in_and_submit(second, grace.email, grace.password)
    expect(second.get_by_role("heading", name="Your devices")).to_be_visible()
    settle(second)
    expect(second.get_by_text("No other devices")).to_be_visible()
    assert not [frame for frame in frames if ada.email in frame]
    # The first tab's session was replaced: it is nobody's any more.
    first.wait_for_url(re.compile("/(signin|devices)"))
    expect(first.get_by_text(ada.email)).to_have_count(0)


def test_a_tab_that_was_offline_while_it_was_revoked_is_refused_when_it_comes_back(
    devices: Devices, person: Person
) -> None:
    on_computer = devices.new(WINDOWS_CHROME).sign_in(person)
    phone = devices.new(IPHONE_SAFARI)
    on_phone = phone.sign_in(person)
    phone.context.set_offline(True)
    revoke(on_computer, "Safari on iPhone")
    expect(on_computer.get_by_text("No other devices")).to_be_visible()
    expect(on_phone).to_have_url(phone.url + "/devices")

    phone.context.set_offline(False)
    leaves_for_sign_in(on_phone)
    expect(on_phone.get_by_text("This device was signed out")).to_be_visible()
    shows_nothing_of(on_phone, person, on_computer.url)
    phone.complaints.clear()  # The browser names what it could not load meanwhile.


def test_a_tab_that_does_not_hear_that_it_has_to_leave_is_cut_off_and_leaves(
    devices: Devices, person: Person
) -> None:
    on_computer = devices.new(WINDOWS_CHROME).sign_in(person)
    phone = devices.new(IPHONE_SAFARI)
    phone.context.add_init_script(SOCKETS_THAT_CAN_GO_DEAF)
    on_phone = phone.sign_in(person)
    expect(other_devices(on_phone)).to_have_count(1)
    on_phone.evaluate("goDeaf()")
    revoke(on_computer, "Safari on iPhone")
    # Its socket is closed, and the next one is nobody's.
    leaves_for_sign_in(on_phone)
    expect(on_phone.get_by_text("This device was signed out")).to_be_visible()


def test_a_tab_that_missed_the_announcement_gets_nothing_for_its_next_click(
    devices: Devices, dashboard: Dashboard, person: Person
) -> None:
    """The session is ended behind the server's back: nobody announces it."""
    on_phone = devices.new(IPHONE_SAFARI).sign_in(person)
    on_computer = devices.new(WINDOWS_CHROME).sign_in(person)
    expect(other_devices(on_phone)).to_have_count(1)
    revoke_on_phone = on_phone.get_by_role("button", name="Revoke Chrome on Windows")
    revoke_on_phone.click()
    confirm = on_phone.get_by_role("alertdialog").get_by_role("button", name="Revoke")
    expect(confirm).to_be_visible()
    with dashboard.database.begin() as db:
        found = select(sessions.c.public_id).where(sessions.c.device_label == "Safari on iPhone")
        public_id = db.scalars(found.where(sessions.c.user_id == person.user_id)).one()
        end_from_shell(db, public_id, datetime.now(UTC))
    confirm.click()

    leaves_for_sign_in(on_phone)
    expect(on_phone.get_by_text("An administrator signed this device out")).to_be_visible()
    on_computer.reload()
    settle(on_computer)
    expect(on_computer.get_by_text("No other devices")).to_be_visible()
