"""Paging through a list by the keys that its pages end with."""

from typing import Any

import reflex as rx


class Paged(rx.State, mixin=True):
    """For a page's state, whose `_reload` reads the page after a key and notes the next key."""

    has_next: bool = False
    has_previous: bool = False
    # What the pages before this one ended with.
    _keys: list[Any] = []
    _next_key: Any = None

    @rx.event
    async def next_page(self) -> None:
        if self._next_key is not None:
            self._keys = [*self._keys, self._next_key]
            await self._reload()

    @rx.event
    async def previous_page(self) -> None:
        self._keys = self._keys[:-1]
        await self._reload()

    def _to_first_page(self) -> None:
        self._keys = []

    def _page_begins_behind(self) -> Any:
        """The key that this page comes after; None for the first page."""
        return self._keys[-1] if self._keys else None

    def _page_ends_with(self, next_key: Any) -> None:
        """Note the key that the next page comes after; None where none follows."""
        self._next_key = next_key
        self.has_next = next_key is not None
        self.has_previous = bool(self._keys)

    async def _reload(self) -> None:
        raise NotImplementedError
