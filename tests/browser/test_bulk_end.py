"""Ending many sessions, as an administrator does it on the day of an incident."""

from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from tests.browser.dashboard import Dashboard, Person
from tests.browser.devices import IPHONE_SAFARI, Devices, leaves_for_sign_in
from tests.support.people import add_many_sessions

TIMES = ("created_at", "updated_at", "last_seen_at", "authenticated_at")


def add(dashboard: Dashboard, person: Person, number: int) -> None:
    now = datetime.now(UTC)
    dashboard.database.write_here(
        lambda db: add_many_sessions(
            db, person.user_id, number, **dict.fromkeys(TIMES, now), os="Linux"
        )
    )


def only(page: Page, person: Person) -> None:
    page.get_by_role("searchbox", name="Search").fill(person.email)
    expect(page.get_by_text(f"Search: {person.email}")).to_be_visible()


def test_those_ticked_leave_and_the_others_stay(
    devices: Devices, dashboard: Dashboard, person: Person, admin: Person
) -> None:
    add(dashboard, person, 3)
    on_phone = devices.new(IPHONE_SAFARI).sign_in(person)
    other = devices.new().sign_in(person)
    page = devices.new().sign_in(admin, "/admin/sessions")
    only(page, person)
    expect(page.get_by_text("5 sessions")).to_be_visible()
    expect(page.get_by_role("button", name="End selected…")).to_have_count(0)
    page.get_by_role("row").filter(has_text="Safari on iPhone").get_by_role("checkbox").click()
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.get_by_role("button", name="End selected…").click()
    dialog = page.get_by_role("alertdialog", name="End 1 session of 1 user?")
    expect(dialog.get_by_text("Safari on iPhone")).to_be_visible()
    dialog.get_by_label("Reason").fill("a stolen telephone")
    dialog.get_by_role("button", name="End sessions").click()

    leaves_for_sign_in(on_phone)
    expect(on_phone.get_by_text("An administrator signed this device out")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="a stolen telephone")).to_contain_text(
        "1 ended"
    )
    expect(page.get_by_text("4 sessions")).to_be_visible()
    expect(other.get_by_role("heading", name="Your devices")).to_be_visible()


def test_all_that_match_once_the_number_is_typed(
    devices: Devices, dashboard: Dashboard, person: Person, admin: Person
) -> None:
    add(dashboard, person, 120)
    page = devices.new().sign_in(admin, "/admin/sessions")
    only(page, person)
    expect(page.get_by_text("120 sessions")).to_be_visible()
    page.get_by_role("button", name="End all that match…").click()
    dialog = page.get_by_role("alertdialog", name="End 120 sessions of 1 user?")
    # It began to match after the preview.
    late = devices.new(IPHONE_SAFARI).sign_in(person)
    dialog.get_by_label("Reason").fill("leaked keys")
    dialog.get_by_label("Type 120 to confirm").fill("12")
    dialog.get_by_role("button", name="End sessions").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Type 120")
    dialog.get_by_label("Type 120 to confirm").fill("120")
    dialog.get_by_role("button", name="End sessions").click()
    expect(page.get_by_role("listitem").filter(has_text="leaked keys")).to_contain_text("120 ended")
    expect(page.get_by_text("1 session", exact=True)).to_be_visible()
    late.reload()
    expect(late.get_by_role("heading", name="Your devices")).to_be_visible()


def test_everybody_from_before_a_moment_but_oneself(
    devices: Devices, dashboard: Dashboard, admin: Person
) -> None:
    page = devices.new().sign_in(admin, "/admin/sessions")
    page.get_by_role("button", name="End all before…").click()
    dialog = page.get_by_role("dialog", name="Sign out everyone who signed in before")
    dialog.get_by_label("Signed in before").fill("2020-01-01T00:00")
    dialog.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alertdialog", name="Nothing to end")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="End all before…").click()
    dialog.get_by_label("Signed in before").fill("2100-01-01T00:00")
    dialog.get_by_label("Whose sessions").select_option("admin")
    dialog.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Your own session is among them.")).to_be_visible()
    # As it was typed: the browser is in Berlin.
    expect(page.get_by_text("Signed in before 1 Jan 2100, 00:00")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("alertdialog")).to_have_count(0)


def test_the_focus_comes_back_through_the_dialogs_that_followed(
    devices: Devices, dashboard: Dashboard, person: Person, admin: Person
) -> None:
    add(dashboard, person, 1)
    page = devices.new().sign_in(admin, "/admin/sessions")
    opener = page.get_by_role("button", name="End all before…")
    preview = page.get_by_role("alertdialog")
    cancel = preview.get_by_role("button", name="Cancel")
    for pressed, key in ((preview.get_by_label("Reason"), "Escape"), (cancel, "Enter")):
        opener.press("Enter")
        page.get_by_role("textbox", name="Signed in before").fill("2100-01-01T00:00")
        page.get_by_role("button", name="Preview").press("Enter")
        expect(preview.get_by_label("Reason")).to_be_visible()
        pressed.press(key)
        expect(opener).to_be_focused()
