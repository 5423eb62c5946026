"""A device is named as its owner would name it."""

from __future__ import annotations

import pytest

from sessions_dashboard.devices import Device, DeviceKind, describe

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0"
WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36"
MAC = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/18.1 Safari/605.1.15"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) {WEBKIT}"
ANDROID = f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36"

PEOPLE = {
    "Chrome on Windows": WINDOWS,
    "Edge on Windows": f"{WINDOWS} Edg/131.0.2903.51",
    "Opera on Windows": f"{WINDOWS} OPR/116.0.0.0",
    "Vivaldi on Windows": f"{WINDOWS} Vivaldi/7.0.3495.6",
    "Whale on Windows": f"{WINDOWS} Whale/4.29.282.14",
    "Slack on Windows": (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Slack/4.41.97 Chrome/130.0.6723.118 Electron/33.2.0 Safari/537.36"
    ),
    "Internet Explorer on Windows": (
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; Trident/7.0; .NET CLR 3.5.30729)"
    ),
    "Firefox on Linux": (
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
    ),
    "Chrome on ChromeOS": f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36",
    "Safari on macOS": MAC,
    "Safari on iPhone": f"{IPHONE} Version/17.4 Mobile/15E148 Safari/604.1",
    "Chrome on iPhone": f"{IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1",
    "Firefox on iPhone": f"{IPHONE} FxiOS/133.0 Mobile/15E148 Safari/605.1.15",
    "Instagram on iPhone": (
        f"{IPHONE} Mobile/21E219 Instagram 357.0.0.26.105 (iPhone15,3; iOS 17_4)"
    ),
    "LinkedIn on iPhone": f"{IPHONE} Mobile/15E148 [LinkedInApp]/9.31.1234",
    "Facebook on iPhone": (
        f"{IPHONE} Mobile/21E219 [FBAN/FBIOS;FBAV/490.0.0.47.104;FBSN/iOS;FBSV/17.4]"
    ),
    "Naver on iPhone": (
        f"{IPHONE} Version/17.4 Mobile/15E148 Safari/605.1 NAVER(inapp; search; 1120)"
    ),
    "In-app browser on iPhone": f"{IPHONE} Mobile/15E148",
    "Duolingo on iPhone": f"{IPHONE} Mobile/15E148 Duolingo/7.50.0",
    "Safari on iPad": (
        f"Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) {WEBKIT} "
        "Version/16.6 Mobile/15E148 Safari/604.1"
    ),
    "Chrome on Android": ANDROID,
    "Samsung Internet on Android": ANDROID.replace("Chrome/", "SamsungBrowser/27.0 Chrome/"),
    "Yandex Browser on Android": ANDROID.replace(" Mobile", " YaBrowser/24.10.2.115 SA/3 Mobile"),
    "WeChat on Android": f"{ANDROID} MicroMessenger/8.0.54.2760(0x2800363C) NetType/WIFI",
    "In-app browser on Android": (
        "Mozilla/5.0 (Linux; Android 14; SM-A556B Build/UP1A.231005.007; wv) AppleWebKit/537.36 "
        "(KHTML, like Gecko) Version/4.0 Chrome/131.0.6778.81 Mobile Safari/537.36"
    ),
    "Chatter on Android": (
        "Mozilla/5.0 (Linux; Android 16; ACME 9; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Version/4.0 Chrome/144.0.7559.109 Mobile Chatter/26.1.0"
    ),
    "Silk on Android TV": (
        "Mozilla/5.0 (Linux; Android 9; AFTKM) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Silk/130.4.1 like Chrome/130.0.6723.102 Safari/537.36"
    ),
    "Chrome on webOS TV": f"Mozilla/5.0 (Web0S; Linux/SmartTV) {CHROME} Safari/537.36",
    "Samsung Internet on Tizen TV": (
        "Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) "
        "SamsungBrowser/4.0 Chrome/94.0.4606.31 TV Safari/537.36"
    ),
    "Edge on Xbox": (
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) {CHROME} Edg/131.0.0.0"
    ),
    "Nintendo Browser on Nintendo Switch": (
        "Mozilla/5.0 (Nintendo Switch; WifiWebAuthApplet) AppleWebKit/609.4 (KHTML, like Gecko) "
        "NF/6.0.3.15.4 NintendoBrowser/5.1.0.22474"
    ),
    "Oculus Browser on Meta Horizon": (
        f"Mozilla/5.0 (X11; Linux x86_64; Quest 3) {CHROME} OculusBrowser/36.1 VR Safari/537.36"
    ),
}

KINDS = {
    WINDOWS: DeviceKind.DESKTOP,
    MAC: DeviceKind.DESKTOP,
    ANDROID: DeviceKind.PHONE,
    PEOPLE["Safari on iPad"]: DeviceKind.TABLET,
    PEOPLE["Edge on Xbox"]: DeviceKind.CONSOLE,
    PEOPLE["Oculus Browser on Meta Horizon"]: DeviceKind.HEADSET,
}

ANDROID_MODELS = {
    "SM-T870": DeviceKind.TABLET,
    "Lenovo TB-X606F": DeviceKind.TABLET,
    "Galaxy Tab A9": DeviceKind.TABLET,
    "TCL 55C845K Smart TV": DeviceKind.TV,
    "43UQ8000 Build/RTT1.211020.001": DeviceKind.TV,
    "H96 Max X3": DeviceKind.TV,
    "SM-F946B": DeviceKind.PHONE,
    "Redmi Pad 2": DeviceKind.TABLET,
    "BVE-W99": DeviceKind.TABLET,
    "GT-N7199": DeviceKind.PHONE,
    "Acer Chromebook Spin 311": DeviceKind.DESKTOP,
}


@pytest.mark.parametrize(("label", "agent"), PEOPLE.items(), ids=PEOPLE)
def test_a_persons_browser_gets_the_label_that_the_person_would_use(label: str, agent: str) -> None:
    device = describe(agent)
    assert device.label == label
    assert not device.bot


@pytest.mark.parametrize(("agent", "kind"), KINDS.items())
def test_the_kind_of_device_is_told_by_the_agent(agent: str, kind: DeviceKind) -> None:
    assert describe(agent).kind is kind


@pytest.mark.parametrize(
    ("agent", "system", "kind"),
    [
        ("Chatter/9.31 CFNetwork/1490.0.4 Darwin/23.2.0", "iOS", DeviceKind.PHONE),
        ("Chatter/9.31 CFNetwork/1098 Darwin/19.0.0 (x86_64)", "macOS", DeviceKind.DESKTOP),
        ("Chatter/9.31 (macOS 14.2) CFNetwork/1490.0.4 Darwin/23.2.0", "macOS", DeviceKind.DESKTOP),
        (
            "Chatter/9.31 (MacBookPro18,1) CFNetwork/1490.0.4 Darwin/23.2.0",
            "macOS",
            DeviceKind.DESKTOP,
        ),
        ("Safari/18615.1.21.11.5 CFNetwork/1406.0.2 Darwin/22.4.0", "macOS", DeviceKind.DESKTOP),
        ("Chatter/9.31 (watchOS 11.4) Darwin/24.5.0", "watchOS", DeviceKind.WEARABLE),
        ("Chatter/9.31 (iPhone15,3; iOS 17.4) CFNetwork/1490.0.4", "iOS", DeviceKind.PHONE),
        ("Linux UPnP/1.0 Chatter/61.1 (ICRU_iPad7,1)", "iPadOS", DeviceKind.TABLET),
    ],
)
def test_the_kind_of_device_agrees_with_the_system_that_it_is_given(
    agent: str, system: str, kind: DeviceKind
) -> None:
    device = describe(agent)
    assert (device.os, device.kind) == (system, kind)


def test_a_speaker_is_one_whatever_its_system_is_called() -> None:
    agent = "AppleCoreMedia/1.0.0.15F80 (HomePod; U; CPU OS 11_4 like Mac OS X; fr_fr)"
    assert describe(agent).kind is DeviceKind.SPEAKER


@pytest.mark.parametrize(("model", "kind"), ANDROID_MODELS.items(), ids=ANDROID_MODELS)
def test_android_without_the_word_mobile_is_told_apart_by_its_model(
    model: str, kind: DeviceKind
) -> None:
    assert describe(f"Mozilla/5.0 (Linux; Android 11; {model}) {CHROME} Safari/537.36").kind is kind


def test_a_browser_that_nobody_listed_is_named_by_its_own_token() -> None:
    device = describe(WINDOWS.replace("Safari/", "FantasyBrowser/3.2 Safari/"))
    assert (device.browser, device.browser_version) == ("Fantasy Browser", "3")


def test_an_app_with_its_own_agent_is_named_by_its_first_words() -> None:
    device = describe("Meeting Notes/5.1.2 (Macintosh; macOS 14.5)")
    assert device.label == "Meeting Notes on macOS"


def test_a_linux_distribution_counts_as_linux() -> None:
    assert describe(PEOPLE["Firefox on Linux"]).os == "Linux"


@pytest.mark.parametrize(
    ("agent", "system"),
    [
        ("Microsoft Office Word/16.99.1 (Mac OS/26.1; Desktop; en-GB; AppStore)", "macOS"),
        ("Some News/2.4 (iPhone; build 7) iOS/2.5", "iOS"),
        ("Mozilla/5.0 (OS/2; Warp 4.5; rv:31.0) Gecko/20100101 Firefox/31.0", "OS/2"),
        (f"Mozilla/5.0 (Linux armv7l) {CHROME} HbbTV/1.4.1 (; NOBODY; X1; 1.0;)", "Linux"),
        (
            f"mozilla/5.0 (linux; android 9; some_6) {CHROME.lower()} mobile safari/537.36",
            "Android",
        ),
    ],
)
def test_a_system_is_not_taken_for_what_its_name_resembles(agent: str, system: str) -> None:
    assert describe(agent).os == system


def test_an_old_ipad_runs_ios_and_a_new_one_ipados() -> None:
    new = PEOPLE["Safari on iPad"]
    assert describe(new).os == "iPadOS"
    assert describe(new.replace("16_6", "9_3")).os == "iOS"


def test_an_empty_agent_is_an_unknown_device() -> None:
    unknown = Device(None, None, None, None, DeviceKind.UNKNOWN, False, "Unknown device")
    assert describe("") == describe(None) == describe(" \t\n ") == unknown
