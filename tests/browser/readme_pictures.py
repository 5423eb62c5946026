"""The README's pictures, of a server with made-up people.

python -m tests.browser.readme_pictures
"""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect

from sessions_dashboard import demo
from sessions_dashboard.runtime import utc_now
from sessions_dashboard.sessions.policy import Policy
from tests.browser.dashboard import ROOT, Dashboard, built_and_run
from tests.browser.devices import chromium, settle
from tests.browser.screenshots import THEMES

SESSIONS = 20_000
SIZE = (1280, 860)
# Pixels of a picture for one of the page: sharp on the screens that most readers have.
SCALE = 2
AGENT = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch, chromium() as browser:
        url = f"sqlite:///{scratch}/sessions.db"
        with built_and_run(Path(scratch), url) as dashboard:
            made = demo.fill(dashboard.database, Policy(), SESSIONS, utc_now())
            take(browser, dashboard, "/devices", made.user_email, made.password, folder / "devices")
            take(browser, dashboard, "/admin", made.admin_email, made.password, folder / "console")


def take(
    browser: Browser, dashboard: Dashboard, path: str, email: str, password: str, name: Path
) -> None:
    context = browser.new_context(
        user_agent=AGENT,
        viewport={"width": SIZE[0], "height": SIZE[1]},
        device_scale_factor=SCALE,
    )
    form = {"email": email, "password": password}
    context.request.post(f"{dashboard.url}/auth/sign-in", form=form, max_redirects=0)
    page = context.new_page()
    page.goto(dashboard.url + path)
    settle(page)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        expect(page.locator(f"html.{theme}")).to_be_attached()
        page.screenshot(path=name.with_name(f"{name.name}-{theme}.png"), animations="disabled")
    context.close()


if __name__ == "__main__":
    main(ROOT / "docs")
