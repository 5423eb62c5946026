"""The views that an administrator keeps: by name, to be opened, kept anew and forgotten."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from sessions_dashboard import navigation
from sessions_dashboard.devices.cleaning import clean_text
from sessions_dashboard.live.access import Access, accessible_to, current_actor
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions.filters import parameters_of, read_view
from sessions_dashboard.sessions.saved_views import (
    MAX_VIEW_NAME_LENGTH,
    TooManyViews,
    forget_view,
    keep_view,
    views_of,
)
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words import admin as words

MAX_HIDE_LENGTH = 100


@dataclass(frozen=True)
class ViewLink:
    name: str = ""
    address: str = ""


@accessible_to(Access.ADMIN)
class SavedViewsState(PageState):
    views: list[ViewLink] = []
    # A new number empties the field for the name.
    version: int = 0
    # The one that was deleted last, while that can be taken back.
    forgotten: str = ""
    _forgotten_parameters: dict[str, str] = {}

    @rx.var
    def forgotten_words(self) -> str:
        return words.view_forgotten(self.forgotten)

    @rx.event
    async def load(self) -> None:
        self.forgotten = ""
        await self._show_views()

    @rx.event
    async def keep(self, form: dict[str, Any]) -> None:
        """Keep what the address says under the form's name."""
        name = form.get("name") if isinstance(form, dict) else None
        name = clean_text(name if isinstance(name, str) else "", MAX_VIEW_NAME_LENGTH)
        if not name:
            return
        if await self._keep(name, self._to_keep()):
            self.notice = words.view_kept(name)
            self.version += 1
            self.forgotten = ""

    @rx.event
    def open_view(self, name: str) -> Any:
        found = next((view for view in self.views if view.name == name), None)
        return rx.redirect(found.address) if found is not None else None

    @rx.event
    async def forget(self, name: str) -> None:
        if any(view.name == name for view in self.views):
            actor = current_actor()
            found = await current().database.write(lambda db: forget_view(db, actor, name))
            self.notice = ""
            if found is not None:
                self.forgotten, self._forgotten_parameters = name, dict(found.parameters)
            await self._show_views()

    @rx.event
    async def bring_back(self) -> None:
        """Keep the view again that was deleted last."""
        name, parameters = self.forgotten, dict(self._forgotten_parameters)
        await self._show_views()
        is_taken = any(view.name == name for view in self.views)
        if name and not is_taken:
            if not await self._keep(name, parameters):
                return
            self.notice = words.view_back(name)
        self.forgotten = ""

    async def _keep(self, name: str, parameters: dict[str, str]) -> bool:
        actor, now = current_actor(), utc_now()
        self.notice = self.problem = ""
        try:
            await current().database.write(lambda db: keep_view(db, actor, name, parameters, now))
        except TooManyViews:
            self.problem = words.TOO_MANY_VIEWS
        await self._show_views()
        return not self.problem

    def _to_keep(self) -> dict[str, str]:
        """The parameters of what is shown, without the place in the list."""
        given = self._query_parameters()
        parameters = parameters_of(read_view(given).view)
        hide = clean_text(given.get("hide", ""), MAX_HIDE_LENGTH)
        return parameters | ({"hide": hide} if hide else {})

    async def _show_views(self) -> None:
        actor = current_actor()
        found = await current().database.read(lambda db: views_of(db, actor.user_id))
        self.views = [
            ViewLink(view.name, f"{navigation.ADMIN_SESSIONS}?{urlencode(dict(view.parameters))}")
            for view in found
        ]
