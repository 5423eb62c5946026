"""A real mail server on a free loopback port, that keeps what it is given."""

import email
import email.policy
import re
import socket
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

ACCEPTED = "250 OK"
WAIT_SECONDS = 15
LINK = re.compile(r"http\S+/(reset|not-me|forgot)(?:#([\w-]{43}))?")


@dataclass
class Delivered:
    sender: str
    recipients: list[str]
    message: EmailMessage

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content())

    @property
    def page(self) -> str:
        """The path, with what is behind the #, of the link in it."""
        found = LINK.search(self.text)
        assert found is not None, self.text
        return f"/{found[1]}" + (f"#{found[2]}" if found[2] else "")

    @property
    def token(self) -> str:
        return self.page.partition("#")[2]


@dataclass
class Mailbox:
    """What arrived; `answer` says what the server answers to each mail or recipient."""

    port: int = 0
    mails: list[Delivered] = field(default_factory=list)
    answer: Callable[[str], str] = lambda _recipient: ACCEPTED
    logins: list[tuple[str, str]] = field(default_factory=list)
    tries: int = 0

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        self.tries += 1
        said = self.answer(address)
        if said == ACCEPTED:
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(Delivered(envelope.mail_from or "", list(envelope.rcpt_tos), message))
        return ACCEPTED

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[Delivered]:
        return [mail for mail in self.mails if address in mail.recipients]

    def wait_for(self, address: str, number: int = 1) -> Delivered:
        """The mail of this number (from 1) to the address, once it is there."""
        deadline = time.monotonic() + WAIT_SECONDS
        while len(self.to(address)) < number:
            assert time.monotonic() < deadline, f"no mail to {address} came"
            time.sleep(0.05)
        return self.to(address)[number - 1]


@contextmanager
def running_mailbox(password: str | None = None) -> Iterator[Mailbox]:
    """With a password it is asked for, for the user `mailer`."""
    mailbox = Mailbox(_free_port())

    def authenticate(_server: Any, _session: Any, _envelope: Any, _how: Any, data: Any) -> Any:
        assert isinstance(data, LoginPassword)
        login = data.login.decode(), data.password.decode()
        mailbox.logins.append(login)
        return AuthResult(success=login == ("mailer", password))

    options: dict[str, Any] = {}
    if password is not None:
        options = {
            "auth_required": True,
            "auth_require_tls": False,
            "authenticator": authenticate,
        }
    with warnings.catch_warnings():
        # It would rather have TLS; this is loopback.
        warnings.simplefilter("ignore", UserWarning)
        controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, **options)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
