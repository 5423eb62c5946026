"""The administrators' pages about accounts."""

from collections.abc import Mapping

from sessions_dashboard.accounts.directory import AccountSort
from sessions_dashboard.words.common import plural
from sessions_dashboard.words.reading import number as written

TITLE = "Users"
LEAD = "Everyone who has an account."
SEARCH = "Search"
SEARCH_HINT = "Part of an email address"
SHOW = "Show"
KINDS = {
    "all": "All accounts",
    "admins": "Administrators",
    "disabled": "Disabled",
    "invited": "Invited",
}
ADD = "Add account"
ADD_TITLE = "Add an account"
ADD_LEAD = "You get a link to pass on. Whoever opens it chooses the password."
EMAIL = "Email"
MAKE_ADMIN = "Administrator"
CREATE = "Create"
CREATING = "Creating…"
CREATED = "Created"
SESSIONS = "Sessions signed in"
LAST_ACTIVE = "Last active"
ROLE = "Account"
SORT = "Sort"
SORTS = {AccountSort.EMAIL: EMAIL, AccountSort.CREATED: CREATED}
NO_MATCH_TITLE = "Nothing found"
NO_MATCH = "No account matches. Try a shorter part of the address."
NEXT = "Next"
PREVIOUS = "Previous"
ADMIN = "Administrator"
DISABLED = "Disabled"
INVITED = "Invited"
USER = "User"
YOU = "You"
NEVER = "Not signed in"

LINK_TITLE = "Pass this link on"
LINK_LEAD = (
    "It is shown this once, works once, and lets whoever has it choose the password. "
    "It expires after three days."
)
LINK_LABEL = "Link"
COPY = "Copy"
DONE = "Done"

ACCOUNT_TITLE = "User"
ALL_USERS = "All users"
NOT_FOUND_TITLE = "No such account"
NOT_FOUND = "It may have been deleted."
SESSIONS_TITLE = "Sessions signed in"
ALL_SESSIONS = "All sessions, those over too"
ALL_EVENTS = "All events, to filter and export"
NO_SESSIONS = "Not signed in on any device."
HISTORY_TITLE = "History"
NO_HISTORY = "Nothing has happened yet."
CREATED_AGO = "Account created"
INVITED_UNTIL = "The link to choose a password expires"
DISABLED_SINCE = "Disabled"
OLDER = "Older"
NEWER = "Newer"
GONE = "That session is over already."
LAST_ADMIN = "This is the last administrator who can sign in. Make somebody else one first."
OWN_ACCOUNT = "This is your own account. Somebody else has to do that."

# What can be done to an account: the button's words, the question and what will happen.
DEEDS = {
    "link": (
        "New password link",
        "Make a link to choose a new password?",
        "The present password works until the link is used. Then {email} is signed out everywhere.",
    ),
    "grant": (
        "Make administrator",
        "Make this account an administrator?",
        "{email} will see and end every session and change the policy. They are signed out "
        "everywhere and have to sign in again.",
    ),
    "withdraw": (
        "Remove administrator",
        "Take the administrator's role away?",
        "{email} stays signed in as an ordinary user. Their open administration pages close at "
        "once.",
    ),
    "disable": (
        "Disable",
        "Disable this account?",
        "{email} is signed out everywhere at once and can't sign in until you enable the account "
        "again.",
    ),
    "enable": (
        "Enable",
        "Enable this account?",
        "{email} can sign in again with the password they had.",
    ),
    "end_all": (
        "Sign out everywhere",
        "Sign this account out everywhere?",
        "{email} is signed out on every device at once and has to sign in again.",
    ),
}
DONE_WORDS = {
    "grant": "{email} is an administrator now",
    "withdraw": "{email} is no administrator any more",
    "disable": "{email} is disabled",
    "enable": "{email} can sign in again",
    "end_all": "{email} was signed out everywhere",
}


def total(number: int, at_most: int) -> str:
    if number > at_most:
        return f"More than {written(at_most)} accounts"
    return plural(number, "account", "accounts")


def button(deed: str) -> str:
    return DEEDS[deed][0] if deed in DEEDS else ""


def question(deed: str) -> str:
    return DEEDS[deed][1] if deed in DEEDS else ""


def consequence(deed: str, email: str) -> str:
    return DEEDS[deed][2].format(email=email) if deed in DEEDS else ""


def done(deed: str, email: str, ended: int) -> str:
    said = DONE_WORDS[deed].format(email=email)
    if deed in ("withdraw", "enable"):
        return f"{said}."
    sessions = plural(ended, "session has", "sessions have")
    return f"{said}. {sessions} ended." if ended else f"{said}. There was no active session."


def filter_words(parameters: Mapping[str, str]) -> dict[str, str]:
    """What is looked for, by the parameter that says so: "Search: ada"."""
    search, kind = parameters.get("q", ""), parameters.get("kind", "all")
    said = {"q": f"{SEARCH}: {search}"} if search else {}
    return said | ({"kind": f"{SHOW}: {KINDS.get(kind, kind)}"} if kind != "all" else {})
