"""The page of a one-time link, where a password is chosen."""

TITLE = "Choose your password"
LEAD = "You will be signed in with it. The link that led here works once."
PASSWORD = "Password"
PASSWORD_HINT = "12 characters or more. A few random words are good."
SUBMIT = "Save and sign in"
TO_SIGN_IN = "I have a password already"
