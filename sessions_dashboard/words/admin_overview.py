"""The administrators' first page."""

from sessions_dashboard.words.reading import number as written

TITLE = "Overview"
LEAD = "How things stand, as of this moment."
SESSIONS = "Sessions signed in"
USERS = "Users signed in"
LAST_CLEANUP = "Last clean-up"
NEXT_CLEANUP = "Next clean-up"
NEVER = "Never"
BY_HOUR = "Sign-ins of the last 24 hours"
BY_DAY = "Sign-ins of the last 14 days"
FAILED_BY_HOUR = "Failed sign-ins of the last 24 hours"
FAILED_BY_DAY = "Failed sign-ins of the last 14 days"
BY_BROWSER = "Sessions by browser"
BY_OS = "Sessions by operating system"
BY_KIND = "Sessions by kind of device"
BY_COUNTRY = "Sessions by country"
ENDS = "Ends of the last 14 days"
UNKNOWN = "Unknown"
NOTHING = "Nothing yet."
AS_TABLE = "As a table"
WHEN = {"hour": "Begins", "day": "Day (UTC)"}
NUMBER = "Number"
WHAT = "What"


def others(number: int) -> str:
    """What stands at the bar of all values but the most frequent; at least two."""
    return f"{written(number)} others together"
