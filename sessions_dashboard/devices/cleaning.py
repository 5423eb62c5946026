"""Text from strangers, made safe to keep and to show."""

import unicodedata

MAX_USER_AGENT_LENGTH = 512

# Enough to fill the bound even when much is stripped. What lies beyond is not looked at, so that a
# megabyte costs no more than a kilobyte.
_READ_AHEAD = 2 * MAX_USER_AGENT_LENGTH

_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def clean_user_agent(raw: str | None) -> str:
    """Strip what could mislead a reader or break a log line, and bound the length.

    Control and format characters (bidirectional overrides, zero-width ones), surrogates and
    unassigned code points go; runs of white space become one space.
    """
    return clean_text(raw or "", MAX_USER_AGENT_LENGTH)


def clean_text(raw: str, limit: int) -> str:
    window = raw[: max(_READ_AHEAD, limit)]
    if not (window.isascii() and window.isprintable()):
        window = "".join(map(_safe, window))
    return " ".join(window.split())[:limit].rstrip()


def _safe(character: str) -> str:
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in _UNSAFE_CATEGORIES else character
