"""Ending many sessions as one."""

from sessions_dashboard.sessions.bulk import BulkState
from sessions_dashboard.words.common import plural
from sessions_dashboard.words.reading import number as written

END = "End sessions"
END_SELECTED = "End selected…"
END_MATCHING = "End all that match…"
NONE_MATCHES = "No session matches."
ALL_ENDED = "All that match have ended already."
UNSELECT = "Unselect"
SELECTED = "selected"
NOT_BEFORE = "End all before…"
NOT_BEFORE_TITLE = "Sign out everyone who signed in before a certain time"
NOT_BEFORE_LEAD = "For the day a secret leaks. You see who that is before anything is done."
MOMENT = "Signed in before"
YOUR_ZONE = "In your own time zone."
WHO = "Whose sessions"
EVERYBODY = "Everybody's"
PREVIEW = "Preview"
SIGNED_IN_BEFORE = "Signed in before"
INVALID_MOMENT = "Enter a date and time."
COLLECTING = "Looking them up…"
REASON = "Reason"
REASON_HINT = "Administrators read it in the history."
REASON_MISSING = "Say why: administrators read it in the history."
INCLUDE_OWN = "End my own session too"
END_OWN = "End my own session"
OWN_LEFT_OUT = "Your own session is among them. It is left out unless you say otherwise."
OWN_ALONE_LEFT_OUT = "Your own session is left out unless you say otherwise."
OWN_ENDED = "Your own session is among those ended: you have to sign in again here."
OWN_ALONE_TITLE = "Only your own session"
OWN_ALONE = "No other of these sessions is open."
CONSEQUENCE = "They are signed out at once and have to sign in again. It can't be undone."
NOTHING_TITLE = "Nothing to end"
NOTHING = "None of these sessions is open."
AMONG_THEM = "Among them"
STARTED = "The sessions are being ended."
STOP = "Stop"
STOPPED = "Stopped. What was ended so far stays so."
OUTDATED = "That was counted too long ago, so it was counted anew. Look again, then confirm."
GONE = "That was over already, or was not yours."
OPERATIONS = "Ending sessions"
STATES = {
    BulkState.RUNNING: "Running",
    BulkState.STOPPED: "Stopped",
    BulkState.FINISHED: "Finished",
}


def question(sessions: int, users: int) -> str:
    whose = plural(users, "user", "users")
    return f"End {plural(sessions, 'session', 'sessions')} of {whose}?"


def collected(number: int) -> str:
    return f"{plural(number, 'session', 'sessions')} so far"


def type_number(number: int) -> str:
    return f"Type {number} to confirm"


def wrong_number(number: int) -> str:
    return f"Type {number}, the number of sessions that will be ended."


def progress(done: int, total: int) -> str:
    return f"{written(done)} of {plural(total, 'session', 'sessions')}"


def outcome(ended: int, already_over: int, failed: int, left: int) -> str:
    parts = [f"{written(ended)} ended", *not_ended(already_over, failed)]
    if left:
        parts.append(plural(left, "was left", "were left"))
    return ", ".join(parts)


def not_ended(already_over: int, failed: int) -> list[str]:
    parts = []
    if already_over:
        parts.append(plural(already_over, "was over already", "were over already"))
    if failed:
        parts.append(f"{written(failed)} failed")
    return parts


def began_by(email: str, reason: str) -> str:
    return f"{email}: {reason}" if reason else email
