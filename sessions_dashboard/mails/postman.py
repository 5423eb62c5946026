"""Sends what waits in the outbox, in the background: no request ever waits for a mail server."""

import asyncio
import logging
from datetime import datetime
from email.errors import HeaderParseError

from sqlalchemy import Connection

from sessions_dashboard.accounts import outbox
from sessions_dashboard.accounts.outbox import ClaimedMail
from sessions_dashboard.jobs import BackgroundWork
from sessions_dashboard.mails.carriers import Refused, carrier_for
from sessions_dashboard.mails.composing import compose
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import links

logger = logging.getLogger(__name__)

# How often to look into the outbox, where any worker may have put something.
LOOK_SECONDS = 2
# How long sending one may take, connecting included.
SENDING_SECONDS = 60
NOBODY = "nobody to send it to"
NO_SERVER = "no mail server is set"
BAD_ADDRESS = "the address can't be written to"
REFUSED = "the mail server refused the address"


class Postman(BackgroundWork):
    """One per worker. Its errors name a mail by its number, never its address or its link."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime, LOOK_SECONDS)
        self._carrier = carrier_for(runtime.settings)

    def start(self) -> None:
        if self._carrier is None:
            logger.warning(
                "SMTP_URL is not set: no mail is sent, and nobody can choose a new password "
                "who forgot theirs"
            )
        super().start()

    async def _take_turn(self) -> None:
        while await self.send_next():
            pass

    async def send_next(self) -> bool:
        """Send the mail that has waited longest; False when none is due."""
        database = self._runtime.database
        if not await database.read(lambda db: outbox.any_due(db, utc_now())):
            return False
        now = utc_now()
        claimed = await database.write(lambda db: _claim_with_link(db, now))
        if claimed is None:
            return False
        mail, token = claimed
        error = await self._send(mail, token, now)
        if error is not None:
            await self._put_off(mail, error)
        return True

    async def _send(self, mail: ClaimedMail, token: str, now: datetime) -> str | None:
        """Send a mail; what went wrong, if another try may succeed."""
        if mail.user_id is None:
            await self._finish(mail, NOBODY)
            return None
        if self._carrier is None:
            await self._finish(mail, NO_SERVER)
            return None
        settings = self._runtime.settings
        try:
            message = compose(mail, token, settings, now)
        except (ValueError, IndexError, HeaderParseError):
            await self._give_up(mail, BAD_ADDRESS)
            return None
        try:
            async with asyncio.timeout(SENDING_SECONDS):
                await self._carrier.carry(message, settings.sender_address, mail.email)
        except Refused:
            await self._give_up(mail, REFUSED)
        except Exception as error:
            # The text may repeat the address, so the kind has to do.
            code = getattr(error, "code", None)
            return f"{type(error).__name__}{f' {code}' if code is not None else ''}"
        else:
            await self._finish(mail)
            logger.info("mail %d (%s) was sent", mail.id, mail.kind)
        return None

    async def _put_off(self, mail: ClaimedMail, error: str) -> None:
        next_try = await self._runtime.database.write(
            lambda db: outbox.put_off(db, mail, utc_now())
        )
        if next_try is None:
            await self._give_up(mail, error)
            return
        logger.warning(
            "mail %d (%s) could not be sent: %s; next try at %s",
            mail.id,
            mail.kind,
            error,
            next_try.isoformat(timespec="seconds"),
        )

    async def _give_up(self, mail: ClaimedMail, error: str) -> None:
        logger.error("mail %d (%s) is given up: %s", mail.id, mail.kind, error)
        await self._finish(mail, error)

    async def _finish(self, mail: ClaimedMail, error: str | None = None) -> None:
        await self._runtime.database.write(lambda db: outbox.finish(db, mail, utc_now(), error))


def _claim_with_link(db: Connection, now: datetime) -> tuple[ClaimedMail, str] | None:
    """The next mail, and the token of the link in it.

    Every try has a link of its own: nothing that works is kept for the next one.
    """
    mail = outbox.claim(db, now)
    if mail is None:
        return None
    purpose = links.PURPOSES.get(mail.kind)
    if purpose is None or mail.user_id is None:
        return mail, ""
    return mail, links.issue(db, mail.user_id, purpose, now, mail.session_id)
