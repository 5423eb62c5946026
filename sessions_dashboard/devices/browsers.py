"""The name of the browser or app, and its version where the agent tells it truly."""

import re
from itertools import dropwhile
from typing import NamedTuple
from urllib.parse import unquote

from sessions_dashboard.devices.engine import Agent
from sessions_dashboard.devices.hints import Hints
from sessions_dashboard.devices.models import model_of
from sessions_dashboard.devices.packages import name_package, spaced
from sessions_dashboard.devices.products import (
    BRANDS,
    FAMILIES,
    NOT_A_BROWSER,
    PHRASES,
    PRODUCTS,
    WEB_VIEW,
)
from sessions_dashboard.devices.versions import family_version, safari_version, shorten


class Browser(NamedTuple):
    name: str | None
    version: str | None = None


# Brands that other browsers carry too.
_ENGINE_BRANDS = frozenset({"Chrome", "Chromium", WEB_VIEW})

# Some apps stand in brackets: "[LinkedInApp]/9.31".
_PRODUCT = re.compile(r"([A-Za-z0-9_][\w.+!-]{1,40}?)\]?/v?(\d[\d.]*)?")
_RANK = {token: rank for rank, token in enumerate(PRODUCTS)}
_PHRASES = tuple((re.compile(pattern), name) for pattern, name in PHRASES)

# Firmware that puts its name before its browser's agent.
_WRAPPERS = frozenset({"BrightSign", "Zeasn", "Opera", "NETTV", "HbbTV", "Mozilla"})

# Names of engines, frameworks and devices: never that of an app.
_NO_APP = frozenset(
    [
        "mozilla",
        "applewebkit",
        "webkit",
        "chrome",
        "chr0me",
        "chromium",
        "safari",
        "version",
        "mobile",
        "gecko",
        "khtml",
        "electron",
        "exoplayerlib",
        "mobileappclient",
        "build",
        "tablet",
        "model",
        "device",
        "core",
        "pixel",
        "profile",
        "configuration",
        "release",
        "browser",
        "webbrowser",
        "cfnetwork",
        "darwin",
        "alamofire",
        "hmscore",
        "gmscore",
        "bd_dvt",
        "bdos",
        "nabar",
        "sp-engine",
        "uws",
        "u2",
        "u3",
        "sa",
        "bropp",
        "iphone",
        "ipad",
        "ipod",
        "android",
        "cordova-amazon-fireos",
        "amazonwebappplatform",
        "nettype",
        "language",
        "weex",
        "windvane",
        "ttnetversion",
        "jssdk",
        "appname",
        "appverc",
        "abi",
        "app",
        "wk",
        "wkwebview",
        "svn",
        "statusbarheight",
    ]
)
_SELF_NAMED = re.compile(r"\b([A-Za-z][\w-]{0,30}?)[_-]?[Bb]rowser/v?(\d[\d.]*)?")
_PRESTO = re.compile(r"^Opera/9\.80 .*?(?:Version/(\d+)|$)")
_BEFORE_MOZILLA = re.compile(r"([A-Za-z][\w .-]{1,30}?)/(\d[\d.]*).* Mozilla/5\.0")
_AFTER_COMMENT = re.compile(
    r"(?:Mozilla|Dalvik)/[\d.]+ \(.*Android.*\) ([A-Za-z][\w ]{2,30})/(\d[\d.]*)$"
)
_STOCK_BROWSER = re.compile(r"\bAndroid/.*Browser/(?:AppleWeb[Kk]it|WAP)(?!.*Chrome/)")
_LEADING = re.compile(r"(?!Mozilla|Opera|Dalvik)([A-Za-z][\w .&'!+%-]{1,40}?)/v?(\d[\d.]*)?")
_TAIL_APP = re.compile(
    r"\b([A-Za-z][A-Za-z-]{2,30}(?: [A-Z][A-Za-z-]{1,20}){0,3})\]?/v?(\d[\d.]*)?"
)
_DECLARED = re.compile(r"\bappname/([A-Za-z][\w-]{1,30})")
# As Android's web view says it, in whatever case.
_WEB_VIEW = re.compile(r"Android.*(?:; ?wv\)|\bVersion/4\.0 Chrome/)", re.IGNORECASE)
_FEATURE_PHONE = re.compile(r"MIDP|CLDC|Profile/|UP\.Browser|MAUI|\bMRE\b|WAP", re.IGNORECASE)


def name_browser(text: str, agent: Agent, hints: Hints) -> Browser:
    """The app that shows the page, before the browser that it embeds."""
    found = _around_web_view(text, hints.package) or _from_text(text, agent)
    return _with_brand(found, hints)


def _around_web_view(text: str, package: str) -> Browser | None:
    name = name_package(package)
    declared = _DECLARED.search(text)
    return Browser(declared[1] if declared else name) if name else None


def _from_text(text: str, agent: Agent) -> Browser:
    return (
        _from_phrases(text)
        or _from_products(text)
        or _from_opera(text)
        or _wrapping_app(text)
        or _self_named(text)
        or _electron_app(text)
        or _from_family(text, agent)
    )


def _from_phrases(text: str) -> Browser | None:
    for pattern, name in _PHRASES:
        if match := pattern.search(text):
            value = match[match.lastindex] if match.lastindex else None
            if "{0}" in name:
                return Browser(name.format(value))
            return Browser(name, shorten(name, value))
    return None


def _from_products(text: str) -> Browser | None:
    found = {token.lower(): version for token, version in _PRODUCT.findall(text)}
    token = min(found.keys() & _RANK.keys(), key=_RANK.__getitem__, default=None)
    if token is None:
        return None
    name = PRODUCTS[token]
    return Browser(name, shorten(name, found[token]))


def _from_opera(text: str) -> Browser | None:
    match = _PRESTO.search(text)
    return Browser("Opera", shorten("Opera", match[1])) if match else None


def _wrapping_app(text: str) -> Browser | None:
    """An app whose name precedes a whole browser's agent, or follows Android's comment alone."""
    match = _BEFORE_MOZILLA.match(text)
    if match and match[1] not in _WRAPPERS:
        return Browser(match[1], shorten(match[1], match[2]))
    match = None if "WebKit" in text else _AFTER_COMMENT.match(text)
    return Browser(match[1], shorten(match[1], match[2])) if match else None


def _self_named(text: str) -> Browser | None:
    for prefix, version in _SELF_NAMED.findall(text):
        if prefix.lower() not in {"web", "wap", "internet", "inettv", "dtvnet", "tv"}:
            name = f"{spaced(prefix)} Browser"
            return Browser(name, shorten(name, version))
    return None


def _electron_app(text: str) -> Browser | None:
    if "Electron/" not in text:
        return None
    for token, version in _PRODUCT.findall(text):
        if token.lower() not in _NO_APP:
            return Browser(spaced(token), shorten(token, version))
    return None


def _from_family(text: str, agent: Agent) -> Browser:
    family = agent.browser.family
    known = FAMILIES.get(family)
    unnamed = family in NOT_A_BROWSER or (known is None and family in model_of(text))
    name = None if unnamed else known or family
    if name in (None, "Safari") and _STOCK_BROWSER.search(text):
        name = "Android Browser"
    if name in ("Safari", "Chrome") and _WEB_VIEW.search(text):
        name = WEB_VIEW
    if name == "Mail" and "Mac" not in text:
        # A console's browser leaves the same words out.
        name = None
    if name == WEB_VIEW and (app := _app_in_web_view(text)):
        return app
    if name is None:
        return _without_family(text)
    if name == WEB_VIEW and "AppleWebKit" not in text and "like Mac OS X" not in text:
        # Nothing but the name of an iPhone or an iPad.
        return Browser("Safari")
    if name == "Android Browser" and "WebKit" not in text and (app := _leading_app(text)).name:
        return app
    return Browser(name, family_version(name, text, agent))


def _without_family(text: str) -> Browser:
    if match := re.search(r"Chrom(?:e|ium)[/_ ]?(\d+)", text, re.IGNORECASE):
        return Browser("Chrome", match[1])
    if "AppleWebKit" in text and "Safari/" in text:
        return Browser("Safari", safari_version(text))
    if "Linux; U; Android" in text and "AppleWebKit" in text:
        return Browser("Android Browser")
    return _leading_app(text)


def _leading_app(text: str) -> Browser:
    match = _LEADING.match(text)
    if not match or _FEATURE_PHONE.search(text):
        return Browser(None)
    name = unquote(match[1]).strip()
    if name.count(".") >= 2:
        return Browser(name_package(name))
    # Apple's networking library reports a build number there.
    version = None if "CFNetwork" in text else shorten(name, match[2])
    return Browser(name, version)


def _app_in_web_view(text: str) -> Browser | None:
    tail = re.split(r"Mobile/\w+|Safari/[\d.]+", text)[-1]
    for words, version in _TAIL_APP.findall(tail):
        name = " ".join(dropwhile(_is_no_app, words.split()))
        if name and not _is_no_app(name.split()[-1]):
            return Browser(spaced(name), shorten(name, version))
    declared = _DECLARED.search(tail)
    return Browser(declared[1]) if declared else None


def _is_no_app(word: str) -> bool:
    return word.lower() in _NO_APP


def _with_brand(found: Browser, hints: Hints) -> Browser:
    """The brand decides between browsers that send the same agent."""
    brands = [(BRANDS.get(name, name), version) for name, version in hints.brands]
    name, version = next(
        (brand for brand in brands if brand[0] not in _ENGINE_BRANDS),
        next((brand for brand in brands if brand[0] != "Chromium"), ("", hints.full_version)),
    )
    if name and name not in _ENGINE_BRANDS:
        # Opera's brand carries Chromium's version, its token the true one.
        same = found.name is not None and name.startswith(found.name)
        return Browser(name, found.version if same else shorten(name, version))
    if found.name in (None, "Chrome"):
        name = name or found.name or "Chrome"
        return (
            Browser(name, shorten(name, version) or found.version) if brands or version else found
        )
    return found
