"""The administrators' page with the history of everyone."""

from sessions_dashboard.sessions.history import EventKind, HistoryEvent
from sessions_dashboard.sessions.policy import EndReason
from sessions_dashboard.words import activity

TITLE = "Events"
LEAD = "What happened to every account, the newest first."
SEARCH = "Search"
SEARCH_HINT = "Email, IP address or device"
NETWORK = "Address or network"
NETWORK_HINT = "203.0.113.0/24"
UNREADABLE_NETWORK = "The network could not be read. Write it like 203.0.113.7 or 203.0.113.0/24."
KIND = "What happened"
ANY_KIND = "Anything"
REASON = "Why a session ended"
ANY_REASON = "Any reason"
FROM = "From (UTC)"
TO = "Before (UTC)"
# What the chip of a search says.
NAMES = {
    "q": SEARCH,
    "network": NETWORK,
    "kind": KIND,
    "reason": REASON,
    "from": "From",
    "to": "Before",
}
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
REASONS = {
    EndReason.SIGNED_OUT: "Signed out",
    EndReason.REVOKED: "Revoked by the user",
    EndReason.REVOKED_BY_ADMIN: "Revoked by an administrator",
    EndReason.REVOKED_BY_EMAIL: "Revoked through an email",
    EndReason.PASSWORD_CHANGED: "New password",
    EndReason.LIMIT: "Too many devices",
    EndReason.IDLE: "Not used",
    EndReason.LIFETIME: "Reached its end",
    EndReason.IP_CHANGED: "Address changed",
    EndReason.USER_AGENT_CHANGED: "Browser changed",
    EndReason.TOKEN_REUSED: "Copied cookie",
    EndReason.ACCOUNT_DISABLED: "Account disabled",
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


def kind(value: EventKind) -> str:
    return KINDS.get(value, value.value.replace("_", " ").capitalize())


def reason(value: EndReason) -> str:
    return REASONS.get(value, value.value.replace("_", " ").capitalize())
