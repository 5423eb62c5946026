"""Counts of failed sign-ins, and of requests for mail, that workers share in Redis or Valkey.

The names of counts are keyed digests: Redis holds no email and no address.
"""

import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sessions_dashboard.redis_connection import (
    PAUSE_SECONDS,
    REDIS_ERRORS,
    blocking_connection,
)

logger = logging.getLogger(__name__)

PREFIX = "sessions_dashboard:failures:"

# Each count is a sorted set with a member for each try, whose score is the time. All counts of a
# try are written, or none, so that simultaneous tries on several workers can't slip in together.
_ADMIT = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
for index, key in ipairs(KEYS) do
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now - ARGV[2 * index + 1])
    if redis.call('ZCARD', key) >= tonumber(ARGV[2 * index]) then
        return 0
    end
end
for index, key in ipairs(KEYS) do
    redis.call('ZADD', key, now, ARGV[1])
    redis.call('EXPIRE', key, ARGV[2 * index + 1])
end
return 1
"""


@dataclass(frozen=True, slots=True)
class Count:
    name: str
    limit: int
    seconds: int


class Full(Exception):
    """One of the counts has reached its limit."""


class CountsAway(Exception):
    """Redis does not answer."""


class SharedCounts:
    def __init__(self, url: str, key: bytes) -> None:
        self._redis = blocking_connection(url)
        self._admit = self._redis.register_script(_ADMIT)
        self._key = key
        self._away_until = 0.0

    def admit(self, counts: Sequence[Count], *, forgiven: str | None = None) -> "Ticket":
        """Count a try as failed; if it succeeds after all, the ticket takes that back.

        Args:
            forgiven: the count that a success clears, where one does.

        Raises:
            Full: it has to wait; it was not counted.
            CountsAway: there was no answer. Redis is left alone for the next seconds.
        """
        if time.monotonic() < self._away_until:
            raise CountsAway
        member = secrets.token_hex(8)
        limits = [part for count in counts for part in (count.limit, count.seconds)]
        keys = [self._name(count.name) for count in counts]
        try:
            admitted = self._admit(keys=keys, args=[member, *limits])
        except REDIS_ERRORS as error:
            self._give_up(error)
            raise CountsAway from error
        if not admitted:
            raise Full
        return Ticket(self, member, keys, self._name(forgiven) if forgiven else None)

    def take_back(self, ticket: "Ticket") -> None:
        """Count a try no longer, and clear the forgiven count of earlier failures.

        Without an answer from Redis the try stays counted.
        """
        try:
            pipeline = self._redis.pipeline()
            for key in ticket.keys:
                pipeline.zrem(key, ticket.member)
            if ticket.forgiven is not None:
                pipeline.delete(ticket.forgiven)
            pipeline.execute()
        except REDIS_ERRORS as error:
            self._give_up(error)

    def forgive(self, name: str) -> None:
        """Clear one count; without an answer from Redis it runs out with time."""
        try:
            self._redis.delete(self._name(name))
        except REDIS_ERRORS as error:
            self._give_up(error)

    def _give_up(self, error: BaseException) -> None:
        self._away_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("failed sign-ins are counted by each worker alone: %s", error)

    def _name(self, name: str) -> str:
        return PREFIX + hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Ticket:
    """A try that is counted as failed."""

    counts: SharedCounts
    member: str
    keys: Sequence[str]
    forgiven: str | None

    def take_back(self) -> None:
        self.counts.take_back(self)
