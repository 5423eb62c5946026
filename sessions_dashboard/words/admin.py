"""The administrator's pages."""

from sessions_dashboard.words.common import plural

LEAD = "Everyone who is signed in now, newest first."
SEARCH = "Search"
SEARCH_HINT = "Email, IP address or device"
USER = "User"
DEVICE = "Device"
ADDRESS = "IP address"
STARTED = "Signed in"
LAST_ACTIVE = "Last active"
ACTION = "Action"
REVOKE = "Revoke"
NEWER = "Newer"
OLDER = "Older"
NO_MATCH_TITLE = "Nothing found"
NO_MATCH = "No active session matches. Try fewer words."
YOURS = "This device"
GONE = "That session is over already."


def total(number: int, at_most: int) -> str:
    if number > at_most:
        return f"more than {at_most:,} active sessions"
    return plural(number, "active session", "active sessions")


def revoke_question(name: str) -> str:
    return f"Revoke {name}?"


def revoke_consequence(name: str, email: str) -> str:
    return f"{email} is signed out on {name} at once and has to sign in again."


def revoked(name: str, email: str) -> str:
    return f"{email} was signed out on {name}."
