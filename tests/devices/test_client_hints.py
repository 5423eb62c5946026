"""Client hints correct what frozen agents say."""

from __future__ import annotations

import pytest

from sessions_dashboard.devices import CLIENT_HINT_HEADERS, DeviceKind, describe

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36"
ANDROID = f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36"
TABLET = ANDROID.replace(" Mobile", "")
LINUX = f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} Safari/537.36"
MAC = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Safari/605.1.15"
)


def brands(*names: str) -> str:
    return ", ".join(f'"{name}";v="131"' for name in ("Not_A Brand", "Chromium", *names))


@pytest.mark.parametrize(
    ("sent", "version"), [("15.0.0", "11"), ("13.0.0", "11"), ("10.0.0", "10"), ("0.1.0", "7")]
)
def test_the_platform_version_tells_windows_11_from_10(sent: str, version: str) -> None:
    hints = {"Sec-CH-UA-Platform": '"Windows"', "Sec-CH-UA-Platform-Version": f'"{sent}"'}
    assert describe(WINDOWS, hints).os_version == version


def test_the_model_names_the_phone_and_the_version_is_the_real_one() -> None:
    hints = {
        "sec-ch-ua-platform": '"Android"',
        "sec-ch-ua-platform-version": '"15.0.0"',
        "sec-ch-ua-model": '"Pixel 9 Pro"',
    }
    device = describe(ANDROID, hints)
    assert (device.label, device.os_version) == ("Chrome on Pixel 9 Pro", "15")


def test_a_model_that_is_a_mere_code_is_not_put_before_a_person() -> None:
    hints = {"sec-ch-ua-platform": '"Android"', "sec-ch-ua-model": '"SM-S921B"'}
    assert describe(ANDROID, hints).label == "Chrome on Android"


@pytest.mark.parametrize(
    ("brand", "name"),
    [
        ("Brave", "Brave"),
        ("Google Chrome", "Chrome"),
        ("Opera GX", "Opera GX"),
        ("Avast Secure Browser", "Avast Secure Browser"),
    ],
)
def test_the_brand_tells_apart_browsers_with_the_same_agent(brand: str, name: str) -> None:
    assert describe(WINDOWS, {"Sec-CH-UA": brands(brand)}).browser == name


def test_operas_version_comes_from_its_token_and_not_from_its_brand() -> None:
    device = describe(f"{WINDOWS} OPR/116.0.0.0", {"Sec-CH-UA": brands("Opera")})
    assert (device.browser, device.browser_version) == ("Opera", "116")


def test_a_mac_that_is_touched_is_an_ipad() -> None:
    device = describe(MAC, {"maxTouchPoints": "5"})
    assert (device.label, device.kind) == ("Safari on iPad", DeviceKind.TABLET)


@pytest.mark.parametrize(
    ("agent", "platform", "mobile", "model", "factors", "kind"),
    [
        # What Chromium says by itself: "Mobile" or "Desktop" by its mobile bit, and "XR".
        (ANDROID, "Android", "?1", "Pixel 9", '"Mobile"', DeviceKind.PHONE),
        (TABLET, "Android", "?0", "", '"Desktop"', DeviceKind.TABLET),
        (TABLET, "Android", "?0", "BRAVIA 4K VH2", '"Desktop"', DeviceKind.TV),
        (WINDOWS, "Windows", "?0", "", '"Desktop"', DeviceKind.DESKTOP),
        (WINDOWS, "Windows", "?0", "Xbox", '"Desktop"', DeviceKind.CONSOLE),
        (LINUX, "Linux", "?0", "", '"Desktop"', DeviceKind.DESKTOP),
        (LINUX, "Linux", "?0", "", '"Desktop", "XR"', DeviceKind.HEADSET),
        (LINUX, "Linux", "?0", "", '"XR", "Desktop"', DeviceKind.HEADSET),
        # What others may say with it.
        (TABLET, "Android", "?0", "", '"Tablet"', DeviceKind.TABLET),
        (ANDROID, "Android", "?1", "", '"Mobile", "Watch"', DeviceKind.WEARABLE),
        (TABLET, "Android", "?0", "", '"Tablet", "Automotive"', DeviceKind.CAR),
        (TABLET, "Android", "?0", "", '"EInk", "Tablet"', DeviceKind.TABLET),
    ],
)
def test_a_form_factor_that_only_repeats_the_mobile_hint_tells_no_kind(
    agent: str, platform: str, mobile: str, model: str, factors: str, kind: DeviceKind
) -> None:
    hints = {
        "Sec-CH-UA-Platform": f'"{platform}"',
        "Sec-CH-UA-Mobile": mobile,
        "Sec-CH-UA-Model": f'"{model}"',
        "Sec-CH-UA-Form-Factors": factors,
    }
    assert describe(agent, hints).kind is kind


def test_a_page_may_list_the_form_factors() -> None:
    seen = {"platform": "Android", "mobile": False, "formFactors": ["Desktop"]}
    assert describe(TABLET, seen).kind is DeviceKind.TABLET
    assert describe(TABLET, seen | {"formFactors": ["Desktop", "XR"]}).kind is DeviceKind.HEADSET


def test_an_apps_web_view_is_named_by_its_package() -> None:
    hints = {"X-Requested-With": "com.snapchat.android"}
    assert describe(ANDROID, hints).label == "Snapchat on Android"
    assert describe(ANDROID, {"X-Requested-With": "org.example.birdwatch"}).browser == "Birdwatch"
    assert describe(ANDROID, {"X-Requested-With": "XMLHttpRequest"}).browser == "Chrome"


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("com.example.birdwatch", "Birdwatch"),
        # a word that any app may have, and the maker before it
        ("com.example.vpn", "Example VPN"),
        ("com.exampleapps.android.music.player", "Example Music Player"),
        ("com.x.security", "X Security"),
        # so many that they describe it
        ("com.birdwatch.camera.photo.scanner", "Birdwatch"),
        # editions: of an app that is known, and of one that isn't
        ("org.telegram.messenger.beta", "Telegram"),
        ("com.birdwatch.premium", "Birdwatch"),
        ("com.birdwatchapp.im.lite", "Birdwatch Lite"),
        ("birdwatch.firetv", "Birdwatch"),
        # makers whose name people say too
        ("com.microsoft.office.word", "Microsoft Word"),
        ("com.google.android.calendar", "Google Calendar"),
        # what tells nothing leaves the name to the agent
        ("com.android.browser", "Chrome"),
        ("..", "Chrome"),
        ("com." + "a" * 200, "Chrome"),
    ],
)
def test_a_package_that_nobody_listed_is_spoken_as_people_would(package: str, name: str) -> None:
    assert describe(ANDROID, {"X-Requested-With": package}).browser == name


def test_an_app_that_declares_its_name_beside_its_package_is_believed() -> None:
    agent = f"{ANDROID} appname/BirdWatch appverc/304"
    assert describe(agent, {"X-Requested-With": "com.example.cal.privacy"}).browser == "BirdWatch"


def test_a_bare_agent_with_the_hints_of_a_web_view_is_no_script() -> None:
    hints = {"X-Requested-With": "com.example.birdwatch", "Sec-CH-UA-Platform": '"Android"'}
    assert describe("birdwatch-app").kind is DeviceKind.SCRIPT
    device = describe("birdwatch-app", hints)
    assert (device.label, device.kind) == ("Birdwatch on Android", DeviceKind.PHONE)
    on_a_tablet = describe("birdwatch-app", hints | {"Sec-CH-UA-Mobile": "?0"})
    assert on_a_tablet.kind is DeviceKind.TABLET
    # A word by which crawlers are known, but no robot has an app.
    assert not describe("birdwatch-fetcher", hints).bot
    assert describe("birdwatchbot", hints).bot
    assert describe("curl/8.0", hints).kind is DeviceKind.SCRIPT


def test_what_a_page_reads_from_user_agent_data_counts_like_headers() -> None:
    seen = {
        "brands": [{"brand": "Brave", "version": "131"}, {"brand": "Chromium", "version": "131"}],
        "mobile": False,
        "platform": "Windows",
        "platformVersion": "15.0.0",
    }
    device = describe(WINDOWS, seen)
    assert (device.browser, device.os_version) == ("Brave", "11")


def test_hints_alone_name_a_device() -> None:
    hints = {"sec-ch-ua": brands("Google Chrome"), "sec-ch-ua-platform": '"macOS"'}
    assert describe("", hints).label == "Chrome on macOS"


def test_header_names_count_in_any_case() -> None:
    assert all(name == name.lower() for name in CLIENT_HINT_HEADERS)
    for name in ("SEC-CH-UA-PLATFORM", "sec-ch-ua-platform", "Sec-CH-UA-Platform"):
        assert describe(WINDOWS, {name: '"Linux"'}).os == "Linux"


@pytest.mark.parametrize(
    "hints",
    [
        {"sec-ch-ua": '";;;v="'},
        {"sec-ch-ua-platform-version": '"²"', "sec-ch-ua-platform": '"Windows"'},
        {"sec-ch-ua-model": "\u202e" * 5000, "sec-ch-ua": '"' * 100_000},
        {"brands": [1, None, {"brand": 5}], "maxTouchPoints": "9" * 400},
        {f"x-{number}": "noise" for number in range(5000)},
    ],
)
def test_hints_that_make_no_sense_change_nothing(hints: dict[str, str]) -> None:
    assert describe(WINDOWS, hints).browser == "Chrome"


def test_the_hints_of_an_emulated_iphone_do_not_make_it_a_desktop() -> None:
    safari_on_an_iphone = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1"
    )
    of_an_emulation = {
        "Sec-CH-UA": '"Chromium";v="156", "Not?A_Brand";v="8"',
        "Sec-CH-UA-Mobile": "?0",
        "Sec-CH-UA-Platform": '"iOS"',
    }
    assert describe(safari_on_an_iphone, of_an_emulation) == describe(safari_on_an_iphone)
