"""Slowing down whoever guesses passwords.

Three counts of failures, each over a moving window: for an account from one address, for an
address over all accounts, and for an account from all addresses that it was never signed in
from. The last one leaves out the addresses its owner uses, so that a stranger who keeps failing
can't lock the owner out.
"""

import ipaddress
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

ACCOUNT_FROM_ADDRESS = RateLimitItemPerMinute(10, 5, namespace="account-from-address")
ADDRESS = RateLimitItemPerMinute(50, 5, namespace="address")
ACCOUNT_FROM_STRANGERS = RateLimitItemPerMinute(50, 60, namespace="account-from-strangers")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try at signing in."""

    email: str
    ip_address: str
    # Whether the account was signed in from this address before.
    known_address: bool

    def counts(self) -> list[tuple[RateLimitItem, tuple[str, ...]]]:
        network = network_of(self.ip_address)
        counts: list[tuple[RateLimitItem, tuple[str, ...]]] = [
            (ACCOUNT_FROM_ADDRESS, (self.email, network)),
            (ADDRESS, (network,)),
        ]
        if not self.known_address:
            counts.append((ACCOUNT_FROM_STRANGERS, (self.email,)))
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


class SignInThrottle:
    """The counts of one process."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def take(self, attempt: Attempt) -> bool:
        """Count an attempt before its password is looked at; False when it has to wait.

        Counted first and given back on success: a hundred tries at the same instant count as a
        hundred.
        """
        if not all(self._limiter.test(item, *key) for item, key in attempt.counts()):
            return False
        for item, key in attempt.counts():
            self._limiter.hit(item, *key)
        return True

    def forgive(self, attempt: Attempt) -> None:
        """Clear what a person who then signed in had counted against them at this address."""
        for item, key in attempt.counts():
            if item is ACCOUNT_FROM_ADDRESS:
                self._limiter.clear(item, *key)
