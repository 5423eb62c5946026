"""Words that several pages share."""

PRODUCT = "Session dashboard"
DEVICES = "Your devices"
ACTIVITY = "Activity"
ACCOUNT = "Account"
SESSIONS = "Sessions"
NAVIGATION = "Main"
SIGN_OUT = "Sign out"
CANCEL = "Cancel"
SKIP_TO_CONTENT = "Skip to content"
SIGNED_IN_AS = "Signed in as"
THEME = "Switch between light and dark"
DISMISS = "Dismiss"
LOADING = "Loading"
JUST_NOW = "just now"
SOMETHING_WENT_WRONG = "Something went wrong and nothing was changed. Try again in a moment."
RECONNECTING = "The connection was lost. Trying to reconnect…"


def plural(number: int, one: str, many: str) -> str:
    """ "1 device", "3 devices", "1,204 devices"."""
    return f"{number:,} {one if number == 1 else many}"
