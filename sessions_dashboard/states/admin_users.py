"""The administrator's list of accounts, whose address says what it shows; and making one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import urlencode

import reflex as rx
from sqlalchemy import Connection

from sessions_dashboard import navigation
from sessions_dashboard.accounts import administration
from sessions_dashboard.accounts.directory import (
    BY_EMAIL,
    Account,
    AccountPage,
    AccountSort,
    Kind,
    Order,
    accounts_by_id,
    count_accounts,
    count_between,
    page_of_accounts,
    read_order,
)
from sessions_dashboard.accounts.invitations import new_invitation_token
from sessions_dashboard.accounts.passwords import hash_password
from sessions_dashboard.accounts.users import EmailTaken, InvalidEmail, normalise_email
from sessions_dashboard.devices.cleaning import clean_text
from sessions_dashboard.live.access import Access, accessible_to, current_actor, current_tab
from sessions_dashboard.live.tabs import Topic
from sessions_dashboard.runtime import current, run_aside, utc_now
from sessions_dashboard.sessions import PasswordNeeded
from sessions_dashboard.sessions.counting import MAX_COUNT
from sessions_dashboard.states.news import MAX_NEWS, Offering
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
    # Whether it changed while it was being looked at.
    changed: bool = False


@accessible_to(Access.ADMIN, passive=("refresh",))
class AdminUsersState(Paged, Offering, PageState):
    # Whether the table was read: a page that could not does not say that there is nothing.
    loaded: bool = False
    rows: list[AccountRow] = []
    search: str = ""
    kind: str = Kind.ALL.value
    sort: str = BY_EMAIL.sort.value
    descending: bool = False
    total_words: str = ""
    # What is listed, as parameters of the page's address and the export's.
    query: str = ""
    # What was looked for when the page was opened: the field begins with it.
    opened_with: str = ""
    creating: bool = False
    create_problem: str = ""
    # Another number after every attempt.
    answers: int = 0
    # Shown once, to whoever made it.
    link: str = ""
    _wanted: tuple[str, bool] = ("", False)
    # What was asked for when the rows were read.
    _shown: tuple[str, str, Order, str | None] | None = None

    @rx.event
    async def load(self) -> None:
        tab = current_tab()
        tab.topic, tab.refresh = Topic.ALL_SESSIONS, AdminUsersState.refresh
        self._show_actor()
        self._close()
        self.link = ""
        asked = self.router.url.query_parameters
        self.search = clean_text(str(asked.get("q", "")), MAX_SEARCH_LENGTH)
        kind = str(asked.get("kind", ""))
        self.kind = kind if kind in list(Kind) else Kind.ALL.value
        self._sort_in(_order(str(asked.get("sort", ""))))
        self.opened_with = self.search
        self._to_first_page()
        await self._reload()

    @rx.event
    async def refresh(self) -> None:
        """Show what became of the accounts on the page, and how many would join them.

        Enqueued by the server. No row moves under the reader's hand.
        """
        self._show_expiry()
        if not self.rows or self._shown != self._asked():
            # There are no rows to keep, or they do not answer what was asked for last.
            await self._reload()
            return
        search, kind, rows, order = self.search, Kind(self.kind), self.rows, self._order()
        after, until = self._page_begins_behind(), self._next_key
        renewed = await current().database.scan(
            lambda db: _renewed(db, search, kind, order, after, until, rows)
        )
        own_id = current_actor().user_public_id
        self.rows = [_renewed_row(row, renewed.accounts.get(row.id), own_id) for row in rows]
        self.total_words = words.total(renewed.total, MAX_COUNT)
        self._offer(renewed.new)

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
    async def sort_by(self, sort: str) -> None:
        """By address from a to z, or the newest first; again, the other way round."""
        if isinstance(sort, str) and sort in list(AccountSort):
            usual = sort == AccountSort.CREATED
            descending = not self.descending if sort == self.sort else usual
            self._sort_in(Order(AccountSort(sort), descending))
            self._to_first_page()
            await self._reload()

    @rx.event
    def ask_create(self) -> None:
        self._close()
        self.creating = True

    @rx.event
    def close_dialog(self) -> None:
        """Whoever closes it while an account is made gets to see its link all the same."""
        self._close()

    @rx.event
    def close_link(self) -> None:
        self.link = ""

    @rx.event
    async def create(self, form: dict[str, Any]) -> None:
        self.answers += 1
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
        # Nobody knows this password, but a sign-in takes as long as with any other.
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
        self.create_problem = ""
        self._wanted = ("", False)

    def _asked(self) -> tuple[str, str, Order, str | None]:
        return self.search, self.kind, self._order(), self._page_begins_behind()

    def _order(self) -> Order:
        return Order(AccountSort(self.sort), self.descending)

    def _sort_in(self, order: Order) -> None:
        self.sort, self.descending = order.sort.value, order.descending

    async def _reload(self) -> None:
        search, kind, order = self.search, Kind(self.kind), self._order()
        after = self._page_begins_behind()
        page, total = await current().database.scan(
            lambda db: _listed(db, search, kind, order, after)
        )
        own_id = current_actor().user_public_id
        self.rows = [account_row(account, own_id) for account in page.accounts]
        self.total_words = words.total(total, MAX_COUNT)
        self.query = _query(search, kind, order)
        self._page_ends_with(page.next_key)
        self._offer(0)
        self._shown = self._asked()
        self.loaded = True


def _order(text: str) -> Order:
    """The order that an address names; else the usual one."""
    try:
        return read_order(text)
    except ValueError:
        return BY_EMAIL


def _query(search: str, kind: Kind, order: Order) -> str:
    asked = {
        "q": search,
        "kind": kind.value if kind is not Kind.ALL else "",
        "sort": str(order) if order != BY_EMAIL else "",
    }
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


def _listed(
    db: Connection, search: str, kind: Kind, order: Order, after: str | None
) -> tuple[AccountPage, int]:
    now = utc_now()
    page = page_of_accounts(db, current().policy, now, search, kind, after, order=order)
    is_all = after is None and page.next_key is None
    # A search within the addresses reads them all: not twice, where one page is the whole answer.
    return page, len(page.accounts) if is_all else count_accounts(db, now, search, kind)


class _Renewed(NamedTuple):
    accounts: dict[str, Account]
    total: int
    new: int


def _renewed(
    db: Connection,
    search: str,
    kind: Kind,
    order: Order,
    after: str | None,
    until: str | None,
    rows: Sequence[AccountRow],
) -> _Renewed:
    """The rows of a page as they are now, and how many others come between its addresses."""
    policy, now = current().policy, utc_now()
    shown = [row.email for row in rows]
    return _Renewed(
        accounts_by_id(db, policy, now, [row.id for row in rows]),
        count_accounts(db, now, search, kind),
        count_between(db, now, search, kind, after, until, shown, MAX_NEWS, order),
    )


def _renewed_row(row: AccountRow, account: Account | None, own_id: str) -> AccountRow:
    if account is None:
        return replace(row, changed=True)
    new = account_row(account, own_id)
    # Their sessions come and go all the time.
    return replace(new, changed=row.changed or _standing(new) != _standing(row))


def _standing(row: AccountRow) -> tuple[bool, bool, bool]:
    return row.is_admin, row.is_disabled, row.is_invited
