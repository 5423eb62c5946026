"""The sign-in and setup pages."""

from sessions_dashboard.sessions import EndReason

TITLE = "Sign in"
LEAD = "Use your account to see where you are signed in."
EMAIL = "Email"
PASSWORD = "Password"
REMEMBER = "Remember me on this device"
SUBMIT = "Sign in"

SIGN_UP_LINK = "Create an account"
SIGN_UP_TITLE = "Create your account"
SIGN_UP_LEAD = "With an email address and a password that you use nowhere else."
SIGN_UP_SUBMIT = "Create account"
SIGN_UP_OTHERWISE = "I have an account already"
PASSWORD_HINT = "12 characters or more. A few random words are good."

SETUP_TITLE = "Welcome"
SETUP_LEAD = "Make the first account. It will be the administrator."
SETUP_CODE = "Setup code"
SETUP_CODE_HINT = "Stands in the server's log, after “setup code”."
SETUP_SUBMIT = "Create account"

# Why a browser is on the sign-in page although it was signed in. When it happened follows, where
# that is known.
ENDED = {
    EndReason.SIGNED_OUT: "You are signed out",
    EndReason.REVOKED: "This device was signed out",
    EndReason.REVOKED_BY_ADMIN: "An administrator signed this device out",
    EndReason.REVOKED_BY_EMAIL: "This device was signed out through a link in an email",
    EndReason.PASSWORD_CHANGED: "Your password was changed, so this device was signed out",
    EndReason.LIMIT: "You signed in on another device, and only so many can be signed in at once",
    EndReason.IDLE: "You were signed out because this device was not used for a while",
    EndReason.LIFETIME: "You were signed out because your session reached its end",
    EndReason.IP_CHANGED: "You were signed out because your network address changed",
    EndReason.USER_AGENT_CHANGED: "You were signed out because your browser changed",
    EndReason.TOKEN_REUSED: "You were signed out because somebody used a copy of your cookie",
    EndReason.ACCOUNT_DISABLED: "This account is disabled",
}
ENDED_FROM = "It was done from"
ENDED_HINT = "If that was not you, sign in and review your devices."
