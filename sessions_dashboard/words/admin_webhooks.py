"""The administrators' page about webhooks."""

from collections.abc import Sequence

from sessions_dashboard.sessions.deliveries import TEST, Failure
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.webhook_urls import UrlProblem
from sessions_dashboard.words import admin_events
from sessions_dashboard.words.reading import number as in_digits

TITLE = "Webhooks"
LEAD = "Programs of yours that are told of what happens, as soon as it does."
ADD = "Add endpoint"
NONE_TITLE = "Nobody is told yet"
NONE = "Add the address of a program: it gets every event as a signed request."
ENDPOINTS = "Endpoints"
ADDED = "Added"
TOLD_OF = "Told of"
DISABLED = "Disabled"
NEW_SECRET_SINCE = "New secret"
CHANGE = "Choose events"
TEST_BUTTON = "Send test"

DELIVERIES = "Deliveries"
NO_DELIVERIES = "Nothing was sent yet."
KEPT = "Kept for 14 days. What fails is tried eight times over a day."
CREATED = "When"
WHAT = "What happened"
ENDPOINT = "Endpoint"
STATE = "State"
TOOK = "Took"
AGAIN = "Repeat"
SEND_AGAIN = "Send again"
NEXT_TRY = "Next try"
OLDER = "Older"
NEWER = "Newer"

ADD_TITLE = "Add an endpoint"
ADD_LEAD = "Requests are signed; you get the secret to check them with next."
CHANGE_TITLE = "What is it told of?"
URL = "Address"
URL_HINT = "https://…"
EVERYTHING = "Everything, now and in later versions"
KINDS = "Kinds of events"
SAVE = "Save"
CREATE = "Add"

SECRET_TITLE = "The signing secret"
SECRET_LEAD = (
    "Shown this once. Give it to the receiver, which checks every request's webhook-signature "
    "with it (Standard Webhooks)."
)
SECRET_LABEL = "Secret"

# What can be done to an endpoint: the button's words, the question and what will happen.
DEEDS = {
    "rotate": (
        "New secret",
        "Make a new secret?",
        "Requests to {host} are signed with the new one at once, and with the former one as well "
        "for a day.",
    ),
    "disable": (
        "Disable",
        "Disable this endpoint?",
        "{host} is told of nothing until you enable it again. What waits for it is given up.",
    ),
    "enable": (
        "Enable",
        "Enable this endpoint?",
        "{host} is told of what happens from now on; what happened meanwhile is not sent.",
    ),
    "delete": (
        "Delete",
        "Delete this endpoint?",
        "{host} is told of nothing any more, and its deliveries are deleted.",
    ),
}
DONE = {
    "disable": "{host} is disabled.",
    "enable": "{host} is told of events again.",
    "delete": "{host} was deleted.",
    "test": "A test is on its way to {host}.",
    "kinds": "{host} is told of what you chose.",
    "again": "It is on its way again.",
}
NOT_NOW = "That can't be sent now: it is on its way at this moment, or its endpoint is disabled."
GONE = "That endpoint is not there any more."
TOO_MANY = "There are as many endpoints as there can be. Delete one first."
NO_KINDS = "Choose at least one kind, or everything."
URL_PROBLEMS = {
    UrlProblem.NOT_AN_ADDRESS: "Enter an address such as https://example.com/hooks.",
    UrlProblem.NOT_HTTPS: "The address has to begin with https://.",
    UrlProblem.PRIVATE: (
        "That address is inside your own network. The setting WEBHOOKS_PRIVATE_ADDRESSES allows it."
    ),
}

FAILURES = {
    Failure.STATUS: "Not accepted",
    Failure.TIMEOUT: "No answer in time",
    Failure.UNREACHABLE: "Can't be reached",
    Failure.TLS: "Its certificate is not right",
    Failure.ADDRESS: "Leads into your own network",
    Failure.DISABLED: "The endpoint was disabled",
}
DELIVERED = "Delivered"
FAILED = "Given up"
WAITING = "Waiting"
SENDING = "Sending"
RETRYING = "Failed"
TEST_EVENT = "Test"


def kind(value: str) -> str:
    if value == TEST:
        return TEST_EVENT
    return admin_events.kind(EventKind(value)) if value in list(EventKind) else value


def kinds(chosen: Sequence[str] | None) -> str:
    """ "everything", or "sign-ins, failed sign-ins and 3 more"."""
    if chosen is None:
        return "everything"
    names = [_lower(kind(value)) for value in chosen]
    if len(names) <= 3:
        return ", ".join(names)
    return f"{', '.join(names[:2])} and {len(names) - 2} more"


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def button(deed: str) -> str:
    return DEEDS[deed][0] if deed in DEEDS else ""


def question(deed: str) -> str:
    return DEEDS[deed][1] if deed in DEEDS else ""


def consequence(deed: str, host: str) -> str:
    return DEEDS[deed][2].format(host=host) if deed in DEEDS else ""


def done(deed: str, host: str) -> str:
    return DONE[deed].format(host=host)


def took(milliseconds: int | None) -> str:
    if milliseconds is None:
        return ""
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    return f"{in_digits(milliseconds / 1000, 1)} s"
