"""The part of the page Account about API keys."""

from collections.abc import Sequence

from sessions_dashboard.sessions import Scope
from sessions_dashboard.words.common import plural
from sessions_dashboard.words.reading import number

TITLE = "API keys"
LEAD = "For programs of yours that use the API instead of a browser."
DOCS = "What the API can do"
ADD = "New key"
NONE = "No program has a key."
MADE = "Made"
LAST_USED = "Last used"
NEVER_USED = "Never used"
FROM = "from"
EXPIRES = "Expires"
EXPIRED = "Expired"
REVOKE = "Revoke"

FORM_TITLE = "New API key"
FORM_LEAD = "Give it no more than its program needs."
NAME = "Name"
NAME_HINT = "What is it for?"
SCOPES = "It may"
LIFETIME = "It expires after"
CREATE = "Create key"

KEY_TITLE = "Your new key"
KEY_LEAD = "Shown this once. Whoever has it can do what you allowed: keep it like a password."
KEY_LABEL = "API key"

REVOKE_CONSEQUENCE = "Programs that use it are refused at once. This can't be taken back."
NONE_OF_THEIRS = "No program has a key of this account."
NO_NAME = "Give the key a name."
NO_SCOPE = "Choose at least one thing that it may do."
LONG_NAME = "That name is too long."
ADMINS_ONLY = "Only administrators can give a key that right."
GONE = "That key is revoked already."
# By scope: as one chooses it, and in a list of what a key may do.
SCOPE_CHOICES = {
    Scope.OWN_READ: "See your devices and activity",
    Scope.OWN_WRITE: "Rename your devices and sign them out",
    Scope.ADMIN_READ: "See everybody's sessions, accounts, keys and events, and the policy",
    Scope.ADMIN_WRITE: "Sign anybody out, make and change accounts, and change the policy",
}
# Of somebody else's key.
SCOPES_OF_OTHERS = SCOPE_CHOICES | {
    Scope.OWN_READ: "See the account's devices and activity",
    Scope.OWN_WRITE: "Rename the account's devices and sign them out",
}


def lifetime(days: int) -> str:
    return plural(days, "day", "days")


def too_many(most: int) -> str:
    return f"You have {number(most)} keys, which is as many as there can be. Revoke one first."


def may(scopes: Sequence[Scope], *, of_another: bool = False) -> str:
    """ "See your devices and activity · Sign anybody out"."""
    said = SCOPES_OF_OTHERS if of_another else SCOPE_CHOICES
    return " · ".join(said[scope] for scope in said if scope in scopes)


def revoke_question(name: str) -> str:
    return f"Revoke {name}?"


def revoke_consequence(email: str) -> str:
    return f"Programs of {email} that use it are refused at once. This can't be taken back."


def revoked(name: str) -> str:
    return f"{name} was revoked."
