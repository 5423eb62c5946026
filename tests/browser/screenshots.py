"""Pictures of every page and dialog, to be looked at.

python -m tests.browser.screenshots FOLDER
"""

import re
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import expect

from sessions_dashboard.live.courier import SWEEP_SECONDS
from sessions_dashboard.runtime import utc_now
from sessions_dashboard.sessions.policy import AtLimit, Policy
from sessions_dashboard.sessions.policy_versions import store_policy
from tests.browser.dashboard import built_and_run, run_again
from tests.browser.devices import Devices, chromium
from tests.browser.scenes import (
    Scene,
    limit_scenes,
    recovery_scenes,
    scenes,
    setup_scenes,
    sign_up_scenes,
)
from tests.support.mail_server import running_mailbox

WIDTHS = {360: 740, 768: 1024, 1280: 800, 1920: 1080}
THEMES = ("light", "dark")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, chromium() as browser:
        first, second, third, fourth = (Path(scratch) / str(number) for number in range(4))
        with built_and_run(first, f"sqlite:///{first}/sessions.db") as dashboard:
            admin = dashboard.add_person("ada@example.com", is_admin=True)
            devices = Devices(browser, dashboard)
            take(folder, scenes(devices, dashboard, admin))
            devices.close()
            # Where a rule of the policy shows: two devices, and no more.
            rules = Policy(max_sessions=2, at_limit=AtLimit.ASK)
            dashboard.database.write_here(lambda db: store_policy(db, rules, utc_now()))
            time.sleep(SWEEP_SECONDS + 1)
            devices = Devices(browser, dashboard)
            take(folder, limit_scenes(devices, dashboard.add_person("grace@example.com")))
            devices.close()
            with (
                running_mailbox() as mailbox,
                run_again(
                    dashboard, third, f"sqlite:///{third}/sessions.db", SMTP_URL=mailbox.url
                ) as mailing,
            ):
                person = mailing.add_person("grace@example.com", is_admin=True)
                devices = Devices(browser, mailing)
                take(folder, recovery_scenes(devices, person, mailbox))
                devices.close()
            with run_again(
                dashboard, fourth, f"sqlite:///{fourth}/sessions.db", OPEN_SIGN_UP="true"
            ) as open_to_all:
                open_to_all.add_person("grace@example.com", is_admin=True)
                devices = Devices(browser, open_to_all)
                take(folder, sign_up_scenes(devices))
                devices.close()
            with run_again(dashboard, second, f"sqlite:///{second}/sessions.db") as empty:
                devices = Devices(browser, empty)
                take(folder, setup_scenes(devices))
                devices.close()


def take(folder: Path, all_scenes: Iterable[Scene]) -> None:
    for name, page in all_scenes:
        for theme in THEMES:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            expect(page.locator(f"html.{theme}")).to_be_attached()
            for width, height in WIDTHS.items():
                page.set_viewport_size({"width": width, "height": height})
                file = folder / f"{re.sub('[^a-z]+', '-', name)}.{width}.{theme}.png"
                page.screenshot(path=file, animations="disabled")
        page.evaluate("document.documentElement.dir = 'rtl'")
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": WIDTHS[width]})
            file = folder / f"{re.sub('[^a-z]+', '-', name)}.{width}.mirrored.png"
            page.screenshot(path=file, animations="disabled")
        page.evaluate("document.documentElement.dir = ''")
        page.set_viewport_size({"width": 1280, "height": 800})


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.browser.screenshots FOLDER")
    main(Path(sys.argv[1]))
