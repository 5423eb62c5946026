"""Words that several pages share."""

from sessions_dashboard.words.reading import number as written

PRODUCT = "Session dashboard"
DEVICES = "Your devices"
ACTIVITY = "Activity"
ACCOUNT = "Account"
SESSIONS = "Sessions"
ADMIN = "Admin"
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
IDLE_WARNING = "You have not been active for a while. You will be signed out"
STAY = "Stay signed in"
OFFLINE = "The server can't be reached. Try again in a moment."
CONFIRM_TITLE = "Confirm that it is you"
CONFIRM_LEAD = "To keep your account safe, enter your password to go on."
PASSWORD = "Password"
SHOW_PASSWORD = "Show password"
CONTINUE = "Continue"
RECONNECTING = "The connection was lost. Trying to reconnect…"


def plural(number: int, one: str, many: str) -> str:
    """ "1 device", "3 devices", "1,204 devices"."""
    return f"{written(number)} {one if number == 1 else many}"
