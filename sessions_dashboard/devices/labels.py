"""The device in a few words, as its owner would say it."""

from __future__ import annotations

from .model import DeviceKind
from .products import WEB_VIEW

UNKNOWN_LABEL = "Unknown device"

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


def _place(system: str | None, kind: DeviceKind) -> str | None:
    if kind in (DeviceKind.TV, DeviceKind.WEARABLE, DeviceKind.CAR) and system in (None, "Linux"):
        return _SPOKEN_KINDS[kind]
    if kind is DeviceKind.TV and system:
        return f"{system.removesuffix(' OS').removesuffix(' TV')} TV"
    if kind is DeviceKind.TABLET and system == "Android":
        return "Android tablet"
    return system or _SPOKEN_KINDS.get(kind)
