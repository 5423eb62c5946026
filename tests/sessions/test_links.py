"""Mailed links: of one purpose, used once, until a moment."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from sessions_dashboard.accounts.models import account_links
from sessions_dashboard.database import Database
from sessions_dashboard.sessions.links import (
    VALID_FOR,
    Link,
    LinkSpent,
    Purpose,
    find,
    issue,
    redeem,
    void,
)
from sessions_dashboard.sessions.tokens import new_token
from tests.support.people import NOW, add_user, set_user
from tests.support.together import Work, overtaken, together

INSTANT = timedelta.resolution
ROUNDS = 25
RESET, NOT_ME = Purpose.RESET_PASSWORD, Purpose.NOT_ME


def test_a_link_says_whose_it_is_and_what_it_is_about(db: Connection) -> None:
    user_id = add_user(db)

    token = issue(db, user_id, NOT_ME, NOW, session_id=7)

    found = find(db, token, NOT_ME, NOW)
    assert (found.user_id, found.email, found.session_id) == (user_id, "ada@example.com", 7)
    assert find(db, token, NOT_ME, NOW) == found


def test_it_works_once(db: Connection) -> None:
    token = issue(db, add_user(db), RESET, NOW)

    redeem(db, token, RESET, NOW)

    for use in (find, redeem):
        with pytest.raises(LinkSpent):
            use(db, token, RESET, NOW)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_it_works_until_its_moment_and_no_longer(db: Connection, purpose: Purpose) -> None:
    token = issue(db, add_user(db), purpose, NOW)
    end = NOW + VALID_FOR[purpose]

    with pytest.raises(LinkSpent):
        redeem(db, token, purpose, end)
    assert redeem(db, token, purpose, end - INSTANT)


def test_a_link_for_a_new_password_works_for_thirty_minutes() -> None:
    assert VALID_FOR[RESET] == timedelta(minutes=30)


def test_it_does_nothing_but_what_it_was_made_for(db: Connection) -> None:
    token = issue(db, add_user(db), NOT_ME, NOW)

    with pytest.raises(LinkSpent):
        redeem(db, token, RESET, NOW)


def test_it_does_not_work_for_a_disabled_account(db: Connection) -> None:
    user_id = add_user(db)
    token = issue(db, user_id, RESET, NOW)
    set_user(db, user_id, disabled_at=NOW)

    with pytest.raises(LinkSpent):
        redeem(db, token, RESET, NOW)


@pytest.mark.parametrize(
    "token",
    ["", "x", "\x00", "ü" * 43, "a" * 44, "a" * 43, pytest.param(new_token(), id="unknown")],
)
def test_what_never_was_a_link_is_answered_like_a_used_one(db: Connection, token: str) -> None:
    issue(db, add_user(db), RESET, NOW)

    with pytest.raises(LinkSpent):
        redeem(db, token, RESET, NOW)


def test_the_table_holds_no_token(db: Connection) -> None:
    token = issue(db, add_user(db), RESET, NOW)

    assert token not in repr(db.execute(select(account_links)).all())


def test_voided_links_work_no_more_and_those_of_others_do(db: Connection) -> None:
    ada, bob = add_user(db, "ada"), add_user(db, "bob")
    first, second = (issue(db, ada, RESET, NOW) for _ in range(2))
    not_me, bobs = issue(db, ada, NOT_ME, NOW), issue(db, bob, RESET, NOW)

    void(db, ada, RESET, NOW)

    for token in (first, second):
        with pytest.raises(LinkSpent):
            redeem(db, token, RESET, NOW)
    assert redeem(db, not_me, NOT_ME, NOW)
    assert redeem(db, bobs, RESET, NOW)


def redeems(token: str) -> Work:
    return lambda db: redeem(db, token, RESET, NOW)


class TestTwoClicksAtOnce:
    def test_one_wins(self, database: Database) -> None:
        for n in range(ROUNDS):
            with database.begin() as db:
                token = issue(db, add_user(db, f"user{n}"), RESET, NOW)

            outcomes = together(database, *[redeems(token)] * 4)

            kinds = sorted(type(outcome).__name__ for outcome in outcomes)
            assert kinds == ["Link", "LinkSpent", "LinkSpent", "LinkSpent"]

    def test_the_one_that_waited_finds_it_used(self, database: Database) -> None:
        with database.begin() as db:
            token = issue(db, add_user(db), RESET, NOW)

        [late] = overtaken(database, redeems(token), redeems(token))

        assert isinstance(late, LinkSpent)

    def test_a_click_that_waited_for_the_account_to_be_disabled_does_nothing(
        self, database: Database
    ) -> None:
        with database.begin() as db:
            user_id = add_user(db)
            token = issue(db, user_id, RESET, NOW)

        [late] = overtaken(
            database, lambda db: set_user(db, user_id, disabled_at=NOW), redeems(token)
        )

        assert isinstance(late, LinkSpent)

    def test_a_click_that_was_taken_back_can_be_made_again(self, database: Database) -> None:
        with database.begin() as db:
            token = issue(db, add_user(db), RESET, NOW)
        with database.engine.connect() as db, db.begin() as transaction:
            redeem(db, token, RESET, NOW)
            transaction.rollback()

        with database.begin() as db:
            assert isinstance(redeem(db, token, RESET, NOW), Link)
