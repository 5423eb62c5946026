"""Getting an account back through its mailbox: a forgotten password, and "This wasn't me".

Nothing here commits: the caller's transaction does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from sessions_dashboard.accounts import outbox, users
from sessions_dashboard.accounts.outbox import MailKind
from sessions_dashboard.sessions import known_devices, links
from sessions_dashboard.sessions.ending import EndedSession, end_all_of
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.links import Purpose
from sessions_dashboard.sessions.password_change import store_password
from sessions_dashboard.sessions.policy import EndReason, Policy
from sessions_dashboard.sessions.resume import hold_still

# A second mail within this time would be no use: the link in the first works for longer.
RESET_MAIL_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a redeemed link did, and to whom."""

    user_id: int
    ended: list[EndedSession]


def request_reset(
    db: Connection,
    email: str,
    device: str,
    ip_address: str,
    now: datetime,
    *,
    locale: str | None = None,
    time_zone: str | None = None,
) -> None:
    """Have a link mailed to the account with this (normalised) address.

    `locale` and `time_zone` are those of whoever asks: the mail is written so where the account's
    own are not known, and they are kept nowhere else, because anybody may ask.

    For an address without an enabled account the same work is done for nobody; likewise where the
    account was sent a link a moment ago.
    """
    known = users.credentials_of(db, email)
    user_id = known.user_id if known is not None and not known.disabled else 0
    hold_still(db, user_id)
    recently = outbox.was_put_since(db, MailKind.RESET_PASSWORD, user_id, now - RESET_MAIL_EVERY)
    told = user_id if user_id and not recently else None
    record(
        db,
        EventKind.PASSWORD_RESET_REQUESTED,
        now,
        user_id=told,
        device=device,
        ip_address=ip_address,
    )
    outbox.put(
        db,
        MailKind.RESET_PASSWORD,
        told,
        now,
        details={
            "at": now.isoformat(),
            "device": device,
            "ip_address": ip_address,
            "locale": locale,
            "time_zone": time_zone,
        },
    )


def reset_password(
    db: Connection, token: str, password_hash: str, policy: Policy, now: datetime
) -> Recovered:
    """Store the new password and end every session of the account.

    Raises:
        LinkSpent: the link does not work.
    """
    link = links.redeem(db, token, Purpose.RESET_PASSWORD, now)
    store_password(db, link.user_id, password_hash, now)
    record(db, EventKind.PASSWORD_RESET, now, user_id=link.user_id)
    outbox.put(db, MailKind.PASSWORD_CHANGED, link.user_id, now, details={"at": now.isoformat()})
    ended = end_all_of(db, link.user_id, policy, now, EndReason.PASSWORD_CHANGED)
    return Recovered(link.user_id, ended)


def deny_by_mail(
    db: Connection, token: str, policy: Policy, now: datetime
) -> tuple[Recovered, str]:
    """This wasn't me: end every session of the account.

    Returns:
        What was ended, and the token of a link to choose a new password with.

    Raises:
        LinkSpent: the link does not work.
    """
    link = links.redeem(db, token, Purpose.NOT_ME, now)
    record(
        db,
        EventKind.DEVICE_DENIED,
        now,
        user_id=link.user_id,
        session_id=link.session_id,
        device=known_devices.forget(db, link.user_id, link.session_id),
    )
    ended = end_all_of(db, link.user_id, policy, now, EndReason.REVOKED_BY_EMAIL)
    onward = links.issue(db, link.user_id, Purpose.RESET_PASSWORD, now)
    return Recovered(link.user_id, ended), onward
