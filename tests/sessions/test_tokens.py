"""The token in the cookie: random, signed, and in the table only as its digest."""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import Signer
from sqlalchemy import Connection, text

from sessions_dashboard.database import Database
from sessions_dashboard.sessions.tokens import CookieSigner, digest, new_token
from tests.support.people import add_user, sign_in

FIRST_KEY = "first-key-" + "1" * 32
SECOND_KEY = "second-key-" + "2" * 32
TOKEN = "x" * 42 + "A"
signer = CookieSigner([FIRST_KEY])


class TestNewToken:
    def test_has_256_bits(self) -> None:
        token = new_token()

        assert len(base64.urlsafe_b64decode(token + "=")) * 8 == 256

    def test_is_drawn_from_the_systems_secure_source(self, monkeypatch: pytest.MonkeyPatch) -> None:
        drawn: list[int] = []

        def count(size: int) -> bytes:
            drawn.append(size)
            return b"\x07" * size

        monkeypatch.setattr(secrets, "token_bytes", count)

        new_token()

        assert drawn == [32]

    def test_never_comes_twice(self) -> None:
        assert len({new_token() for _ in range(10_000)}) == 10_000

    def test_is_safe_in_a_cookie_and_an_address(self) -> None:
        for _ in range(100):
            assert new_token().replace("-", "").replace("_", "").isalnum()


class TestDigest:
    def test_is_sha_256_of_the_token(self) -> None:
        assert digest("token") == hashlib.sha256(b"token").digest()


class TestTheTable:
    def test_holds_the_digest_and_never_the_token(self, db: Connection) -> None:
        token = sign_in(db, add_user(db)).token

        row = db.execute(text("SELECT * FROM sessions")).one()

        assert bytes(row.token_digest) == digest(token)
        for value in row:
            raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
            for form in _forms_of(token):
                assert form not in raw

    def test_no_byte_of_the_sqlite_files_holds_the_token(
        self, migrated_sqlite: Path, tmp_path: Path
    ) -> None:
        file = tmp_path / "copy.db"
        file.write_bytes(migrated_sqlite.read_bytes())
        database = Database(f"sqlite:///{file}")
        with database.begin() as db:
            token = sign_in(db, add_user(db)).token
        everything = _bytes_of_files_beside(file)
        database.close()
        everything += _bytes_of_files_beside(file)

        assert digest(token) in everything
        for form in _forms_of(token):
            assert form not in everything


def _forms_of(token: str) -> Iterator[bytes]:
    raw = base64.urlsafe_b64decode(token + "=")
    yield token.encode()
    yield signer.sign(token).encode()
    yield raw
    yield raw.hex().encode()


def _bytes_of_files_beside(file: Path) -> bytes:
    return b"".join(one.read_bytes() for one in sorted(file.parent.glob(f"{file.name}*")))


class TestCookieSigner:
    def test_reads_back_what_it_signed(self) -> None:
        token = new_token()

        assert signer.token(signer.sign(token)) == token

    def test_refuses_the_bare_token(self) -> None:
        assert signer.token(TOKEN) is None

    def test_refuses_a_change_of_any_one_character(self) -> None:
        cookie = signer.sign(TOKEN)
        for place in range(len(cookie)):
            for other in "AbZ09-_.=~ \x00":
                if other != cookie[place]:
                    changed = cookie[:place] + other + cookie[place + 1 :]
                    assert _is_refused(changed), (place, other)

    def test_refuses_a_flip_of_any_one_bit(self) -> None:
        cookie = signer.sign(TOKEN).encode()
        for place in range(len(cookie)):
            for bit in range(8):
                changed = bytearray(cookie)
                changed[place] ^= 1 << bit
                assert _is_refused(changed.decode("latin-1")), (place, bit)

    def test_refuses_a_missing_or_an_added_character(self) -> None:
        cookie = signer.sign(TOKEN)
        for place in range(len(cookie)):
            assert _is_refused(cookie[:place] + cookie[place + 1 :])
        for place in range(len(cookie) + 1):
            for added in "A.=~ \n":
                assert _is_refused(cookie[:place] + added + cookie[place:]), (place, added)
        assert _is_refused("")
        assert _is_refused(".")

    def test_refuses_a_key_that_is_not_ours(self) -> None:
        assert signer.token(CookieSigner([SECOND_KEY]).sign(TOKEN)) is None

    def test_refuses_the_same_key_used_for_another_purpose(self) -> None:
        assert signer.token(Signer(FIRST_KEY).sign(TOKEN).decode()) is None

    def test_signs_with_the_first_key_and_verifies_with_each(self) -> None:
        rotated = CookieSigner([SECOND_KEY, FIRST_KEY])

        assert rotated.token(signer.sign(TOKEN)) == TOKEN
        assert rotated.sign(TOKEN) == CookieSigner([SECOND_KEY]).sign(TOKEN)

    def test_in_no_round_of_a_rotation_refuses_what_the_round_before_or_after_signed(self) -> None:
        """Servers are restarted one after the other: two rounds are at work at once."""
        rounds = [
            CookieSigner(keys)
            for keys in (
                [FIRST_KEY],
                [FIRST_KEY, SECOND_KEY],
                [SECOND_KEY, FIRST_KEY],
                [SECOND_KEY],
            )
        ]

        for before, after in pairwise(rounds):
            assert after.token(before.sign(TOKEN)) == TOKEN
            assert before.token(after.sign(TOKEN)) == TOKEN
        # What the round in which all come to know both is for.
        assert rounds[0].token(rounds[2].sign(TOKEN)) is None

    def test_refuses_what_a_retired_key_signed(self) -> None:
        assert CookieSigner([SECOND_KEY]).token(signer.sign(TOKEN)) is None

    @pytest.mark.parametrize("length", [0, 42, 44, 100_000])
    def test_refuses_another_length_even_when_the_signature_holds(self, length: int) -> None:
        assert signer.token(signer.sign("x" * length)) is None

    @pytest.mark.parametrize("character", ["é", "\u202e", "\udc80", "\U0001f36a"])
    def test_refuses_anything_but_ascii(self, character: str) -> None:
        assert signer.token(signer.sign(TOKEN) + character) is None

    @given(st.text(max_size=300))
    def test_answers_none_to_whatever_a_stranger_sends(self, cookie: str) -> None:
        assert signer.token(cookie) is None


def _is_refused(cookie: str) -> bool:
    return signer.token(cookie) is None
