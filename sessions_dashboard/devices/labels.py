"""The device in a few words, as its owner would say it."""

import re

from sessions_dashboard.devices.model import DeviceKind
from sessions_dashboard.devices.products import WEB_VIEW

UNKNOWN_LABEL = "Unknown device"
# Between a browser and where it is.
ON = " on "

# Agents and hints bring names of their own, and labels appear in mails: nothing that a mail program
# would turn into a link, no number to call and no sentence is a name.
_MAX_NAME_LENGTH = 40
_MAX_WORDS = 5
_ADDRESS = re.compile(r"\.(?!(?:js|NET)\b)[^\W\d]|[/:@\\]", re.IGNORECASE)
_CALL = re.compile(r"\d(?:[ ().+-]*\d){6}")

SPOKEN_BROWSERS = {WEB_VIEW: "In-app browser"}
SPOKEN_KINDS = {
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
    """`machine` is a name that says more than the system does: "iPad", "Xbox"."""
    browser, system, machine = (_name(one) for one in (browser, system, machine))
    if kind in (DeviceKind.BOT, DeviceKind.SCRIPT):
        return f"{browser} ({kind})" if browser else f"Unknown {kind}"
    subject = SPOKEN_BROWSERS.get(browser or "", browser)
    place = machine or _place(system, kind)
    if subject and place:
        return subject + ON + place
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
        return SPOKEN_KINDS[kind]
    if kind is DeviceKind.TV and system:
        return television(system)
    if kind is DeviceKind.TABLET and system == "Android":
        return "Android tablet"
    return system or SPOKEN_KINDS.get(kind)


def television(system: str) -> str:
    """What a television with this system is called."""
    return f"{system.removesuffix(' OS').removesuffix(' TV')} TV"
