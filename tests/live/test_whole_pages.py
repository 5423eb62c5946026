"""What a page is told as it connects goes to it in one piece."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from reflex.event import Event
from reflex.state import State, StateUpdate

from sessions_dashboard.live import whole_pages
from sessions_dashboard.live.whole_pages import IS_HYDRATED, WholePages

TOKEN, OTHER = "a page", "another page"
ROOT = State.get_full_name()
EMPTY = StateUpdate(delta={ROOT: {IS_HYDRATED: False}, "devices": {"loaded": False, "rows": []}})
LOADED = StateUpdate(delta={"devices": {"loaded": True, "rows": ["Firefox"]}})
THROUGH = StateUpdate(delta={ROOT: {IS_HYDRATED: True}})
Story = Callable[[WholePages], Awaitable[None]]


def sent(story: Story) -> list[tuple[str, Any, list[Event]]]:
    """What went out while the story was told."""
    out: list[tuple[str, Any, list[Event]]] = []

    async def send(update: StateUpdate, token: str) -> None:
        out.append((token, update.delta, update.events))

    async def tell() -> None:
        await story(WholePages(send))

    asyncio.run(tell())
    return out


async def connect(pages: WholePages) -> None:
    pages.expect(TOKEN)
    await pages.pass_on(EMPTY, TOKEN)
    await pages.pass_on(LOADED, TOKEN)


WHOLE = {ROOT: {IS_HYDRATED: False}, "devices": {"loaded": True, "rows": ["Firefox"]}}


def test_it_waits_until_all_is_loaded_and_the_newest_value_counts() -> None:
    async def story(pages: WholePages) -> None:
        await connect(pages)
        await pages.pass_on(THROUGH, TOKEN)
        await pages.pass_on(LOADED, TOKEN)

    together = {**WHOLE, ROOT: {IS_HYDRATED: True}}
    assert sent(story) == [(TOKEN, together, []), (TOKEN, LOADED.delta, [])]


def test_another_page_does_not_wait() -> None:
    async def story(pages: WholePages) -> None:
        await connect(pages)
        await pages.pass_on(LOADED, OTHER)

    assert sent(story) == [(OTHER, LOADED.delta, [])]


def test_what_a_page_has_to_do_is_not_kept_from_it() -> None:
    leave = Event(name="_redirect", payload={"path": "/signin"})

    async def story(pages: WholePages) -> None:
        await connect(pages)
        await pages.pass_on(StateUpdate(events=[leave]), TOKEN)

    assert sent(story) == [(TOKEN, WHOLE, [leave])]


def test_what_takes_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_pages, "LONGEST_SECONDS", 0)

    async def story(pages: WholePages) -> None:
        await connect(pages)
        await asyncio.sleep(0.01)
        await pages.pass_on(THROUGH, TOKEN)

    assert sent(story) == [(TOKEN, WHOLE, []), (TOKEN, THROUGH.delta, [])]


def test_nothing_is_sent_to_a_page_that_has_gone() -> None:
    async def story(pages: WholePages) -> None:
        await connect(pages)
        pages.forget(TOKEN)
        await asyncio.sleep(0)

    assert sent(story) == []
