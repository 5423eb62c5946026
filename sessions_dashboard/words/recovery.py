"""The pages of a forgotten password and of "This wasn't me"."""

FORGOT_LINK = "Forgot your password?"
BACK = "Back to sign-in"

FORGOT_TITLE = "Forgot your password?"
FORGOT_LEAD = "We email you a link to choose a new one."
FORGOT_SUBMIT = "Email me a link"
SENT_TITLE = "Look into your mailbox"
SENT = (
    "If there is an account with that address, a link is on its way. It works once, for 30 minutes."
)
SENT_HINT = "Nothing there? Look into the spam folder, or try again in ten minutes."
NO_MAIL = "This site can't send emails. Ask whoever runs it to help you."

RESET_TITLE = "Choose a new password"
RESET_LEAD = "It signs you out on all devices. You sign in again with the new one."
RESET_SUBMIT = "Change password"
RESET_AGAIN = "Ask for a new link"
RESET_DONE = "Your password was changed. Sign in with the new one."

NOT_ME_TITLE = "Was this not you?"
NOT_ME_LEAD = (
    "We sign out all devices at once, also this one. Then you choose a new password, so that "
    "nobody else can sign in again."
)
NOT_ME_SUBMIT = "It wasn't me, sign out all devices"
NOT_ME_HINT = "If it was you after all, close this page: nothing has happened."
NOT_ME_OTHERWISE = "Choose a new password instead"
