"""Lists whose rows stay in place: what is new is offered, and shown on demand."""

import reflex as rx

from sessions_dashboard.words import admin as words

# New ones are counted up to this.
MAX_NEWS = 99


class Offering(rx.State, mixin=True):
    """For a page's state, whose `_reload` reads the list anew, with what was offered."""

    # How many are new, in words; empty for none.
    news: str = ""

    @rx.event
    async def show_news(self) -> None:
        await self._reload()

    def _offer(self, new: int) -> None:
        """Say how many are new; `MAX_NEWS` + 1 stands for any number beyond it."""
        self.news = words.news(new, MAX_NEWS) if new else ""

    async def _reload(self) -> None:
        raise NotImplementedError
