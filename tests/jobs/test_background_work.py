"""Work in the background: begun when it is wanted, gone on with after a failure, and stopped."""

import asyncio
import logging
from typing import Any

import pytest

from sessions_dashboard.jobs import BackgroundWork, background_work

NEVER = 3_600


class Turns(BackgroundWork):
    """Counts its turns, of which the first few fail."""

    def __init__(self, look_seconds: float, wanted: asyncio.Event | None = None, failing: int = 0):
        no_runtime: Any = None
        super().__init__(no_runtime, look_seconds, wanted)
        self.taken = 0
        self._failing = failing

    async def _take_turn(self) -> None:
        self.taken += 1
        if self.taken <= self._failing:
            raise OSError("the database is away")

    async def reach(self, number: int) -> None:
        async with asyncio.timeout(10):
            while self.taken < number:
                await asyncio.sleep(0.001)


def test_is_looked_for_now_and_then() -> None:
    async def story() -> None:
        work = Turns(look_seconds=0.01)
        work.start()
        await work.reach(3)
        await work.stop()

    asyncio.run(story())


def test_is_begun_at_once_where_it_is_wanted_and_once_for_each_time() -> None:
    async def story() -> int:
        wanted = asyncio.Event()
        work = Turns(NEVER, wanted)
        work.start()
        await work.reach(1)
        wanted.set()
        await work.reach(2)
        await asyncio.sleep(0.05)
        await work.stop()
        return work.taken

    assert asyncio.run(story()) == 2


def test_goes_on_after_a_turn_that_failed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(background_work, "RETRY_SECONDS", 0.001)

    async def story() -> None:
        work = Turns(NEVER, failing=2)
        work.start()
        await work.reach(3)
        await work.stop()

    with caplog.at_level(logging.ERROR):
        asyncio.run(story())
    assert caplog.text.count("Turns: one turn failed") == 2


def test_takes_no_turn_once_it_was_stopped() -> None:
    async def story() -> tuple[int, int]:
        work = Turns(look_seconds=0.001)
        work.start()
        await work.reach(1)
        await work.stop()
        taken = work.taken
        await asyncio.sleep(0.05)
        return taken, work.taken

    before, after = asyncio.run(story())
    assert before == after


@pytest.mark.parametrize("turns_of_the_loop", range(5))
def test_stops_though_it_is_wanted_at_that_moment(turns_of_the_loop: int) -> None:
    async def story() -> None:
        wanted = asyncio.Event()
        work = Turns(NEVER, wanted)
        work.start()
        await work.reach(1)
        wanted.set()
        for _ in range(turns_of_the_loop):
            await asyncio.sleep(0)
        stopped, _late = await asyncio.wait({asyncio.create_task(work.stop())}, timeout=5)
        assert stopped

    asyncio.run(story())
