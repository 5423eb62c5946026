"""Every page and dialog in turn, as a person comes by them, for checks that look at all of them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from sessions_dashboard.sessions.models import sessions
from tests.browser.dashboard import Dashboard, Person
from tests.browser.devices import (
    IPHONE_SAFARI,
    LINUX_FIREFOX,
    MAC_SAFARI,
    Devices,
    fill_in_and_submit,
    leaves_for_sign_in,
    other_devices,
    revoke,
    settle,
    this_device,
)
from tests.support.people import add_many_sessions

Scene = tuple[str, Page]
# How long ago they signed in, and were active.
USED = {
    "Safari on iPhone": (timedelta(days=12), timedelta(minutes=34)),
    "Firefox on Linux": (timedelta(days=3), timedelta(hours=5)),
    "Safari on macOS": (timedelta(days=25), timedelta(days=6)),
}
PLACES = {"Safari on iPhone": ("Berlin", "Germany"), "Safari on macOS": (None, "Portugal")}
MANY = 60
SOCKET = re.compile("/_event")
SOCKETS_THAT_FAIL = """
window.WebSocket = class extends WebSocket {
  constructor(url) {
    super(url.replace("/_event", "/nowhere"));
  }
};
"""


def scenes(devices: Devices, dashboard: Dashboard, admin: Person) -> Iterator[Scene]:
    """Goes on when the next one is asked for; a scene may be resized and its colours changed."""
    device = devices.new()
    page = device.open("/signin")
    yield "sign-in", page
    fill_in_and_submit(page, admin.email, "not the password")
    expect(page.get_by_role("alert").filter(has_text="not right")).to_be_visible()
    yield "sign-in, refused", page
    yield from _loading(devices, admin)

    page = device.sign_in(admin)
    expect(page.get_by_text("No other devices")).to_be_visible()
    yield "devices, alone", page
    phone = devices.new(IPHONE_SAFARI)
    on_phone = phone.sign_in(admin)
    for agent in (LINUX_FIREFOX, MAC_SAFARI):
        devices.new(agent).sign_in(admin).close()
    _let_time_pass(dashboard, admin)
    page.reload()
    settle(page)
    expect(other_devices(page)).to_have_count(3)
    yield "devices", page
    yield from _dialogs(page)
    yield from _all_sessions(page, dashboard)

    page.goto(device.url + "/devices")
    settle(page)
    revoke(page, "My very own telephone")
    expect(page.get_by_role("status").filter(has_text="was signed out.")).to_be_visible()
    yield "devices, one revoked", page
    leaves_for_sign_in(on_phone)
    expect(on_phone.get_by_text("This device was signed out")).to_be_visible()
    yield "sign-in, after a revoke", on_phone
    page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    leaves_for_sign_in(page)
    expect(page.get_by_text("You are signed out")).to_be_visible()
    yield "sign-in, after signing out", page


def setup_scenes(devices: Devices) -> Iterator[Scene]:
    """Of a server that nobody has an account on."""
    page = devices.new(directly=True).open("/setup")
    yield "setup", page
    fill_in_and_submit(page, "ada@example.com", "ada@example.com", "Create account")
    expect(page.get_by_role("alert").filter(has_text="Choose a password")).to_be_visible()
    yield "setup, refused", page
    page = devices.new().open("/setup")
    fill_in_and_submit(page, "ada@example.com", "correct horse battery", "Create account")
    expect(page.get_by_label("Setup code")).to_be_visible()
    yield "setup, from another computer", page


def _loading(devices: Devices, admin: Person) -> Iterator[Scene]:
    """The page has come; its data is on the way, or there is no connection to bring it."""
    device = devices.new()
    device.request_sign_in(admin)
    page = device.context.new_page()
    page.route_web_socket(SOCKET, lambda _route: None)
    page.goto(device.url + "/devices")
    expect(page.locator("[aria-busy]").first).to_be_visible()
    yield "devices, loading", page
    page.close()

    page = device.context.new_page()
    page.add_init_script(SOCKETS_THAT_FAIL)
    page.goto(device.url + "/devices")
    expect(page.get_by_text("The connection was lost.")).to_be_visible()
    yield "devices, no connection", page
    page.close()
    device.context.request.post(f"{device.url}/auth/sign-out")
    device.complaints.clear()


def _dialogs(page: Page) -> Iterator[Scene]:
    page.get_by_role("button", name="Rename Safari on iPhone").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    yield "rename", page
    dialog.get_by_label("Name").fill("My very own telephone")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    expect(this_device(page)).to_be_visible()
    yield "devices, one renamed", page
    page.get_by_role("button", name="Revoke My very own telephone").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    yield "revoke", page
    _dismiss(page)
    page.get_by_role("button", name="Sign out all other devices").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    yield "sign out all others", page
    _dismiss(page)


def _dismiss(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.get_by_role("alertdialog")).to_be_hidden()


def _all_sessions(page: Page, dashboard: Dashboard) -> Iterator[Scene]:
    _add_strangers(dashboard)
    page.get_by_role("link", name="Admin").click()
    page.get_by_role("link", name="Sessions").click()
    settle(page)
    expect(page.get_by_role("row")).to_have_count(26)
    yield "sessions", page
    page.get_by_role("row").get_by_role("button", name="Revoke").first.click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    yield "sessions, revoke", page
    _dismiss(page)
    page.get_by_role("searchbox").fill("nothing like this")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    yield "sessions, nothing found", page


def _let_time_pass(dashboard: Dashboard, person: Person) -> None:
    now = datetime.now(UTC)
    with dashboard.database.begin() as db:
        labels = db.scalars(
            select(sessions.c.device_label).where(sessions.c.user_id == person.user_id)
        ).all()
        for label in set(labels) & set(USED):
            age, idle = USED[label]
            city, country = PLACES.get(label, (None, None))
            db.execute(
                update(sessions)
                .where(sessions.c.user_id == person.user_id, sessions.c.device_label == label)
                .values(created_at=now - age, last_seen_at=now - idle, city=city, country=country)
            )


def _add_strangers(dashboard: Dashboard) -> None:
    now = datetime.now(UTC)
    for number, name in enumerate(("grace", "katherine.johnson", "barbara"), 1):
        stranger = dashboard.add_person(name)
        for age in range(0, MANY, 3):
            moment = now - timedelta(hours=age * 4 + number)
            times = ("created_at", "updated_at", "last_seen_at", "authenticated_at")
            kind = ("phone", "Safari on iPhone") if age % 2 else ("desktop", "Chrome on Windows")
            values = dict.fromkeys(times, moment) | {
                "ip_address": f"2001:db8:1:2::{age:x}" if number == 2 else f"203.0.113.{age + 1}",
                "device_type": kind[0],
                "device_label": kind[1],
            }
            dashboard.database.write_here(
                lambda db, to=stranger, values=values: add_many_sessions(
                    db, to.user_id, 1, **values
                )
            )
