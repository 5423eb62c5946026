"""The administrators' console in the browser: accounts, the policy, the clean-up, the overview."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from sessions_dashboard.accounts import users
from sessions_dashboard.runtime import utc_now
from sessions_dashboard.sessions.overview import overview
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.policy_versions import store_policy
from tests.browser.dashboard import Dashboard, Person
from tests.browser.devices import (
    IPHONE_SAFARI,
    LINUX_FIREFOX,
    Devices,
    leaves_for_sign_in,
    settle,
)
from tests.support.people import add_many_sessions
from tests.support.server import PASSWORD

NEW_PASSWORD = "a wholly different passphrase"
# Twenty times what a count takes, on a machine that does much else.
COUNTED_MILLISECONDS = 30_000
# Sooner than any server answers; whether the dialog is open after that, and what it says.
SEND_AND_ESCAPE = """async (dialog) => {
    dialog.querySelector("[type=submit]").click();
    await new Promise((go_on) => setTimeout(go_on));
    dialog.dispatchEvent(new Event("cancel", { cancelable: true }));
    return [dialog.open, dialog.querySelector("[role=status]").textContent];
}"""


def confirm(page: Page, verb: str) -> None:
    """Press a button that asks, and answer with the same verb."""
    page.get_by_role("main").get_by_role("button", name=verb, exact=True).click()
    dialog = page.get_by_role("alertdialog")
    dialog.get_by_role("button", name=verb, exact=True).click()


def said(page: Page, text: str) -> None:
    expect(page.get_by_role("status").filter(has_text=text)).to_be_visible()


def test_an_account_is_made_with_a_link_that_works_once(
    devices: Devices, dashboard: Dashboard, admin: Person
) -> None:
    email = f"new-{admin.user_id}@example.com"
    page = devices.new().sign_in(admin, "/admin/users")
    page.get_by_role("button", name="Add account").click()
    dialog = page.get_by_role("dialog", name="Add an account")
    dialog.get_by_label("Email").fill(admin.email)
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_role("alert")).to_contain_text("already")
    dialog.get_by_label("Email").fill(email)
    assert dialog.evaluate(SEND_AND_ESCAPE) == [True, "Creating…"]
    link = page.get_by_role("textbox", name="Link").input_value()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("row").filter(has_text=email)).to_contain_text("Invited")
    path = link.removeprefix(dashboard.url)
    assert path.startswith("/invitation#")

    newcomer = devices.new(LINUX_FIREFOX)
    theirs = newcomer.open(path)
    expect(theirs.get_by_label("Password")).to_be_visible()
    assert "#" not in theirs.url
    theirs.get_by_label("Password").fill("aaaaaaaaaaaa")
    theirs.get_by_role("button", name="Save and sign in").click()
    expect(theirs.get_by_role("alert").filter(has_text="hard to guess")).to_be_visible()
    theirs.get_by_label("Password").fill(NEW_PASSWORD)
    theirs.get_by_role("button", name="Save and sign in").click()
    expect(theirs).to_have_url(f"{dashboard.url}/devices")
    expect(theirs.get_by_text(email)).to_be_visible()
    newcomer.complaints.clear()

    late = devices.new()
    again = late.open(path)
    again.get_by_label("Password").fill(NEW_PASSWORD)
    again.get_by_role("button", name="Save and sign in").click()
    expect(again.get_by_role("alert").filter(has_text="not good any more")).to_be_visible()
    expect(again).to_have_url(f"{dashboard.url}/invitation")
    late.complaints.clear()


def test_an_account_is_disabled_enabled_and_its_pages_leave(
    devices: Devices, dashboard: Dashboard, person: Person, admin: Person
) -> None:
    theirs = devices.new(IPHONE_SAFARI).sign_in(person)
    page = devices.new().sign_in(admin, "/admin/users")
    page.get_by_role("searchbox", name="Search").fill(person.email)
    page.get_by_role("link", name=person.email).click()
    expect(page.get_by_role("heading", name=person.email)).to_be_visible()
    expect(page.get_by_text("Safari on iPhone", exact=True)).to_be_visible()
    # An address of its own, that opens by itself.
    page.reload()
    settle(page)
    confirm(page, "Disable")
    said(page, f"{person.email} is disabled. 1 session has ended.")
    leaves_for_sign_in(theirs)
    expect(theirs.get_by_text("This account is disabled")).to_be_visible()
    expect(page.get_by_text("Not signed in on any device.")).to_be_visible()
    expect(page.get_by_text("An administrator disabled the account")).to_be_visible()
    confirm(page, "Enable")
    said(page, f"{person.email} can sign in again.")
    devices.new(IPHONE_SAFARI).sign_in(person)
    expect(page.get_by_text("Safari on iPhone", exact=True)).to_be_visible()


def test_what_is_looked_for_among_accounts_stands_in_the_address(
    devices: Devices, dashboard: Dashboard, person: Person, admin: Person
) -> None:
    page = devices.new().sign_in(admin, "/admin/users")
    field = page.get_by_role("searchbox", name="Search")
    field.fill(person.email)
    expect(page.get_by_role("link", name=admin.email)).to_have_count(0)
    page.get_by_label("Show").select_option("disabled")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    asked = urlencode({"q": person.email, "kind": "disabled"})
    expect(page).to_have_url(f"{dashboard.url}/admin/users?{asked}")
    page.reload()
    settle(page)
    expect(field).to_have_value(person.email)
    expect(page.get_by_label("Show")).to_have_value("disabled")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    # Whoever goes on at once is not led back by the letters that were still on their way.
    page.get_by_label("Show").select_option("all")
    field.fill("")
    page.get_by_role("link", name=person.email).click()
    expect(page.get_by_role("heading", name=person.email)).to_be_visible()
    page.wait_for_timeout(600)
    assert "?" not in page.url
    page.go_back()
    settle(page)
    expect(page).to_have_url(re.compile(r"/admin/users"))


def test_who_is_no_administrator_any_more_is_led_away(
    devices: Devices, dashboard: Dashboard, admin: Person
) -> None:
    other = dashboard.add_person("other", is_admin=True)
    theirs = devices.new(LINUX_FIREFOX).sign_in(other, "/admin/sessions")
    page = devices.new().sign_in(admin, "/admin/users")
    page.get_by_role("searchbox", name="Search").fill(other.email)
    page.get_by_role("link", name=other.email).click()
    confirm(page, "Remove administrator")
    said(page, f"{other.email} is no administrator any more.")
    expect(theirs).to_have_url(f"{dashboard.url}/devices")
    settle(theirs)
    expect(theirs.get_by_role("link", name="Admin")).to_have_count(0)


def test_a_policy_is_tried_seen_saved_and_restored(
    devices: Devices, dashboard: Dashboard, person: Person, admin: Person
) -> None:
    before = datetime.now(UTC) - timedelta(days=20)
    dashboard.database.write_here(lambda db: store_policy(db, Policy(), datetime.now(UTC)))
    dashboard.database.write_here(
        lambda db: add_many_sessions(
            db, person.user_id, 2, created_at=before, last_seen_at=datetime.now(UTC)
        )
    )
    page = devices.new().sign_in(admin, "/admin/policy")
    longest = page.get_by_label("Longest session", exact=True)
    expect(longest).to_have_value("30")
    longest.fill("900")
    page.get_by_role("button", name="See what would happen").click()
    expect(page.get_by_text("Must be within 5 minutes to 400 days.")).to_be_visible()
    expect(longest).to_have_attribute("aria-invalid", "true")
    expect(longest).to_be_focused()
    longest.fill("19")
    page.get_by_role("button", name="See what would happen").click()
    said(page, "With these values 2 sessions of 1 user would end now.")
    page.get_by_role("button", name="Show these sessions").click()
    expect(page.get_by_role("link", name=person.email)).to_have_count(2)
    try:
        confirm(page, "Save this policy")
        said(page, "The policy was saved and is in force.")
        with dashboard.database.reading() as db:
            assert users.credentials_of(db, person.email) is not None
        newest = page.get_by_role("listitem").filter(has=page.get_by_text("In force", exact=True))
        expect(newest).to_contain_text("Longest session: 30 days → 19 days")
        expect(newest).to_contain_text(admin.email)
        page.get_by_role("button", name=re.compile("^Compare Version")).first.click()
        page.get_by_role("button", name="Try these values").click()
        expect(longest).to_have_value("30")
        said(page, "With these values no session would end now.")
        confirm(page, "Save this policy")
        said(page, "The policy was saved and is in force.")
    finally:
        dashboard.database.write_here(lambda db: store_policy(db, Policy(), datetime.now(UTC)))


def test_saving_a_policy_that_ends_ones_own_session_signs_out(
    devices: Devices, dashboard: Dashboard, person: Person, admin: Person
) -> None:
    device = devices.new()
    page = device.sign_in(admin, "/admin/policy")
    with dashboard.database.begin() as db:
        now = datetime.now(UTC)
        hours_ago = now - timedelta(hours=3)
        db.exec_driver_sql(
            "UPDATE sessions SET created_at = ?, authenticated_at = ? WHERE user_id = ?",
            (
                hours_ago.replace(tzinfo=None).isoformat(" "),
                now.replace(tzinfo=None).isoformat(" "),
                admin.user_id,
            ),
        )
    for label in ("Longest session of an administrator", "Idle limit of an administrator"):
        page.get_by_label(label, exact=True).fill("2")
        page.get_by_label(f"Unit of “{label}”").select_option("hours")
    page.get_by_role("button", name="See what would happen").click()
    expect(page.get_by_text("yours among them")).to_be_visible()
    try:
        confirm(page, "Save this policy")
        leaves_for_sign_in(page)
        expect(page.get_by_text("your session reached its end")).to_be_visible()
    finally:
        dashboard.database.write_here(lambda db: store_policy(db, Policy(), datetime.now(UTC)))


def test_a_clean_up_is_run_by_hand(
    devices: Devices, dashboard: Dashboard, person: Person, admin: Person
) -> None:
    old = datetime.now(UTC) - timedelta(days=90)
    times = {"created_at": old, "last_seen_at": old, "ended_at": old, "end_reason": "revoked"}
    dashboard.database.write_here(lambda db: add_many_sessions(db, person.user_id, 20_000, **times))
    page = devices.new().sign_in(admin, "/admin/cleanup")
    expect(page.get_by_text("more than 10,000 sessions")).to_be_visible()
    confirm(page, "Run now")
    expect(page.get_by_role("progressbar", name="Progress of the clean-up")).to_be_visible()
    # Nobody has to wait meanwhile.
    devices.new(IPHONE_SAFARI).sign_in(person)
    expect(
        page.get_by_role("status").filter(has_text="The clean-up is done: 20,000 sessions")
    ).to_be_visible(timeout=60_000)
    row = page.get_by_role("row").filter(has_text=admin.email)
    expect(row).to_contain_text("Done")
    expect(row).to_contain_text("20,000")


def test_the_password_is_asked_for_before_any_of_it(
    devices: Devices, dashboard: Dashboard, person: Person, admin: Person
) -> None:
    page = devices.new().sign_in(admin, "/admin/cleanup")
    expect(page.get_by_role("button", name="Run now")).to_be_visible()
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    with dashboard.database.begin() as db:
        db.exec_driver_sql(
            "UPDATE sessions SET authenticated_at = ? WHERE user_id = ?",
            (long_ago.replace(tzinfo=None).isoformat(" "), admin.user_id),
        )
    confirm(page, "Run now")
    dialog = page.get_by_role("dialog", name="Confirm that it is you")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Continue").click()
    said(page, "The clean-up is done")


def signed_in(dashboard: Dashboard) -> str:
    with dashboard.database.reading() as db:
        return f"{overview(db, Policy(), utc_now()).sessions:,}"


def test_the_overview_ticks_and_its_bars_lead_to_the_lists(
    devices: Devices, dashboard: Dashboard, person: Person, admin: Person
) -> None:
    page = devices.new().sign_in(admin)
    page.get_by_role("link", name="Admin").click()
    figure = page.locator(".figure").filter(has_text="Sessions signed in").get_by_role("link")
    # A count that takes long on a busy machine is shown when it is there.
    expect(figure).to_have_text(signed_in(dashboard), timeout=COUNTED_MILLISECONDS)
    devices.new(IPHONE_SAFARI).sign_in(person)
    expect(figure).to_have_text(signed_in(dashboard), timeout=COUNTED_MILLISECONDS)
    found = f"{dashboard.url}/admin/sessions?browser=Safari"
    browsers = page.locator("section").filter(has_text="Sessions by browser")
    safari = browsers.get_by_role("link", name=re.compile(r"^Safari: \d+$"))
    row, bar = safari.bounding_box(), browsers.locator(".chart-bar").first.bounding_box()
    assert row
    assert bar
    # On the bar itself, which lies over its link.
    safari.click(position={"x": bar["x"] - row["x"] + 1, "y": row["height"] / 2})
    expect(page).to_have_url(found)
    page.go_back()
    browsers.get_by_text("As a table").click()
    browsers.get_by_role("table").get_by_role("link", name="Safari").click()
    expect(page).to_have_url(found)


def test_a_column_is_reached_by_the_keyboard_says_its_number_and_keeps_the_focus_while_it_ticks(
    devices: Devices, dashboard: Dashboard, person: Person, admin: Person
) -> None:
    page = devices.new().sign_in(admin, "/admin")
    chart = page.get_by_role("group", name="Sign-ins of the last 24 hours", exact=True)
    columns = chart.get_by_role("link")
    expect(columns).to_have_count(24)
    columns.nth(22).focus()
    page.keyboard.press("Tab")
    expect(columns.last).to_be_focused()
    number = columns.last.locator("text")
    expect(number).to_be_visible()
    before = number.text_content()
    assert (columns.last.get_attribute("aria-label") or "").endswith(f": {before}")
    devices.new(IPHONE_SAFARI).sign_in(person)
    expect(number).not_to_have_text(str(before), timeout=COUNTED_MILLISECONDS)
    expect(columns.last).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/admin/sessions\?status=all&started_from="))


def test_events_are_searched_by_an_address_that_can_be_passed_on(
    devices: Devices, dashboard: Dashboard, person: Person, admin: Person
) -> None:
    for agent in (IPHONE_SAFARI, LINUX_FIREFOX):
        devices.new(agent).sign_in(person)
    page = devices.new().sign_in(admin, "/admin/events")
    page.get_by_label("Search", exact=True).fill(person.email)
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("What happened", exact=True).select_option("Sign-ins")
    page.get_by_label("Kind of device", exact=True).select_option("Phone")
    page.get_by_role("search").get_by_role("button", name="Apply").click()
    rows = page.locator("tbody").get_by_role("row")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Safari on iPhone signed in")

    colleague = dashboard.add_person("colleague", is_admin=True)
    shown = devices.new(LINUX_FIREFOX).sign_in(colleague, page.url.removeprefix(dashboard.url))
    expect(shown.locator("tbody").get_by_role("row")).to_have_count(1)
    expect(shown.get_by_label("Search", exact=True)).to_have_value(person.email)
    # What happens meanwhile is offered, and moves nothing.
    devices.new(IPHONE_SAFARI).sign_in(person)
    expect(shown.get_by_role("button", name="1 new")).to_be_visible()
    expect(shown.locator("tbody").get_by_role("row")).to_have_count(1)
    shown.get_by_role("button", name="1 new").click()
    expect(shown.locator("tbody").get_by_role("row")).to_have_count(2)
    shown.get_by_role("button", name="Remove Kind of device: Phone").click()
    expect(shown.locator("tbody").get_by_role("row")).to_have_count(3)
