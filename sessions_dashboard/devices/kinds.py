"""Phone, tablet, desktop, television, or something rarer."""

from __future__ import annotations

import re

from .engine import Agent
from .hints import Hints
from .model import DeviceKind
from .models import TELEVISION_BUILD, kind_of_model, model_of

_SIGNS: tuple[tuple[re.Pattern[str], DeviceKind], ...] = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"Apple ?Watch|watchOS|Watch OS|^Watch\d", DeviceKind.WEARABLE),
        (r"Xbox|PlayStation(?! TV)|PLAYSTATION|Nintendo|\bPS[345]\b|;ps[45];", DeviceKind.CONSOLE),
        (r"SEGASATURN|Dreamcast", DeviceKind.CONSOLE),
        (r"\bVR Safari|OculusBrowser|PicoBrowser", DeviceKind.HEADSET),
        (r"Tesla(?:Browser)?/|QtCarBrowser", DeviceKind.CAR),
        (r"Sonos[;/](?!.*\((?:ICRU|ACR|MDCR|PDCR))|AlexaMediaPlayer|\bEcho_", DeviceKind.SPEAKER),
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
_FORM_FACTORS = {
    "Desktop": DeviceKind.DESKTOP,
    "Mobile": DeviceKind.PHONE,
    "Tablet": DeviceKind.TABLET,
    "Automotive": DeviceKind.CAR,
    "Watch": DeviceKind.WEARABLE,
    "XR": DeviceKind.HEADSET,
}
_DESKTOP_PLATFORMS = frozenset({"Windows", "macOS", "Chrome OS", "Chromium OS"})


def name_kind(text: str, agent: Agent, hints: Hints) -> DeviceKind:
    return _from_hints(text, hints) or _from_text(text, agent, hints)


def _from_hints(text: str, hints: Hints) -> DeviceKind | None:
    for factor in hints.form_factors:
        if factor in _FORM_FACTORS:
            return _FORM_FACTORS[factor]
    if hints.model == "Xbox":
        return DeviceKind.CONSOLE
    if hints.platform == "macOS" and hints.touch_points > 1:
        return DeviceKind.TABLET
    if hints.platform == "Linux" and hints.mobile is False and "Linux" not in text:
        return DeviceKind.DESKTOP
    return DeviceKind.DESKTOP if hints.platform in _DESKTOP_PLATFORMS else None


def _from_text(text: str, agent: Agent, hints: Hints) -> DeviceKind:
    if "Macintosh" in text and hints.touch_points > 1:
        return DeviceKind.TABLET
    for pattern, kind in _SIGNS:
        if pattern.search(text):
            return kind
    if _ANDROID.search(text):
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
    if "Mobile" in text or hints.mobile or "AppleWebKit" not in text:
        return DeviceKind.PHONE
    if _is_big_web_view(text):
        return DeviceKind.TV
    return DeviceKind.TABLET if agent.is_tablet else DeviceKind.PHONE


def _is_big_web_view(text: str) -> bool:
    """An app's web view that isn't "Mobile": from Android 9 on hardly ever a tablet's."""
    version = re.search(r"Android (\d+)", text)
    whole = "Safari/" in text
    return "; wv)" in text and whole and version is not None and int(version[1]) >= 9
