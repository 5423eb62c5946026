"""Chromium, and the devices that it plays: one context each, as a person's browser would be."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Playwright,
    WebSocket,
    expect,
    sync_playwright,
)

from tests.browser.dashboard import Dashboard, Person

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO_GET_IT = (
    "The browser tests need Chromium and found none: neither Playwright's own (playwright install "
    "chromium) nor the system's (Debian and Ubuntu: apt-get install chromium; Fedora: dnf install "
    "chromium; macOS: brew install --cask chromium)."
)
PARKING_TRIES = 3

WINDOWS_CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)
MAC_SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/26.1 Safari/605.1.15"
)
IPHONE_SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1"
)
LINUX_FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"

# Networks set aside for documentation (RFC 5737): 192.0.2.0/24 and its siblings.
_addresses = (
    f"{network}.{host}"
    for host in range(1, 255)
    for network in ("192.0.2", "198.51.100", "203.0.113")
)


class ChromiumMissing(Exception):
    """There is no Chromium; the text says how to get it."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Playwright's own Chromium, else the system's.

    Raises:
        ChromiumMissing: there is neither.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(playwright),
            # Chromium refuses its sandbox to root.
            args=["--disable-background-networking", *(["--no-sandbox"] if is_root() else [])],
        )
        yield browser
        browser.close()


def executable(playwright: Playwright) -> str:
    own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    found = next((path for name in SYSTEM_NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise ChromiumMissing(HOW_TO_GET_IT)
    return found


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


@dataclass(eq=False)
class Device:
    """A browser on a device of its own: cookies, storage and an address that no other has."""

    context: BrowserContext
    dashboard: Dashboard
    url: str
    ip_address: str
    # What the pages complained about in the console.
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "/devices") -> Page:
        """A new tab at this page, once it shows what it has to say."""
        page = self.context.new_page()
        page.goto(self.url + path)
        settle(page)
        return page

    def sign_in(self, person: Person, path: str = "/devices") -> Page:
        """Sign in without the form, for tests that are about what comes after it."""
        self.request_sign_in(person)
        return self.open(path)

    def request_sign_in(self, person: Person) -> None:
        answer = self.context.request.post(
            f"{self.url}/auth/sign-in",
            form={"email": person.email, "password": person.password},
            max_redirects=0,
        )
        assert answer.headers["location"] == "/devices"

    def sign_in_by_form(self, person: Person) -> Page:
        page = self.open("/signin")
        fill_in_and_submit(page, person.email, person.password)
        expect(page.get_by_role("heading", name="Your devices")).to_be_visible()
        settle(page)
        return page


class Devices:
    """Makes devices, and closes them all together."""

    def __init__(self, browser: Browser, dashboard: Dashboard) -> None:
        self._browser = browser
        self._dashboard = dashboard
        self.made: list[Device] = []

    def new(
        self,
        user_agent: str = WINDOWS_CHROME,
        *,
        host: str = "localhost",
        directly: bool = False,
        **options: Any,
    ) -> Device:
        """A device; `options` are those of a Playwright context.

        With `directly` it is on the server's own machine, with no proxy in between.
        """
        address = "127.0.0.1" if directly else next(_addresses)
        if not directly:
            options["extra_http_headers"] = {"X-Forwarded-For": address}
        options.setdefault("viewport", {"width": 1280, "height": 800})
        options.setdefault("timezone_id", "Europe/Berlin")
        options.setdefault("locale", "en-GB")
        context = self._browser.new_context(user_agent=user_agent, **options)
        context.set_default_timeout(10_000)
        url = f"http://{host}:{self._dashboard.port}"
        device = Device(context, self._dashboard, url, address)
        context.on("console", lambda message: _note(device.complaints, message))
        context.on("weberror", lambda error: device.complaints.append(str(error.error)))
        self.made.append(device)
        return device

    def close(self) -> None:
        for device in self.made:
            for page in device.context.pages:
                _park(page)
            device.context.close()


def _park(page: Page) -> None:
    """Leave for an empty page: Chromium hangs when it is closed while it is on its way to one."""
    for _try in range(PARKING_TRIES):
        try:
            page.goto("about:blank")
        except Error:
            # The page's own way was under way and won.
            continue
        return


def _note(complaints: list[str], message: ConsoleMessage) -> None:
    if message.type in ("error", "warning"):
        complaints.append(f"{message.type}: {message.text}")


def settle(page: Page) -> None:
    """Wait until the page is connected and has loaded what it shows."""
    page.locator("main h1").wait_for()
    expect(page.locator("[aria-busy]")).to_have_count(0)
    page.wait_for_function("document.documentElement.matches('.light, .dark')")


def fill_in_and_submit(page: Page, email: str, password: str, button: str = "Sign in") -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name=button).click()


def this_device(page: Page) -> Locator:
    return page.get_by_role("list", name="This device").get_by_role("listitem")


def other_devices(page: Page) -> Locator:
    return page.get_by_role("list", name="Other devices").get_by_role("listitem")


def titles(cards: Locator) -> list[str]:
    return cards.locator(".device-title").all_inner_texts()


def revoke(page: Page, name: str) -> None:
    """Click the button beside the device and confirm."""
    page.get_by_role("button", name=f"Revoke {name}").click()
    dialog = page.get_by_role("alertdialog")
    dialog.get_by_role("button", name="Revoke").click()
    expect(dialog).to_be_hidden()


def leaves_for_sign_in(*pages: Page) -> None:
    for page in pages:
        page.wait_for_url("**/signin**")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def collect_frames(page: Page) -> list[str]:
    """Whatever the sockets that this tab opens from now on carry, both ways, as it arrives."""
    frames: list[str] = []

    def note(payload: str | bytes) -> None:
        frames.append(payload if isinstance(payload, str) else payload.decode("latin-1"))

    def listen(socket: WebSocket) -> None:
        frames.append(socket.url)
        socket.on("framereceived", note)
        socket.on("framesent", note)

    page.on("websocket", listen)
    return frames


def rename(page: Page, device: str, name: str) -> None:
    page.get_by_role("button", name=f"Rename {device}").click()
    form = page.get_by_role("form", name=f"Rename {device}")
    expect(form.get_by_label("Name")).to_be_focused()
    form.get_by_label("Name").fill(name)
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
