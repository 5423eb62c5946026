"""The administrator's list of sessions."""

from collections.abc import Iterable, Mapping

from sessions_dashboard.devices.countries import COUNTRY_NAMES
from sessions_dashboard.devices.hints import Hints
from sessions_dashboard.sessions import EndReason
from sessions_dashboard.sessions.binding import Moved
from sessions_dashboard.sessions.filters import Role, Sort, Status, View, parameters_of, read_moment
from sessions_dashboard.words.common import plural
from sessions_dashboard.words.devices import device_kind
from sessions_dashboard.words.reading import minute_in_utc
from sessions_dashboard.words.reading import number as written

LEAD = "Every session of every account. What you see is in the address: send it to a colleague."
SEARCH = "Search"
SEARCH_HINT = "Email, IP address or device"
USER = "User"
DEVICE = "Device"
ADDRESS = "IP address"
PLACE = "Place"
STATUS = "Status"
STARTED = "Signed in"
LAST_ACTIVE = "Last active"
ENDED = "Ended"
ACTION = "Action"
SELECT = "Select"
SELECT_PAGE = "Select all on this page"
REVOKE = "Revoke"
NEWER = "Previous"
OLDER = "Next"
NO_MATCH_TITLE = "Nothing found"
NO_MATCH = "No session matches. Take a filter away, or look at all statuses."
YOURS = "This device"
GONE = "That session is over already."
ADMINISTRATOR = "Administrator"

FILTERS = "Filters"
APPLY = "Apply"
CLEAR = "Clear all"
ANY = "Any"
TIMES_NOTE = "Times are in your own time zone. From is included, before is not."
UNREADABLE_NETWORK = "The network could not be read. Write it like 203.0.113.7 or 203.0.113.0/24."
NETWORK_HINT = "203.0.113.7 or 203.0.113.0/24"
COLUMNS = "Columns"
ACTIVE_FILTERS = "Active filters"
SORTED_BY = "Sort by"

STATUSES = {
    Status.LIVE: "Signed in",
    Status.ACTIVE: "Active",
    Status.IDLE: "Idle",
    Status.EXPIRED: "Ran out",
    Status.ENDED: "Ended",
    Status.ALL: "All",
}
ROLES = {Role.ADMIN: "Administrators", Role.USER: "Users"}
SORTS = {Sort.STARTED: STARTED, Sort.SEEN: LAST_ACTIVE, Sort.ENDED: ENDED}
# Why a session ended, on every page of the console.
REASONS = {
    EndReason.SIGNED_OUT: "Signed out",
    EndReason.REVOKED: "Revoked by its owner",
    EndReason.REVOKED_BY_ADMIN: "Revoked by an administrator",
    EndReason.REVOKED_BY_EMAIL: "Revoked by email",
    EndReason.PASSWORD_CHANGED: "Password changed",
    EndReason.LIMIT: "Too many sessions",
    EndReason.IDLE: "Not used",
    EndReason.LIFETIME: "Lifetime over",
    EndReason.IP_CHANGED: "Address changed",
    EndReason.USER_AGENT_CHANGED: "Browser changed",
    EndReason.TOKEN_REUSED: "Cookie copied",
    EndReason.ACCOUNT_DISABLED: "Account disabled",
}
# The parameters of a view, as chips and fields call them.
NAMES = {
    "search": SEARCH,
    "user": USER,
    "role": "Role",
    "browser": "Browser",
    "os": "System",
    "kind": "Kind of device",
    "country": "Country",
    "network": "Address or network",
    "reason": "Why it ended",
    "new_device": "New device",
    "moved": "Address or browser changed",
    "started_from": "Signed in from",
    "started_to": "Signed in before",
    "seen_from": "Last active from",
    "seen_to": "Last active before",
    "ended_from": "Ended from",
    "ended_to": "Ended before",
    "sort": "Order",
}
# What an address says: the status has buttons of its own, not a field or a chip.
SAID_BY_AN_ADDRESS = {"status": STATUS, **NAMES}

# What has to be so.
FLAGS = {name: NAMES[name] for name in ("new_device", "moved")}

VIEWS = "Views"
KEEP_VIEW = "Save this view as"
KEEP = "Save"
REMOVE = "Remove"
FORGET = "Delete"
NO_VIEWS = "None yet. A view is what you look for, its order and its columns."
TOO_MANY_VIEWS = "You have fifty views already. Delete one first."


UNDO = "Undo"


def view_forgotten(name: str) -> str:
    return f"{name} was deleted."


def view_back(name: str) -> str:
    return f"{name} is there again."


def view_kept(name: str) -> str:
    return f"This view is saved as {name}."


def total(
    number: int, *, is_exact: bool, least: int, one: str = "session", many: str = "sessions"
) -> str:
    if is_exact:
        return plural(number, one, many)
    if number <= least:
        return f"More than {written(least)} {many}"
    return f"About {_round(number)} {many}"


def _round(number: int) -> str:
    """ "4.9 million", "12 million", "320,000"."""
    if number < 1_000_000:
        return written(number)
    return f"{written(number / 1e6, 1 if number < 10_000_000 else 0)} million"


def news(number: int, at_most: int) -> str:
    return f"{written(at_most)}+ new" if number > at_most else f"{written(number)} new"


def unreadable(names: Iterable[str], words: Mapping[str, str] = SAID_BY_AN_ADDRESS) -> str:
    """ "… Left out: Browser, Status."; `words` has what the parameters of the page are called."""
    listed = ", ".join(words.get(name, name) for name in names)
    return f"The address could not be read whole. Left out: {listed}."


def filter_words(view: View) -> dict[str, str]:
    """What is looked for, by the parameter that says so: "Role: Administrators"."""
    return {
        name: _filter_part(name, view, value)
        for name, value in parameters_of(view).items()
        if name != "sort"
    }


def _filter_part(name: str, view: View, value: str) -> str:
    if name in FLAGS:
        return FLAGS[name]
    return f"{SAID_BY_AN_ADDRESS[name]}: {_filter_value(name, view, value)}"


def _filter_value(name: str, view: View, value: str) -> str:
    wanted = view.filter
    if name == "status":
        return STATUSES[wanted.status]
    if name == "role" and wanted.role is not None:
        return ROLES[wanted.role]
    if name == "reason" and wanted.reason is not None:
        return REASONS[wanted.reason]
    if name == "kind":
        return device_kind(value)
    if name == "country":
        return COUNTRY_NAMES.get(value, value)
    if name.endswith(("_from", "_to")):
        return minute_in_utc(read_moment(value))
    return value


def revoke_question(name: str) -> str:
    return f"Revoke {name}?"


def revoke_consequence(name: str, email: str) -> str:
    return f"{email} is signed out on {name} at once and has to sign in again."


def revoked(name: str, email: str) -> str:
    return f"{email} was signed out on {name}."


def newest_shown(number: int) -> str:
    """Under a list that goes on; at least two."""
    return f"The newest {written(number)} are shown."


# The side panel.
SESSION = "Session"
EVENTS = "What happened"
NO_EVENTS = "Nothing is written about it any more."
OTHERS = "Other sessions of this user"
NO_OTHERS = "There are no others."
ALL_EVENTS_OF_USER = "All events of this user"
SHOW_ALL_OF_USER = "Show all of this user"
SHOW_NETWORK = "Show all from this address"
NOT_THERE_TITLE = "Not there any more"
NOT_THERE = "This session was deleted by the clean-up, or never was."
EXPIRES = "Runs out"
RAN_OUT = "Ran out"
BROWSER = "Browser"
SYSTEM = "System"
NETWORK_NAME = "Network"
AGENT = "User agent"
SEEN_ADDRESS = "Last used from"
SEEN_AGENT = "Last used with"
HINTS = "Client hints"
CONFIRMED = "Password entered"
RENEWED = "Token renewed"
CHALLENGE = "Asked for the password"
CHALLENGES = {
    Moved.IP_ADDRESS.value: "Its address changed",
    Moved.USER_AGENT.value: "Its browser changed",
}
REMEMBERED = "Remembered"
YES, NO = "Yes", "No"
ID = "Session id"
WHY = "Why it ended"
NEW_DEVICE, MOVED = FLAGS.values()


def client_hints(sent: Hints) -> str:
    """ "Google Chrome 138.0.7204.50, Chromium 138.0.7204.50 · Android 15.0.0 · Pixel 8"."""
    parts = (
        ", ".join(f"{name} {version}".strip() for name, version in sent.brands),
        f"{sent.platform} {sent.platform_version}".strip(),
        sent.model,
        ", ".join(sent.form_factors),
        sent.package,
    )
    return " · ".join(part for part in parts if part)
