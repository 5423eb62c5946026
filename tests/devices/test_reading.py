"""A label read back: the browser and the system that it was made of."""

import json
import re
from collections.abc import Collection

import pytest

from sessions_dashboard.devices import describe
from sessions_dashboard.devices.reading import (
    browser_pattern,
    no_model_pattern,
    system_pattern,
)
from tests.devices.test_corpus import CORPUS

SYSTEMS = ("Windows", "iOS", "iPadOS", "Android", "Tizen", "Roku OS", "Firefox OS", "PlayStation")


def says_browser(label: str, browser: str) -> bool:
    return re.search(browser_pattern(browser), label) is not None


def says_system(label: str, system: str, systems: Collection[str]) -> bool:
    but_not = system == "Android" and re.search(no_model_pattern(systems), label)
    return re.search(system_pattern(system), label) is not None and not but_not


@pytest.mark.parametrize(
    ("label", "browser", "system"),
    [
        ("Chrome on Windows", "Chrome", "Windows"),
        ("Chrome on Pixel 8", "Chrome", "Android"),
        ("Samsung Internet on Android tablet", "Samsung Internet", "Android"),
        ("Safari on iPhone", "Safari", "iOS"),
        ("Safari on iPad", "Safari", "iPadOS"),
        ("Edge on Xbox", "Edge", "Windows"),
        ("Samsung Browser on Tizen TV", "Samsung Browser", "Tizen"),
        ("Roku TV", None, "Roku OS"),
        ("Firefox on Firefox OS", "Firefox", "Firefox OS"),
        ("In-app browser on PlayStation 5", "WebView", "PlayStation"),
        ("curl (script)", "curl", None),
        ("Firefox", "Firefox", None),
        ("Chrome on game console", "Chrome", None),
        ("Mum's", None, None),
    ],
)
def test_a_label_says_one_browser_and_one_system(
    label: str, browser: str | None, system: str | None
) -> None:
    browsers = ("Chrome", "Safari", "Samsung Internet", "Edge", "Samsung Browser", "Firefox")
    assert [one for one in (*browsers, "WebView", "curl") if says_browser(label, one)] == (
        [browser] if browser else []
    )
    said = [one for one in SYSTEMS if says_system(label, one, SYSTEMS)]
    assert said == ([system] if system else [])


def test_of_real_agents_nearly_all_labels_say_what_is_known() -> None:
    if not CORPUS.is_file():
        pytest.skip("the corpus of user agents is not at hand")
    some = CORPUS.read_text(encoding="utf-8").splitlines()[::20]
    devices = {describe(row["ua"], row["headers"]) for row in map(json.loads, some)}
    named = [one for one in devices if not one.label.startswith("Unknown")]
    systems = {one.os for one in named if one.os}
    assert all(says_browser(one.label, one.browser) for one in named if one.browser)
    silent = [one for one in named if one.os and not says_system(one.label, one.os, systems)]
    # Televisions that name no system, and iPads from before iPadOS.
    assert len(silent) / len(named) < 0.03
