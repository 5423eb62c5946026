"""The name of the operating system, and its version where the agent isn't frozen."""

import re
from typing import NamedTuple

from sessions_dashboard.devices.engine import Agent
from sessions_dashboard.devices.hints import Hints


class System(NamedTuple):
    name: str | None
    version: str | None = None


# Systems that pass for Linux or Android, and those that the engine doesn't know. The first group,
# if any, is the version.
_SYSTEMS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"Web0S|webOS|hpwOS", "webOS"),
        (r"VIDAA", "VIDAA"),
        (r"TiVoOS|TiVo OS", "TiVo OS"),
        (r"Coolita OS", "Coolita OS"),
        (r"Zeasn/|WHALEOS|WhaleOS|Whale OS|WhaleTV/", "Whale OS"),
        (r"ViziOS|VIZIO", "ViziOS"),
        (r"Roku", "Roku OS"),
        (r"BrightSign", "BrightSignOS"),
        (r"Tizen(?:[ /](\d+(?:\.\d+)?))?", "Tizen"),
        (r"SmartHub|Maple ?20\d\d|Samsung;SmartTV201[1-4]", "Orsay"),
        (r"K[Aa][Ii]OS(?:/(\d+\.\d+))?", "KaiOS"),
        (r"[Ww]atch ?OS(?:[,/ ](\d+(?:\.\d+)?))?|Apple Watch|^Watch\d", "watchOS"),
        (r"tvOS|Apple ?TV", "tvOS"),
        (r"HarmonyOS(?:[ /](\d+(?:\.\d+)?))?|OpenHarmony", "HarmonyOS"),
        (r"PicoBrowser|\bPico Neo", "PICO OS"),
        (r"; Quest(?: Pro| \d\w?)?(?: Build|[;)])|OculusBrowser|PortalGo", "Meta Horizon"),
        (r"CrOS|Chromebook|Chromebox|Pixelbook|Build/R\d{2,3}-\d{4,5}\.", "ChromeOS"),
        (r"PlayStation Portable|\bPSP\b", "PlayStation Portable"),
        (r"(?i:playstation)|\bPS[345]\b", "PlayStation"),
        (r"Nintendo", "Nintendo"),
        (r"MocorDroid", "MocorDroid"),
        (r"Mocor|Dorado[ _]WAP", "Mocor OS"),
        (r"CyanogenMod", "CyanogenMod"),
        (r"Lineage|lineage_", "Lineage OS"),
        (r"Remix ", "Remix OS"),
        (r"AmigaOS|Amiga", "AmigaOS"),
        (r"MorphOS", "MorphOS"),
        (r"OSF1", "OSF1"),
        (r"OpenVMS", "OpenVMS"),
        # "Mac OS/26.1" and "iOS/2.5" aren't.
        (r"(?<!Mac )\bOS/2(?![.\d])", "OS/2"),
        (r"Inferno", "Inferno"),
        (r"IRIX", "IRIX"),
        (r"HP-UX", "HP-UX"),
        (r"\bAIX\b", "AIX"),
        (r"RISC OS", "RISC OS"),
        (r"\bHaiku\b", "Haiku"),
        (r"\bBeOS\b", "BeOS"),
        (r"\bSyllable\b", "Syllable"),
        (r"Fuchsia", "Fuchsia"),
        (r"KreaTV", "KreaTV"),
        (r"Valve Steam|Steam ?Deck|SteamOS", "SteamOS"),
        (r"\b[Bb]ada/", "Bada"),
        (r"MTK; Nucleus|\bNucleus/", "MTK / Nucleus"),
        (r"BB10", "BlackBerry 10"),
        (r"BlackBerry", "BlackBerry OS"),
        (r"[Ll]ike Android", "Linux"),
        (r"^DoCoMo/", "docomo"),
        (r"^(?:SoftBank|Vodafone)/1", "SoftBank"),
        (r"^emobile/|\bIAC/1.*OpenBrowser|H1\dT; like Gecko", "emobile"),
        (r"DDIPOCKET", "WILLCOM"),
        (r"\bMRE[/\\]", "MRE"),
        (r"^(?!.*(?:Android|Adr |Symbian)).*(?:MIDP|CLDC|J2ME|UP\.Browser)", "Java ME"),
        (r"MAUI", "MRE"),
        (r"[Ww]ebissimo|Ordissimo", "Ordissimo"),
        (r"^Opera/9\.80 \(Linux mips|TV Store", "Opera TV"),
        (r"SM-R[789]\d\d|TicWatch|\bWear OS", "Wear OS"),
        (r"Brew MP|BREW|Brew", "Brew"),
        (
            r"(?:\bAdr|Andr0id) (\d+(?:\.\d+)?)|[;_]AFT[A-Z0-9]+[_;-]|^A/\d+\.|\bFB4A\b|OMDroid",
            "Android",
        ),
        (r"\biPh(?:one)?(?:\d|SE|X|OS| OS )", "iOS"),
        (r"Mac OS|macOS|OSX/|Macmini|MacBook|iMac|Mac_P", "macOS"),
        (r"(?<!_)GoogleTV", "Google TV"),
        (r"PalmOS|Palmscape|PalmSource", "PalmOS"),
        (r"Windows Phone|ZuneWP", "Windows Phone"),
        (r"Windows CE|Windows Mobile|IEMobile", "Windows Mobile"),
    )
)

_OWN_NAMES = frozenset(name for _, name in _SYSTEMS) - {"Android", "iOS", "macOS"}

_FAMILIES = {
    "Mac OS X": "macOS",
    "Mac OS": "macOS",
    "Chrome OS": "ChromeOS",
    "ATV OS X": "tvOS",
    "WatchOS": "watchOS",
    "Web0S": "webOS",
    "BREW": "Brew",
    "Brew MP": "Brew",
    "Windows Phone OS": "Windows Phone",
    "Symbian OS": "Symbian",
    "GoogleTV": "Google TV",
}
# The engine takes a distribution for the system.
_LINUXES = frozenset(
    [
        "Ubuntu",
        "Debian",
        "Fedora",
        "CentOS",
        "Gentoo",
        "Kubuntu",
        "Lubuntu",
        "Xubuntu",
        "Slackware",
        "Mageia",
        "SUSE",
        "openSUSE",
        "PCLinuxOS",
        "Mandriva",
    ]
) | {
    "Arch Linux",
    "Linux Mint",
    "Red Hat",
    "Puppy Linux",
    "Chromecast Linux",
    "Chromecast SmartSpeaker",
}

# What it gives names of its own.
NAMED_SYSTEMS = frozenset(name for _, name in _SYSTEMS) | frozenset(_FAMILIES.values())

_PLATFORMS = {"Chrome OS": "ChromeOS", "Chromium OS": "ChromeOS", "Mac OS X": "macOS"}

_WINDOWS_NT = {
    "5.0": "2000",
    "5.1": "XP",
    "6.0": "Vista",
    "6.1": "7",
    "6.2": "8",
    "6.3": "8.1",
}


def name_system(text: str, agent: Agent, hints: Hints) -> System:
    own = _from_table(text)
    if hints.platform and not (own.name in _OWN_NAMES and hints.platform in {"Linux", "Android"}):
        return _from_hints(hints)
    if "Macintosh" in text and hints.touch_points > 1:
        return System("iPadOS")
    if re.search(r"(?<![A-Za-z])iPad", text):
        return _ipad(text)
    return own if own.name in _OWN_NAMES else _from_engine(text, agent, own)


def _from_table(text: str) -> System:
    for pattern, name in _SYSTEMS:
        if match := pattern.search(text):
            return System(name, match[1] if pattern.groups else None)
    return System(None)


def _from_hints(hints: Hints) -> System:
    name = _PLATFORMS.get(hints.platform, hints.platform)
    version = hints.platform_version.split(".")
    major = int(version[0]) if version[0].isdecimal() else None
    if name == "macOS" and hints.touch_points > 1:
        return System("iPadOS")
    if major is None or name in {"Linux", "ChromeOS"}:
        return System(name)
    if name == "Windows":
        return System(name, _windows(major, version))
    return System(name, _figures(*version[:2]))


def _windows(major: int, version: list[str]) -> str | None:
    """Microsoft's table: 13 and above is Windows 11, 1 to 10 is Windows 10."""
    if major >= 13:
        return "11"
    if 1 <= major <= 10:
        return "10"
    if major == 0 and len(version) > 1:
        return {"1": "7", "2": "8", "3": "8.1"}.get(version[1])
    return None


def _from_engine(text: str, agent: Agent, own: System) -> System:
    family = agent.os.family
    name = "Linux" if family in _LINUXES else _FAMILIES.get(family, family)
    if "HbbTV" in text and name not in {"Android", "Windows", "Chrome OS"}:
        # The engine takes the maker, which stands there in brackets, for the system.
        name = "Linux"
    if name == "Other" or (name == "Linux" and (own.name or _ANDROID.search(text))):
        name = own.name or _guess(text)
    if name == "iOS" and _MAC.search(text):
        name = "macOS"
    if name == "iOS" or (name == "macOS" and "iPhone" in text):
        return System("iOS", _ios(text))
    if name == "macOS":
        return System(name, _macos(text))
    if name == "Windows":
        return System(name, _windows_nt(text))
    if name == "Android":
        return System(name, own.version or _android(text))
    return System(name)


# The engine takes what is built on CFNetwork for an app of iOS.
_MAC = re.compile(
    r"^Safari|CFNetwork.*(?:x86_64|i386|Mac)|Darwin.*\(x86_64"
    r"|\b(?:macOS|Macintosh|MacBook|Macmini|iMac|Mac\d)"
)
_ANDROID = re.compile(r"(?<!ike )\bandroid", re.IGNORECASE)


def _guess(text: str) -> str | None:
    for pattern, name in (
        (r"(?i)android|dalvik|andr0id", "Android"),
        (r"Windows|\bWin(?:32|64|9[58x]|NT)|\bwin(?:7|8|10|11)\b|Microsoft-|MSDW", "Windows"),
        (r"(?i)ms-office|MSOffice|\.windows\.", "Windows"),
        (r"(?i)\bios\b|iphone", "iOS"),
        (r"CFNetwork|Darwin|os=Mac", "macOS"),
        (r"FreeBSD", "FreeBSD"),
        (r"Linux|X11", "Linux"),
        (r"MIDP|CLDC|J2ME|Java", "Java ME"),
    ):
        if re.search(pattern, text):
            return name
    return None


def _ipad(text: str) -> System:
    version = _ios(text)
    old = version is not None and int(version.partition(".")[0]) < 13
    return System("iOS" if old else "iPadOS", version)


def _ios(text: str) -> str | None:
    """Safari has the system's version; from 26 on the system's own figure stands still at 18."""
    if match := re.search(r"FBSV/(\d+)(?:\.(\d+))?", text):
        return _figures(match[1], match[2])
    if match := re.search(r"; iOS (\d+)[_.](\d+)", text):
        return _figures(match[1], match[2])
    system = re.search(r"OS[ /](\d+)[_.](\d+)", text)
    browser = re.search(r"Version/(\d+)(?:\.(\d+))?.*Safari", text)
    if browser and int(browser[1]) >= 26:
        return _figures(browser[1], browser[2])
    if system is None or (int(system[1]) == 18 and int(system[2]) >= 6 and browser is None):
        return None
    return _figures(system[1], system[2])


def _macos(text: str) -> str | None:
    """10.15 is where every browser stopped counting."""
    match = re.search(r"Mac ?OS(?: X)?[ /](?:Version )?(\d+)[_.](\d+)(?:[_.](\d+))?", text)
    if not match or (match[1] == "10" and (int(match[2]) > 15 or match[2] == "15")):
        return None
    return _figures(match[1], match[2])


def _windows_nt(text: str) -> str | None:
    match = re.search(r"Windows NT (\d+\.\d+)", text)
    return _WINDOWS_NT.get(match[1]) if match else None


def _android(text: str) -> str | None:
    match = re.search(r"(?i)android[ /-](\d+)(?:\.(\d+))?(; K\))?", text)
    if not match or match[3] or len(match[1]) > 2:
        return None
    if match[1] == "10" and re.search(r"Firefox/(?:1[2-9]\d|[2-9]\d\d)", text):
        return None
    return _figures(match[1], match[2])


def _figures(major: str, minor: str | None = None) -> str:
    return f"{major}.{minor}" if minor and minor != "0" else major
