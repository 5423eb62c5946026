"""The page on which a person chooses which device to sign out, so that they can sign in."""

from sessions_dashboard.words.common import plural

TITLE = "Choose a device to sign out"
SIGN_OUT = "Sign out and continue"
INSTEAD = "Cancel"
LAST_ACTIVE = "Last active"


def lead(number: int) -> str:
    devices = plural(number, "device", "devices")
    return f"Your account can be signed in on {devices} at once. Sign one out to go on here."
