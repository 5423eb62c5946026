"""The administrators' page about the policy."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.policy_versions import NOT_LONGER, RANGES
from sessions_dashboard.sessions.policy_work import Progress
from sessions_dashboard.sessions.simulation import Simulation
from sessions_dashboard.words.common import plural
from sessions_dashboard.words.reading import number as written

TITLE = "Policy"
LEAD = "The rules that every session is held to. See what a change would do before it does it."
SIMULATE = "See what would happen"
RESET = "Undo my changes"
SAVE = "Save this policy"
SAVE_QUESTION = "Save this policy?"
CONSEQUENCES = "What would happen"
UNCHANGED = "These are the values in force already."
SHOW_THEM = "Show these sessions"
SAVED = "The policy was saved and is in force."
PROGRESS = "Progress of ending what has run out"
COUNTING = "In force. The sessions that have run out are being counted."
MOVED = "Somebody else has changed the policy meanwhile. Look at the new values and try again."
INVALID = "Some values can't be used. Look at the fields that are marked."
VERSIONS = "Versions"
IN_FORCE = "In force"
COMPARE = "Compare"
VERSION = "Version"
COMPARED = "From the values in force to these"
NEXT = "Next"
PREVIOUS = "Previous"
USE = "Try these values"
FROM_SHELL = "the server"
FIRST = "First values"
SAME = "The same as the version before."
OLDER = "Older"
NEWER = "Newer"
USER = "User"
DEVICE = "Device"
STARTED = "Signed in"
LAST_ACTIVE = "Last active"
DEFAULT = "Usually"

UNITS = {"days": timedelta(days=1), "hours": timedelta(hours=1), "minutes": timedelta(minutes=1)}
UNITS["seconds"] = timedelta(seconds=1)

NOT_A_NUMBER = "Must be a number."
UNUSABLE = "This value can't be used."

# A value's name and what it means.
MEANINGS = {
    "lifetime": ("Longest session", "A session ends this long after sign-in, however busy it is."),
    "idle_timeout": ("Idle limit", "A session ends when nobody has used it for this long."),
    "admin_lifetime": ("Longest session of an administrator", "Never longer than for everybody."),
    "admin_idle_timeout": ("Idle limit of an administrator", "Never longer than for everybody."),
    "unremembered_lifetime": (
        "Longest session without “Remember me”",
        "The cookie also goes when the browser closes.",
    ),
    "max_sessions": (
        "Sessions at once",
        "How many browsers a person may be signed in with. 0 is any number.",
    ),
    "at_limit": ("At that limit", "What happens to a sign-in that is one too many."),
    "ip_binding": ("When the address changes", "What a session does under another IP address."),
    "ip_width": (
        "Which addresses count as another",
        "How much of the address is compared: all of it, its network (IPv4 /24, IPv6 /64) or its "
        "country.",
    ),
    "user_agent_binding": (
        "When the browser changes",
        "What a session does when another browser presents its cookie.",
    ),
    "young_for": (
        "A new session is young for",
        "A young session asks for the password before it ends an older one. 0 is never.",
    ),
    "retention": ("Keep ended sessions", "They can be read for this long, then they are deleted."),
    "history_retention": ("Keep the history", "Older lines are deleted by the clean-up."),
    "rotate_every": ("New token every", "A stolen copy of a cookie is found out at the next one."),
    "rotation_grace": (
        "Honour the token before for",
        "In case the answer with the new token was lost on its way.",
    ),
    "step_up_after": (
        "Ask for the password again after",
        "Before anything sensitive, such as saving this page.",
    ),
    "touch_interval": ("Note activity every", "How exact “last active” is."),
}
GROUPS = {
    "How long sessions last": (
        "lifetime",
        "idle_timeout",
        "admin_lifetime",
        "admin_idle_timeout",
        "unremembered_lifetime",
    ),
    "How many, and from where": (
        "max_sessions",
        "at_limit",
        "young_for",
        "ip_binding",
        "ip_width",
        "user_agent_binding",
    ),
    "Tokens and passwords": ("rotate_every", "rotation_grace", "step_up_after", "touch_interval"),
    "What is kept": ("retention", "history_retention"),
}
# For values that no group names.
OTHER_GROUP = "Other"
# A choice in words; one that is not here is shown by its own name.
CHOICES = {
    "end_oldest": "End the oldest session",
    "ask": "Ask which device to sign out",
    "off": "Nothing",
    "note": "Note it in the history",
    "step_up": "Ask for the password",
    "end": "End the session",
    "address": "Any other address",
    "network": "Another network",
    "country": "Another country",
}


def label(name: str) -> str:
    return MEANINGS[name][0] if name in MEANINGS else name.replace("_", " ").capitalize()


def unit_of(name: str) -> str:
    return f"Unit of “{label(name)}”"


def meaning(name: str) -> str:
    return MEANINGS[name][1] if name in MEANINGS else ""


def choice(value: str) -> str:
    return CHOICES.get(value, value.replace("_", " ").capitalize())


def duration(value: timedelta) -> str:
    """ "30 days", "36 hours", "90 seconds": in the largest unit that divides it."""
    unit, number = in_units(value)
    return plural(number, unit.removesuffix("s"), unit)


def in_units(value: timedelta) -> tuple[str, int]:
    """The largest unit that divides a duration, and how many of it."""
    for unit, size in UNITS.items():
        if value and value % size == timedelta(0):
            return unit, value // size
    return ("seconds", int(value.total_seconds())) if value else ("minutes", 0)


def value(of: Any) -> str:
    """A value of the policy, as one would say it."""
    if isinstance(of, timedelta):
        return duration(of)
    if isinstance(of, StrEnum):
        return choice(of.value)
    return written(of) if isinstance(of, int) else str(of)


def stored_value(name: str, of: float | str) -> str:
    """A value as the history holds it: a duration is a number of seconds there."""
    is_duration = isinstance(getattr(Policy(), name, None), timedelta)
    if is_duration and not isinstance(of, str):
        return duration(timedelta(seconds=of))
    return choice(of) if isinstance(of, str) else written(of)


def changes_told(changes: Mapping[str, float | str], before: Mapping[str, float | str]) -> str:
    """ "Idle limit: 7 days → 3 days; …", of those whose value before was written down, too."""
    told = {name: stored_value(name, value) for name, value in changes.items()}
    return "; ".join(
        f"{label(name)}: {stored_value(name, before[name])} → {after}"
        if name in before
        else f"{label(name)}: {after}"
        for name, after in told.items()
    )


def safe_range(name: str) -> str:
    """What may be entered, and what is usual."""
    said = value(getattr(Policy(), name))
    usual = f"{DEFAULT}: {said[:1].lower()}{said[1:]}."
    return f"{allowed(name)}. {usual}" if name in RANGES else usual


def allowed(name: str) -> str:
    least, most = RANGES[name]
    if isinstance(getattr(Policy(), name), timedelta):
        return f"{duration(timedelta(seconds=least))} to {duration(timedelta(seconds=most))}"
    return f"{written(least)} to {written(most)}"


def group_of(name: str) -> str:
    return next((group for group, names in GROUPS.items() if name in names), OTHER_GROUP)


def differences(old: Policy, new: Policy) -> list[tuple[str, str, str]]:
    """Label, old and new value of everything that differs."""
    pairs = [
        (field.name, getattr(old, field.name), getattr(new, field.name)) for field in fields(Policy)
    ]
    return [
        (label(name), value(before), value(after))
        for name, before, after in pairs
        if before != after
    ]


def change_summary(old: Policy | None, new: Policy) -> str:
    """What a version changed, in a line."""
    if old is None:
        return FIRST
    changed = [f"{name}: {before} → {after}" for name, before, after in differences(old, new)]
    return "; ".join(changed) or SAME


def version_title(number: int) -> str:
    return f"{VERSION} {number}"


def outcome(found: Simulation) -> str:
    """ "With these values 1,204 sessions of 311 users would end now, …"."""
    if not found.sessions:
        said = "With these values no session would end now"
    else:
        sessions = plural(found.sessions, "session", "sessions")
        said = f"With these values {sessions} of {plural(found.users, 'user', 'users')} would end"
        said += " now"
        if found.of_admins:
            said += f", {written(found.of_admins)} of them administrators’"
        if found.own:
            said += ", yours among them"
    if found.above_limit:
        above = plural(found.above_limit, "user is", "users are")
        said += f"; {above} above the new limit, which counts when they next sign in"
    return f"{said}."


def applying(found: Progress) -> str:
    """How far those sessions are ended that have run out; nobody can use them.

    Under the policy in force, and under those before: more than the trial of it spoke of.
    """
    if found.is_over:
        ended = plural(
            found.ended, "session that had run out was", "sessions that had run out were"
        )
        return f"{ended} ended." if found.ended else ""
    if found.to_end is None:
        return COUNTING
    of_all = plural(max(found.to_end, found.ended), "session", "sessions")
    return f"In force. Ending what has run out: {written(found.ended)} of {of_all}."


def save_consequence(found: Simulation) -> str:
    if not found.sessions:
        return "No session ends by it."
    own = " You will be signed out yourself." if found.own else ""
    ends = plural(found.sessions, "session ends", "sessions end")
    return f"{ends} at once.{own}"


def problem(name: str, text: str) -> str:
    """What is wrong with a value; `text` is the rule's own, for a shell: it counts in seconds."""
    if "must be between" in text:
        return f"Must be within {allowed(name)}."
    if "must not be longer" in text:
        return f"Must not be longer than “{label(NOT_LONGER[name])}”."
    return text if text == NOT_A_NUMBER else UNUSABLE
