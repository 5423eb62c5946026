"""An answer that takes a while is asked for once by all, and anew after a while."""

import asyncio
import time

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
        # What takes two seconds is not waited for, but the first time.
        for waited, answer in ((0, 1), (39, 1), (2, 1), (0, 2), (39, 2)):
            now += waited
            assert await shared.get(ask) == answer
            # The clock stands still: no sleep would end.
            for _ in range(3):
                await asyncio.sleep(0)

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


@pytest.fixture
def nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer stays good, and each takes too long."""
    for name in ("MINIMUM_SECONDS", "TIMES_ITS_COST", "PATIENCE_SECONDS"):
        monkeypatch.setattr(remembered, name, 0)


@pytest.mark.usefixtures("nothing_is_waited_for")
def test_one_is_under_way_at_a_time_and_all_hear_of_it_once() -> None:
    asked, under_way = 0, 0
    told: list[int] = []

    async def ask() -> int:
        nonlocal asked, under_way
        under_way += 1
        assert under_way == 1
        await asyncio.sleep(0.05)
        under_way -= 1
        asked += 1
        return asked

    async def story() -> None:
        shared: Remembered[int] = Remembered()
        await shared.get(ask)

        async def tell() -> None:
            told.append(shared.number)

        reminders = [asyncio.create_task(shared.remind(ask, tell)) for _ in range(5)]
        for _ in range(5):
            began = time.monotonic()
            assert await shared.get(ask) == 1
            assert time.monotonic() - began < 0.03
        await asyncio.gather(*reminders)

    asyncio.run(story())
    assert told == [2]


@pytest.mark.usefixtures("nothing_is_waited_for")
def test_one_of_long_ago_is_shown_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "OUT_OF_DATE_SECONDS", 0.01)
    asked = 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        return asked

    async def story() -> list[int]:
        shared: Remembered[int] = Remembered()
        first = await shared.get(ask)
        await asyncio.sleep(0.02)
        return [first, await shared.get(ask)]

    assert asyncio.run(story()) == [1, 2]


@pytest.mark.usefixtures("nothing_is_waited_for")
def test_one_that_fails_leaves_the_answer_of_before(caplog: pytest.LogCaptureFixture) -> None:
    fails = False

    async def ask() -> int:
        if fails:
            raise LookupError
        return 1

    async def story() -> list[int]:
        nonlocal fails
        shared: Remembered[int] = Remembered()
        found = [await shared.get(ask)]
        fails = True
        for _ in range(2):
            found.append(await shared.get(ask))
            await asyncio.sleep(0.01)
        return found

    assert asyncio.run(story()) == [1, 1, 1]
    assert caplog.text.count("a count failed") == 2
