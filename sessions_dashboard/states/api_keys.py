"""The part of the page Account about API keys: made, shown once, revoked."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import reflex as rx

from sessions_dashboard.live.access import Access, accessible_to, current_actor, current_tab
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions import (
    InvalidName,
    NotAdmin,
    NotFound,
    PasswordNeeded,
    Scope,
    api_keys,
)
from sessions_dashboard.sessions.api_keys import (
    LIFETIMES,
    MAX_KEYS,
    ListedKey,
    NoScope,
    TooManyKeys,
)
from sessions_dashboard.states.account import AccountState
from sessions_dashboard.words import api_keys as words

SCOPE_FIELD = "scope_"


@dataclass(frozen=True)
class KeyRow:
    id: str = ""
    name: str = ""
    # The last characters of the key.
    ending: str = ""
    may: str = ""
    is_expired: bool = False
    # Times are ISO 8601 in UTC; empty for never.
    made: str = ""
    expires: str = ""
    used: str = ""
    used_from: str = ""


@dataclass(frozen=True)
class WantedKey:
    name: str = ""
    scopes: tuple[Scope, ...] = ()
    lifetime: timedelta = field(default_factory=lambda: LIFETIMES[0])


@accessible_to(Access.SIGNED_IN, passive=("refresh_keys",))
class ApiKeysState(AccountState):
    keys: list[KeyRow] = []
    keys_loaded: bool = False
    is_making: bool = False
    key_problem: str = ""
    # Shown once, to whoever made it.
    new_key: str = ""
    # The key whose revoking is being confirmed.
    key_target: KeyRow = KeyRow()
    _wanted: WantedKey | None = None

    @rx.var
    def revoke_question(self) -> str:
        return words.revoke_question(self.key_target.name)

    @rx.event
    async def load_keys(self) -> None:
        current_tab().refresh = ApiKeysState.refresh_keys
        self._close_keys()
        await self._reload_keys()

    @rx.event
    async def refresh_keys(self) -> None:
        """Show what changed elsewhere on the whole page; enqueued by the server."""
        self._show_expiry()
        await self._reload()
        await self._reload_keys()

    @rx.event
    def ask_key(self) -> None:
        self._close_keys()
        self.is_making = True

    @rx.event
    def close_keys(self) -> None:
        self._close_keys()

    @rx.event
    async def make_key(self, form: dict[str, Any]) -> None:
        if not isinstance(form, dict) or not self.is_making:
            return
        name, days = form.get("name"), form.get("days")
        lifetimes = (one for one in LIFETIMES if str(one.days) == days)
        lifetime = next(lifetimes, None)
        if lifetime is None:
            return
        scopes = tuple(scope for scope in Scope if form.get(SCOPE_FIELD + scope.value))
        self._wanted = WantedKey(name if isinstance(name, str) else "", scopes, lifetime)
        await self._make()

    @rx.event
    async def make_key_now(self) -> None:
        """Go on after the password was entered again."""
        await self._make()

    @rx.event
    def ask_revoke(self, key_id: str) -> None:
        self._close_keys()
        self.key_target = next((row for row in self.keys if row.id == key_id), KeyRow())

    @rx.event
    async def revoke_key(self) -> None:
        actor, now, target = current_actor(), utc_now(), self.key_target
        self._close_keys()
        self.notice = self.problem = ""
        if not target.id:
            return
        try:
            name = await current().change(
                lambda db: api_keys.revoke_key(db, actor, target.id, now),
                lambda _name: [actor.user_id],
            )
        except NotFound:
            self.problem = words.GONE
        else:
            self.notice = words.revoked(name)
        await self._reload_keys()

    async def _make(self) -> None:
        wanted, key = self._wanted, api_keys.new_key()
        if wanted is None:
            return
        actor, policy, now = current_actor(), current().policy, utc_now()
        self.key_problem = ""
        try:
            await current().change(
                lambda db: api_keys.create_key(
                    db, actor, key, wanted.name, wanted.scopes, wanted.lifetime, policy, now
                ),
                lambda _id: [actor.user_id],
            )
        except PasswordNeeded:
            self.confirming = True
            return
        except InvalidName:
            self.key_problem = words.LONG_NAME if wanted.name.strip() else words.NO_NAME
        except NoScope:
            self.key_problem = words.NO_SCOPE
        except NotAdmin:
            self.key_problem = words.ADMINS_ONLY
        except TooManyKeys:
            self.key_problem = words.too_many(MAX_KEYS)
        else:
            self._close_keys()
            self.new_key = key
        self.confirming = False
        await self._reload_keys()

    def _close_keys(self) -> None:
        self.confirming = self.is_making = False
        self.new_key = self.key_problem = ""
        self.key_target, self._wanted = KeyRow(), None

    async def _reload_keys(self) -> None:
        actor, now = current_actor(), utc_now()
        found = await current().database.read(lambda db: api_keys.keys_of(db, actor.user_id, now))
        self.keys = [key_row(key, now) for key in found]
        self.keys_loaded = True


def key_row(key: ListedKey, now: datetime, *, of_another: bool = False) -> KeyRow:
    return KeyRow(
        id=key.public_id,
        name=key.name,
        ending=key.ending,
        may=words.may(key.scopes, of_another=of_another),
        is_expired=key.expires_at <= now,
        made=key.created_at.isoformat(),
        expires=key.expires_at.isoformat(),
        used=key.last_used_at.isoformat() if key.last_used_at else "",
        used_from=key.last_used_ip_address or "",
    )
