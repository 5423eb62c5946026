"""Every page and dialog in turn, as a person comes by them, for checks that look at all of them."""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from playwright.sync_api import Page, expect
from sqlalchemy import Connection, func, insert, select, update

from sessions_dashboard.runtime import utc_now
from sessions_dashboard.sessions.api_key_models import api_keys
from sessions_dashboard.sessions.leases import CLOCKS_APART
from sessions_dashboard.sessions.models import known_devices, policy_versions, sessions
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.policy_versions import store_policy
from sessions_dashboard.sessions.webhook_models import webhook_deliveries, webhook_endpoints
from tests.browser.dashboard import Dashboard, Person
from tests.browser.devices import (
    IPHONE_SAFARI,
    LINUX_FIREFOX,
    MAC_SAFARI,
    Device,
    Devices,
    fill_in_and_submit,
    leaves_for_sign_in,
    other_devices,
    revoke,
    settle,
    this_device,
)
from tests.support.mail_server import Mailbox
from tests.support.people import add_many_sessions

Scene = tuple[str, Page]
# How long ago they signed in, and were active.
USED = {
    "Safari on iPhone": (timedelta(days=12), timedelta(minutes=34)),
    "Firefox on Linux": (timedelta(days=3), timedelta(hours=5)),
    "Safari on macOS": (timedelta(days=13), timedelta(days=6)),
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
    vouch_for_all(dashboard, admin)
    phone = devices.new(IPHONE_SAFARI)
    on_phone = phone.sign_in(admin)
    expect(page.get_by_text("Was this you?")).to_be_visible()
    yield "devices, a new one", page
    for agent in (LINUX_FIREFOX, MAC_SAFARI):
        devices.new(agent).sign_in(admin).close()
    for left in (2, 1, 0):
        page.get_by_role("button", name="Yes, it was me").first.click()
        expect(page.get_by_text("Was this you?")).to_have_count(left)
    _let_time_pass(dashboard, admin)
    page.reload()
    settle(page)
    expect(other_devices(page)).to_have_count(3)
    yield "devices", page
    yield from _dialogs(page)
    yield from _all_sessions(page, dashboard)
    yield from _console(page, device, dashboard)

    page.goto(device.url + "/devices")
    settle(page)
    revoke(page, "My very own telephone")
    expect(page.get_by_role("status").filter(has_text="was signed out.")).to_be_visible()
    yield "devices, one revoked", page
    leaves_for_sign_in(on_phone)
    expect(on_phone.get_by_text("This device was signed out")).to_be_visible()
    yield "sign-in, after a revoke", on_phone
    yield from _password_again(page, device, dashboard, admin)
    yield from _account(page)
    page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    leaves_for_sign_in(page)
    expect(page.get_by_text("You are signed out")).to_be_visible()
    yield "sign-in, after signing out", page


def limit_scenes(devices: Devices, person: Person) -> Iterator[Scene]:
    """Of a server that lets nobody be signed in on more than two devices."""
    for agent in (IPHONE_SAFARI, LINUX_FIREFOX):
        devices.new(agent).request_sign_in(person)
    page = devices.new().open("/signin")
    fill_in_and_submit(page, person.email, person.password)
    expect(page.get_by_role("listitem")).to_have_count(2)
    yield "choose a device", page


def sign_up_scenes(devices: Devices) -> Iterator[Scene]:
    """Of a server at which anybody may make an account."""
    page = devices.new().open("/signin")
    expect(page.get_by_role("link", name="Create an account")).to_be_visible()
    yield "sign-in, open to all", page
    page.get_by_role("link", name="Create an account").click()
    expect(page.get_by_role("button", name="Create account")).to_be_visible()
    yield "sign-up", page


def recovery_scenes(devices: Devices, person: Person, mailbox: Mailbox) -> Iterator[Scene]:
    """Of a server that sends mail."""
    device = devices.new()
    page = device.open("/forgot")
    expect(page.get_by_role("button", name="Email me a link")).to_be_visible()
    yield "forgot", page
    page.get_by_label("Email").fill(person.email)
    page.get_by_role("button", name="Email me a link").click()
    expect(page.get_by_text("Look into your mailbox")).to_be_visible()
    yield "forgot, sent", page
    page.goto(device.url + mailbox.wait_for(person.email).page)
    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()
    page.get_by_label("New password").fill("shown to me")
    page.get_by_role("button", name="Show password").click()
    yield "reset", page
    page.goto(device.url + "/not-me#nothing")
    button = page.get_by_role("button", name="It wasn't me")
    button.click()
    expect(page.get_by_role("alert").filter(has_text="used already")).to_be_visible()
    yield "not me, refused", page
    device.complaints.clear()
    page = device.sign_in(person, "/account")
    page.get_by_role("checkbox", name="Email me").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    yield "account", page
    devices.new(LINUX_FIREFOX).sign_in(person).close()
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_text("Firefox on Linux was new to this account")).to_be_visible()
    yield "activity", page


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
    slow = page.get_by_text("This is taking longer than it should.")
    expect(slow).to_be_visible(timeout=10_000)
    yield "devices, slow", page
    device.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    yield "devices, offline", page
    device.context.set_offline(False)
    page.close()

    page = device.context.new_page()
    page.add_init_script(SOCKETS_THAT_FAIL)
    page.goto(device.url + "/devices")
    expect(page.get_by_text("The connection was lost.")).to_be_visible()
    yield "devices, no connection", page
    page.close()
    device.context.request.post(f"{device.url}/auth/sign-out")
    device.complaints.clear()


def _password_again(
    page: Page, device: Device, dashboard: Dashboard, person: Person
) -> Iterator[Scene]:
    """Before something sensitive, and before anything at all."""
    mine = sessions.c.user_id == person.user_id
    dashboard.database.write_here(
        lambda db: db.execute(
            update(sessions)
            .where(mine)
            .values(authenticated_at=datetime.now(UTC) - timedelta(hours=1))
        )
    )
    page.get_by_role("button", name="Sign out all other devices").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Sign out all").click()
    expect(page.get_by_role("dialog", name="Confirm that it is you")).to_be_visible()
    yield "password again", page
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    # An open page would be led away by itself, in the midst of the way to the next one.
    page.goto("about:blank")
    dashboard.database.write_here(
        lambda db: db.execute(update(sessions).where(mine).values(challenge="ip_address"))
    )
    page.goto(device.url + "/devices")
    expect(page.get_by_text("another network")).to_be_visible()
    yield "password before anything else", page
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Your devices")).to_be_visible()
    settle(page)


def _account(page: Page) -> Iterator[Scene]:
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_role("heading", name="Signed out in the last 30 days")).to_be_visible()
    yield "activity", page
    page.get_by_role("link", name="History of").first.click()
    expect(page.get_by_text("Only what happened on")).to_be_visible()
    yield "activity of one device", page
    page.get_by_role("link", name="Account").click()
    expect(page.get_by_role("heading", name="Change your password")).to_be_visible()
    yield "account", page
    page.get_by_role("button", name="New key").click()
    form = page.get_by_role("dialog", name="New API key")
    form.get_by_role("textbox", name="Name").fill("Backup script")
    form.get_by_label("See your devices and activity").check()
    yield "account, new key", page
    form.get_by_role("button", name="Create key").click()
    expect(page.get_by_role("dialog", name="Your new key")).to_be_visible()
    yield "account, key shown once", page
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("heading", name="Backup script")).to_be_visible()
    yield "account, with a key", page


def _dialogs(page: Page) -> Iterator[Scene]:
    page.get_by_role("button", name="Rename Safari on iPhone").click()
    form = page.get_by_role("form", name="Rename Safari on iPhone")
    expect(form).to_be_visible()
    yield "rename", page
    form.get_by_label("Name").fill("My very own telephone")
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    expect(this_device(page)).to_be_visible()
    yield "devices, one renamed", page
    page.get_by_role("button", name="Details of My very own telephone").click()
    expect(page.get_by_text("The browser says")).to_be_visible()
    yield "device, details", page
    page.get_by_role("button", name="Details of My very own telephone").click()
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("checkbox")).to_have_count(1)
    page.get_by_role("checkbox").click()
    expect(page.get_by_text("1 selected")).to_be_visible()
    yield "devices, one selected", page
    page.get_by_role("button", name="Revoke selected").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    yield "revoke selected", page
    _dismiss(page)
    page.get_by_role("button", name="Select", exact=True).click()
    page.get_by_role("combobox", name="Show").select_option("all")
    expect(page.get_by_role("button", name="Review")).to_be_visible()
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
    expect(page.get_by_role("row")).to_have_count(26)
    yield "sessions", page
    page.get_by_role("row").get_by_role("button", name="Revoke").first.click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    yield "sessions, revoke", page
    _dismiss(page)
    for menu in ("Columns", "Export"):
        page.get_by_text(menu, exact=True).click()
        yield f"sessions, {menu.lower()}", page
        page.get_by_text(menu, exact=True).click()
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Address or network").fill("203.0.113.0/24")
    page.get_by_label("Kind of device").select_option("phone")
    yield "sessions, filters", page
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Kind of device: Phone")).to_be_visible()
    yield "sessions, filtered", page
    page.get_by_role("row").get_by_role("button", name="grace").first.click()
    expect(page.get_by_role("dialog").get_by_text("What happened")).to_be_visible()
    yield "session", page
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("row").get_by_role("checkbox").nth(1).click()
    expect(page.get_by_text("1 selected")).to_be_visible()
    yield "sessions, one selected", page
    page.get_by_role("button", name="End all that match…").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    yield "sessions, end all that match", page
    _dismiss(page)
    page.get_by_role("button", name="End all before…").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    yield "sessions, not before", page
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_text("Views", exact=True).click()
    page.get_by_label("Save this view as").fill("Phones of the office")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Phones of the office", exact=True)).to_be_visible()
    yield "sessions, views", page
    page.get_by_text("Views", exact=True).click()
    page.get_by_role("searchbox").fill("nothing like this")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    yield "sessions, nothing found", page


def vouch_for_all(dashboard: Dashboard, person: Person) -> None:
    """A device that is in question itself is not asked about others."""
    theirs = known_devices.c.user_id == person.user_id
    dashboard.database.write_here(
        lambda db: db.execute(update(known_devices).where(theirs).values(in_question=False))
    )


def _console(page: Page, device: Device, dashboard: Dashboard) -> Iterator[Scene]:
    """The administrators' other pages."""
    page.goto(f"{dashboard.url}/admin")
    expect(
        page.get_by_role("group", name="Sessions by browser").get_by_role("link").first
    ).to_be_visible()
    page.get_by_text("As a table").first.click()
    yield "overview", page
    page.get_by_role("link", name="Users").click()
    page.get_by_role("searchbox", name="Search").fill("example.com grace")
    expect(page.get_by_role("link", name="grace")).to_be_visible()
    yield "users", page
    page.get_by_role("button", name="Add account").click()
    page.get_by_role("dialog").get_by_label("Email").fill("hedy@example.com")
    yield "users, add an account", page
    page.get_by_role("dialog").get_by_role("button", name="Create").click()
    expect(page.get_by_role("textbox", name="Link")).to_be_visible()
    yield "users, a link", page
    path = page.get_by_role("textbox", name="Link").input_value().removeprefix(dashboard.url)
    page.get_by_role("button", name="Done").click()
    page.get_by_role("link", name="grace").click()
    expect(page.get_by_role("heading", name="grace")).to_be_visible()
    yield "user", page
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    yield "user, disable", page
    _dismiss(page)
    page.get_by_role("button", name="Revoke Nightly backup").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    yield "user, revoke a key", page
    _dismiss(page)
    page.get_by_role("link", name="Events", exact=True).click()
    expect(page.get_by_role("table", name="Events")).to_be_visible()
    yield "events", page
    for policy in (Policy(touch_interval=timedelta(minutes=2)), Policy()):
        dashboard.database.write_here(partial(store_policy, policy=policy, now=utc_now()))
    page.get_by_role("link", name="Policy").click()
    page.get_by_role("button", name="Compare").first.click()
    expect(page.get_by_text("From the values in force to these")).to_be_visible()
    yield "policy, compared", page
    page.get_by_label("Longest session", exact=True).fill("900")
    page.get_by_role("button", name="See what would happen").click()
    expect(page.get_by_text("Must be within")).to_be_visible()
    yield "policy, a wrong value", page
    page.get_by_label("Longest session", exact=True).fill("3")
    page.get_by_label("Idle limit", exact=True).fill("2")
    page.get_by_role("button", name="See what would happen").click()
    page.get_by_role("button", name="Show these sessions").click()
    expect(page.get_by_role("table", name="What would happen")).to_be_visible()
    yield "policy, tried", page
    dashboard.database.write_here(_carry_a_policy_through)
    page.reload()
    expect(page.get_by_role("progressbar")).to_be_visible()
    yield "policy, carried through", page
    yield from _webhooks(page, dashboard)
    page.get_by_role("link", name="Clean-up").click()
    expect(page.get_by_role("button", name="Run now")).to_be_visible()
    yield "clean-up", page
    page.goto(f"{dashboard.url}{path}")
    expect(page.get_by_label("Password")).to_be_visible()
    yield "choose a password", page
    page.goto(f"{dashboard.url}/invitation#none")
    page.get_by_label("Password").fill("a wholly different passphrase")
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_text("not good any more").first).to_be_visible()
    device.complaints.clear()
    yield "choose a password, link over", page


def _webhooks(page: Page, dashboard: Dashboard) -> Iterator[Scene]:
    page.get_by_role("link", name="Webhooks").click()
    expect(page.get_by_text("Nobody is told yet")).to_be_visible()
    yield "webhooks, none", page
    page.get_by_role("button", name="Add endpoint").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Address").fill("https://127.0.0.1/hooks")
    form.get_by_label("Everything").uncheck()
    form.get_by_label("Sign-ins", exact=True).check()
    form.get_by_role("button", name="Add").click()
    expect(form.get_by_text("inside your own network")).to_be_visible()
    yield "webhooks, add", page
    form.get_by_role("textbox", name="Address").fill(
        "https://hooks.example.invalid/services/T024BE7LD/incoming"
    )
    form.get_by_label("Ends of sessions").check()
    form.get_by_label("Changed webhooks").check()
    form.get_by_role("button", name="Add").click()
    expect(page.get_by_role("textbox", name="Secret")).to_be_visible()
    yield "webhooks, the secret", page
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Send test").click()
    expect(page.get_by_text("A test is on its way")).to_be_visible()
    expect(page.get_by_text("Can't be reached").first).to_be_visible()
    dashboard.database.write_here(_add_deliveries)
    page.reload()
    settle(page)
    expect(
        page.get_by_role("table", name="Deliveries").get_by_text("Given up").first
    ).to_be_visible()
    yield "webhooks", page
    page.get_by_role("button", name="New secret").first.click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    yield "webhooks, a new secret", page
    _dismiss(page)


def _carry_a_policy_through(db: Connection) -> None:
    """As long as a process is at it that is not ours, it goes no further."""
    newest = select(func.max(policy_versions.c.id)).scalar_subquery()
    db.execute(
        update(policy_versions)
        .where(policy_versions.c.id == newest)
        .values(
            worker="another",
            claimed_until=utc_now() + CLOCKS_APART,
            applied_at=None,
            to_end=5_310,
            ended=1_204,
        )
    )


def _add_deliveries(db: Connection) -> None:
    """An endpoint that is disabled, and deliveries that ended in all the ways there are."""
    now = datetime.now(UTC)
    [endpoint_id] = db.execute(
        insert(webhook_endpoints)
        .values(
            public_id=str(uuid.uuid4()),
            url="https://audit.example.com/events",
            salt=b"",
            created_at=now - timedelta(days=30),
            created_by_user_id=0,
            disabled_at=now,
        )
        .returning(webhook_endpoints.c.id)
    ).one()
    answer = "<html><title>502 Bad Gateway</title><center>nginx</center></html>"
    over = {"finished_at": now, "attempts": 1, "took_ms": 84}
    for age, values in enumerate(
        (
            {"status": 204, **over},
            {"status": 200, "answer": '{"ok":true}', **over},
            {"status": 502, "answer": answer, "failure": "status", **over, "attempts": 8},
            {"failure": "timeout", "took_ms": 15_002, "due_at": now + timedelta(hours=2)},
            {"sending_since": now, "due_at": now + timedelta(minutes=9)},
            {"failure": "disabled", "finished_at": now},
        )
    ):
        db.execute(
            insert(webhook_deliveries).values(
                {
                    "public_id": str(uuid.uuid4()),
                    "endpoint_id": endpoint_id if "disabled" in values.values() else 1,
                    "message_id": "msg_1",
                    "kind": "ended",
                    "body": "{}",
                    "created_at": now - timedelta(hours=age),
                    "due_at": now,
                    "attempts": 4,
                    **values,
                }
            )
        )


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
            db.execute(
                update(known_devices)
                .where(known_devices.c.user_id == person.user_id, known_devices.c.device == label)
                .values(first_seen_at=now - age)
            )


def _add_keys(db: Connection, user_id: int, now: datetime) -> None:
    """One in use, and one that has expired unused."""
    for name, age, used in (("Nightly backup", 3, "203.0.113.9"), ("Report for the board", 33, "")):
        moment = now - timedelta(days=age)
        db.execute(
            insert(api_keys).values(
                public_id=str(uuid.uuid4()),
                user_id=user_id,
                name=name,
                digest=uuid.uuid4().bytes * 2,
                ending="x7Qd",
                scopes=["own:read", "own:write"],
                created_at=moment,
                expires_at=moment + timedelta(days=30),
                last_used_at=now - timedelta(hours=2) if used else None,
                last_used_ip_address=used or None,
            )
        )


def _add_strangers(dashboard: Dashboard) -> None:
    now = datetime.now(UTC)
    for number, name in enumerate(("grace", "katherine.johnson", "barbara"), 1):
        stranger = dashboard.add_person(name)
        dashboard.database.write_here(partial(_add_keys, user_id=stranger.user_id, now=now))
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
