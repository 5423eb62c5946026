"""How large a slice of long work may be: what the last one took says so, and nobody has to wait."""

import time
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")

# How long one slice may keep the database busy; sign-ins wait no longer than that.
SLICE_SECONDS = 0.025
FIRST_SLICE_ROWS = 200
MINIMUM_SLICE_ROWS = 20
MAXIMUM_SLICE_ROWS = 5_000


def next_size(
    rows: int, took: float, seconds: float = SLICE_SECONDS, least: int = MINIMUM_SLICE_ROWS
) -> int:
    """As many rows as should fit into `seconds`, at most twice as many as before."""
    wanted = rows * seconds / max(took, 0.001)
    return int(min(max(wanted, least), rows * 2, MAXIMUM_SLICE_ROWS))


class Timed(NamedTuple, Generic[T]):
    """What came of some work in the database, and the seconds that it took there.

    Seen from the event loop it takes longer: what else the loop does meanwhile is in that.
    """

    result: T
    seconds: float


def timed(work: Callable[[Connection], T]) -> Callable[[Connection], Timed[T]]:
    def run(db: Connection) -> Timed[T]:
        began = time.perf_counter()
        return Timed(work(db), time.perf_counter() - began)

    return run
