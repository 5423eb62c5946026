"""The page Account."""

from sessions_dashboard.words.common import plural

TITLE = "Account"
LEAD = "How you sign in, and what may act for you."
PASSWORD_TITLE = "Change your password"
CURRENT_PASSWORD = "Current password"
NEW_PASSWORD = "New password"
NEW_PASSWORD_HINT = "12 characters or more. A few random words are good."
SIGN_OUT_OTHERS = "Sign out all other devices, and revoke all API keys"
SUBMIT = "Change password"


def changed(ended: int) -> str:
    if ended == 0:
        return "Your password was changed."
    others = plural(ended, "other device was", "other devices were")
    return f"Your password was changed. {others} signed out."
