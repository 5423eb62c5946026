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


def sentence(event: HistoryEvent) -> str:
    """What happened, as one would say it."""
    device = event.device or SOME_DEVICE
    match event.kind:
        case EventKind.SIGNED_IN:
            return f"{device} signed in"
        case EventKind.SIGN_IN_FAILED:
            return f"Somebody entered a wrong password on {device}"
        case EventKind.RENAMED:
            return f"{device} was renamed to {event.details.get('name', '')}"
        case EventKind.RESUMED_ELSEWHERE:
            return _moved(device, event.details)
        case EventKind.CONFIRMED:
            return f"The password was entered again on {device}"
        case EventKind.PASSWORD_CHANGED:
            return "The password was changed"
        case EventKind.PASSWORD_RESET_REQUESTED:
            return f"Somebody on {device} asked for a link to choose a new password"
        case EventKind.PASSWORD_RESET:
            return "A new password was chosen through a link in an email"
        case EventKind.NEW_DEVICE:
            return f"{device} was new to this account"
        case EventKind.DEVICE_CONFIRMED:
            return f"You said that {device} was you"
        case EventKind.DEVICE_DENIED:
            return f"You said that {device} was not you"
        case EventKind.DEVICE_MAILS_ON:
            return "Emails about new devices were turned on"
        case EventKind.DEVICE_MAILS_OFF:
            return "Emails about new devices were turned off"
        case EventKind.ENDED:
            return ENDED[event.end_reason or EndReason.SIGNED_OUT].format(device=device)
        case EventKind.ROTATED:
            return "A session was renewed"
        case EventKind.POLICY_CHANGED:
            return "The session policy was changed"
        case EventKind.CLEANED_UP:
            return "Old sessions were deleted"
        case EventKind.EXPORTED:
            return f"A list of {event.details.get('list', 'sessions')} was exported"
        case EventKind.BULK_END_STARTED:
            return f"Ending {plural(event.details.get('total', 0), *SESSIONS)} was started"
        case EventKind.BULK_END_FINISHED:
            return _ended_together(event.details)
        case EventKind.ACCOUNT_CREATED:
            return "The account was made"
        case EventKind.ACCOUNT_DISABLED:
            return "An administrator disabled the account"
        case EventKind.ACCOUNT_ENABLED:
            return "An administrator enabled the account again"
        case EventKind.ADMIN_GRANTED:
            return "The account was made an administrator"
        case EventKind.ADMIN_WITHDRAWN:
            return "The account is no administrator any more"
        case EventKind.LINK_MADE:
            return "An administrator made a link to choose a new password"
        case EventKind.API_KEY_CREATED:
            return f"The API key {event.details.get('name', '')} was made"
        case EventKind.API_KEY_REVOKED:
            return _key_revoked(event.details)
        case EventKind.WEBHOOK_ADDED:
            return f"{event.details.get('host')} is told of events from now on"
        case EventKind.WEBHOOK_CHANGED:
            return _webhook_changed(event.details)
        case EventKind.WEBHOOK_DELETED:
            return f"{event.details.get('host')} is told of events no more"


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
