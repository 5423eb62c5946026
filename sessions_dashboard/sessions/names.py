"""Names that people give: to a device, to a key."""

import unicodedata

from sessions_dashboard.sessions.models import MAX_NAME_LENGTH


class InvalidName(Exception):
    """The name is too long, or is none where there has to be one."""


def clean_name(name: str) -> str:
    """Without control, format and surrogate characters, and with single spaces.

    Raises:
        InvalidName: it is too long.
    """
    visible = "".join(
        " " if character.isspace() else character
        for character in name
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    cleaned = " ".join(visible.split())
    if len(cleaned) > MAX_NAME_LENGTH:
        raise InvalidName(f"A name can have {MAX_NAME_LENGTH} characters at most.")
    return cleaned
