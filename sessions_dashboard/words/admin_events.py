"""The administrators' page with the history of everyone."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from sessions_dashboard.devices.countries import COUNTRY_NAMES
from sessions_dashboard.sessions.event_filters import EventFilter
from sessions_dashboard.sessions.filters import read_view
from sessions_dashboard.sessions.history import EventKind, HistoryEvent
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.words import activity, admin, admin_policy, admin_users, bulk
from sessions_dashboard.words.devices import device_kind
from sessions_dashboard.words.reading import minute_in_utc

TITLE = "Events"
LEAD = "What happened to every account. What you see is in the address: send it to a colleague."
SEARCH = "Search"
SEARCH_HINT = "Email, IP address or device"
NETWORK = "Address or network"
NETWORK_HINT = "203.0.113.0/24"
USER_HINT = "ada@example.com"
KIND = "What happened"
REASON = "Why a session ended"
BY_ADMIN = "Done by an administrator"
# What the chip of a search says.
NAMES = {
    "q": SEARCH,
    "user": admin.USER,
    "role": admin.NAMES["role"],
    "browser": admin.NAMES["browser"],
    "os": admin.NAMES["os"],
    "device_kind": admin.NAMES["kind"],
    "country": admin.NAMES["country"],
    "new_device": admin.NAMES["new_device"],
    "moved": admin.NAMES["moved"],
    "network": NETWORK,
    "kind": KIND,
    "reason": REASON,
    "by_admin": BY_ADMIN,
    "from": "From",
    "to": "Before",
    "sort": admin.NAMES["sort"],
}
# What has to be so, and what of the event's session.
OWN_FLAGS = ("by_admin",)
FLAGS_OF_SESSION = ("new_device", "moved")
FLAGS = OWN_FLAGS + FLAGS_OF_SESSION
OF_SESSION = "The event's session"
ONLY_OF_SESSION = (
    "Finds no event without a session, like a failed sign-in, and none whose session the clean-up "
    "has deleted."
)
APPLY = "Search"
FILTERS = "Filters"
FILTER = "Apply"
CLEAR = "Clear all"
AT = "When"
USER = "User"
WHAT = "What happened"
ADDRESS = "IP address"
BY = "Done by"
NOBODY = "—"
# Before what somebody typed.
GIVEN_REASON = "Reason:"
OLDER = "Older"
NEWER = "Newer"
NO_MATCH_TITLE = "Nothing found"
NO_MATCH = "No event matches. Try fewer words or more time."

KINDS = {
    EventKind.SIGNED_IN: "Sign-ins",
    EventKind.SIGN_IN_FAILED: "Failed sign-ins",
    EventKind.ENDED: "Ends of sessions",
    EventKind.PASSWORD_CHANGED: "Changed passwords",
    EventKind.CONFIRMED: "Passwords entered again",
    EventKind.PASSWORD_RESET_REQUESTED: "Requests for a new password",
    EventKind.PASSWORD_RESET: "Passwords chosen by link",
    EventKind.RENAMED: "Renamed devices",
    EventKind.NEW_DEVICE: "New devices",
    EventKind.DEVICE_CONFIRMED: "Devices confirmed",
    EventKind.DEVICE_DENIED: "Devices denied",
    EventKind.DEVICE_MAILS_ON: "Mails about devices, on",
    EventKind.DEVICE_MAILS_OFF: "Mails about devices, off",
    EventKind.ACCOUNT_CREATED: "New accounts",
    EventKind.ACCOUNT_DISABLED: "Disabled accounts",
    EventKind.ACCOUNT_ENABLED: "Enabled accounts",
    EventKind.ADMIN_GRANTED: "New administrators",
    EventKind.ADMIN_WITHDRAWN: "Former administrators",
    EventKind.LINK_MADE: "Password links",
    EventKind.POLICY_CHANGED: "Changes of the policy",
    EventKind.CLEANED_UP: "Clean-ups",
    EventKind.ROTATED: "Renewed sessions",
    EventKind.EXPORTED: "Exported lists",
    EventKind.RESUMED_ELSEWHERE: "Moves to another address or browser",
    EventKind.BULK_END_STARTED: "Ends of many sessions, begun",
    EventKind.BULK_END_FINISHED: "Ends of many sessions, done",
    EventKind.API_KEY_CREATED: "New API keys",
    EventKind.API_KEY_REVOKED: "Revoked API keys",
    EventKind.WEBHOOK_ADDED: "New webhooks",
    EventKind.WEBHOOK_CHANGED: "Changed webhooks",
    EventKind.WEBHOOK_DELETED: "Deleted webhooks",
}


# What its owner reads as "you".
OF_ITS_OWNER = {
    EventKind.DEVICE_CONFIRMED: "The owner confirmed {device}",
    EventKind.DEVICE_DENIED: "The owner said that {device} was somebody else",
}


def sentence(event: HistoryEvent) -> str:
    """What happened, as an administrator reads it of somebody else."""
    if event.kind in OF_ITS_OWNER:
        return OF_ITS_OWNER[event.kind].format(device=event.device or activity.SOME_DEVICE)
    return activity.sentence(event)


def more(event: HistoryEvent) -> str:
    """What its details say beyond the sentence, in short words; empty where that is nothing."""
    details = event.details
    match event.kind:
        case EventKind.POLICY_CHANGED:
            return _policy_changes(details.get("changes", {}), details.get("before", {}))
        case EventKind.BULK_END_STARTED:
            return _filtered_by("sessions", details.get("filter", {}))
        case EventKind.BULK_END_FINISHED:
            left = bulk.not_ended(details.get("already_over", 0), details.get("failed", 0))
            return ", ".join(left)
        case EventKind.EXPORTED:
            return _filtered_by(details.get("list", ""), details.get("filter", {}))
        case _:
            return ""


def _policy_changes(changes: dict[str, Any], before: dict[str, Any]) -> str:
    # All of them at once, of nothing: what the server was first started with.
    is_first = not before and len(changes) == len(fields(Policy))
    return admin_policy.FIRST if is_first else admin_policy.changes_told(changes, before)


def _filtered_by(kept: str, parameters: dict[str, str]) -> str:
    """What a list was narrowed to; its parameters are those of its address."""
    match kept:
        case "sessions":
            parts = admin.filter_words(read_view(parameters).view)
        case "events":
            parts = filter_words(EventFilter.read(parameters))
        case _:
            parts = admin_users.filter_words(parameters)
    return "; ".join(parts.values())


def filter_words(wanted: EventFilter) -> dict[str, str]:
    """What is looked for, by the parameter that says so: "What happened: Sign-ins"."""
    said = {
        "role": admin.ROLES[wanted.role] if wanted.role else "",
        "device_kind": device_kind(wanted.device_kind) if wanted.device_kind else "",
        "country": COUNTRY_NAMES.get(wanted.country, wanted.country),
        "kind": kind(wanted.kind) if wanted.kind else "",
        "reason": admin.REASONS[wanted.reason] if wanted.reason else "",
        "from": minute_in_utc(wanted.since) if wanted.since else "",
        "to": minute_in_utc(wanted.until) if wanted.until else "",
    }
    return {
        name: NAMES[name] if name in FLAGS else f"{NAMES[name]}: {said.get(name, value)}"
        for name, value in wanted.parameters().items()
    }


def total(number: int, *, is_exact: bool, least: int) -> str:
    return admin.total(number, is_exact=is_exact, least=least, one="event", many="events")


def unreadable(names: Iterable[str]) -> str:
    return admin.unreadable(names, NAMES)


def kind(value: EventKind) -> str:
    return KINDS.get(value, value.value.replace("_", " ").capitalize())
