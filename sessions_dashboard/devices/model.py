"""What the rest of the program knows about a device."""

from dataclasses import dataclass
from enum import StrEnum


class DeviceKind(StrEnum):
    PHONE = "phone"
    TABLET = "tablet"
    DESKTOP = "desktop"
    TV = "tv"
    CONSOLE = "console"
    WEARABLE = "wearable"
    CAR = "car"
    HEADSET = "headset"
    SPEAKER = "speaker"
    BOT = "bot"
    SCRIPT = "script"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Device:
    """A browser on a machine, named as its owner would name it.

    A version is `None` where the agent is known to lie about it. `bot` is true for crawlers
    and monitors; HTTP libraries and command-line tools are `DeviceKind.SCRIPT` instead: they
    may well act for the person who owns the account.
    """

    browser: str | None
    browser_version: str | None
    os: str | None
    os_version: str | None
    kind: DeviceKind
    bot: bool
    label: str
