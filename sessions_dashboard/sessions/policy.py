"""How long sessions live, and what counts as active."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class EndReason(StrEnum):
    """Why a session is over: one list for rows, pages, interfaces and logs."""

    SIGNED_OUT = "signed_out"
    REVOKED = "revoked"
    REVOKED_BY_ADMIN = "revoked_by_admin"
    REVOKED_BY_EMAIL = "revoked_by_email"
    PASSWORD_CHANGED = "password_changed"
    LIMIT = "limit"
    IDLE = "idle"
    LIFETIME = "lifetime"
    IP_CHANGED = "ip_changed"
    USER_AGENT_CHANGED = "user_agent_changed"
    # A token that rotation had replaced was used again: somebody has a copy of it.
    TOKEN_REUSED = "token_reused"
    ACCOUNT_DISABLED = "account_disabled"


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules that every session is held to."""

    lifetime: timedelta = timedelta(days=30)
    idle_timeout: timedelta = timedelta(days=14)
    # How long a session is kept for reading after it is over.
    retention: timedelta = timedelta(days=30)
    # How long the history is kept.
    history_retention: timedelta = timedelta(days=365)
    # A session gets a new token this often, when its browser loads a page.
    rotate_every: timedelta = timedelta(days=1)
    # The token before is honoured this long, in case the answer with the new one was lost.
    rotation_grace: timedelta = timedelta(seconds=60)
    # What is sensitive asks for the password again when it was entered longer ago than this.
    step_up_after: timedelta = timedelta(minutes=15)
    # Last-seen is written at most this often.
    touch_interval: timedelta = timedelta(minutes=1)

    def expires_at(self, created_at: datetime, last_seen_at: datetime) -> datetime:
        """When a session runs out if nobody uses it any more."""
        return min(created_at + self.lifetime, last_seen_at + self.idle_timeout)

    def expired(
        self, created_at: datetime, last_seen_at: datetime, now: datetime
    ) -> EndReason | None:
        """Why a session that nobody ended is over at `now`, or None while it is active.

        Of two limits that are past, the one that was met first ended it.
        """
        over_since = self.expires_at(created_at, last_seen_at)
        if now < over_since:
            return None
        return EndReason.LIFETIME if over_since == created_at + self.lifetime else EndReason.IDLE

    def step_up_due(self, authenticated_at: datetime, now: datetime) -> bool:
        return now - authenticated_at >= self.step_up_after

    def rotation_due(self, token_since: datetime, now: datetime) -> bool:
        return now - token_since >= self.rotate_every

    def touch_due(self, last_seen_at: datetime, now: datetime) -> bool:
        return now - last_seen_at >= self.touch_interval
