"""The administrators' first page."""

TITLE = "Overview"
LEAD = "How things stand, as of this moment."
SESSIONS = "Active sessions"
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
OTHERS = "All others"
NOTHING = "Nothing yet."
AS_TABLE = "As a table"
WHEN = {"hour": "Begins", "day": "Day (UTC)"}
NUMBER = "Number"
WHAT = "What"

KINDS = {
    "phone": "Phone",
    "tablet": "Tablet",
    "desktop": "Computer",
    "tv": "Television",
    "console": "Game console",
    "wearable": "Watch",
    "bot": "Crawler",
    "script": "Script",
}


def kind(value: str) -> str:
    return KINDS.get(value, value.capitalize() or UNKNOWN)
