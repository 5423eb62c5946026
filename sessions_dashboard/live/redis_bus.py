"""The bus between workers: a channel of Redis or Valkey.

A worker tells its own pages of a change directly; the channel carries it to the other workers. A
message that nobody hears is lost, so a worker that was cut off looks at everything once it is back,
and then sends what it could not send before.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis

from sessions_dashboard.live.bus import EVERYTHING, Change, LocalBus
from sessions_dashboard.redis_connection import REDIS_ERRORS, connection

logger = logging.getLogger(__name__)

CHANNEL = "sessions_dashboard:changes"
# A subscription that is silent for this long is pinged, and given up if it stays silent for as long
# again.
SILENCE_SECONDS = 5
RETRY_SECONDS = 0.5
# For more users than this there is one announcement, for everybody.
MAX_UNSENT = 1_000
# Of a row's number.
MAX_DIGITS = 19


class RedisBus(LocalBus):
    """Carries changes between the workers that share a Redis, on one machine or several."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._connected = False
        self._unsent: set[Change] = set()
        self._to_send = asyncio.Event()

    @property
    def connected(self) -> bool:
        return self._connected

    async def publish(self, change: Change) -> None:
        await super().publish(change)
        self._unsent.add(change)
        if len(self._unsent) > MAX_UNSENT:
            self._unsent = {EVERYTHING}
        self._to_send.set()

    async def run(self) -> None:
        async with connection(self._url) as redis:
            # Pub/sub knows nothing of the database number that tells installations apart.
            number = redis.connection_pool.connection_kwargs.get("db", 0)
            # Named here and not before: a worker is made by a fork.
            line = _Line(redis, f"{CHANNEL}:{number}", secrets.token_hex(8))
            await asyncio.gather(
                _again_and_again(lambda: self._listen(line)),
                _again_and_again(lambda: self._send(line)),
            )

    async def _send(self, line: "_Line") -> None:
        await self._to_send.wait()
        self._to_send.clear()
        batch, self._unsent = self._unsent, set()
        try:
            await line.say(batch)
        except REDIS_ERRORS:
            self._unsent |= batch
            self._to_send.set()
            raise

    async def _listen(self, line: "_Line") -> None:
        try:
            await line.listen(self._take)
        except REDIS_ERRORS as error:
            if self._connected:
                logger.warning("other workers can't be reached: %s", error)
            raise
        finally:
            self._connected = False

    async def _take(self, change: Change) -> None:
        if change == EVERYTHING and not self._connected:
            self._connected = True
            logger.info("connected to the other workers")
        await super().publish(change)


class _Line:
    """The channel, as one worker speaks and listens on it."""

    def __init__(self, redis: "Redis", channel: str, name: str) -> None:
        self._redis = redis
        self._channel = channel
        self._name = name

    async def say(self, changes: set[Change]) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        for change in changes:
            who = "*" if change.user_id is None else change.user_id
            pipeline.publish(self._channel, f"{self._name} {who}")
        await pipeline.execute()

    async def listen(self, take: Callable[[Change], Awaitable[None]]) -> None:
        """Hand over what other workers say, and `EVERYTHING` whenever the subscription begins.

        Raises:
            one of REDIS_ERRORS: the connection is lost, or silent.
        """
        async with self._redis.pubsub() as subscription:
            await subscription.subscribe(self._channel)
            asked = False
            while True:
                message = await subscription.get_message(timeout=SILENCE_SECONDS)
                if message is not None:
                    asked = False
                    for change in self._read(message):
                        await take(change)
                elif asked:
                    raise TimeoutError("it says nothing any more")
                else:
                    await subscription.ping()
                    asked = True

    def _read(self, message: dict[str, Any]) -> list[Change]:
        if message["type"] == "subscribe":
            return [EVERYTHING]
        if message["type"] != "message":
            return []
        match message["data"].decode("ascii", errors="replace").split(" "):
            case [self._name, _]:
                return []
            case [_, "*"]:
                return [EVERYTHING]
            case [_, number] if number.isdecimal() and len(number) <= MAX_DIGITS:
                return [Change(int(number))]
        logger.warning("an announcement is not understood: is the Redis shared with others?")
        return []


async def _again_and_again(step: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await step()
        except REDIS_ERRORS:
            await asyncio.sleep(RETRY_SECONDS)
