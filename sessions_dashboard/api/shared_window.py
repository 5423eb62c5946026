"""The requests of the last minute that all workers have answered, counted in Redis or Valkey.

The name of an account's count is a keyed digest: Redis holds nothing about anybody.
"""

import asyncio
import hashlib
import hmac
import logging
import secrets
import time
from dataclasses import dataclass

from sessions_dashboard.redis_connection import PAUSE_SECONDS, REDIS_ERRORS, connection

logger = logging.getLogger(__name__)

PREFIX = "sessions_dashboard:requests:"
# Only the request itself waits for it; nothing else is blocked.
ANSWER_SECONDS = 1
# More at once take turns: a burst of requests opens no connection for each of them.
AT_ONCE = 4

# A sorted set with a member for each request, whose score is the time. Refused ones don't count.
_COUNT = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local limit, window = tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local used = redis.call('ZCARD', KEYS[1])
local allowed = used < limit
if allowed then
    redis.call('ZADD', KEYS[1], now, ARGV[1])
    redis.call('EXPIRE', KEYS[1], window)
    used = used + 1
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
return {allowed and 1 or 0, limit - used, tostring(oldest + window - now)}
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands after one of its requests was counted or refused."""

    allowed: bool
    left: int
    # Until the oldest request leaves the window.
    seconds: float


class WindowAway(Exception):
    """Redis does not answer."""


class SharedWindow:
    def __init__(self, url: str, key: bytes) -> None:
        self._count = connection(url, ANSWER_SECONDS).register_script(_COUNT)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._key = key
        self._away_until = 0.0

    async def count(self, name: str, limit: int, seconds: int) -> Standing:
        """
        Raises:
            WindowAway: there was no answer. Redis is left alone for the next seconds.
        """
        arguments: list[str | int] = [secrets.token_hex(8), limit, seconds]
        async with self._turns:
            if time.monotonic() < self._away_until:
                raise WindowAway
            try:
                allowed, left, rest = await self._count(keys=[self._name(name)], args=arguments)
            except REDIS_ERRORS as error:
                self._away_until = time.monotonic() + PAUSE_SECONDS
                logger.warning("the API's requests are counted by each worker alone: %s", error)
                raise WindowAway from error
        return Standing(bool(allowed), max(int(left), 0), float(rest))

    def _name(self, name: str) -> str:
        return PREFIX + hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()
