"""The page Account: what it says, and its switches. Its form is posted over HTTP."""

import reflex as rx

from sessions_dashboard.live.access import Access, accessible_to, current_actor, current_tab
from sessions_dashboard.live.tabs import Topic
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions import known_devices
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words import account as words
from sessions_dashboard.words import new_devices as new_device_words
from sessions_dashboard.words.http import REFUSALS


@accessible_to(Access.SIGNED_IN, passive=("refresh",))
class AccountState(PageState):
    # What to do on this page, for somebody who was led here.
    advice: str = ""
    mail_new_devices: bool = True
    can_mail: bool = True
    # Said beside the box: the page's own notices may be out of sight.
    mails_saved: str = ""

    @rx.event
    async def load(self) -> None:
        tab = current_tab()
        tab.topic, tab.refresh = Topic.OWN_SESSIONS, AccountState.refresh
        self._show_actor()
        self.mails_saved = ""
        query = self.router.url.query_parameters
        self.problem = REFUSALS.get(query.get("error", ""), "")
        changed = query.get("changed", "")
        if changed.isascii() and changed.isdigit() and len(changed) < 6:
            self.notice = words.changed(int(changed))
        secured = query.get("secured") == "1" and not self.problem
        self.advice = new_device_words.SECURED if secured else ""
        await self._reload()

    @rx.event
    async def refresh(self) -> None:
        """Show what changed elsewhere; enqueued by the server."""
        self._show_expiry()
        await self._reload()

    @rx.event
    async def want_mails(self, wanted: bool) -> None:
        """Turn emails about new devices on or off, and say at once that it is so."""
        actor, now = current_actor(), utc_now()
        if not isinstance(wanted, bool):
            return
        await current().change(
            lambda db: known_devices.set_mails_wanted(db, actor, wanted, now),
            lambda _none: [actor.user_id],
        )
        self.mails_saved = new_device_words.MAILS_ON if wanted else new_device_words.MAILS_OFF
        await self._reload()

    async def _reload(self) -> None:
        actor = current_actor()
        self.can_mail = current().settings.sends_mail
        self.mail_new_devices = await current().database.read(
            lambda db: known_devices.mails_wanted(db, actor.user_id)
        )
