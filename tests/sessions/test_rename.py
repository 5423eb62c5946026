"""Names that people give their devices."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from sessions_dashboard.sessions import (
    InvalidName,
    NotFound,
    NotSignedIn,
    end,
    end_by_token,
    rename,
)
from sessions_dashboard.sessions.models import MAX_NAME_LENGTH
from sessions_dashboard.sessions.names import clean_name
from tests.support.people import NOW, POLICY, add_user, set_session, set_user, sign_in, stored

LATER = NOW + timedelta(minutes=5)


class TestRename:
    def test_gives_the_device_in_use_a_name(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))

        assert rename(db, browser.actor, browser.public_id, "Work laptop", LATER) == "Work laptop"

        row = stored(db, browser.public_id)
        assert (row.name, row.updated_at, row.last_seen_at) == ("Work laptop", LATER, NOW)

    def test_gives_another_device_of_the_same_person_a_name(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, phone = sign_in(db, user_id), sign_in(db, user_id)

        rename(db, browser.actor, phone.public_id, "Phone", LATER)

        assert stored(db, phone.public_id).name == "Phone"
        assert stored(db, browser.public_id).name is None

    @pytest.mark.parametrize("empty", ["", "   ", "\u200b\u202e", "\n\t"])
    def test_an_empty_name_brings_the_label_back(self, db: Connection, empty: str) -> None:
        browser = sign_in(db, add_user(db))
        rename(db, browser.actor, browser.public_id, "Work laptop", LATER)

        assert rename(db, browser.actor, browser.public_id, empty, LATER) == ""

        assert stored(db, browser.public_id).name is None

    def test_refuses_a_name_that_is_too_long_and_keeps_the_old_one(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        rename(db, browser.actor, browser.public_id, "x" * MAX_NAME_LENGTH, LATER)

        with pytest.raises(InvalidName, match=f"{MAX_NAME_LENGTH} characters at most"):
            rename(db, browser.actor, browser.public_id, "y" * (MAX_NAME_LENGTH + 1), LATER)

        assert stored(db, browser.public_id).name == "x" * MAX_NAME_LENGTH

    @pytest.mark.parametrize("is_admin", [False, True], ids=["person", "administrator"])
    def test_gives_one_answer_for_a_strangers_device_and_a_missing_one(
        self, db: Connection, is_admin: bool
    ) -> None:
        browser = sign_in(db, add_user(db, "ada", is_admin=is_admin))
        strangers = sign_in(db, add_user(db, "bob"))

        with pytest.raises(NotFound) as of_stranger:
            rename(db, browser.actor, strangers.public_id, "Mine now", LATER)
        with pytest.raises(NotFound) as missing:
            rename(db, browser.actor, "00000000-0000-7000-8000-000000000000", "Mine now", LATER)

        assert str(of_stranger.value) == str(missing.value)
        assert stored(db, strangers.public_id).name is None

    def test_finds_no_device_that_was_signed_out(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, other = sign_in(db, user_id), sign_in(db, user_id)
        end(db, browser.actor, other.public_id, POLICY, NOW)

        with pytest.raises(NotFound):
            rename(db, browser.actor, other.public_id, "Phone", LATER)

    def test_an_ended_session_can_not_rename(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, other = sign_in(db, user_id), sign_in(db, user_id)
        end_by_token(db, browser.token, NOW)

        for target in (browser, other):
            with pytest.raises(NotSignedIn):
                rename(db, browser.actor, target.public_id, "Phone", LATER)

        assert stored(db, other.public_id).name is None

    def test_a_disabled_user_can_not_rename(self, db: Connection) -> None:
        user_id = add_user(db)
        browser = sign_in(db, user_id)
        set_user(db, user_id, disabled_at=NOW)

        with pytest.raises(NotSignedIn):
            rename(db, browser.actor, browser.public_id, "Phone", LATER)

    def test_a_deleted_session_can_not_rename(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        db.exec_driver_sql("DELETE FROM sessions")

        with pytest.raises(NotSignedIn):
            rename(db, browser.actor, browser.public_id, "Phone", LATER)

    def test_takes_markup_and_quotes_as_they_are(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        name = "<b>O'Brien's</b> \"%_\\; DROP"

        rename(db, browser.actor, browser.public_id, name, LATER)

        assert stored(db, browser.public_id).name == name

    def test_keeps_an_ended_by_of_another_session_out_of_it(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        set_session(db, browser.public_id, ended_by_session_id=1)

        rename(db, browser.actor, browser.public_id, "Phone", LATER)

        assert stored(db, browser.public_id).ended_at is None


class TestCleanName:
    @pytest.mark.parametrize(
        ("raw", "cleaned"),
        [
            ("  Work   laptop ", "Work laptop"),
            ("Work\tlap\r\ntop", "Work lap top"),
            ("Work\x00lap\x1btop\x7f", "Worklaptop"),
            ("\u202egnp.exe", "gnp.exe"),
            ("zero\u200bwidth\ufeff", "zerowidth"),
            ("line\u2028break\u00a0and\u3000wide", "line break and wide"),
            ("half \ud83d pair", "half pair"),
            ("private \ue000 use", "private use"),
            ("Büro · 日本語 · 🦊", "Büro · 日本語 · 🦊"),
        ],
    )
    def test_takes_out_what_could_mislead(self, raw: str, cleaned: str) -> None:
        assert clean_name(raw) == cleaned

    def test_counts_characters_after_cleaning(self) -> None:
        assert clean_name("\u202e" * 500 + "  x  " * 32) == "x " * 31 + "x"

    def test_a_megabyte_is_refused(self) -> None:
        with pytest.raises(InvalidName):
            clean_name("x" * 1_000_000)

    @given(st.text(max_size=200))
    @settings(suppress_health_check=[HealthCheck.too_slow])
    def test_whatever_comes_is_one_bounded_clean_line(self, raw: str) -> None:
        try:
            cleaned = clean_name(raw)
        except InvalidName:
            return
        assert len(cleaned) <= MAX_NAME_LENGTH
        assert cleaned == " ".join(cleaned.split())
        assert cleaned == clean_name(cleaned)
        assert cleaned.isprintable()
        cleaned.encode()
