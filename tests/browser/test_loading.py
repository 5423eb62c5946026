"""What a page costs to open, and what may be kept of it."""

import pytest
from playwright.sync_api import Response

from tests.browser.dashboard import Dashboard, Person
from tests.browser.devices import Devices, settle

MOST_SCRIPT_BYTES = 300_000
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
    assert len(scripts) > 5
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
