"""The administrators' page about the clean-up."""

import re
from datetime import timedelta

from sessions_dashboard.sessions.cleanup_runs import Doomed, RunState
from sessions_dashboard.words.common import plural
from sessions_dashboard.words.reading import number as written

TITLE = "Clean-up"
LEAD = "Ends what has run out, and deletes what has been over for long enough."
SCHEDULE = "Schedule"
NEXT_RUN = "Next run"
WOULD_GO = "The next run would delete"
NOTHING = "Nothing"
RETENTION = "Ended sessions are kept for {sessions}, the history for {events}."
RUN_NOW = "Run now"
RUN_QUESTION = "Run the clean-up now?"
ALREADY = "A clean-up is under way already."
PROGRESS = "Progress of the clean-up"
RUNNING = "The clean-up is running"
RUNS = "Last runs"
NO_RUNS = "There was no run yet."
STARTED = "Started"
BY = "Begun by"
TOOK = "Took"
SESSIONS = "Sessions deleted"
EVENTS = "History lines deleted"
STATE = "State"
BY_SCHEDULE = "Schedule"
BY_SHELL = "Command line"
OLDER = "Older"
NEWER = "Newer"
STATES = {
    RunState.RUNNING: "Running",
    RunState.DONE: "Done",
    RunState.FAILED: "Failed",
    RunState.BROKEN_OFF: "Broken off",
}
TONES = {
    RunState.RUNNING: "accent",
    RunState.DONE: "neutral",
    RunState.FAILED: "bad",
    RunState.BROKEN_OFF: "bad",
}


WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
# Of a cron expression: a minute, an hour, every day or one day of the week.
_REGULAR = re.compile(r"(?P<minute>\d\d?) (?P<hour>\d\d?) \* \* (?P<day>[0-7*])")


def schedule(expression: str) -> str:
    """When it runs, in words where it is regular; otherwise as crontab(5) writes it."""
    found = _REGULAR.fullmatch(" ".join(expression.split()))
    if found is None:
        return expression
    day = "day" if found["day"] == "*" else WEEKDAYS[int(found["day"]) % 7]
    return f"Every {day} at {int(found['hour']):02}:{int(found['minute']):02}, server time"


def at_most(number: int, limit: int, one: str, many: str) -> str:
    return f"more than {written(limit)} {many}" if number > limit else plural(number, one, many)


def would_go(found: Doomed, limit: int) -> str:
    if not found.sessions and not found.events:
        return NOTHING
    sessions = at_most(found.sessions, limit, "session", "sessions")
    return f"{sessions} and {at_most(found.events, limit, 'history line', 'history lines')}"


def run_consequence(what: str) -> str:
    if what == NOTHING:
        return "There is nothing to delete now: it only ends what has run out."
    return f"It deletes {what}, in small steps that nobody has to wait for. Deleted is deleted."


def deleted(sessions: int, events: int) -> str:
    lines = plural(events, "history line", "history lines")
    return f"{plural(sessions, 'session', 'sessions')} and {lines} deleted so far"


def finished(sessions: int, events: int) -> str:
    lines = plural(events, "history line", "history lines")
    return f"The clean-up is done: {plural(sessions, 'session', 'sessions')} and {lines} deleted."


def took(length: timedelta) -> str:
    """ "3.2 s", "1 min 3 s", "2 h 5 min"."""
    seconds = length.total_seconds()
    if seconds < 10:
        return f"{written(seconds, 1)} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (0 if hours else rest, "s"))
    return " ".join(f"{written(number)} {unit}" for number, unit in parts if number)
