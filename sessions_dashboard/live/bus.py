"""The bus on which a committed change is announced to everybody who shows it."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """Something about this user's sessions is different now. Says no more: readers look."""

    user_id: int


class LocalBus:
    """Carries changes within one process."""

    def __init__(self) -> None:
        self._changes: asyncio.Queue[Change] = asyncio.Queue()

    async def publish(self, change: Change) -> None:
        self._changes.put_nowait(change)

    async def next_batch(self) -> set[Change]:
        """Wait for a change, and take along all others that are there already."""
        batch = {await self._changes.get()}
        while not self._changes.empty():
            batch.add(self._changes.get_nowait())
        return batch
