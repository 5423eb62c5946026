"""The bus on which a committed change is announced to everybody who shows it."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """Something about this user's sessions is different now; what it is, readers look up."""

    # None for everybody: announcements may have been missed, so anything may be different.
    user_id: int | None


EVERYTHING = Change(None)
# Not about anybody's sessions, but shown on pages about everybody: a failed sign-in, say.
OVERVIEW = Change(0)


class LocalBus:
    """Carries changes within one process."""

    def __init__(self) -> None:
        self._changes: asyncio.Queue[Change] = asyncio.Queue()

    @property
    def connected(self) -> bool:
        """Whether the other workers hear of changes at once."""
        return True

    async def run(self) -> None:
        """Carry changes to and from other workers, where there are any."""

    async def publish(self, change: Change) -> None:
        self._changes.put_nowait(change)

    async def next_batch(self) -> set[Change]:
        """Wait for a change, and take all others that are already there along."""
        batch = {await self._changes.get()}
        while not self._changes.empty():
            batch.add(self._changes.get_nowait())
        return batch
