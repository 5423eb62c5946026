"""User-Agent Client Hints, and the app that a web view says it belongs to.

Besides the headers this reads the property names of `navigator.userAgentData` (with its
high-entropy values) and of `navigator.maxTouchPoints`, so that a page can send what it sees.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sessions_dashboard.devices.cleaning import clean_text

CLIENT_HINT_HEADERS: tuple[str, ...] = (
    "sec-ch-ua",
    "sec-ch-ua-full-version-list",
    "sec-ch-ua-full-version",
    "sec-ch-ua-form-factors",
    "sec-ch-ua-mobile",
    "sec-ch-ua-model",
    "sec-ch-ua-platform",
    "sec-ch-ua-platform-version",
    "x-requested-with",
)

# What only a page can tell; more than one on a Mac means an iPad.
TOUCH_POINTS = "max-touch-points"

# The page's name for the same thing.
_PAGE_NAMES = {
    "brands": "sec-ch-ua",
    "fullversionlist": "sec-ch-ua-full-version-list",
    "uafullversion": "sec-ch-ua-full-version",
    "formfactors": "sec-ch-ua-form-factors",
    "mobile": "sec-ch-ua-mobile",
    "model": "sec-ch-ua-model",
    "platform": "sec-ch-ua-platform",
    "platformversion": "sec-ch-ua-platform-version",
    "maxtouchpoints": TOUCH_POINTS,
}

_KNOWN_NAMES = frozenset(CLIENT_HINT_HEADERS) | set(_PAGE_NAMES.values())
_MAX_ENTRIES = 64
_MAX_VALUE_LENGTH = 512
_MAX_BRANDS = 10

_BRAND = re.compile(r'"([^"]{1,60})"\s*;\s*v="?(\d[\d.]{0,30})?')
_MADE_UP_BRAND = re.compile(r"^\W*Not(?:[^a-z]|$)")


@dataclass(frozen=True, slots=True)
class Hints:
    """What the browser said besides its user agent; empty where it said nothing."""

    brands: tuple[tuple[str, str], ...] = ()
    full_version: str = ""
    form_factors: tuple[str, ...] = ()
    mobile: bool | None = None
    model: str = ""
    platform: str = ""
    platform_version: str = ""
    package: str = ""
    touch_points: int = 0


NO_HINTS = Hints()

_IPHONE_OR_IPAD = re.compile(r"iPhone|iPad|iPod")


def believable(hints: Hints, user_agent: str) -> Hints:
    """The hints, unless they only echo an agent that sends none.

    No browser on iOS sends hints. Beside such an agent they are those of an emulation: where they
    name another platform, that is the truth; where they name iOS too, the rest is made up.
    """
    if _IPHONE_OR_IPAD.search(user_agent) and hints.platform in ("", "iOS"):
        return NO_HINTS
    return hints


def read(client_hints: Mapping[str, object] | None) -> Hints:
    """Header names in any case; what can't be read counts as not sent."""
    if not client_hints:
        return NO_HINTS
    values = dict(_known(client_hints))
    text = {name: _text(value) for name, value in values.items()}
    full_list = _brands(values.get("sec-ch-ua-full-version-list"))
    return Hints(
        brands=full_list or _brands(values.get("sec-ch-ua")),
        full_version=text.get("sec-ch-ua-full-version", ""),
        form_factors=tuple(re.findall(r"\w+", text.get("sec-ch-ua-form-factors", ""))),
        mobile=_flag(text.get("sec-ch-ua-mobile", "")),
        model=text.get("sec-ch-ua-model", ""),
        platform=text.get("sec-ch-ua-platform", ""),
        platform_version=text.get("sec-ch-ua-platform-version", ""),
        package=text.get("x-requested-with", ""),
        touch_points=_number(text.get(TOUCH_POINTS, "")),
    )


def _known(client_hints: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    for raw_name, value in list(client_hints.items())[:_MAX_ENTRIES]:
        name = str(raw_name)[:64].lower().replace("_", "-").removeprefix("http-")
        name = _PAGE_NAMES.get(name, name)
        if name in _KNOWN_NAMES:
            yield name, value


def _text(value: object) -> str:
    if isinstance(value, list):
        return " ".join(item[:60] for item in value[:_MAX_BRANDS] if isinstance(item, str))
    if not isinstance(value, str | int):
        return ""
    return clean_text(str(value)[:_MAX_VALUE_LENGTH], _MAX_VALUE_LENGTH).strip("\"' ")


def _brands(value: object) -> tuple[tuple[str, str], ...]:
    if isinstance(value, str):
        found = _BRAND.findall(clean_text(value, _MAX_VALUE_LENGTH))
    elif isinstance(value, list):
        found = [
            (_text(item.get("brand")), _text(item.get("version")))
            for item in value[:_MAX_BRANDS]
            if isinstance(item, dict) and isinstance(item.get("brand"), str)
        ]
    else:
        return ()
    return tuple(
        (name, version) for name, version in found if name and not _MADE_UP_BRAND.search(name)
    )


def _flag(value: str) -> bool | None:
    return {"?1": True, "1": True, "True": True, "?0": False, "0": False, "False": False}.get(value)


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else 0
