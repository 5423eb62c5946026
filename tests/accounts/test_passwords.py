"""Passwords: which ones are taken, and that a wrong one costs the same work as no account."""

import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions_dashboard.accounts import passwords
from sessions_dashboard.accounts.passwords import (
    MAXIMUM_LENGTH,
    MINIMUM_LENGTH,
    WeakPassword,
    check_new_password,
    hash_password,
    verify_password,
)

EMAIL = "ada.lovelace@example.com"
GOOD = "correct horse battery staple"


@pytest.fixture(scope="module")
def good_hash() -> str:
    return hash_password(GOOD)


class TestCheckNewPassword:
    @pytest.mark.parametrize(
        "password",
        [
            GOOD,
            "x7Kq9vTz2mQ!",
            "пароль-подлиннее",
            "🦊🐻🐼🐨🦉🐙🦊🐝🐼🦋🐨🐢",
            "a b c d e f g",
            "".join(chr(33 + n * n % 94) for n in range(MAXIMUM_LENGTH)),
        ],
    )
    def test_takes_anything_long_and_varied(self, password: str) -> None:
        check_new_password(password, EMAIL)

    @pytest.mark.parametrize(
        ("password", "reason"),
        [
            ("", "12 characters or more"),
            ("abcdefghijk", "12 characters or more"),
            ("x1y2" * 64 + "z", "256 characters at most"),
            (EMAIL, "not your email address"),
            (f"  {EMAIL.upper()} ", "not your email address"),
            ("ada.lovelace", "not your email address"),
            ("Ada.Lovelace ", "not your email address"),
            ("aaaaaaaaaaaa", "easy to guess"),
            ("abcabcabcabc", "easy to guess"),
            (" " * 20, "easy to guess"),
            ("x1y2" * 64, "easy to guess"),
            ("password12345", "easy to guess"),
            ("Passw0rd1234", "easy to guess"),
            ("qwertyuiop[]", "easy to guess"),
            ("123456789012", "easy to guess"),
            (f"{EMAIL}1", "easy to guess"),
        ],
    )
    def test_refuses_a_weak_one_with_its_reason(self, password: str, reason: str) -> None:
        with pytest.raises(WeakPassword, match=reason):
            check_new_password(password, EMAIL)

    def test_refuses_what_no_keyboard_types(self) -> None:
        with pytest.raises(WeakPassword):
            check_new_password("half a pair \ud83d", EMAIL)

    @settings(max_examples=300, deadline=None)
    @given(password=st.text(max_size=MAXIMUM_LENGTH + 2), email=st.emails())
    def test_has_an_answer_for_anything_that_is_typed(self, password: str, email: str) -> None:
        with suppress(WeakPassword):
            check_new_password(password, email)

    @pytest.mark.parametrize(
        "password",
        [
            "1|7!({[<$5%2+/0369&#4@8" * 10,
            "".join(f"{symbol}k" for symbol in "1|7!({[<$5%2+/0369&#4@8") * 5,
            "1|7!({" * 40,
        ],
    )
    def test_takes_no_time_over_one_that_was_made_to_take_some(self, password: str) -> None:
        """Each symbol may stand for letters: this many ways to read it once took five seconds."""
        began = time.process_time()
        with suppress(WeakPassword):
            check_new_password(password[:MAXIMUM_LENGTH], EMAIL)
        assert time.process_time() - began < 0.5

    def test_its_bounds_are_what_the_page_says(self) -> None:
        assert (MINIMUM_LENGTH, MAXIMUM_LENGTH) == (12, 256)


class TestHashPassword:
    def test_is_argon2id_salted(self) -> None:
        first, second = hash_password(GOOD), hash_password(GOOD)

        assert first.startswith("$argon2id$")
        assert first != second

    def test_fits_its_column(self) -> None:
        assert len(hash_password("x1y2" * 64)) <= 256

    def test_spends_what_owasp_asks_for(self, good_hash: str) -> None:
        """OWASP's Password Storage Cheat Sheet: 19 MiB and two passes, or more."""
        parameters = dict(part.split("=") for part in good_hash.split("$")[3].split(","))

        assert int(parameters["m"]) >= 19 * 1024
        assert int(parameters["t"]) >= 2


class TestVerifyPassword:
    def test_takes_the_password_that_was_hashed_and_no_other(self, good_hash: str) -> None:
        assert verify_password(GOOD, good_hash) is True
        for wrong in ("", GOOD + " ", GOOD.upper(), GOOD[:-1]):
            assert verify_password(wrong, good_hash) is False

    def test_reads_every_character_of_a_long_one(self) -> None:
        long = "x1y2" * 64

        assert verify_password(long, hash_password(long)) is True
        assert verify_password(long[:-1] + "z", hash_password(long)) is False

    def test_says_no_where_there_is_no_account(self) -> None:
        assert verify_password(GOOD, None) is False
        assert verify_password("the password of nobody", None) is False

    @pytest.mark.parametrize("password", [GOOD * 20, "x" * 1_000_000, "half a pair \ud83d", "\x00"])
    def test_says_no_to_what_can_be_nobodys(self, good_hash: str, password: str) -> None:
        assert verify_password(password, good_hash) is False
        assert verify_password(password, None) is False

    @pytest.mark.parametrize(
        "damaged", ["", "no hash", "$argon2id$v=19$broken", "$2b$12$" + "x" * 53]
    )
    def test_says_no_where_the_hash_is_none(self, damaged: str) -> None:
        assert verify_password(GOOD, damaged) is False

    @pytest.mark.parametrize(
        "password", [GOOD, "wrong", "", GOOD * 20, "half a pair \ud83d"], ids=repr
    )
    @pytest.mark.parametrize("known", [True, False], ids=["an account", "no account"])
    def test_does_the_same_work_for_every_answer(
        self, monkeypatch: pytest.MonkeyPatch, good_hash: str, password: str, known: bool
    ) -> None:
        checked: list[str] = []

        class Counting:
            def verify(self, password: str, password_hash: str) -> bool:
                password.encode()
                checked.append(password_hash)
                return real.verify(password, password_hash)

        real: Any = passwords._hasher
        monkeypatch.setattr(passwords, "_hasher", Counting())

        verify_password(password, good_hash if known else None)

        assert len(checked) == 1
        assert _cost(checked[0]) == _cost(good_hash)


def _cost(password_hash: str) -> str:
    """The parameters of a hash, which decide how long checking takes."""
    return "$".join(password_hash.split("$")[:4])
