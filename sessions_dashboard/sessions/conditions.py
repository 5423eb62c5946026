"""The parts of a filter, and how a database finds what matches them among millions of rows.

Each part of a filter says what must hold for a row, and by which indexes its rows are found. If
one part alone leaves few, those are fetched and sorted; if each leaves many, the list's order is
walked until the page is full, which with many matches is soon.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    false,
    func,
    literal,
    literal_column,
    select,
    union_all,
)

from sessions_dashboard.sessions.filters import Between
from sessions_dashboard.sessions.models import sessions

# Up to this many rows are fetched and sorted; for more, the list's order is walked.
FEW = 10_000
# Sorts after everything that begins with the text before it.
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Condition:
    """One part of a filter, over sessions or over lines of the history."""

    where: ColumnElement[bool]
    # Conditions that are each served by an index; whatever matches the whole matches one of them.
    # None where there are always many.
    ways: Sequence[ColumnElement[bool]] | None = None
    # Whether the ways hold for nothing else.
    is_exact: bool = True
    # Whether no two ways hold for the same row.
    is_disjoint: bool = False
    # Where the ways hold for more: conditions, each with an index, that hold for nothing else. Some
    # of the ways may be among them.
    inner: Sequence[ColumnElement[bool]] = ()
    # Whether an index has the matching rows in the order of time: of their start, for sessions.
    in_order_of_time: bool = False
    # For sessions: whether another has them in the order of their end.
    in_order_of_end: bool = False
    # Whether it is about the row's account, and so needs `users` joined.
    of_account: bool = False
    # Whether PostgreSQL expects far fewer matches than there are, and so would not walk.
    is_underestimated: bool = False
    # Whether it is known to leave more rows than `FEW`, which are then not counted.
    is_many: bool = False
    # What finding one row by it costs, beside one that has to be read for the other conditions.
    cost: float = 1.0
    row: ColumnElement[int] = sessions.c.id

    def ids(self) -> Select[Any]:
        """The rows that are found by any of the ways, some perhaps more than once."""
        return self._found(self.row)

    def number(self, db: Connection, at_most: int) -> int:
        """How many that are; `at_most` + 1 stands for any number beyond it."""
        # Without the id, which not every index contains.
        return up_to(db, self._found(literal_column("1").label("found")), at_most)

    def surely_beyond(self, db: Connection, number: int) -> bool:
        """Whether an index alone says that more rows match."""
        ways = self.ways or () if self.is_exact else self.inner
        ones = (replace(self, ways=(way,)) for way in ways)
        return any(one.number(db, number) > number for one in ones)

    def holds_for_all(self, way: ColumnElement[bool]) -> bool:
        """Whether whatever is found by one of the ways matches."""
        return self.is_exact or any(way is one for one in self.inner)

    def _found(self, column: ColumnElement[Any]) -> Select[Any]:
        ways = self.ways or (false(),)
        # Not `union`, which has to see all rows before it gives the first.
        parts = (select(column).select_from(self.row.table).where(way) for way in ways)
        found = union_all(*parts).subquery()
        return select(*found.c)


def up_to(db: Connection, query: Select[Any], at_most: int) -> int:
    """How many rows it has; `at_most` + 1 stands for any number beyond it."""
    some = query.limit(at_most + 1).subquery()
    return int(db.execute(select(func.count()).select_from(some)).scalar_one())


class Few(NamedTuple):
    """A condition that leaves no more rows than can be fetched and sorted."""

    # Some may be counted twice.
    number: int
    ids: Select[Any]


def are_few(db: Connection, query: Select[Any]) -> bool:
    return up_to(db, query, FEW) <= FEW


def few_of(db: Connection, conditions: Sequence[Condition]) -> Few | None:
    return fewest(db, conditions, FEW)


def fewest(db: Connection, conditions: Sequence[Condition], at_most: int) -> Few | None:
    """The condition that leaves the fewest rows, if any leaves no more than `at_most`."""
    best: Few | None = None
    for condition in conditions:
        if condition.ways is None or condition.is_many:
            continue
        number = condition.number(db, at_most)
        if number <= at_most and (best is None or number < best.number):
            # The limit tells PostgreSQL, too, that there are few.
            best = Few(number, condition.ids().limit(2 * at_most + 1))
        if number == 0:
            break
    return best


def begins_with(column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """As one range of an index."""
    return and_(column >= word, column < word + _LAST)


def within(column: ColumnElement[Any], between: Between) -> ColumnElement[bool]:
    bounds = []
    if between.since is not None:
        bounds.append(column >= between.since)
    if between.until is not None:
        bounds.append(column < between.until)
    return and_(*bounds) if bounds else literal(True)
