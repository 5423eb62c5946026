"""The page Your devices."""

from datetime import timedelta

from sessions_dashboard.devices import Scope
from sessions_dashboard.words.common import plural
from sessions_dashboard.words.reading import number as in_digits

LEAD = "These browsers are signed in to your account. Sign out any that you don't recognise."
THIS_DEVICE = "This device"
OTHER_DEVICES = "Other devices"
ACTIVE_NOW = "Active now"
LAST_ACTIVE = "Last active"
STARTED = "Signed in"
EXPIRES = "Expires"
ADDRESS = "IP address"
NO_OTHERS_TITLE = "No other devices"
NO_OTHERS = "You are signed in on this device only."
REVOKE = "Revoke"
SIGN_OUT_OTHERS = "Sign out all other devices"
SIGN_OUT_OTHERS_QUESTION = "Sign out all other devices?"
RENAME = "Rename"
RENAME_LABEL = "Name"
RENAME_HINT = "Leave it empty to use the browser's own name."
UNCONFIRMED = "Not confirmed"
DETAILS_OF = "Details of"
DETAILS = "Details"
FIRST_SEEN = "First seen"
LAST_SEEN = "Last seen"
NETWORK = "Network"
BROWSER_VERSION = "Browser version"
USER_AGENT = "The browser says"
CHANGES = "Since it signed in"
NO_CHANGES = "Always used from the same address, with the same browser."
ALL_HISTORY = "Everything that happened on it"
NARROW = "Show"
SELECT = "Select"
SELECT_ALL = "Select all"
SELECTED = "selected"
REVOKE_SELECTED = "Revoke selected"
REVIEW = "Review"
ADVICE = "Advice"
HISTORY = "History"
HISTORY_OF = "History of"
SAVE = "Save"
GONE = "That device is signed out already."
NAME_TOO_LONG = "A name can have 64 characters at most."


SCOPES: dict[Scope, str] = {"loopback": "This computer", "private": "Private network"}


def place(city: str | None, country: str | None, scope: Scope) -> str:
    """Where a device is; empty where nothing is known.

    A city from an address is a guess: databases agree on it in a third of the cases.
    """
    if city and city != country:
        return f"near {city}, {country}" if country else f"near {city}"
    return country or SCOPES.get(scope, "")


KINDS = {
    "phone": "Phone",
    "tablet": "Tablet",
    "desktop": "Computer",
    "tv": "TV",
    "console": "Game console",
    "wearable": "Watch",
    "car": "Car",
    "headset": "Headset",
    "speaker": "Speaker",
    "bot": "Bot",
    "script": "Script",
}
UNKNOWN_KIND = "Unknown"


def device_kind(value: str) -> str:
    """A kind of device where there has to be a word for it."""
    return KINDS.get(value, UNKNOWN_KIND)


def kind_beside(place: str, value: str) -> str:
    """A kind of device on a line with its place, which may have said it already."""
    if value == "desktop" and place == SCOPES["loopback"]:
        return ""
    return KINDS.get(value, "")


def duration(span: timedelta) -> str:
    """In whole days; in hours below two days."""
    if span < timedelta(days=2):
        return plural(max(1, round(span / timedelta(hours=1))), "hour", "hours")
    return plural(round(span / timedelta(days=1)), "day", "days")


def kind(name: str, inactive: timedelta, number: int) -> str:
    """What the list can be narrowed to, with how many it would leave."""
    said = {
        "all": "All",
        "inactive": f"Not used for {duration(inactive)}",
        "new": "New",
        "unconfirmed": UNCONFIRMED,
    }[name]
    return f"{said} ({in_digits(number)})"


def inactive_advice(number: int, inactive: timedelta) -> str:
    have = plural(number, "device has", "devices have")
    return f"{have} not been used for {duration(inactive)} or longer."


def selected(number: int) -> str:
    return f"{in_digits(number)} {SELECTED}"


def revoke_several_question(number: int) -> str:
    return f"Revoke {plural(number, 'device', 'devices')}?"


def revoke_several_consequence(names: list[str]) -> str:
    shown, more = names[:5], len(names) - 5
    rest = f" and {plural(more, 'other', 'others')}" if more > 0 else ""
    return f"Signed out at once: {', '.join(shown)}{rest}."


def several_revoked(number: int) -> str:
    return f"{plural(number, 'device was', 'devices were')} signed out."


def revoke_question(name: str) -> str:
    return f"Revoke {name}?"


def revoke_consequence(name: str) -> str:
    return f"{name} is signed out at once. Whoever uses it has to sign in again."


def sign_out_others_consequence(number: int) -> str:
    return (
        f"{plural(number, 'device is', 'devices are')} signed out at once. "
        "You stay signed in on this one."
    )


def revoked(name: str) -> str:
    return f"{name} was signed out."


def others_revoked(number: int) -> str:
    if number == 0:
        return "No other devices were signed in."
    return f"{plural(number, 'other device was', 'other devices were')} signed out."


def renamed(name: str) -> str:
    return f"The device is now called {name}."


def more_not_shown(number: int) -> str:
    return f"{plural(number, 'more device is', 'more devices are')} not shown."
