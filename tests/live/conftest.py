from tests.support.servers import (
    frail_server,
    https_server,
    mailbox,
    mailboxes,
    mailing_server,
    make_server,
    server,
    sqlite_server,
)

__all__ = [
    "frail_server",
    "https_server",
    "mailbox",
    "mailboxes",
    "mailing_server",
    "make_server",
    "server",
    "sqlite_server",
]
