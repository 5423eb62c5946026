"""The mails that are sent to people."""

from datetime import datetime
from typing import NamedTuple

from sessions_dashboard.devices import scope_of
from sessions_dashboard.sessions import Scope
from sessions_dashboard.words.api_keys import may
from sessions_dashboard.words.common import PRODUCT
from sessions_dashboard.words.devices import place
from sessions_dashboard.words.reading import moment

GREETING = "Hello,"
DEVICE = "Device"
PLACE = "Place"
TIME = "Time"
KEY = "Key"
IT_MAY = "It may"
SOME_DEVICE = "A device"
UNKNOWN_PLACE = "not known"


class Words(NamedTuple):
    """A mail before it has a shape: paragraphs, facts, and one link to follow."""

    subject: str
    opening: str
    facts: tuple[tuple[str, str], ...]
    before_link: str
    link: str
    after_link: str
    closing: str


def reset_password(email: str, facts: tuple[tuple[str, str], ...], until: datetime) -> Words:
    return Words(
        subject="Choose a new password",
        opening=f"somebody asked for a new password for the account {email}.",
        facts=facts,
        before_link="If that was you, choose one here:",
        link="Choose a new password",
        after_link=f"The link works once, until {moment(until)}. "
        "Your new password signs all your devices out.",
        closing="If it was not you, there is nothing to do: your password stays as it is.",
    )


def password_changed(email: str, facts: tuple[tuple[str, str], ...]) -> Words:
    return Words(
        subject="Your password was changed",
        opening=f"the password of your account {email} was changed.",
        facts=facts,
        before_link="If that was you, there is nothing to do. If it was not, choose another "
        "password at once:",
        link="Forgot your password?",
        after_link="You will be sent a link to this address.",
        closing="This email can't be turned off, so that nobody else can do it for you.",
    )


def api_key_made(email: str, facts: tuple[tuple[str, str], ...]) -> Words:
    """Making a key takes the password, so a stranger who made one has it: change the password."""
    return Words(
        subject="An API key was made",
        opening=f"an API key was made for your account {email}. Whoever has it can use the account "
        "without a browser.",
        facts=facts,
        before_link="If that was you, there is nothing to do. If it was not, choose another "
        "password at once:",
        link="Forgot your password?",
        after_link="You will be sent a link to this address. The new password revokes every key "
        "and signs all your devices out.",
        closing="This email can't be turned off, so that nobody else can do it for you.",
    )


def new_device(
    email: str, device: str, facts: tuple[tuple[str, str], ...], until: datetime
) -> Words:
    return Words(
        subject=f"New sign-in: {device}",
        opening=f"your account {email} was signed in to on a browser that it has not been used on "
        "before.",
        facts=facts,
        before_link="If that was you, there is nothing to do. If it was not:",
        link="This wasn't me",
        after_link="It signs all devices out and lets you choose a new password, once you have "
        f"confirmed it there. The link works once, until {moment(until)}.",
        closing="You can turn these emails off on the page Account.",
    )


def facts(details: dict[str, str | None]) -> tuple[tuple[str, str], ...]:
    """The device, place and time that a mail is about, and the key, where it is about one."""
    found: list[tuple[str, str]] = []
    if "key" in details:
        scopes = [Scope(one) for one in (details.get("scopes") or "").split()]
        found += [(KEY, details["key"] or ""), (IT_MAY, may(scopes))]
    if "device" in details:
        found.append((DEVICE, details.get("device") or SOME_DEVICE))
    if "ip_address" in details:
        found.append((PLACE, _place(details)))
    at = details.get("at")
    if at:
        found.append((TIME, moment(datetime.fromisoformat(at))))
    return tuple(found)


def signature(site: str) -> str:
    return f"{PRODUCT}, {site}"


def _place(details: dict[str, str | None]) -> str:
    address = details.get("ip_address") or ""
    known = place(details.get("city"), details.get("country"), scope_of(address))
    return f"{known or UNKNOWN_PLACE} (IP address {address})"
