"""Connections to the Redis or Valkey that several workers share.

It carries announcements and counts what is limited; whatever decides anything is in the database.
So every call has a short time-out, and every caller can do without an answer.
"""

import asyncio
import re

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

# What is raised where the server is gone, hangs, or is no Redis.
REDIS_ERRORS = (RedisError, OSError, asyncio.TimeoutError)
# For a call that blocks its worker: a Redis that hangs is soon given up.
BLOCKING_SECONDS = 0.25
ANSWER_SECONDS = 5
# How long a Redis that did not answer is left alone.
PAUSE_SECONDS = 5


def connection(url: str, seconds: float = ANSWER_SECONDS) -> "redis.asyncio.Redis":
    """A client for the event loop, which connects when first used and after every error."""
    return redis.asyncio.Redis.from_url(
        _understood(url),
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        retry=AsyncRetry(NoBackoff(), 0),
    )


def blocking_connection(url: str) -> redis.Redis:
    """A client for short calls that a request waits for."""
    return redis.Redis.from_url(
        _understood(url),
        socket_timeout=BLOCKING_SECONDS,
        socket_connect_timeout=BLOCKING_SECONDS,
        # A connection that broke while nobody used it is replaced at once.
        retry=Retry(NoBackoff(), 1),
    )


def _understood(url: str) -> str:
    """Valkey speaks the same protocol under a name of its own."""
    return re.sub(r"^valkey(s?)://", r"redis\1://", url)
