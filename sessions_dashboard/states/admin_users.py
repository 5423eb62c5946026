"""The administrator's list of accounts, whose address says what it shows; and making one."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import reflex as rx
from sqlalchemy import Connection

from sessions_dashboard import navigation
from sessions_dashboard.accounts import administration
from sessions_dashboard.accounts.directory import (
    Account,
    AccountPage,
    Kind,
    count_accounts,
    page_of_accounts,
)
from sessions_dashboard.accounts.invitations import new_invitation_token
from sessions_dashboard.accounts.passwords import hash_password
from sessions_dashboard.accounts.users import EmailTaken, InvalidEmail, normalise_email
from sessions_dashboard.devices.cleaning import clean_text
from sessions_dashboard.live.access import Access, accessible_to, current_actor, current_tab
from sessions_dashboard.live.tabs import Topic
from sessions_dashboard.runtime import current, run_aside, utc_now
from sessions_dashboard.sessions import PasswordNeeded
from sessions_dashboard.sessions.listing import MAX_COUNT
from sessions_dashboard.states.page import PageState
from sessions_dashboard.states.paging import Paged
from sessions_dashboard.words import admin_users as words

MAX_SEARCH_LENGTH = 100


@dataclass(frozen=True)
class AccountRow:
    id: str = ""
    address: str = ""
    email: str = ""
    is_admin: bool = False
    is_disabled: bool = False
    is_invited: bool = False
    is_self: bool = False
    sessions: int = 0
    # Times are ISO 8601 in UTC; empty for never.
    last_active: str = ""
    created: str = ""
    disabled: str = ""
    invited_until: str = ""


@accessible_to(Access.ADMIN, passive=("refresh",))
class AdminUsersState(Paged, PageState):
    # Whether the table was read: a page that could not does not say that there is nothing.
    loaded: bool = False
    rows: list[AccountRow] = []
    search: str = ""
    kind: str = Kind.ALL.value
    total_words: str = ""
    # What is listed, as the addresses of the page and of its file say it.
    query: str = ""
    # What was looked for when the page was opened: the field begins with it.
    opened_with: str = ""
    creating: bool = False
    create_problem: str = ""
    # Shown once, to whoever made it.
    link: str = ""
    _wanted: tuple[str, bool] = ("", False)

    @rx.event
    async def load(self) -> None:
        tab = current_tab()
        tab.topic, tab.refresh = Topic.ALL_SESSIONS, AdminUsersState.refresh
        self._show_actor()
        self._close()
        asked = self.router.url.query_parameters
        self.search = clean_text(str(asked.get("q", "")), MAX_SEARCH_LENGTH)
        kind = str(asked.get("kind", ""))
        self.kind = kind if kind in list(Kind) else Kind.ALL.value
        self.opened_with = self.search
        self._to_first_page()
        await self._reload()

    @rx.event
    async def refresh(self) -> None:
        """Show what changed elsewhere; enqueued by the server."""
        self._show_expiry()
        await self._reload()

    @rx.event
    async def look_for(self, text: str) -> None:
        if isinstance(text, str):
            self.search = clean_text(text, MAX_SEARCH_LENGTH)
            self._to_first_page()
            await self._reload()

    @rx.event
    async def show(self, which: str) -> None:
        if isinstance(which, str) and which in list(Kind):
            self.kind = which
            self._to_first_page()
            await self._reload()

    @rx.event
    def ask_create(self) -> None:
        self._close()
        self.creating = True

    @rx.event
    def close_dialog(self) -> None:
        self._close()

    @rx.event
    async def create(self, form: dict[str, Any]) -> None:
        email = form.get("email") if isinstance(form, dict) else None
        if not isinstance(email, str):
            return
        try:
            self._wanted = normalise_email(email), bool(form.get("is_admin"))
        except InvalidEmail as error:
            self.create_problem = str(error)
            return
        await self._create()

    @rx.event
    async def create_confirmed(self) -> None:
        """Go on after the password was entered again."""
        await self._create()

    async def _create(self) -> None:
        email, is_admin = self._wanted
        if not email or not self.creating:
            return
        actor, token = current_actor(), new_invitation_token()
        policy, now = current().policy, utc_now()
        # Nobody knows the password, and a sign-in takes as long as with any other.
        unusable = await run_aside(lambda: hash_password(new_invitation_token()))
        try:
            await current().change(
                lambda db: administration.create_account(
                    db, actor, email, unusable, token, policy, now, is_admin=is_admin
                ),
                lambda made: [made.user_id],
            )
        except PasswordNeeded:
            self.confirming = True
            return
        except (EmailTaken, InvalidEmail) as error:
            self.confirming = False
            self.create_problem = str(error)
            return
        self._close()
        self.link = navigation.invitation_link(current().settings.public_url, token)
        await self._reload()

    def _close(self) -> None:
        self.creating = self.confirming = False
        self.create_problem = self.link = ""
        self._wanted = ("", False)

    async def _reload(self) -> None:
        search, kind = self.search, Kind(self.kind)
        after = self._page_begins_behind()
        page, total = await current().database.scan(lambda db: _listed(db, search, kind, after))
        own_id = current_actor().user_public_id
        self.rows = [account_row(account, own_id) for account in page.accounts]
        self.total_words = words.total(total, MAX_COUNT)
        self.query = _query(search, kind)
        self._page_ends_with(page.next_key)
        self.loaded = True


def _query(search: str, kind: Kind) -> str:
    asked = {"q": search, "kind": kind.value if kind is not Kind.ALL else ""}
    return urlencode({name: value for name, value in asked.items() if value})


def account_row(account: Account, own_id: str) -> AccountRow:
    return AccountRow(
        id=account.public_id,
        address=navigation.account_address(account.public_id),
        email=account.email,
        is_admin=account.is_admin,
        is_disabled=account.disabled_at is not None,
        is_invited=account.invited_until is not None,
        is_self=account.public_id == own_id,
        sessions=account.sessions,
        last_active=account.last_seen_at.isoformat() if account.last_seen_at else "",
        created=account.created_at.isoformat(),
        disabled=account.disabled_at.isoformat() if account.disabled_at else "",
        invited_until=account.invited_until.isoformat() if account.invited_until else "",
    )


def _listed(db: Connection, search: str, kind: Kind, after: str | None) -> tuple[AccountPage, int]:
    now = utc_now()
    page = page_of_accounts(db, current().policy, now, search, kind, after)
    return page, count_accounts(db, now, search, kind)
