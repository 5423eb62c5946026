"""What a page costs to open, what may be kept of it, and what it shows when it is loaded again."""

import pytest
from playwright.sync_api import Response, WebSocketRoute, expect

from tests.browser.dashboard import Dashboard, Person
from tests.browser.devices import (
    IPHONE_SAFARI,
    LINUX_FIREFOX,
    MAC_SAFARI,
    Devices,
    other_devices,
    settle,
)
from tests.browser.scenes import SOCKET

MOST_SCRIPT_BYTES = 300_000
MOST_SCRIPTS = 8
# Notes which of them the page shows, as often as that changes.
NOTE_WHAT_IS_SHOWN = """
window.shown = [];
new MutationObserver(() => {
  const busy = document.querySelector("[aria-busy]") !== null;
  const there = document.querySelector(".device-title") !== null;
  const now = busy ? "skeleton" : there ? "devices" : "neither";
  if (now !== window.shown.at(-1)) window.shown.push(now);
}).observe(document, { childList: true, subtree: true });
"""
A_YEAR = "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/signin", "/devices"])
def test_a_page_opens_with_less_than_300_kilobytes_of_scripts(
    devices: Devices, person: Person, path: str
) -> None:
    device = devices.new()
    if path != "/signin":
        device.request_sign_in(person)
    page = device.context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(device.url + path)
    settle(page)
    page.wait_for_load_state("networkidle")
    scripts = [answer for answer in answers if answer.request.resource_type == "script"]
    # One after another through the browser's main thread: what pages share is one file.
    assert len(scripts) <= MOST_SCRIPTS, scripts
    # As they went over the wire.
    sizes = {answer.url: answer.request.sizes()["responseBodySize"] for answer in scripts}
    # What is shorter is as long when it is compressed.
    for script in (script for script in scripts if sizes[script.url] > 2_000):
        assert script.headers["content-encoding"] == "br", script.url
    assert 50_000 < sum(sizes.values()) < MOST_SCRIPT_BYTES, sizes
    assert not [answer.url for answer in answers if not answer.url.startswith(device.url)]


def test_the_files_of_the_build_are_kept_and_do_nothing_by_themselves(
    devices: Devices, dashboard: Dashboard
) -> None:
    device = devices.new()
    page = device.context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{device.url}/signin")
    settle(page)
    files = [answer for answer in answers if "/assets/" in answer.url]
    assert len(files) > 5
    for answer in files:
        assert answer.headers["cache-control"] == A_YEAR, answer.url
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"]
        assert policy == "default-src 'none'; frame-ancestors 'none'; sandbox"


def test_styles_are_loaded_before_scripts(devices: Devices, dashboard: Dashboard) -> None:
    html = devices.new().context.request.get(f"{dashboard.url}/signin").text()
    assert html.count('rel="modulepreload"') > 5
    assert html.count('rel="modulepreload"') == html.count('fetchpriority="low"')


def test_a_page_whose_connection_comes_back_stays_as_it_is(
    devices: Devices, person: Person
) -> None:
    devices.new(IPHONE_SAFARI).request_sign_in(person)
    device = devices.new()
    device.request_sign_in(person)
    page = device.context.new_page()
    sockets: list[WebSocketRoute] = []

    def note(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    page.route_web_socket(SOCKET, note)
    page.goto(f"{device.url}/devices")
    settle(page)
    rename = page.get_by_role("button", name="Rename Safari on iPhone")
    rename.focus()
    page.evaluate(NOTE_WHAT_IS_SHOWN)
    devices.new(MAC_SAFARI).request_sign_in(person)
    expect(other_devices(page)).to_have_count(2)
    # The server has not noticed: it takes the tab for another one, of which it knows nothing.
    sockets[-1].close(code=1011)
    devices.new(LINUX_FIREFOX).request_sign_in(person)
    expect(other_devices(page)).to_have_count(3)
    expect(rename).to_be_focused()
    assert page.evaluate("window.shown") == ["devices"]


def test_a_page_come_back_to_is_not_shown_as_it_was_before_it_is_loaded(
    devices: Devices, person: Person
) -> None:
    page = devices.new().sign_in(person)
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_role("heading", name="Activity", level=1)).to_be_visible()
    settle(page)
    page.evaluate(NOTE_WHAT_IS_SHOWN)
    page.get_by_role("link", name="Your devices").click()
    expect(page.locator(".device-title").first).to_be_visible()
    settle(page)
    assert page.evaluate("window.shown")[-2:] == ["skeleton", "devices"]
    assert page.evaluate("window.shown").count("devices") == 1
