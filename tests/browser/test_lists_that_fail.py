"""A list whose rows can't be read: it is said, nothing is made up, and another try brings them."""

import re
import time
from pathlib import Path

from playwright.sync_api import Browser, expect
from sqlalchemy import text

from sessions_dashboard.live.courier import SWEEP_SECONDS
from tests.browser.dashboard import Dashboard, run_again
from tests.browser.devices import Devices

# What an empty list would say.
NOTHING = re.compile("Nothing yet|Nothing found|No events?")


def test_a_list_that_can_not_be_read_says_so_and_another_try_brings_it(
    browser: Browser, built: Dashboard, tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    with run_again(built, folder, f"sqlite:///{folder}/sessions.db") as own:
        devices = Devices(browser, own)
        page = devices.new().sign_in(own.add_person("ada", is_admin=True))
        rename_table(own, "session_events", "lost")
        for link, title in (("Activity", "Activity"), ("Admin", "Overview"), ("Events", "Events")):
            page.get_by_role("link", name=link, exact=True).click()
            expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
            expect(page.get_by_text("This could not be loaded")).to_be_visible()
            expect(page.get_by_role("alert").filter(has_text="went wrong")).to_be_visible()
            expect(page.get_by_text(NOTHING)).to_have_count(0)

        # What failed there says nothing about the next page, which is on its way for a while.
        page.evaluate("WebSocket.prototype.send = () => {}")
        page.get_by_role("link", name="Your devices").click()
        expect(page.locator("[aria-busy]").first).to_be_visible()
        expect(page.get_by_text("This could not be loaded")).to_have_count(0)

        page.goto(f"{own.url}/admin/events")
        expect(page.get_by_text("This could not be loaded")).to_be_visible()
        with page.expect_navigation():
            page.get_by_role("link", name="Try again").click()
        expect(page.get_by_text("This could not be loaded")).to_be_visible()
        rename_table(own, "lost", "session_events")
        # Nobody has to click then: the page is brought up to date by itself.
        row = page.get_by_role("cell", name="Signed in").first
        expect(row).to_be_visible(timeout=(SWEEP_SECONDS + 10) * 1_000)
        expect(page.get_by_text("This could not be loaded")).to_have_count(0)
        expect(page).to_have_url(f"{own.url}/admin/events")
        devices.close()


def test_a_refresh_that_fails_tells_nobody_who_did_not_ask_for_it(
    browser: Browser, built: Dashboard, tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    with run_again(built, folder, f"sqlite:///{folder}/sessions.db") as own:
        devices = Devices(browser, own)
        page = devices.new().sign_in(own.add_person("ada", is_admin=True), "/admin/cleanup")
        went_wrong = page.get_by_role("alert").filter(has_text="went wrong")
        rename_table(own, "cleanup_runs", "lost")
        devices.new().request_sign_in(own.add_person("grace"))
        deadline = time.monotonic() + 10
        while "an event failed" not in own.log.read_text():
            assert time.monotonic() < deadline, "the page was not refreshed"
            time.sleep(0.2)
        page.wait_for_timeout(1_000)
        expect(went_wrong).to_have_count(0)

        page.get_by_role("link", name="Overview").click()
        page.get_by_role("link", name="Clean-up").click()
        expect(went_wrong).to_be_visible()
        devices.close()


def rename_table(dashboard: Dashboard, old: str, new: str) -> None:
    dashboard.database.write_here(lambda db: db.execute(text(f"ALTER TABLE {old} RENAME TO {new}")))
