"""How long sessions live, and what counts as active."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


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


class AtLimit(StrEnum):
    """What a sign-in does when a user has as many sessions as they may."""

    END_OLDEST = "end_oldest"
    # The person chooses which device to sign out, or does not sign in.
    ASK = "ask"


class Reaction(StrEnum):
    """What happens when a session is used from somewhere else."""

    OFF = "off"
    NOTE = "note"
    # The password has to be entered again before anything else.
    STEP_UP = "step_up"
    END = "end"


class AddressWidth(StrEnum):
    """What counts as the same address."""

    ADDRESS = "address"
    # IPv4 /24, IPv6 /64.
    NETWORK = "network"
    COUNTRY = "country"


class Span(NamedTuple):
    """How long one session lives.

    One that had run out under a former policy while that was in force is over, however long it
    would live now.
    """

    lifetime: timedelta
    idle_timeout: timedelta
    # Those of former policies, and until when each was in force.
    former: tuple[tuple["Span", datetime], ...] = ()

    def expires_at(self, created_at: datetime, last_seen_at: datetime) -> datetime:
        """When the session runs out if nobody uses it any more."""
        return self._end(created_at, last_seen_at)[0]

    def expired(
        self, created_at: datetime, last_seen_at: datetime, now: datetime
    ) -> EndReason | None:
        """Why the session, that nobody ended, is over at `now`; None while it is active.

        Past both limits the one that came first counts.
        """
        at, reason = self._end(created_at, last_seen_at)
        return reason if now >= at else None

    def _end(self, created_at: datetime, last_seen_at: datetime) -> tuple[datetime, EndReason]:
        end = self._own_end(created_at, last_seen_at)
        for span, until in self.former:
            earlier = span._own_end(created_at, last_seen_at)
            if earlier[0] <= until:
                end = min(end, earlier)
        return end

    def _own_end(self, created_at: datetime, last_seen_at: datetime) -> tuple[datetime, EndReason]:
        lifetime_over, idle_over = created_at + self.lifetime, last_seen_at + self.idle_timeout
        if idle_over < lifetime_over:
            return idle_over, EndReason.IDLE
        return lifetime_over, EndReason.LIFETIME

    def began_after(self, now: datetime) -> datetime:
        """The moment after which a session began that is active at `now`."""
        former = (min(until, now) - span.lifetime for span, until in self.former)
        return max([now - self.lifetime, *former])

    def seen_after(self, now: datetime) -> datetime:
        """The moment after which a session was seen that is active at `now`."""
        former = (min(until, now) - span.idle_timeout for span, until in self.former)
        return max([now - self.idle_timeout, *former])


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules that every session is held to.

    An administrator's session and one that is not to be remembered live shorter, never longer.
    """

    lifetime: timedelta = timedelta(days=30)
    idle_timeout: timedelta = timedelta(days=14)
    admin_lifetime: timedelta = timedelta(days=14)
    admin_idle_timeout: timedelta = timedelta(days=7)
    # Where "Remember me" was not ticked; the cookie goes when the browser closes, too.
    unremembered_lifetime: timedelta = timedelta(days=1)
    # How many sessions a user may have at once, 0 for any number.
    max_sessions: int = 0
    at_limit: AtLimit = AtLimit.END_OLDEST
    # What a session does when its address or its browser is another than before.
    ip_binding: Reaction = Reaction.OFF
    ip_width: AddressWidth = AddressWidth.NETWORK
    user_agent_binding: Reaction = Reaction.OFF
    # A session younger than this asks for the password before it ends an older one; 0 for never.
    young_for: timedelta = timedelta(days=1)
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

    def span(self, *, is_admin: bool, remembered: bool) -> Span:
        lifetime, idle_timeout = self.lifetime, self.idle_timeout
        if is_admin:
            lifetime = min(lifetime, self.admin_lifetime)
            idle_timeout = min(idle_timeout, self.admin_idle_timeout)
        if not remembered:
            lifetime = min(lifetime, self.unremembered_lifetime)
        return Span(lifetime, idle_timeout)

    def newest_run_out(self, now: datetime) -> datetime:
        """No session that has run out at `now` began after this moment."""
        return now - min(
            self.lifetime,
            self.idle_timeout,
            self.admin_lifetime,
            self.admin_idle_timeout,
            self.unremembered_lifetime,
        )

    def step_up_due(self, authenticated_at: datetime, now: datetime) -> bool:
        return now - authenticated_at >= self.step_up_after

    def is_young(self, created_at: datetime, now: datetime) -> bool:
        return now - created_at < self.young_for

    def rotation_due(self, token_since: datetime, now: datetime) -> bool:
        return now - token_since >= self.rotate_every

    def touch_due(self, last_seen_at: datetime, now: datetime) -> bool:
        return now - last_seen_at >= self.touch_interval


class Former(NamedTuple):
    """A policy that was in force, and until when."""

    policy: Policy
    until: datetime


@dataclass(frozen=True, slots=True)
class Succeeding(Policy):
    """A policy while sessions stand open that ran out under those before it.

    They stay over, though they might live longer now; until all are ended, they are told from the
    others by this.
    """

    former: tuple[Former, ...] = ()

    def span(self, *, is_admin: bool, remembered: bool) -> Span:
        former = (
            (policy.span(is_admin=is_admin, remembered=remembered), until)
            for policy, until in self.former
        )
        own = Policy.span(self, is_admin=is_admin, remembered=remembered)
        return own._replace(former=tuple(former))

    def newest_run_out(self, now: datetime) -> datetime:
        former = (policy.newest_run_out(min(until, now)) for policy, until in self.former)
        return max([Policy.newest_run_out(self, now), *former])
