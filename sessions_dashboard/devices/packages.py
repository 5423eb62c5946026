"""The name of an Android app, or of Apple's bundle, from its identifier ("com.kuto.vpn").

A package names its maker and then the app. The known ones stand in `products.PACKAGES`; most
others carry their app's name as the last word, unless that word is one that every app may have.
"""

import re
from collections.abc import Sequence

from sessions_dashboard.devices.products import PACKAGES

_MAX_LENGTH = 100

# Where the maker is at home, and what tells nothing about the app.
_SILENT = frozenset(
    {"com", "org", "net", "info", "mobi", "edu", "gov", "app", "apps", "android", "ios", "iphone"}
    | {"ipad", "hmos", "mobile", "phone", "client", "consumer", "customer", "main", "ui"}
    | {"www", "web", "webapp", "webapps", "twa", "base", "core", "provider", "office", "team"}
)
# The same app, made for somebody or for some time.
_EDITIONS = frozenset(
    {"alpha", "beta", "canary", "dev", "debug", "nightly", "preview", "pre", "release", "stable"}
    | {"free", "paid", "pro", "premium", "full", "plus", "ads", "noads", "intl", "global", "play"}
    | {"amazon", "firetv", "androidtv", "samsung", "huawei", "xiaomi", "oppo", "vivo", "lg", "roku"}
)
# Editions too, of an app that is known; of another they may be a part of its name.
_EDITIONS_OF_KNOWN = _EDITIONS | {"lite", "go", "web", "tv"}
# What an app is or does: a name only together with the word before it.
_GENERIC = frozenset(
    {"access", "antivirus", "assistant", "audio", "authenticator", "backup", "bank", "banking"}
    | {"booster", "browser", "calculator", "calendar", "camera", "cast", "chat", "cleaner", "clock"}
    | {"contacts", "dating", "dialer", "downloader", "driver", "editor", "email", "filter"}
    | {"fitness", "gallery", "game", "games", "health", "helper", "home", "junk", "keyboard"}
    | {"launcher", "live", "mail", "manager", "maps", "market", "messages", "messaging"}
    | {"messenger", "music", "news", "notes", "parent", "pay", "photo", "photos", "player"}
    | {"podcast", "podcasts", "prime", "privacy", "proxy", "radio", "reader", "recorder", "rider"}
    | {"safe", "scanner", "search", "security", "shop", "shopping", "sms", "social", "speed"}
    | {"store", "stream", "tools", "translate", "translator", "trash", "travel", "tv", "tvbrowser"}
    | {"vault", "video", "videoplayer", "videos", "vpn", "wallet", "weather"}
)
# Too many of these in a row describe the app and don't name it.
_MOST_GENERIC_WORDS = 2

# Makers whose apps people call by the maker's name too.
_MAKERS = {
    "adobe": "Adobe",
    "amazon": "Amazon",
    "google": "Google",
    "microsoft": "Microsoft",
    "samsung": "Samsung",
    "yahoo": "Yahoo",
}
_SPELLING = {
    "fsecure": "F-Secure",
    "hihonor": "Honor",
    "sms": "SMS",
    "tcl": "TCL",
    "tv": "TV",
    "tvbrowser": "TV Browser",
    "videoplayer": "Video Player",
    "vpn": "VPN",
}

_AFFIX = re.compile(r"(?<=\w{3})(?:apps?|group|team|studios?|labs?|android)$")
_MARKET = re.compile(r"(?<=\w{3})(?:intl|global)$")
_CAPITALS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def name_package(package: str) -> str | None:
    """`None` for what is no package, and for one that tells nothing."""
    parts = [part for part in package.split(".") if part]
    if len(parts) < 2 or len(package) > _MAX_LENGTH:
        return None
    return _known(parts) or _spoken(parts)


def spaced(token: str) -> str:
    """ "PodFriend" -> "Pod Friend", "y8" -> "Y8"."""
    words = _CAPITALS.sub(" ", token.replace("_", " ").strip(" -"))
    return words[:1].upper() + words[1:]


def _known(parts: Sequence[str]) -> str | None:
    """The app itself, or an edition of it ("org.telegram.messenger.beta")."""
    words = [part.lower() for part in parts]
    while len(words) > 1:
        if name := PACKAGES.get(".".join(words)):
            return name
        if words.pop() not in _EDITIONS_OF_KNOWN:
            break
    return None


def _spoken(parts: Sequence[str]) -> str | None:
    words = _telling(parts)
    if not words or (words[-1].lower() in _GENERIC and len(words) == 1):
        return None
    maker = _MAKERS.get(words[0].lower(), "")
    name = " ".join(_word(word, parts) for word in _name_in(words))
    if maker.lower() not in name.lower():
        name = f"{maker} {name}"
    return f"{name} Lite" if parts[-1].lower() == "lite" else name


def _telling(parts: Sequence[str]) -> Sequence[str]:
    """The maker and what it calls the app, without the country, the platform and the edition."""
    heard = [part for part in parts if part.lower() not in _SILENT | {"lite"}]
    while len(heard) > 1 and heard[-1].lower() in _EDITIONS:
        heard.pop()
    words = [part for part in heard if len(part) > 2]
    if not all(map(_is_generic, words)):
        return words
    # A maker of two letters, if nothing else tells the app from others.
    return heard[1:] if heard[:1] == parts[:1] else heard


def _name_in(words: Sequence[str]) -> Sequence[str]:
    """The last word that is a name, with those behind it that aren't, if they are few."""
    at = len(words) - 1
    while at > 0 and _is_generic(words[at]):
        at -= 1
    few = len(words) - 1 - at <= _MOST_GENERIC_WORDS
    return words[at:] if few else words[at : at + 1]


def _is_generic(word: str) -> bool:
    return word.lower().rstrip("0123456789") in _GENERIC


def _word(word: str, parts: Sequence[str]) -> str:
    behind = [part for part in parts[parts.index(word) + 1 :] if part.lower() not in _SILENT]
    bare = _AFFIX.sub("", word)
    # "aolapp" of "aol", and a maker that isn't the app ("michatapp.im").
    if bare in parts or behind:
        word = bare
    if spelling := _SPELLING.get(word.lower().rstrip("0123456789")):
        return spelling
    return spaced(_MARKET.sub("", word))
