"""Phone, tablet, desktop, television, or something rarer."""

import re

from sessions_dashboard.devices.engine import Agent
from sessions_dashboard.devices.hints import Hints
from sessions_dashboard.devices.model import DeviceKind
from sessions_dashboard.devices.models import TELEVISION_BUILD, kind_of_model, model_of

_SIGNS: tuple[tuple[re.Pattern[str], DeviceKind], ...] = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"Apple ?Watch|watchOS|Watch OS|^Watch\d", DeviceKind.WEARABLE),
        (r"Xbox|PlayStation(?! TV)|PLAYSTATION|Nintendo|\bPS[345]\b|;ps[45];", DeviceKind.CONSOLE),
        (r"SEGASATURN|Dreamcast", DeviceKind.CONSOLE),
        (r"\bVR Safari|OculusBrowser|PicoBrowser", DeviceKind.HEADSET),
        (r"Tesla(?:Browser)?/|QtCarBrowser", DeviceKind.CAR),
        (r"Sonos[;/](?!.*\((?:ICRU|ACR|MDCR|PDCR))", DeviceKind.SPEAKER),
        (r"AlexaMediaPlayer|\bEcho_|HomePod", DeviceKind.SPEAKER),
        (
            r"HbbTV|(?i:smart-?_?tv)|GoogleTV|Apple ?TV|tvOS|\bDTV\b|DTVNet|Web0S|webOS\.TV|NetCast"
            r"|VIDAA|TiVo|Roku|VIZIO|ViziOS|BrightSign|CrKey|BRAVIA|OMI/\d|Large Screen|Coolita"
            r"|SmartHub|N(?:ET|et)TV|Tizen.*\bTV\b|\bTV Safari|Safari/[\d.]+ TV|CE-HTML|stbapp|_TV_"
            r"|WatchFree|TV Store|TiviMate|\bI?P?TV/\d|Espial|\bSTB\b|Opera TV|OPR/.*\bTV\b|SRAF"
            r"|Philips(?![ -]?[A-Z]\d)|\(TV;|\(Astro;|GW-Device/|Westerndigital"
            r"|Loewe|DuneHD|\bMAG\d{3}|hdmi|Viera|AQUOS|YouView|InettvBrowser"
            r"|NFANDROID|FIRETV|\bSky_(?:OTT|STB)|[;_]AFT[A-Z0-9]+[_;]"
            r"|^Opera/9\.80 \(Linux (?:mips|arm|sh4)",
            DeviceKind.TV,
        ),
        (r"Opera Mini(?!.*(?:Tab|iPad))|Tizen.*Mobile", DeviceKind.PHONE),
        (r"\biPad|hp-tablet|TouchPad|PlayBook|; ?Tablet;|\bTablet; rv", DeviceKind.TABLET),
        # Windows RT, and the Kindle Fire in desktop mode.
        (r"Windows NT 6\.[23]; ARM(?!.*WPDesktop)|Silk-Accelerated", DeviceKind.TABLET),
        (r"iPhone|iPod|\biPh\d|iPh OS|iphone\d|Windows (?:Phone|CE|Mobile)", DeviceKind.PHONE),
        (r"IEMobile|ZuneWP|WPDesktop|\bwds \d|webOS/[12]\.|\bFB4A\b", DeviceKind.PHONE),
        (r"K[Aa][Ii]OS|Firefox OS|Lumia|BB10|BlackBerry|KIN\.|MeeGo|Maemo", DeviceKind.PHONE),
        (r"MIDP|CLDC|J2ME|BREW|Brew|MAUI|WAP-?Browser|UP\.Browser|\bUP/\d|MMP/", DeviceKind.PHONE),
        (r"DoCoMo|KDDI-|SoftBank|Vodafone/|emobile|DDIPOCKET|jig browser|IAC/", DeviceKind.PHONE),
        (r"Symbian|Palm(?:scape|OS|Source)|^Nokia|Nokia[\w-]+/|SAMSUNG-SGH", DeviceKind.PHONE),
        (r"Google Wireless Transcoder|Mobile-Gateway", DeviceKind.PHONE),
        (r"CrOS|Chromebook", DeviceKind.DESKTOP),
    )
)

_ANDROID = re.compile(r"^A/\d+\.|Android|\bAdr \d|Andr0id|Dalvik|Linux; U;", re.IGNORECASE)
_DESKTOP = re.compile(
    r"Windows|Macintosh|Mac OS|Mac_P|macOS|Darwin|X11|\bWin(?:32|64|9[58x]|NT)|OSX|Linux|BSD"
    r"|SunOS|Amiga|OS/2|OpenVMS|Inferno|HarmonyOS|Microsoft-|MSDW|Emacs|\bwin(?:7|8|10|11)\b|2in1"
)
# "Desktop" and "Mobile" are missing: they are the mobile hint in other words, and Chromium says
# "Desktop" on Android tablets and on headsets too. Several may be said, in any order.
_FORM_FACTORS = {
    "Automotive": DeviceKind.CAR,
    "XR": DeviceKind.HEADSET,
    "Watch": DeviceKind.WEARABLE,
    "Tablet": DeviceKind.TABLET,
}
_DESKTOP_PLATFORMS = frozenset({"Windows", "macOS", "Chrome OS", "Chromium OS"})
# Systems that run on one kind of device alone.
_SYSTEMS = {
    "iOS": DeviceKind.PHONE,
    "iPadOS": DeviceKind.TABLET,
    "tvOS": DeviceKind.TV,
    "watchOS": DeviceKind.WEARABLE,
}


def name_kind(text: str, agent: Agent, hints: Hints, system: str | None) -> DeviceKind:
    """`system` is the name that we give it: the kind has to agree with what is shown beside."""
    return _from_hints(text, hints) or _from_text(text, agent, hints, system)


def _from_hints(text: str, hints: Hints) -> DeviceKind | None:
    for factor, kind in _FORM_FACTORS.items():
        if factor in hints.form_factors:
            return kind
    if hints.model == "Xbox":
        return DeviceKind.CONSOLE
    if hints.platform == "macOS" and hints.touch_points > 1:
        return DeviceKind.TABLET
    if hints.platform == "Linux" and hints.mobile is False and "Linux" not in text:
        return DeviceKind.DESKTOP
    return DeviceKind.DESKTOP if hints.platform in _DESKTOP_PLATFORMS else None


def _from_text(text: str, agent: Agent, hints: Hints, system: str | None) -> DeviceKind:
    if "Macintosh" in text and hints.touch_points > 1:
        return DeviceKind.TABLET
    for pattern, kind in _SIGNS:
        if pattern.search(text):
            return kind
    if system in _SYSTEMS:
        return _SYSTEMS[system]
    if system == "Android" or _ANDROID.search(text):
        return _kind_of_android(text, agent, hints)
    if _DESKTOP.search(text) or agent.is_pc:
        return DeviceKind.DESKTOP
    return DeviceKind.PHONE if agent.is_mobile else DeviceKind.UNKNOWN


def _kind_of_android(text: str, agent: Agent, hints: Hints) -> DeviceKind:
    if kind := kind_of_model(hints.model or model_of(text)):
        return kind
    if TELEVISION_BUILD.search(text):
        return DeviceKind.TV
    if "/apad" in text:
        return DeviceKind.TABLET
    if "Mobile" in text or hints.mobile:
        return DeviceKind.PHONE
    if "AppleWebKit" not in text:
        return DeviceKind.TABLET if hints.mobile is False else DeviceKind.PHONE
    if _is_big_web_view(text):
        return DeviceKind.TV
    return DeviceKind.TABLET if agent.is_tablet else DeviceKind.PHONE


def _is_big_web_view(text: str) -> bool:
    """An app's web view that isn't "Mobile": from Android 9 on, hardly ever a tablet's."""
    version = re.search(r"Android (\d+)", text)
    whole = "Safari/" in text
    return "; wv)" in text and whole and version is not None and int(version[1]) >= 9
