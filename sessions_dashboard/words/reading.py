"""Who the words are for at the moment: numbers and times are written the way they read them.

Set for every event of a page and for every mail; whoever is not known reads English and UTC.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from sessions_dashboard.locales import NOBODY_KNOWN, Reader, write_moment, write_number

_reader: ContextVar[Reader] = ContextVar("reader", default=NOBODY_KNOWN)


def read_by(reader: Reader) -> None:
    """Whatever is written from here on, in this task, is for them."""
    _reader.set(reader)


@contextmanager
def reading(reader: Reader) -> Iterator[None]:
    before = _reader.set(reader)
    try:
        yield
    finally:
        _reader.reset(before)


def number(of: float, digits: int = 0) -> str:
    """ "1,204" or "1.204"; with as many digits behind the point."""
    return write_number(of, _reader.get().locale, digits)


def minute_in_utc(at: datetime) -> str:
    """For what a colleague elsewhere reads as well, such as a filter."""
    return write_moment(at, Reader(_reader.get().locale))


def moment(at: datetime) -> str:
    """A day and a time of day that name their zone, set apart from the sentence around (UAX 9)."""
    return f"\u2068{write_moment(at, _reader.get())}\u2069"
