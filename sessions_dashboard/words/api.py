"""What the JSON API says to programmers."""

from sessions_dashboard.sessions.models import MAX_NAME_LENGTH

TITLE = "Session dashboard"
DESCRIPTION = "See every browser signed in to an account, and sign any of them out at once."
# By code: a short title, and what to do about it.
PROBLEMS = {
    "not_signed_in": ("Not signed in", "Send the cookie of a live session, or an API key."),
    "key_refused": (
        "Not a key that works",
        'Send "Authorization: Bearer" with a key that is neither revoked nor expired.',
    ),
    "scope": ("Not in the key's scope", "Make a key on the page Account that may do {names}."),
    "password_needed": (
        "The password is needed",
        "Enter the password again on the pages, at /confirm, and repeat the request.",
    ),
    "origin": ("From another site", "A browser may write from the dashboard's own pages alone."),
    "admins_only": ("For administrators", "The account is no administrator's."),
    "not_found": ("Not found", "There is no such thing, or it is not yours, or it is over."),
    "method": ("Not that way", "The address does not know this method."),
    "parameter": ("A wrong parameter", "These can't be read: {names}."),
    "cursor": ("A wrong cursor", "Send a cursor as an answer gave it, for the same list."),
    "body": ("A wrong body", "Send a JSON object as described: {names}."),
    "media_type": ("Not JSON", "Send the body as application/json."),
    "too_large": ("Too large", "The body is longer than anything that is asked for."),
    "rate_limit": ("Too many requests", "Wait for as many seconds as Retry-After says."),
    "name": ("A wrong name", f"A name can have {MAX_NAME_LENGTH} characters at most."),
    "unavailable": ("Not available", "The database does not answer. Try again in a moment."),
}
SUMMARIES = {
    "list_own_sessions": "Your live sessions, the last used first",
    "rename_own_session": "Name one of your devices; an empty name brings the browser's back",
    "end_own_session": "Sign one of your devices out",
    "end_own_other_sessions": "Sign all your other devices out",
    "list_own_events": "The security history of your account, the newest first",
    "list_sessions": "Everybody's sessions, found as in the console",
    "end_session": "Sign out any session",
    "list_users": "Accounts in the order of their addresses",
    "list_events": "The history of everyone, the newest first",
}

DOCS_TITLE = "API"
DOCS_LEAD = (
    "What the pages can do, for programs, in JSON. A request carries the cookie of a live session, "
    "or a key in the header Authorization: Bearer, which you make on the page Account. It may do "
    "what that person may, a key only what it was made for: the table is asked each time."
)
FOR_ONESELF = "Your own account"
FOR_ADMINISTRATORS = "For administrators"
PROBLEMS_TITLE = "When something is refused"
PROBLEMS_LEAD = "Errors are problem details (RFC 9457); their code says which."
LISTS_TITLE = "Lists"
LISTS = (
    "A list comes a page at a time. Ask for the next one with the cursor that an answer gives, and "
    "the same filters; it neither loses nor repeats what was there."
)
OPENAPI = "The description for machines (OpenAPI 3.1)"
SCOPE = "A key needs"
PARAMETERS = "Parameters"
BODY = "Body"
ANSWER = "Answer"
