"""The mail server, as SMTP_URL names it."""

from typing import NamedTuple
from urllib.parse import unquote, urlsplit


class SmtpServer(NamedTuple):
    """Where mail is handed over, and how."""

    host: str
    port: int
    username: str | None
    password: str | None
    # From the first byte; otherwise STARTTLS, without which no password is sent.
    tls: bool
    requires_starttls: bool


def parse_smtp_url(url: str) -> SmtpServer:
    """Read SMTP_URL; user and password may be percent-encoded.

    Raises:
        ValueError: it is malformed.
    """
    complaint = ValueError("SMTP_URL must look like smtp://USER:PASSWORD@HOST:587 or smtps://HOST")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise complaint from None
    beyond = parts.path not in ("", "/") or parts.query or parts.fragment
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or port == 0 or beyond:
        raise complaint
    tls = parts.scheme == "smtps"
    username = unquote(parts.username) if parts.username else None
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return SmtpServer(
        host=parts.hostname,
        port=port or (465 if tls else 587 if username else 25),
        username=username,
        password=unquote(parts.password or "") if username else None,
        tls=tls,
        requires_starttls=not tls and username is not None and not local,
    )
