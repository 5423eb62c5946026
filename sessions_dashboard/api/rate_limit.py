"""How often an account may ask; said in the headers of draft-ietf-httpapi-ratelimit-headers."""

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from sessions_dashboard.sessions import Actor

REQUESTS = RateLimitItemPerMinute(300, namespace="api")
POLICY = f'"account";q={REQUESTS.amount};w={REQUESTS.get_expiry()}'


class RateLimit:
    """Of one process: with several workers an account may ask each of them so often."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def allows(self, actor: Actor) -> bool:
        return self._limiter.hit(REQUESTS, actor.user_public_id)

    def headers(self, actor: Actor) -> dict[str, str]:
        left = self._limiter.get_window_stats(REQUESTS, actor.user_public_id)
        seconds = max(1, math.ceil(left.reset_time - time.time()))
        return {
            "RateLimit-Policy": POLICY,
            "RateLimit": f'"account";r={left.remaining};t={seconds}',
            **({"Retry-After": str(seconds)} if left.remaining == 0 else {}),
        }
