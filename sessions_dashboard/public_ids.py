"""The ids by which pages and interfaces tell rows apart."""

from datetime import datetime

import uuid_utils


def new_public_id(at: datetime) -> str:
    """A UUIDv7 (RFC 9562 section 5.7): it sorts by time and can't be guessed."""
    return str(uuid_utils.uuid7(nanoseconds=int(at.timestamp() * 1e9)))
