"""How often an account may ask, told in the headers of draft-ietf-httpapi-ratelimit-headers."""

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from sessions_dashboard.api.shared_window import SharedWindow, Standing, WindowAway

REQUESTS = RateLimitItemPerMinute(300, namespace="api")
POLICY = f'"account";q={REQUESTS.amount};w={REQUESTS.get_expiry()}'


class RateLimit:
    """One count for all workers where they share a Redis.

    Each keeps its own as well, for when the shared one is out of reach.
    """

    def __init__(self, shared: SharedWindow | None) -> None:
        self._shared = shared
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def count(self, account: str) -> Standing:
        """Count a request of the account with this public id, if it is allowed one more."""
        here = self._count_here(account)
        if self._shared is None:
            return here
        name = REQUESTS.key_for(account)
        try:
            return await self._shared.count(name, REQUESTS.amount, REQUESTS.get_expiry())
        except WindowAway:
            return here

    def _count_here(self, account: str) -> Standing:
        allowed = self._limiter.hit(REQUESTS, account)
        window = self._limiter.get_window_stats(REQUESTS, account)
        return Standing(allowed, window.remaining, window.reset_time - time.time())


def headers_of(standing: Standing) -> dict[str, str]:
    seconds = max(1, math.ceil(standing.seconds))
    return {
        "RateLimit-Policy": POLICY,
        "RateLimit": f'"account";r={standing.left};t={seconds}',
        **({} if standing.allowed else {"Retry-After": str(seconds)}),
    }
