"""What a refused request is answered with, by its reason code."""

NOT_FOUND = "Not found"
UNAVAILABLE_TITLE = "Back in a moment"
SENT_BACK_TITLE = "You can't get in there at the moment"


def sent_back(site: str, cookie: str) -> str:
    return (
        f"You are signed in, but {site} doesn't see it. It may have a cookie named {cookie} of its "
        f"own, which hides yours. Delete the cookies of {site} in your browser and try again. If "
        "that doesn't help, tell whoever runs it."
    )


REFUSALS = {
    "origin": "This request did not come from a page of this site.",
    "invalid": "The email or the password is not right.",
    "current_password": "That is not your current password.",
    "not_signed_in": "You are not signed in any more.",
    "limit": "You are signed in on as many devices as your account allows. Choose one to sign out.",
    "sign_in_again": "That took too long. Sign in again.",
    "password_needed": "Enter your password again first.",
    "again": "This session was renewed in another tab a moment ago. Try again.",
    "throttled": "Too many attempts. Wait five minutes and try again.",
    "closed": "The first account exists already. Sign in instead.",
    "invitation": "This link is not good any more. Ask an administrator for a new one.",
    "sign_up_closed": "Accounts are made by an administrator here. Ask for one.",
    "taken": "There is an account with this email already. Sign in instead.",
    "code": "Enter the setup code that stands in the server's log.",
    "email": "Enter an email address such as ada@example.com.",
    "password": "Choose a password of 12 characters or more that is hard to guess. A few unrelated "
    "words are good.",
    "link": "This link was used already, or it is too old.",
    "no_mail": "This site can't send emails. Ask whoever runs it to help you.",
    "too_large": "The form is too large.",
    "form": "The form could not be read.",
    "admins_only": "This is for administrators.",
    "cross_site": "Another site sent you here. Open it from the list of sessions.",
    "filter": "A filter in the address could not be read.",
    "unavailable": "The service can't be reached at the moment. Try again in a minute.",
}
