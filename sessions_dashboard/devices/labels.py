"""The device in a few words, as its owner would say it."""

from __future__ import annotations

import re

from .model import DeviceKind
from .products import WEB_VIEW

UNKNOWN_LABEL = "Unknown device"

# Agents and hints bring names of their own, and labels stand in mails: what a mail program would
# make a link of, a number to call and a sentence are no names.
_MAX_NAME_LENGTH = 40
_MAX_WORDS = 5
_ADDRESS = re.compile(r"\.(?!(?:js|NET)\b)[^\W\d]|[/:@\\]", re.IGNORECASE)
_CALL = re.compile(r"\d(?:[ ().+-]*\d){6}")

_SPOKEN_BROWSERS = {WEB_VIEW: "In-app browser"}
_SPOKEN_KINDS = {
    DeviceKind.TV: "TV",
    DeviceKind.CONSOLE: "game console",
    DeviceKind.WEARABLE: "watch",
    DeviceKind.CAR: "car",
    DeviceKind.HEADSET: "headset",
    DeviceKind.SPEAKER: "speaker",
    DeviceKind.PHONE: "phone",
    DeviceKind.TABLET: "tablet",
}


def make_label(
    browser: str | None, system: str | None, kind: DeviceKind, machine: str | None
) -> str:
    """``machine`` is a name that says more than the system does: "iPad", "Xbox"."""
    browser, system, machine = (_name(one) for one in (browser, system, machine))
    if kind in (DeviceKind.BOT, DeviceKind.SCRIPT):
        return f"{browser} ({kind})" if browser else f"Unknown {kind}"
    subject = _SPOKEN_BROWSERS.get(browser or "", browser)
    place = machine or _place(system, kind)
    if subject and place:
        return f"{subject} on {place}"
    if subject:
        return subject
    if place:
        return place if machine or system else f"Unknown {place}"
    return UNKNOWN_LABEL


def _name(told: str | None) -> str | None:
    """What an agent says of itself, if it can be a name."""
    if told is None or len(told) > _MAX_NAME_LENGTH or len(told.split()) > _MAX_WORDS:
        return None
    return None if _ADDRESS.search(told) or _CALL.search(told) else told


def _place(system: str | None, kind: DeviceKind) -> str | None:
    if kind in (DeviceKind.TV, DeviceKind.WEARABLE, DeviceKind.CAR) and system in (None, "Linux"):
        return _SPOKEN_KINDS[kind]
    if kind is DeviceKind.TV and system:
        return f"{system.removesuffix(' OS').removesuffix(' TV')} TV"
    if kind is DeviceKind.TABLET and system == "Android":
        return "Android tablet"
    return system or _SPOKEN_KINDS.get(kind)
