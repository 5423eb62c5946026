"""The page Your devices."""

from sessions_dashboard.devices import Scope
from sessions_dashboard.words.common import plural

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


def rename_title(name: str) -> str:
    return f"Rename {name}"


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
