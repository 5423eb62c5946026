"""Accounts: one address is one account, and the first one is an administrator."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from sessions_dashboard.accounts.models import users
from sessions_dashboard.accounts.users import (
    MAX_EMAIL_LENGTH,
    EmailTaken,
    InvalidEmail,
    SetupClosed,
    any_user,
    create_first_admin,
    create_user,
    credentials_of,
    normalise_email,
)
from tests.support.people import NOW, add_user, set_user, sign_in


class TestNormaliseEmail:
    @pytest.mark.parametrize(
        ("raw", "email"),
        [
            ("ada@example.com", "ada@example.com"),
            ("  Ada@Example.COM\n", "ada@example.com"),
            ("ada+tag@mail.example.co.uk", "ada+tag@mail.example.co.uk"),
            ("o'brien@example.com", "o'brien@example.com"),
            ("büro@bücher.example", "büro@bücher.example"),
            ("root@localhost", "root@localhost"),
        ],
    )
    def test_trims_and_lowers(self, raw: str, email: str) -> None:
        assert normalise_email(raw) == email

    @pytest.mark.parametrize(
        "raw",
        [
            "",
            "   ",
            "ada",
            "@",
            "ada@",
            "@example.com",
            "ada@bob@example.com",
            "ada @example.com",
            "ada@exam ple.com",
            "ada@example.com\x00",
            "a\x00da@example.com",
            "ada\u202e@example.com",
            "ada\u200b@example.com",
            "ada\r\nBcc: bob@example.com",
            "half\ud83d@example.com",
            "a" * (MAX_EMAIL_LENGTH - len("@example.com") + 1) + "@example.com",
        ],
    )
    def test_refuses_what_is_no_address(self, raw: str) -> None:
        with pytest.raises(InvalidEmail):
            normalise_email(raw)

    def test_takes_the_longest_address_there_is(self) -> None:
        longest = "a" * (MAX_EMAIL_LENGTH - len("@example.com")) + "@example.com"

        assert normalise_email(longest) == longest

    @given(st.text(st.characters(codec=None), max_size=300) | st.emails())
    def test_is_stable_and_safe_whatever_comes(self, raw: str) -> None:
        try:
            email = normalise_email(raw)
        except InvalidEmail:
            return
        assert normalise_email(email) == email
        assert len(email) <= MAX_EMAIL_LENGTH
        assert email.count("@") == 1
        assert email.isprintable()
        email.encode()


class TestCreateUser:
    def test_makes_an_account_that_is_no_administrator(self, db: Connection) -> None:
        user_id = create_user(db, " Ada@Example.com ", "hash", NOW)

        row = db.execute(select(users).where(users.c.id == user_id)).one()
        assert (row.email, row.password_hash, row.is_admin) == ("ada@example.com", "hash", False)
        assert (row.created_at, row.updated_at, row.disabled_at) == (NOW, NOW, None)
        assert uuid.UUID(row.public_id).version == 7

    @pytest.mark.parametrize("again", ["ada@example.com", "ADA@EXAMPLE.COM", " ada@example.com"])
    def test_refuses_an_address_that_is_taken_and_the_transaction_goes_on(
        self, db: Connection, again: str
    ) -> None:
        first = create_user(db, "ada@example.com", "hash", NOW)

        with pytest.raises(EmailTaken, match="already"):
            create_user(db, again, "other hash", NOW, is_admin=True)

        second = create_user(db, "bob@example.com", "hash", NOW)
        rows = db.execute(select(users.c.id, users.c.password_hash).order_by(users.c.id)).all()
        assert [tuple(row) for row in rows] == [(first, "hash"), (second, "hash")]

    def test_refuses_what_is_no_address(self, db: Connection) -> None:
        with pytest.raises(InvalidEmail):
            create_user(db, "ada", "hash", NOW)

        assert not any_user(db)


class TestCreateFirstAdmin:
    def test_makes_the_first_account_an_administrator(self, db: Connection) -> None:
        user_id = create_first_admin(db, "Ada@Example.com", "hash", NOW)

        row = db.execute(select(users.c.email, users.c.is_admin)).one()
        assert tuple(row) == ("ada@example.com", True)
        assert user_id > 0

    @pytest.mark.parametrize("is_admin", [False, True], ids=["person", "administrator"])
    def test_is_closed_once_there_is_any_account(self, db: Connection, is_admin: bool) -> None:
        add_user(db, "bob", is_admin=is_admin)

        with pytest.raises(SetupClosed):
            create_first_admin(db, "ada@example.com", "hash", NOW)

        assert db.execute(select(users.c.email)).scalars().all() == ["bob@example.com"]

    def test_is_closed_even_when_the_account_is_disabled(self, db: Connection) -> None:
        set_user(db, add_user(db, "bob"), disabled_at=NOW)

        with pytest.raises(SetupClosed):
            create_first_admin(db, "ada@example.com", "hash", NOW)

    def test_stays_open_after_an_address_that_is_none(self, db: Connection) -> None:
        with pytest.raises(InvalidEmail):
            create_first_admin(db, "ada", "hash", NOW)

        assert create_first_admin(db, "ada@example.com", "hash", NOW) > 0


class TestCredentialsOf:
    def test_tells_what_a_sign_in_is_checked_against(self, db: Connection) -> None:
        user_id = create_user(db, "ada@example.com", "hash", NOW)

        found = credentials_of(db, "ada@example.com")

        assert found is not None
        assert (found.user_id, found.password_hash, found.disabled) == (user_id, "hash", False)

    def test_tells_of_a_disabled_account(self, db: Connection) -> None:
        set_user(db, add_user(db), disabled_at=NOW)

        found = credentials_of(db, "ada@example.com")

        assert found is not None
        assert found.disabled

    @pytest.mark.parametrize("email", ["bob@example.com", "", "%", "ada@example.com' --"])
    def test_knows_nothing_of_nobody(self, db: Connection, email: str) -> None:
        add_user(db)

        assert credentials_of(db, email) is None


def test_deleting_an_account_deletes_its_sessions_and_no_others(db: Connection) -> None:
    ada, bob = add_user(db, "ada"), add_user(db, "bob")
    sign_in(db, ada)
    kept = sign_in(db, bob)

    db.execute(users.delete().where(users.c.id == ada))

    left = db.exec_driver_sql("SELECT public_id FROM sessions").scalars().all()
    assert left == [kept.public_id]
