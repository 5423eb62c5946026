"""Mails that wait: claimed by one worker, tried again, given up."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Row, select

from sessions_dashboard.accounts.models import outbox
from sessions_dashboard.accounts.outbox import (
    CLAIM,
    FIRST_RETRY,
    LONGEST_RETRY,
    WORTH_SENDING,
    ClaimedMail,
    MailKind,
    any_due,
    claim,
    finish,
    put,
    put_off,
    was_put_since,
)
from sessions_dashboard.database import Database
from tests.support.people import NOW, add_user, set_user
from tests.support.together import together

INSTANT = timedelta.resolution
KIND = MailKind.NEW_DEVICE


def row(db: Connection) -> Row[tuple[object, ...]]:
    return db.execute(select(outbox)).one()


def claimed(db: Connection, now: datetime = NOW) -> ClaimedMail:
    mail = claim(db, now)
    assert mail is not None
    return mail


def test_what_was_put_is_due_at_once(db: Connection) -> None:
    user_id = add_user(db)
    assert not any_due(db, NOW)

    put(db, KIND, user_id, NOW, session_id=3, details={"device": "Firefox"})

    assert any_due(db, NOW)
    mail = claimed(db)
    assert (mail.kind, mail.user_id, mail.email) == (KIND, user_id, "ada@example.com")
    assert (mail.session_id, mail.details) == (3, {"device": "Firefox"})
    assert (mail.created_at, mail.attempts) == (NOW, 1)


def test_the_row_holds_neither_address_nor_secret(db: Connection) -> None:
    put(db, KIND, add_user(db), NOW)

    assert "@" not in repr(row(db))


def test_one_that_is_claimed_is_nobody_elses(db: Connection) -> None:
    put(db, KIND, add_user(db), NOW)
    claimed(db)

    assert claim(db, NOW + CLAIM - INSTANT) is None


def test_one_whose_worker_died_is_taken_over(db: Connection) -> None:
    put(db, KIND, add_user(db), NOW)
    claimed(db)

    assert claimed(db, NOW + CLAIM).attempts == 2


def test_the_longest_waiting_comes_first(db: Connection) -> None:
    user_id = add_user(db)
    for minutes in (2, 1, 3):
        put(db, KIND, user_id, NOW - timedelta(minutes=minutes), details={"n": minutes})

    assert [claimed(db).details["n"] for _ in range(3)] == [3, 2, 1]
    assert claim(db, NOW) is None


def test_one_that_was_sent_is_never_due_again(db: Connection) -> None:
    put(db, KIND, add_user(db), NOW)

    finish(db, claimed(db), NOW)

    assert not any_due(db, NOW + timedelta(days=365))
    assert (row(db).finished_at, row(db).error) == (NOW, None)


def test_a_mail_to_nobody_or_to_a_disabled_account_has_no_address(db: Connection) -> None:
    user_id = add_user(db)
    put(db, KIND, None, NOW - INSTANT)
    put(db, KIND, user_id, NOW)
    set_user(db, user_id, disabled_at=NOW)

    for _ in range(2):
        mail = claimed(db)
        assert (mail.user_id, mail.email) == (None, "")


def test_it_goes_to_the_address_that_the_account_has_by_then(db: Connection) -> None:
    user_id = add_user(db)
    put(db, KIND, user_id, NOW)
    set_user(db, user_id, email="new@example.com")

    assert claimed(db).email == "new@example.com"


@pytest.mark.parametrize("kind", list(MailKind))
def test_tries_grow_rarer_until_it_is_not_worth_sending(db: Connection, kind: MailKind) -> None:
    put(db, kind, add_user(db), NOW)
    now, waits = NOW, []
    while (next_try := put_off(db, claimed(db, now), now)) is not None:
        assert claim(db, next_try - INSTANT) is None
        waits.append(next_try - now)
        now = next_try

    assert waits[:3] == [FIRST_RETRY, 2 * FIRST_RETRY, 4 * FIRST_RETRY]
    assert waits == sorted(waits)
    assert max(waits) <= LONGEST_RETRY
    assert NOW + WORTH_SENDING[kind] - LONGEST_RETRY <= now <= NOW + WORTH_SENDING[kind]


def test_a_worker_that_took_too_long_has_no_say_any_more(db: Connection) -> None:
    put(db, KIND, add_user(db), NOW)
    slow = claimed(db)
    quick = claimed(db, NOW + CLAIM)
    finish(db, quick, NOW + CLAIM)

    put_off(db, slow, NOW + CLAIM)
    finish(db, slow, NOW + CLAIM, "too late")

    assert (row(db).finished_at, row(db).error) == (NOW + CLAIM, None)


def test_what_was_put_lately_is_known_by_kind_and_account(db: Connection) -> None:
    ada, bob = add_user(db, "ada"), add_user(db, "bob")
    put(db, KIND, ada, NOW)

    assert was_put_since(db, KIND, ada, NOW - INSTANT)
    assert not was_put_since(db, KIND, ada, NOW)
    assert not was_put_since(db, MailKind.RESET_PASSWORD, ada, NOW - INSTANT)
    assert not was_put_since(db, KIND, bob, NOW - INSTANT)


def test_workers_at_the_same_instant_take_each_mail_once(database: Database) -> None:
    with database.begin() as db:
        user_id = add_user(db)
        for n in range(40):
            put(db, KIND, user_id, NOW, details={"n": n})

    taken: list[int] = []
    while any(outcomes := together(database, *[lambda db: claim(db, NOW)] * 4)):
        taken += [mail.details["n"] for mail in outcomes if mail is not None]

    assert sorted(taken) == list(range(40))
