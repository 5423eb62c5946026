"""The page Activity: the security history in words."""

from typing import Any

from sessions_dashboard.sessions.bulk import BulkState
from sessions_dashboard.sessions.history import EventKind, HistoryEvent
from sessions_dashboard.sessions.policy import EndReason
from sessions_dashboard.words.common import plural

TITLE = "Activity"
LEAD = "What happened to your account: sign-ins, sign-outs and changes."
EMPTY_TITLE = "Nothing yet"
EMPTY = "Sign-ins and sign-outs will be listed here."
OLDER = "Older"
NEWER = "Newer"
ENDED_TITLE = "Signed out in the last 30 days"
ONLY = "Only what happened on"
SHOW_ALL = "Show everything"
TODAY = "Today"
YESTERDAY = "Yesterday"
SOME_DEVICE = "A device"
SESSIONS = ("session", "sessions")

ENDED = {
    EndReason.SIGNED_OUT: "{device} signed out",
    EndReason.REVOKED: "{device} was signed out",
    EndReason.REVOKED_BY_ADMIN: "An administrator signed {device} out",
    EndReason.REVOKED_BY_EMAIL: "{device} was signed out through a link in an email",
    EndReason.PASSWORD_CHANGED: "{device} was signed out by the new password",
    EndReason.LIMIT: "{device} was signed out: too many devices",
    EndReason.IDLE: "{device} was signed out: not used for a while",
    EndReason.LIFETIME: "{device} was signed out: the session reached its end",
    EndReason.IP_CHANGED: "{device} was signed out: its network address changed",
    EndReason.USER_AGENT_CHANGED: "{device} was signed out: its browser changed",
    EndReason.TOKEN_REUSED: "{device} was signed out: somebody used a copy of its cookie",
    EndReason.ACCOUNT_DISABLED: "{device} was signed out: the account was disabled",
}

REACTIONS = {
    "note": "it was noted",
    "step_up": "the password was asked for",
    "end": "the session was ended",
}


# What needs no more than the device's name.
HAPPENED = {
    EventKind.SIGNED_IN: "{device} signed in",
    EventKind.SIGN_IN_FAILED: "Somebody entered a wrong password on {device}",
    EventKind.CONFIRMED: "The password was entered again on {device}",
    EventKind.PASSWORD_CHANGED: "The password was changed",
    EventKind.PASSWORD_RESET_REQUESTED: (
        "Somebody on {device} asked for a link to choose a new password"
    ),
    EventKind.PASSWORD_RESET: "A new password was chosen through a link in an email",
    EventKind.NEW_DEVICE: "{device} was new to this account",
    EventKind.DEVICE_CONFIRMED: "You said that {device} was you",
    EventKind.DEVICE_DENIED: "You said that {device} was not you",
    EventKind.DEVICE_MAILS_ON: "Emails about new devices were turned on",
    EventKind.DEVICE_MAILS_OFF: "Emails about new devices were turned off",
    EventKind.ROTATED: "A session was renewed",
    EventKind.POLICY_CHANGED: "The session policy was changed",
    EventKind.CLEANED_UP: "Old sessions were deleted",
    EventKind.ACCOUNT_CREATED: "The account was made",
    EventKind.ACCOUNT_DISABLED: "An administrator disabled the account",
    EventKind.ACCOUNT_ENABLED: "An administrator enabled the account again",
    EventKind.ADMIN_GRANTED: "The account was made an administrator",
    EventKind.ADMIN_WITHDRAWN: "The account is no administrator any more",
    EventKind.LINK_MADE: "An administrator made a link to choose a new password",
}


def sentence(event: HistoryEvent) -> str:
    """What happened, as one would say it."""
    device, details = event.device or SOME_DEVICE, event.details
    match event.kind:
        case EventKind.ENDED:
            return ENDED[event.end_reason or EndReason.SIGNED_OUT].format(device=device)
        case EventKind.RENAMED:
            return f"{device} was renamed to {details.get('name', '')}"
        case EventKind.RESUMED_ELSEWHERE:
            return _moved(device, details)
        case EventKind.EXPORTED:
            return f"A list of {details.get('list', 'sessions')} was exported"
        case EventKind.BULK_END_STARTED:
            return f"Ending {plural(details.get('total', 0), *SESSIONS)} was started"
        case EventKind.BULK_END_FINISHED:
            return _ended_together(details)
        case EventKind.API_KEY_CREATED:
            return f"The API key {details.get('name', '')} was made"
        case EventKind.API_KEY_REVOKED:
            return _key_revoked(details)
        case EventKind.WEBHOOK_ADDED:
            return f"{details.get('host')} is told of events from now on"
        case EventKind.WEBHOOK_CHANGED:
            return _webhook_changed(details)
        case EventKind.WEBHOOK_DELETED:
            return f"{details.get('host')} is told of events no more"
        case plain:
            return HAPPENED[plain].format(device=device)


def _key_revoked(details: dict[str, Any]) -> str:
    name = details.get("name", "")
    if details.get("by_admin"):
        return f"An administrator revoked the API key {name}"
    return f"The API key {name} was revoked"


def _ended_together(details: dict[str, Any]) -> str:
    ended = plural(details.get("ended", 0), "session was ended", "sessions were ended")
    if details.get("state") == BulkState.STOPPED:
        return f"Ending {plural(details.get('total', 0), *SESSIONS)} was stopped: {ended}"
    return f"{ended} together"


def _webhook_changed(details: dict[str, Any]) -> str:
    what = {
        "kinds": "is told of other events",
        "secret": "has a new secret",
        "enabled": "is told of events again",
        "disabled": "is told of no events until it is enabled again",
    }
    return f"{details.get('host')} {what.get(details.get('what', ''), 'was changed')}"


def _moved(device: str, details: dict[str, Any]) -> str:
    if details.get("what") == "ip_address":
        said = f"{device} was used from another address"
    else:
        said = f"{device} was {details.get('from')} and is now {details.get('to')}"
    return (
        f"{said}; {REACTIONS[details['reaction']]}"
        if details.get("reaction") in REACTIONS
        else said
    )


def done_from(device: str) -> str:
    return f"from {device}"


def done_with_key(name: str) -> str:
    return f"with the API key {name}"
