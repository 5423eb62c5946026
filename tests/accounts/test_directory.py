"""The list of accounts: in every order all of them once, and no more work than a page is."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert

from sessions_dashboard.accounts.directory import (
    AccountSort,
    Kind,
    Order,
    count_between,
    page_of_accounts,
    read_order,
)
from sessions_dashboard.accounts.models import users
from sessions_dashboard.database import Database
from sessions_dashboard.sessions import Policy
from tests.support.people import NOW
from tests.support.statements import explain, is_sort, statements_of

POLICY = Policy()
ORDERS = [Order(sort, descending) for sort in AccountSort for descending in (False, True)]


def add_accounts(db: Connection, number: int) -> list[str]:
    """In the order in which they were made, three at a time; their addresses are in no order."""
    emails = [f"{one * 7919 % number:05}-{one}@example.com" for one in range(number)]
    made = [
        {
            "public_id": f"{one:036}",
            "email": email,
            "password_hash": "",
            "created_at": NOW + timedelta(seconds=one // 3),
            "updated_at": NOW,
            # Every fourth may not sign in.
            "disabled_at": None if one % 4 else NOW,
        }
        for one, email in enumerate(emails)
    ]
    db.execute(insert(users), made)
    return emails


def all_pages(db: Connection, order: Order, kind: Kind) -> list[list[str]]:
    pages, after = [], None
    while not pages or after is not None:
        page = page_of_accounts(db, POLICY, NOW, "", kind, after, 3, order)
        pages.append([account.email for account in page.accounts])
        after = page.next_key
    return pages


@pytest.mark.parametrize("kind", [Kind.ALL, Kind.DISABLED])
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_pages_go_through_all_once_in_every_order(db: Connection, order: Order, kind: Kind) -> None:
    wanted = add_accounts(db, 20)[:: 4 if kind is Kind.DISABLED else 1]
    if order.sort is AccountSort.EMAIL:
        wanted.sort()
    if order.descending:
        wanted.reverse()
    pages = all_pages(db, order, kind)
    assert [email for page in pages for email in page] == wanted
    assert all(len(page) == 3 for page in pages[:-1])


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_what_comes_between_two_places_is_counted(db: Connection, order: Order) -> None:
    add_accounts(db, 20)
    first = page_of_accounts(db, POLICY, NOW, size=4, order=order)
    second = page_of_accounts(db, POLICY, NOW, after=first.next_key, size=4, order=order)
    places = (
        (None, first.next_key, 4),
        (first.next_key, second.next_key, 4),
        (second.next_key, None, 12),
        (None, None, 20),
    )
    for after, until, number in places:
        found = count_between(db, NOW, "", Kind.ALL, after, until, [], 99, order)
        assert found == number
    shown = [account.email for account in first.accounts]
    assert count_between(db, NOW, "", Kind.ALL, None, first.next_key, shown, 99, order) == 0


@pytest.mark.parametrize("kind", [Kind.ALL, Kind.DISABLED])
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_page_of_many_is_found_without_sorting_all(
    database: Database, monkeypatch: pytest.MonkeyPatch, order: Order, kind: Kind
) -> None:
    with database.begin() as db:
        add_accounts(db, 4_000)
        if not database.is_sqlite:
            db.exec_driver_sql("ANALYZE")
    with database.reading() as db:
        some = page_of_accounts(db, POLICY, NOW, kind=kind, order=order)
    with database.reading() as db, statements_of(db, monkeypatch) as sent:
        page_of_accounts(db, POLICY, NOW, kind=kind, after=some.next_key, order=order)
    with database.reading() as db:
        plan = explain(db, *sent[0])
    # One sort is that of the page.
    assert len([step for step in plan if is_sort(step)]) <= 1, plan


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_an_order_is_read_as_it_was_written(order: Order) -> None:
    assert read_order(str(order)) == order


@pytest.mark.parametrize("text", ["", "-", "id", "--email", "email desc"])
def test_what_is_no_order_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="AccountSort"):
        read_order(text)
