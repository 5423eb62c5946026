"""Sends what waits for webhooks, in the background: no request ever waits for a receiver."""

import asyncio
import logging
from functools import partial

from sessions_dashboard.jobs import BackgroundWork
from sessions_dashboard.live.bus import Change
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import deliveries
from sessions_dashboard.sessions.deliveries import Batch, ClaimedDelivery
from sessions_dashboard.sessions.webhook_signing import signed_headers
from sessions_dashboard.webhooks.posting import Poster

logger = logging.getLogger(__name__)

# How often to look for deliveries, which any worker may have written.
LOOK_SECONDS = 1
# How many are sent to one endpoint at once by one worker.
AT_ONCE = 4
# How long a stopping server waits for tries under way.
STOP_SECONDS = 5


class WebhookSender(BackgroundWork):
    """One per worker. Each endpoint has a task of its own, so that none waits for a slow one."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime, LOOK_SECONDS)
        self._poster = Poster(allow_private=runtime.settings.webhooks_private_addresses)
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._stopping = False

    async def stop(self) -> None:
        """Finish what is being sent at this moment; what is broken off is sent again later."""
        self._stopping = True
        await super().stop()
        if self._busy:
            _done, late = await asyncio.wait(self._busy.values(), timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._poster.close()

    async def _take_turn(self) -> None:
        due = await self._runtime.database.read(lambda db: deliveries.endpoints_due(db, utc_now()))
        for endpoint_id in due:
            if endpoint_id not in self._busy:
                task = asyncio.create_task(self._empty(endpoint_id))
                self._busy[endpoint_id] = task
                task.add_done_callback(partial(self._forget, endpoint_id))

    def _forget(self, endpoint_id: int, _task: asyncio.Task[None]) -> None:
        del self._busy[endpoint_id]

    async def _empty(self, endpoint_id: int) -> None:
        try:
            while not self._stopping and await self._send_batch(endpoint_id):
                pass
        except Exception:
            logger.exception("webhooks can't be sent to endpoint %d", endpoint_id)

    async def _send_batch(self, endpoint_id: int) -> bool:
        batch = await self._runtime.database.write(
            lambda db: deliveries.claim(db, endpoint_id, utc_now(), AT_ONCE)
        )
        if batch is None:
            return False
        await asyncio.gather(*(self._send(batch, one) for one in batch.deliveries))
        # The pages with the delivery log look again.
        await self._runtime.bus.publish(Change(batch.created_by_user_id))
        return True

    async def _send(self, batch: Batch, delivery: ClaimedDelivery) -> None:
        keys = self._runtime.settings.secret_keys
        headers = signed_headers(keys, batch.salts, delivery.message_id, utc_now(), delivery.body)
        outcome = await self._poster.post(batch.url, delivery.body, headers)
        next_try = await self._runtime.database.write(
            lambda db: deliveries.note(db, delivery, outcome, utc_now())
        )
        if outcome.failure is not None:
            logger.warning(
                "webhook delivery %s failed (%s %s); next try: %s",
                delivery.public_id,
                outcome.failure,
                outcome.status or "",
                next_try.isoformat(timespec="seconds") if next_try else "none",
            )
