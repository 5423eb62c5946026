"""Signing in for a protected site, in a browser that holds the pages to their content policy."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from sessions_dashboard.words.http import SENT_BACK_TITLE
from tests.browser.dashboard import Dashboard, serve_behind
from tests.browser.devices import Devices, fill_in_and_submit
from tests.support.ports import free_port

# Browsers find every name under localhost on the machine that they run on.
DOMAIN = "apps.localhost"


class Wiki(BaseHTTPRequestHandler):
    """A site that shows the address it was asked for, or takes nobody for signed in."""

    def do_GET(self) -> None:  # noqa: N802
        _, _, sign_in = self.path.partition("?sign_in=")
        if sign_in:
            self.send_response(303)
            self.send_header("Location", f"{sign_in}?to=http://{self.headers['Host']}{self.path}")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(f"wiki {self.path}".encode())

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def wiki() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Wiki)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://wiki.{DOMAIN}:{server.server_port}"
    server.shutdown()


def test_after_the_sign_in_one_is_at_the_address_that_was_asked_for(
    browser: Browser, built: Dashboard, wiki: str, tmp_path: Path
) -> None:
    port = free_port()
    url, folder = f"http://sessions.{DOMAIN}:{port}", tmp_path / "project"
    database_url = f"sqlite:///{folder}/sessions.db"
    settings = {"SESSIONS_COOKIE_DOMAIN": DOMAIN}
    with serve_behind(url, built, folder, database_url, port, **settings) as own:
        person = own.add_person("ada")
        device = Devices(browser, own).new(host=f"sessions.{DOMAIN}")
        asked_for = f"{wiki}/page?a=1&b=2"
        page = device.context.new_page()
        page.goto(f"{url}/auth/onward?to={asked_for}")
        fill_in_and_submit(page, person.email, person.password)
        page.wait_for_url(asked_for)
        expect(page.locator("body")).to_have_text("wiki /page?a=1&b=2")
        # Signed in, the way is open.
        page.goto(f"{url}/auth/onward?to={wiki}/other")
        expect(page.locator("body")).to_have_text("wiki /other")
        answer = page.goto(f"{wiki}/blind?sign_in={url}/auth/onward")
        assert answer is not None
        assert answer.status == 409
        expect(page.get_by_role("heading")).to_have_text(SENT_BACK_TITLE)
        page.goto(f"{url}/auth/onward?to=http://127.0.0.1:{port}/signin")
        page.wait_for_url(f"{url}/devices")
