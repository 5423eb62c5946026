"""Places in a list, as a program carries them from one page to the next."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from sessions_dashboard.api.problems import Problem

# The cursor of the longest email address, of four-byte characters, has 1,444.
MAX_LENGTH = 1500
PURPOSE = b"api cursor "


class Cursors:
    """Encrypted, because a place consists of what must not leave the server: a row's number, or
    another account's address. Each list with its filter has a key of its own, so that only a cursor
    from an answer about the same list and filter is accepted.
    """

    def __init__(self, secret_keys: Sequence[str]) -> None:
        self._keys = tuple(secret_keys)

    def write(self, list_name: str, key: object) -> str:
        return self._cipher(list_name).encrypt(str(key).encode()).decode()

    def read(self, list_name: str, cursor: str) -> str:
        """
        Raises:
            Problem: it is no cursor of this list.
        """
        try:
            return self._cipher(list_name).decrypt(cursor.encode()).decode()
        except InvalidToken:
            raise Problem("cursor") from None

    def _cipher(self, list_name: str) -> MultiFernet:
        """Encrypts with the first key and decrypts with each: a rotation interrupts no list."""
        purpose = PURPOSE + list_name.encode()
        derived = (hmac.digest(key.encode(), purpose, hashlib.sha256) for key in self._keys)
        return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in derived])
