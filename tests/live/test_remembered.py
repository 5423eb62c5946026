"""An answer that takes a while is asked for once by all, and anew after a while."""

import asyncio

import pytest

from sessions_dashboard.live import remembered
from sessions_dashboard.live.remembered import Remembered


def test_all_who_ask_at_once_share_an_answer() -> None:
    asked = 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        return asked

    async def story() -> list[int]:
        shared: Remembered[int] = Remembered()
        return await asyncio.gather(*(shared.get(ask) for _ in range(9)))

    assert asyncio.run(story()) == [1] * 9


def test_it_is_asked_anew_in_proportion_to_its_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    now, asked = 100.0, 0
    monkeypatch.setattr(remembered.time, "monotonic", lambda: now)

    async def ask() -> int:
        nonlocal now, asked
        now += 2
        asked += 1
        return asked

    async def story() -> None:
        nonlocal now
        shared: Remembered[int] = Remembered()
        for waited, answer in ((0, 1), (39, 1), (2, 2), (39, 2)):
            now += waited
            assert await shared.get(ask) == answer

    asyncio.run(story())


def test_a_failure_is_not_remembered() -> None:
    async def fail() -> int:
        raise LookupError

    async def answer() -> int:
        return 1

    async def story() -> int:
        shared: Remembered[int] = Remembered()
        with pytest.raises(LookupError):
            await shared.get(fail)
        return await shared.get(answer)

    assert asyncio.run(story()) == 1
