"""Versions of browsers: as many figures as people use, and none that isn't true."""

import re

from sessions_dashboard.devices.engine import Agent
from sessions_dashboard.devices.products import WEB_VIEW

_TRIDENT = re.compile(r"Trident/(\d+)")
_WEBKIT_BUILD = re.compile(r"AppleWebKit/(\d+)")
_TRIDENT_TO_IE = {"4": "8", "5": "9", "6": "10", "7": "11"}

# People name these by two figures.
_TWO_FIGURES = frozenset({"Safari"})
# What these put into the agent never moves.
_FROZEN = frozenset({"DuckDuckGo"})


def family_version(name: str, text: str, agent: Agent) -> str | None:
    if name == "Internet Explorer" and (match := _TRIDENT.search(text)):
        return _TRIDENT_TO_IE.get(match[1])
    if name == "Safari":
        return safari_version(text)
    if "CFNetwork" in text or (name == WEB_VIEW and "Chrome/" not in text):
        # The build of an app, the version of the system.
        return None
    if name == "Android Browser" and text.startswith("Dalvik/"):
        # An app without a browser: the version of the system.
        return None
    version = ".".join(map(str, agent.browser.version[:2]))
    build = _WEBKIT_BUILD.search(text)
    if build and version.split(".")[0] == build[1]:
        # Of the engine, repeated where the browser's own should stand.
        return None
    # What Opera said for compatibility from version 10 on.
    return None if version == "9.80" else shorten(name, version)


def safari_version(text: str) -> str | None:
    match = re.search(r"Version/(\d+(?:\.\d+)?)", text)
    return shorten("Safari", match[1]) if match else None


def shorten(name: str, version: str | None) -> str | None:
    """The figures that people use: the major version, for Safari the minor one too."""
    if not version or name in _FROZEN:
        return None
    figures = [figure for figure in version.split(".") if figure.isdigit()]
    if not figures or len(figures[0]) > 4:
        return None
    if name in _TWO_FIGURES and len(figures) > 1 and figures[1] != "0":
        return f"{figures[0]}.{figures[1]}"
    return figures[0]
