"""How a mail leaves: over SMTP, or into a developer's log."""

import logging
from email.message import EmailMessage
from typing import Protocol

import aiosmtplib

from sessions_dashboard.settings import Settings
from sessions_dashboard.settings.smtp_url import SmtpServer, parse_smtp_url

logger = logging.getLogger(__name__)

# For each exchange with the server; well below the time that a mail is claimed for.
TIMEOUT_SECONDS = 20


class Refused(Exception):
    """The mail server will not take this mail for this address, whenever it is asked."""


class Carrier(Protocol):
    async def carry(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Hand over one mail.

        Raises:
            Refused: trying again is no use.
            Exception: anything else; trying again may be.
        """


def carrier_for(settings: Settings) -> Carrier | None:
    """None where mail reaches nobody: in production without a mail server."""
    if settings.smtp_url:
        return SmtpCarrier(parse_smtp_url(settings.smtp_url))
    return LogCarrier() if settings.sends_mail else None


class SmtpCarrier:
    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def carry(self, message: EmailMessage, sender: str, recipient: str) -> None:
        server = self._server
        try:
            await aiosmtplib.send(
                message,
                sender=sender,
                recipients=[recipient],
                hostname=server.host,
                port=server.port,
                username=server.username,
                password=server.password,
                use_tls=server.tls,
                # None means: where the server offers it.
                start_tls=True if server.requires_starttls else None if not server.tls else False,
                timeout=TIMEOUT_SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(refused.code >= 500 for refused in error.recipients):
                raise Refused from None
            raise


class LogCarrier:
    """For development, where the developer follows the link from the log."""

    async def carry(self, message: EmailMessage, sender: str, recipient: str) -> None:
        text = message.get_body(("plain",))
        content = text.get_content() if isinstance(text, EmailMessage) else ""
        logger.warning("mail to %s: %s\n%s", recipient, message["Subject"], content)
