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
    "own_account": ("Your own account", "Another administrator has to do that to your account."),
    "last_administrator": (
        "The last administrator",
        "Nobody could administer anything afterwards. Make somebody else an administrator first.",
    ),
    "policy_moved": (
        "The policy has changed",
        "Somebody has changed it since the version that based_on names. Read it again.",
    ),
    "number": (
        "Not as many",
        "Send the number of sessions that the preview told, less your own if it stays.",
    ),
    "preview_outdated": ("An old preview", "It is not what would be ended any more: make another."),
    "policy": (
        "Values that a policy can't have",
        "Send other values: {names}.",
    ),
    "parameter": ("A wrong parameter", "These can't be read: {names}."),
    "cursor": ("A wrong cursor", "Send a cursor as an answer gave it, for the same list."),
    "body": ("A wrong body", "Send a JSON object as described: {names}."),
    "media_type": ("Not JSON", "Send the body as application/json."),
    "too_large": ("Too large", "The body is longer than anything that is asked for."),
    "rate_limit": ("Too many requests", "Wait for as many seconds as Retry-After says."),
    "name": ("A wrong name", f"A name can have {MAX_NAME_LENGTH} characters at most."),
    "email": ("Not an email address", "Send one such as ada@example.com."),
    "email_taken": ("An address that has an account", "Somebody has made one with it already."),
    "unavailable": ("Not available", "The database does not answer. Try again in a moment."),
}
SUMMARIES = {
    "list_own_sessions": "Your live sessions, the last used first",
    "read_own_session": "One of your live sessions",
    "rename_own_session": "Name one of your devices; an empty name brings the browser's back",
    "end_own_session": "Sign one of your devices out",
    "end_own_other_sessions": "Sign all your other devices out",
    "list_own_events": "The security history of your account, the newest first",
    "list_sessions": "Everybody's sessions, found as in the console",
    "read_session": "Any session, live or over",
    "end_session": "Sign out any session",
    "list_users": "Accounts, by their addresses or in the order in which they were made",
    "read_user": "One account",
    "create_user": "Make an account; whoever opens the link that is told once chooses its password",
    "list_keys_of_user": "The API keys of an account that were not revoked",
    "revoke_key": "Revoke any API key",
    "preview_bulk_end": "Freeze many sessions to be ended: by id, or all that match a filter",
    "confirm_bulk_end": "End what a preview froze, in the background",
    "list_bulk_ends": "Ends of many sessions that run, or came to an end in the last hour",
    "stop_bulk_end": "Stop ending; what has ended stays so",
    "end_all_of_user": "Sign somebody out everywhere, and revoke their API keys",
    "disable_user": "End an account's sessions and refuse its sign-in",
    "enable_user": "Let an account sign in again",
    "set_role": "Make somebody an administrator, or no longer one",
    "read_policy": "The policy in force; durations are in seconds",
    "simulate_policy": "Whom these values would sign out at once; what is not named stays",
    "change_policy": "Put these values in force; what is not named stays",
    "list_events": "The history of everyone, found as in the console",
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
