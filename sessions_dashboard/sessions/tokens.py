"""The session token: made, signed for the cookie, verified, digested for the table."""

import hashlib
import re
import secrets
from collections.abc import Sequence

from itsdangerous import BadSignature, Signer

# 256 bits (NIST SP 800-63B-4 section 5.1 asks for 64 at least).
TOKEN_BYTES = 32
TOKEN_FORM = re.compile(r"[\w-]{43}", re.ASCII)
# Token, dot, signature. The last character carries four bits and has two to spare, which are zero
# in the spelling that we write: no other spelling of a signature is accepted.
COOKIE_FORM = re.compile(r"[\w-]{43}\.[\w-]{42}[AEIMQUYcgkosw048]", re.ASCII)


def new_token() -> str:
    """A fresh random secret, URL safe."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> bytes:
    """What the table holds instead of the token.

    A plain SHA-256 is enough: the token has 256 random bits, so there is nothing to guess.
    """
    return hashlib.sha256(token.encode()).digest()


class CookieSigner:
    """Signs a token for a cookie and reads it back; the `salt` tells one cookie from another.

    The signature keeps made-up values away from the database and lets an operator retire all
    cookies at once; the table alone decides whether a token is good.
    """

    def __init__(self, keys: Sequence[str], salt: str = "session-cookie") -> None:
        # itsdangerous signs with the last key and verifies with each.
        given = Signer(list(reversed(keys)), salt=salt, digest_method=hashlib.sha256)
        derived = [given.derive_key(key) for key in given.secret_keys]
        self._signer = Signer(derived, key_derivation="none", digest_method=hashlib.sha256)

    def sign(self, token: str) -> str:
        return self._signer.sign(token).decode()

    def is_signed_by_newest_key(self, cookie: str) -> bool:
        return self.sign(cookie.rpartition(".")[0]) == cookie

    def token(self, cookie: str) -> str | None:
        """The token in a cookie value, or None where the signature does not hold."""
        if COOKIE_FORM.fullmatch(cookie) is None:
            return None
        try:
            return self._signer.unsign(cookie).decode()
        except BadSignature:
            return None
