"""No version is shown that isn't true."""

from __future__ import annotations

import pytest

from sessions_dashboard.devices import describe

WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0"


def versions(agent: str) -> tuple[str | None, str | None]:
    device = describe(agent)
    return device.browser_version, device.os_version


def test_macos_stands_still_at_10_15_so_no_version_is_given() -> None:
    agent = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/18.2 Safari/605.1.15"
    assert versions(agent) == ("18.2", None)


def test_an_older_macos_told_the_truth() -> None:
    agent = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_6) {WEBKIT} Version/13.1 Safari/605.1.15"
    assert versions(agent) == ("13.1", "10.13")


def test_windows_10_may_be_windows_11() -> None:
    assert versions(f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36") == (
        "131",
        None,
    )


@pytest.mark.parametrize(("kernel", "name"), [("6.1", "7"), ("6.3", "8.1"), ("5.1", "XP")])
def test_an_older_windows_has_the_name_that_people_know(kernel: str, name: str) -> None:
    agent = f"Mozilla/5.0 (Windows NT {kernel}; rv:52.0) Gecko/20100101 Firefox/52.0"
    assert versions(agent) == ("52", name)


def test_android_10_with_the_model_k_is_frozen() -> None:
    agent = f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36"
    assert versions(agent) == ("131", None)


def test_android_with_a_real_model_tells_its_version() -> None:
    agent = f"Mozilla/5.0 (Linux; Android 8.1.0; SM-J530F) {CHROME} Mobile Safari/537.36"
    assert versions(agent) == ("131", "8.1")


def test_safari_26_tells_the_system_that_the_frozen_part_hides() -> None:
    agent = (
        f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {WEBKIT} "
        "Version/26.1 Mobile/15E148 Safari/604.1"
    )
    assert versions(agent) == ("26.1", "26.1")


def test_ios_18_6_in_a_web_view_may_be_any_later_one() -> None:
    agent = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {WEBKIT} Mobile/15E148"
    assert versions(agent) == (None, None)


def test_an_app_may_tell_the_system_that_the_frozen_part_hides() -> None:
    agent = (
        f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {WEBKIT} Mobile/15E148 "
        "Instagram 401.0.0.0 (iPhone16,2; iOS 26_0; de_DE)"
    )
    assert versions(agent) == ("401", "26")


def test_internet_explorer_in_compatibility_mode_is_named_by_its_engine() -> None:
    agent = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; Trident/6.0)"
    assert versions(agent) == ("10", "7")


def test_the_duckduckgo_token_never_moves() -> None:
    agent = (
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} "
        "Version/18.1 Safari/605.1.15 Ddg/18.1"
    )
    assert describe(agent).browser == "DuckDuckGo"
    assert versions(agent) == (None, None)


def test_apples_networking_library_gives_a_build_number_and_no_version() -> None:
    device = describe("Notes/1846 CFNetwork/1408.0.4 Darwin/22.5.0 (x86_64)")
    assert (device.browser, device.browser_version, device.os) == ("Notes", None, "macOS")


@pytest.mark.parametrize(
    "agent",
    [
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT}",
        f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Version/17.0 Safari/605.1.15 Epiphany/605.1.15",
    ],
)
def test_the_build_of_the_engine_is_no_version_of_a_browser(agent: str) -> None:
    assert describe(agent).browser_version is None


def test_a_browser_on_webkit_keeps_the_version_that_it_tells() -> None:
    agent = f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Version/13.0 Safari/605.1.15 Epiphany/44.2"
    assert describe(agent).browser_version == "44"


@pytest.mark.parametrize("android", ["9", "13"])
def test_the_version_of_the_system_is_none_of_an_app_that_has_no_browser(android: str) -> None:
    assert versions(f"Dalvik/2.1.0 (Linux; U; Android {android}; Pixel 7 Build/X)") == (
        None,
        android,
    )
