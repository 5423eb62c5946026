"""Passwords: what is demanded of a new one, hashing, and checking with constant work."""

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher
from zxcvbn import zxcvbn
from zxcvbn.matching import L33T_TABLE

# NIST SP 800-63B-4 section 3.1.1.2 asks for 15 where a password is all there is, and 8 beside a
# second factor; 12 is this project's own rule.
MINIMUM_LENGTH = 12
# Long enough for any passphrase, short enough that hashing stays cheap to refuse.
MAXIMUM_LENGTH = 256
# zxcvbn counts the guesses it takes, common passwords and keyboard patterns first; below this score
# (0 to 4) fewer than a million are enough. Its work grows with the length, so it is given a part.
MINIMUM_SCORE = 2
MAXIMUM_GUESSED = 64
# It also reads symbols as the letters that they may stand for, in every combination: with twenty
# different symbols that takes it seconds.
MAXIMUM_SYMBOLS = 6
_SYMBOLS = frozenset(symbol for symbols in L33T_TABLE.values() for symbol in symbols)

_hasher = PasswordHash((Argon2Hasher(),))
# Checked against when there is no account, so that the answer takes the same time.
_nobody = _hasher.hash("the password of nobody")


class WeakPassword(Exception):
    """A new password that won't do; the text says why, for the person."""


def check_new_password(password: str, email: str) -> None:
    """Refuse a password that is too short, too long, easy to guess or the account's own address.

    Raises:
        WeakPassword: with the reason.
    """
    if len(password) < MINIMUM_LENGTH:
        raise WeakPassword(f"Choose a password of {MINIMUM_LENGTH} characters or more.")
    if len(password) > MAXIMUM_LENGTH:
        raise WeakPassword(f"A password can have {MAXIMUM_LENGTH} characters at most.")
    if not _is_text(password):
        raise WeakPassword("Choose a password of characters that a keyboard can type.")
    if password.strip().lower() in (email.lower(), email.lower().partition("@")[0]):
        raise WeakPassword("Choose a password that is not your email address.")
    if zxcvbn(_guessed(password), user_inputs=[email]).get("score", 0) < MINIMUM_SCORE:
        raise WeakPassword("That password is easy to guess. Add a few unrelated words.")


def _guessed(password: str) -> str:
    """The beginning that a password is judged by: a strong one stays strong when it goes on."""
    seen: set[str] = set()
    for place, character in enumerate(password[:MAXIMUM_GUESSED]):
        seen |= _SYMBOLS & {character}
        if place >= MINIMUM_LENGTH and len(seen) > MAXIMUM_SYMBOLS:
            return password[:place]
    return password[:MAXIMUM_GUESSED]


def hash_password(password: str) -> str:
    """Argon2id, with its parameters and salt in the text. Takes some 50 ms of a core."""
    return _hasher.hash(password)


def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether the password fits; without a hash the same work is done, and the answer is no."""
    if len(password) > MAXIMUM_LENGTH or not _is_text(password):
        password, password_hash = "", None
    try:
        fits = _hasher.verify(password, password_hash or _nobody)
    except PwdlibError:
        return False
    return fits and password_hash is not None


def _is_text(password: str) -> bool:
    """Whether it can be written in UTF-8; JSON may hold half of a surrogate pair."""
    return not any("\ud800" <= character <= "\udfff" for character in password)
