"""What a page is told as it connects, in one piece."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from reflex.event import Event
from reflex.state import State, StateUpdate
from reflex_base.constants import CompileVars
from reflex_base.constants.state import FIELD_MARKER

# What takes longer to load is not waited for.
LONGEST_SECONDS = 1.0
IS_HYDRATED = CompileVars.IS_HYDRATED + FIELD_MARKER

Send = Callable[[StateUpdate, str], Awaitable[None]]


@dataclass(slots=True)
class _Kept:
    """Updates for one page, added up."""

    late: asyncio.Task[None]
    delta: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def add(self, update: StateUpdate) -> None:
        for state, values in update.delta.items():
            # What was told last stands last.
            self.delta[state] = {**self.delta.pop(state, {}), **values}
        self.events += update.events


class WholePages:
    """Keeps back the state that Reflex sends a page as it connects, until all of it is loaded.

    That state may be one in which nothing is loaded yet: a page that comes back after a lost
    connection would be emptied for a moment, and lose its focus and where it was scrolled to.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._kept: dict[str, _Kept] = {}

    def expect(self, token: str) -> None:
        """A page asks for its state and for what is loaded."""
        if token not in self._kept:
            self._kept[token] = _Kept(asyncio.create_task(self._release_late(token)))

    async def pass_on(self, update: StateUpdate, token: str) -> None:
        kept = self._kept.get(token)
        if kept is None:
            await self._send(update, token)
            return
        kept.add(update)
        if update.events or _is_loaded(update):
            await self.release(token)

    async def release(self, token: str) -> None:
        """Send what was kept back, if anything was."""
        kept = self.forget(token)
        if kept is not None:
            await self._send_all(kept, token)

    def forget(self, token: str) -> _Kept | None:
        """Keep nothing back any more, as for a page that has gone; what was is returned."""
        kept = self._kept.pop(token, None)
        if kept is not None:
            kept.late.cancel()
        return kept

    async def _release_late(self, token: str) -> None:
        await asyncio.sleep(LONGEST_SECONDS)
        await self._send_all(self._kept.pop(token), token)

    async def _send_all(self, kept: _Kept, token: str) -> None:
        if kept.delta or kept.events:
            await self._send(StateUpdate(delta=kept.delta, events=kept.events), token)


def _is_loaded(update: StateUpdate) -> bool:
    return update.delta.get(State.get_full_name(), {}).get(IS_HYDRATED) is True
