"""The administrators' page with the history of everyone."""

from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.policy import EndReason

TITLE = "Events"
LEAD = "What happened to every account, the newest first."
SEARCH = "Search"
SEARCH_HINT = "Start of an email or IP address, or a device"
KIND = "What happened"
ANY_KIND = "Anything"
REASON = "Why a session ended"
ANY_REASON = "Any reason"
FROM = "From day (UTC)"
TO = "To day (UTC)"
APPLY = "Search"
CLEAR = "Clear"
NEWS = "There is something new. Show it"
AT = "When"
USER = "User"
WHAT = "What happened"
ADDRESS = "IP address"
BY = "Done by"
NOBODY = "—"
OLDER = "Older"
NEWER = "Newer"
NO_MATCH_TITLE = "Nothing found"
NO_MATCH = "No event matches. Try fewer words or more days."

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
    EventKind.RESUMED_ELSEWHERE: "Uses from elsewhere",
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
    EventKind.BULK_END_STARTED: "Ends of many sessions, begun",
    EventKind.BULK_END_FINISHED: "Ends of many sessions, done",
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


def kind(value: EventKind) -> str:
    return KINDS.get(value, value.value.replace("_", " ").capitalize())


def reason(value: EndReason) -> str:
    return REASONS.get(value, value.value.replace("_", " ").capitalize())
