"""Which page a browser belongs on, and which addresses it may be sent to."""

from urllib.parse import urlencode, urlsplit

SETUP = "/setup"
SIGN_IN = "/signin"
SIGN_UP = "/signup"
FORGOT = "/forgot"
RESET = "/reset"
NOT_ME = "/not-me"
DEVICES = "/devices"
ACTIVITY = "/activity"
ACCOUNT = "/account"
CONFIRM = "/confirm"
CHOOSE = "/choose"
INVITATION = "/invitation"
ADMIN = "/admin"
ADMIN_SESSIONS = "/admin/sessions"
ADMIN_USERS = "/admin/users"
# One page for every account: what stands in brackets is the account's id.
ADMIN_USER = "/admin/users/[account_id]"
ADMIN_EVENTS = "/admin/events"
ADMIN_POLICY = "/admin/policy"
ADMIN_CLEANUP = "/admin/cleanup"
ADMIN_WEBHOOKS = "/admin/webhooks"

ADMIN_PAGES = (
    ADMIN,
    ADMIN_SESSIONS,
    ADMIN_USERS,
    ADMIN_USER,
    ADMIN_EVENTS,
    ADMIN_POLICY,
    ADMIN_CLEANUP,
    ADMIN_WEBHOOKS,
)
PERSONAL_PAGES = (DEVICES, ACTIVITY, ACCOUNT, *ADMIN_PAGES)
# For whoever holds a link or wants one, signed in or not.
RECOVERY_PAGES = (FORGOT, RESET, NOT_ME, INVITATION)
PAGES = ("/", SETUP, SIGN_IN, SIGN_UP, CONFIRM, CHOOSE, *RECOVERY_PAGES, *PERSONAL_PAGES)

MAX_NEXT_LENGTH = 1_024


def page_at(path: str) -> str | None:
    """The page that has this address; None where there is none."""
    path = path.rstrip("/") or "/"
    folder, _, name = path.rpartition("/")
    if folder == ADMIN_USERS and name:
        return ADMIN_USER
    return path if path in PAGES else None


def account_address(account_id: str) -> str:
    return f"{ADMIN_USERS}/{account_id}"


def invitation_link(public_url: str, token: str) -> str:
    """The secret stands behind the #, which a browser sends to no server."""
    return f"{public_url.rstrip('/')}{INVITATION}#{token}"


def account_id_in(path: str) -> str:
    """The account's id in the address of its page; empty in any other address."""
    return path.rstrip("/").rpartition("/")[2] if page_at(path) == ADMIN_USER else ""


def redirect_for(
    path: str,
    next_path: str,
    *,
    has_account: bool,
    signed_in: bool,
    is_admin: bool,
    challenged: bool,
    open_sign_up: bool = False,
) -> str | None:
    """Where a request for the page `path` has to go instead; None where it may stay.

    `next_path` is the page's own `next` parameter, as it came. A challenged session has to give
    its password before anything else.
    """
    path, page = path.rstrip("/") or "/", page_at(path)
    if not has_account:
        return None if page == SETUP else SETUP
    if signed_in and challenged:
        if page == CONFIRM or page in RECOVERY_PAGES:
            return None
        return address(CONFIRM, next_path=path if page in PERSONAL_PAGES else next_path)
    if signed_in:
        if page in ("/", SETUP, SIGN_IN, SIGN_UP, CONFIRM, CHOOSE):
            return safe_next(next_path) or DEVICES
        if page in ADMIN_PAGES and not is_admin:
            return DEVICES
        return None
    if page in PERSONAL_PAGES:
        return sign_in_address(next_path=path)
    if page == SIGN_UP and not open_sign_up:
        return SIGN_IN
    return SIGN_IN if page in ("/", SETUP, CONFIRM) else None


def sign_in_address(*, next_path: str = "", **parameters: str) -> str:
    """The sign-in page, which leads on to `next_path`."""
    return address(SIGN_IN, next_path=next_path, **parameters)


def address(page: str, *, next_path: str = "", **parameters: str) -> str:
    """A page with parameters; the default page to go on to is not spelled out."""
    onward = safe_next(next_path)
    if onward and onward != DEVICES:
        parameters["next"] = onward
    return f"{page}?{urlencode(parameters)}" if parameters else page


def safe_next(address: str | None) -> str | None:
    """The address when it is a path of this site, else None: no open redirects."""
    if not address or len(address) > MAX_NEXT_LENGTH or not address.startswith("/"):
        return None
    # Browsers read a backslash as a slash and drop tabs and line breaks: //evil in disguise.
    if "\\" in address or not address.isprintable() or address.startswith("//"):
        return None
    parts = urlsplit(address)
    # /.//evil becomes //evil once the dot is gone.
    return None if parts.scheme or parts.netloc or "//" in parts.path else address
