"""Slowing down whoever guesses passwords.

Three counts of failures, each over a moving window: for an account from one address, for an
address over all accounts, and for an account from all addresses that it was never signed in
from. The last one leaves out the addresses its owner uses, so that a stranger who keeps failing
can't lock the owner out.

When a signed-in person is asked for the password again, failures are counted by session, too: a
thief of its cookie may come from any number of addresses.
"""

import ipaddress
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from sessions_dashboard.accounts.shared_counts import (
    Count,
    CountsAway,
    Full,
    SharedCounts,
    Ticket,
)

ACCOUNT_FROM_ADDRESS = RateLimitItemPerMinute(10, 5, namespace="account-from-address")
ADDRESS = RateLimitItemPerMinute(50, 5, namespace="address")
ACCOUNT_FROM_STRANGERS = RateLimitItemPerMinute(50, 60, namespace="account-from-strangers")
SESSION = RateLimitItemPerMinute(20, 60, namespace="session")
# Requests for a link to choose a new password. How often one account gets a mail is another
# question, which the outbox answers.
RESET_REQUESTS = RateLimitItemPerMinute(10, 5, namespace="reset-requests")
# Accounts made, and addresses found to have one already.
SIGN_UPS = RateLimitItemPerMinute(20, 60, namespace="sign-ups")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try at signing in, or at confirming a session."""

    email: str
    ip_address: str
    # Whether the account was signed in from this address before.
    known_address: bool
    # The public id of the session that is to be confirmed.
    session: str = ""

    def counts(self) -> list[tuple[RateLimitItem, tuple[str, ...]]]:
        network = network_of(self.ip_address)
        counts: list[tuple[RateLimitItem, tuple[str, ...]]] = [
            (ACCOUNT_FROM_ADDRESS, (self.email, network)),
            (ADDRESS, (network,)),
        ]
        if not self.known_address:
            counts.append((ACCOUNT_FROM_STRANGERS, (self.email,)))
        if self.session:
            counts.append((SESSION, (self.session,)))
        return counts


def network_of(ip_address: str) -> str:
    """The address itself, or for IPv6 the /64 that one subscriber has all to themselves."""
    try:
        address = ipaddress.ip_address(ip_address)
    except ValueError:
        return ip_address
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))


class TooManyAttempts(Exception):
    """This attempt has to wait; its password is not looked at."""


class Trial:
    """An attempt that is under way; a failure unless `succeeded` is set."""

    succeeded = False


class SignInThrottle:
    """The counts of one process, and those that it shares with others where there is a Redis.

    Its own are always kept, for when the shared ones are out of reach.
    """

    def __init__(self, shared: SharedCounts | None = None) -> None:
        self._shared = shared
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def trying(self, attempt: Attempt) -> Iterator[Trial]:
        """Surrounds the check of one password.

        An attempt counts as a failure until it is known to be none: a hundred simultaneous tries
        count as a hundred, and one that is broken off stays a failure. A success costs nothing, so
        that a whole office behind one address can sign in. It clears the person's own failures at
        this address but no other count, so that signing in to one's own account buys no more
        guesses at others.

        Raises:
            TooManyAttempts: there were too many failures already.
        """
        counts = attempt.counts()
        ticket = self._admit(counts)
        names = [item.key_for(*key) for item, key in counts]
        self._under_way.update(names)
        trial = Trial()
        try:
            yield trial
        finally:
            self._under_way.subtract(names)
            self._under_way += Counter()
            for item, key in counts:
                if not trial.succeeded:
                    self._limiter.hit(item, *key)
                elif item is ACCOUNT_FROM_ADDRESS:
                    self._limiter.clear(item, *key)
            if ticket is not None and trial.succeeded:
                ticket.take_back()

    def _admit(self, counts: list[tuple[RateLimitItem, tuple[str, ...]]]) -> Ticket | None:
        if self._shared is not None:
            try:
                return self._shared.admit(
                    [_count(item, key) for item, key in counts],
                    forgiven=ACCOUNT_FROM_ADDRESS.key_for(*counts[0][1]),
                )
            except Full:
                raise TooManyAttempts from None
            except CountsAway:
                pass
        if not all(self._has_room(item, key) for item, key in counts):
            raise TooManyAttempts
        return None

    def forgive(self, email: str, ip_address: str) -> None:
        """Clear the failures at this address of somebody who has proved to own the account."""
        key = (email, network_of(ip_address))
        self._limiter.clear(ACCOUNT_FROM_ADDRESS, *key)
        if self._shared is not None:
            self._shared.forgive(ACCOUNT_FROM_ADDRESS.key_for(*key))

    def _has_room(self, item: RateLimitItem, key: tuple[str, ...]) -> bool:
        left = self._limiter.get_window_stats(item, *key).remaining
        return left > self._under_way[item.key_for(*key)]


class RequestThrottle:
    """How often one address may ask for something; shared like the counts of failed sign-ins."""

    def __init__(self, limit: RateLimitItem, shared: SharedCounts | None = None) -> None:
        self._limit = limit
        self._shared = shared
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def allows(self, ip_address: str) -> bool:
        """Count a request; False when there were too many."""
        network = network_of(ip_address)
        here = self._limiter.hit(self._limit, network)
        if self._shared is None:
            return here
        try:
            self._shared.admit([_count(self._limit, (network,))])
        except Full:
            return False
        except CountsAway:
            return here
        return True


def _count(item: RateLimitItem, key: tuple[str, ...]) -> Count:
    return Count(item.key_for(*key), item.amount, item.get_expiry())
