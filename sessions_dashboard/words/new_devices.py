"""The question about a new device, and the emails about them."""

NEW_SIGN_INS = "New sign-ins"
NEW_SIGN_IN = "New sign-in"
QUESTION = "Was this you?"
YES = "Yes, it was me"
NO = "No, secure my account"
THANKS = "Thank you. That device won't be asked about again."
ANSWERED = "That was answered already."
SECURED = "That device was signed out. Now choose a new password, so that nobody else can sign in."

MAILS_TITLE = "Emails"
MAILS = "Email me about new devices"
MAILS_HINT = (
    "When somebody signs in on a browser that you have not used before. We always email "
    "you when your password was changed."
)
MAILS_ON = "Saved. You will get an email about every new device."
MAILS_OFF = "Saved. You won't get emails about new devices."
