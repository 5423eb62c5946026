"""Accounts as an administrator reads them: a page of many, or one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Tuple,
    and_,
    func,
    literal,
    not_,
    select,
    tuple_,
)

from sessions_dashboard.accounts.models import invitations, users
from sessions_dashboard.database import AnyRow
from sessions_dashboard.sessions.counting import MAX_COUNT
from sessions_dashboard.sessions.liveness import live
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.planning import unindexed
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.resume import PUBLIC_ID_FORM


class Kind(StrEnum):
    """Which accounts a page lists."""

    ALL = "all"
    ADMINS = "admins"
    DISABLED = "disabled"
    INVITED = "invited"


class AccountSort(StrEnum):
    """What a list of accounts can be sorted by: what has an index."""

    EMAIL = "email"
    CREATED = "created"


class Order(NamedTuple):
    sort: AccountSort = AccountSort.EMAIL
    descending: bool = False

    def __str__(self) -> str:
        """As it stands in an address; `read_order` is the inverse."""
        return ("-" if self.descending else "") + self.sort.value

    @property
    def columns(self) -> tuple[ColumnElement[Any], ...]:
        by_email = self.sort is AccountSort.EMAIL
        return (users.c.email,) if by_email else (users.c.created_at, users.c.id)


BY_EMAIL = Order()


def read_order(text: str) -> Order:
    """
    Raises:
        ValueError: nothing is sorted like that.
    """
    return Order(AccountSort(text.removeprefix("-")), text.startswith("-"))


@dataclass(frozen=True, slots=True)
class Account:
    user_id: int
    public_id: str
    email: str
    is_admin: bool
    created_at: datetime
    disabled_at: datetime | None
    # Until when the link to choose a password can be used, while there is one.
    invited_until: datetime | None
    sessions: int
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountPage:
    accounts: Sequence[Account]
    # The place that this page ends with, where another page follows.
    next_key: str | None


_columns = (
    users.c.id,
    users.c.public_id,
    users.c.email,
    users.c.is_admin,
    users.c.created_at,
    users.c.disabled_at,
    invitations.c.expires_at,
)
_accounts = select(*_columns).outerjoin_from(
    users, invitations, invitations.c.user_id == users.c.id
)


def page_of_accounts(
    db: Connection,
    policy: Policy,
    now: datetime,
    search: str = "",
    kind: Kind = Kind.ALL,
    after: str | None = None,
    size: int = 25,
    order: Order = BY_EMAIL,
) -> AccountPage:
    """A page of accounts in an order, by key."""
    # A search goes through many accounts: only those of the page are read in full.
    page = _found(order.columns, search, kind, now)
    if after is not None:
        beyond = _beyond(order, after)
        page = page.where(unindexed(beyond) if _is_found_by_kind(order, kind) else beyond)
    some = page.order_by(*_ordered(order, kind)).limit(size + 1).subquery()
    found = (one == column for one, column in zip(some.c, order.columns, strict=True))
    query = _accounts.join(some, and_(*found))
    rows = db.execute(query.order_by(*_ordered(order, Kind.ALL))).all()
    shown = _with_sessions(db, rows[:size], policy, now)
    return AccountPage(shown, _key(order, shown[-1]) if len(rows) > size else None)


def _is_found_by_kind(order: Order, kind: Kind) -> bool:
    """Whether the accounts are few, and found by that: SQLite is not to walk all the others."""
    return kind is Kind.INVITED or (kind is Kind.ADMINS and order.sort is AccountSort.CREATED)


def _ordered(order: Order, kind: Kind) -> list[ColumnElement[Any]]:
    found_by_kind = _is_found_by_kind(order, kind)
    columns = [unindexed(one) if found_by_kind else one for one in order.columns]
    return [column.desc() if order.descending else column.asc() for column in columns]


def _key(order: Order, account: Account) -> str:
    if order.sort is AccountSort.EMAIL:
        return account.email
    return f"{account.created_at.isoformat()} {account.user_id}"


def _beyond(order: Order, key: str) -> ColumnElement[bool]:
    """What comes after a place in the list."""
    place = _place(order, key)
    columns = tuple_(*order.columns)
    return columns < place if order.descending else columns > place


def _place(order: Order, key: str) -> Tuple:
    values: Sequence[Any] = (key,)
    if order.sort is AccountSort.CREATED:
        moment, _, number = key.partition(" ")
        values = (datetime.fromisoformat(moment), int(number))
    typed = (literal(one, column.type) for one, column in zip(values, order.columns, strict=True))
    return tuple_(*typed)


def accounts_by_id(
    db: Connection, policy: Policy, now: datetime, public_ids: Sequence[str]
) -> dict[str, Account]:
    """Those of the accounts with these public ids that are still there, disabled or not."""
    rows = db.execute(_accounts.where(users.c.public_id.in_(public_ids))).all()
    return {one.public_id: one for one in _with_sessions(db, rows, policy, now)}


def count_between(
    db: Connection,
    now: datetime,
    search: str,
    kind: Kind,
    after: str | None,
    until: str | None,
    but: Sequence[str],
    at_most: int,
    order: Order = BY_EMAIL,
) -> int:
    """How many that match come after one place in the list, up to and including another.

    Args:
        but: addresses that are not counted.
        at_most: one more than this stands for any number beyond it.
    """
    query = _found((users.c.email,), search, kind, now).where(users.c.email.not_in(but))
    if after is not None:
        query = query.where(_beyond(order, after))
    if until is not None:
        query = query.where(not_(_beyond(order, until)))
    some = query.limit(at_most + 1).subquery()
    return db.execute(select(func.count()).select_from(some)).scalar_one()


def count_accounts(db: Connection, now: datetime, search: str = "", kind: Kind = Kind.ALL) -> int:
    """How many match; `MAX_COUNT` + 1 stands for any number beyond `MAX_COUNT`."""
    matching = _found((users.c.email,), search, kind, now).limit(MAX_COUNT + 1).subquery()
    return db.execute(select(func.count()).select_from(matching)).scalar_one()


def _found(
    columns: Sequence[ColumnElement[Any]], search: str, kind: Kind, now: datetime
) -> Select[Any]:
    """The accounts that match: for columns of one index, that is enough."""
    query = select(*columns).where(*_matching(search, kind, now))
    if kind is Kind.INVITED:
        query = query.join(invitations, invitations.c.user_id == users.c.id)
    return query


def account_of(db: Connection, public_id: str, policy: Policy, now: datetime) -> Account | None:
    if PUBLIC_ID_FORM.fullmatch(public_id) is None:
        return None
    rows = db.execute(_accounts.where(users.c.public_id == public_id)).all()
    return _with_sessions(db, rows, policy, now)[0] if rows else None


def _matching(search: str, kind: Kind, now: datetime) -> list[ColumnElement[bool]]:
    # To a database half of a surrogate pair is no text, nor is a NUL to PostgreSQL.
    words = "".join(letter for letter in search if letter.isprintable() or letter.isspace())
    # Emails are stored in lower case; lowering them again would take as long as the search.
    conditions = [users.c.email.contains(word, autoescape=True) for word in words.lower().split()]
    match kind:
        case Kind.ADMINS:
            conditions.append(users.c.is_admin.is_(True))
        case Kind.DISABLED:
            conditions.append(users.c.disabled_at.is_not(None))
        case Kind.INVITED:
            conditions.append(invitations.c.expires_at > now)
        case Kind.ALL:
            pass
    return conditions


def _with_sessions(
    db: Connection, rows: Sequence[AnyRow], policy: Policy, now: datetime
) -> list[Account]:
    if not rows:
        # For an empty list SQLite would count everybody's sessions.
        return []
    counted = db.execute(
        select(sessions.c.user_id, func.count(), func.max(sessions.c.last_seen_at))
        .join_from(sessions, users, users.c.id == sessions.c.user_id)
        .where(sessions.c.user_id.in_([row.id for row in rows]), live(policy, now))
        .group_by(sessions.c.user_id)
    ).all()
    lives = {user_id: (number, seen) for user_id, number, seen in counted}
    return [
        Account(
            user_id=row.id,
            public_id=row.public_id,
            email=row.email,
            is_admin=row.is_admin,
            created_at=row.created_at,
            disabled_at=row.disabled_at,
            invited_until=row.expires_at if row.expires_at and row.expires_at > now else None,
            sessions=lives.get(row.id, (0, None))[0],
            last_seen_at=lives.get(row.id, (0, None))[1],
        )
        for row in rows
    ]
