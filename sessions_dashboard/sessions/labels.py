"""The few values that an indexed column has in millions of rows, such as the labels of devices."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, func, not_, select

# Of so many labels each is looked at.
MAX_LABELS = 2_000


@dataclass(frozen=True, slots=True)
class Labels:
    """What devices are called in an indexed column.

    There are hundreds of labels among millions of rows, and each is looked at. But where people
    give names of their own, or a stranger's agents bring some, there is no end to them: those
    behind the last that is known are for the database to look at.
    """

    column: ColumnElement[str]
    known: Sequence[str]
    # The last of those, where there are more.
    last: str | None

    def with_words(self, words: Sequence[str]) -> list[ColumnElement[bool]]:
        """The ways of finding what has all words in its label."""
        known = [one for one in self.known if all(word in one.lower() for word in words)]
        contains = (self.column.icontains(word, autoescape=True) for word in words)
        return self._found(known, and_(*contains))

    def matching(
        self, patterns: Sequence[str], but_not: Sequence[str] = ()
    ) -> list[ColumnElement[bool]]:
        """The same of labels that match all regular expressions.

        `but_not` are those that none of them may match; the database is asked for the first alone.
        """
        known = [
            one
            for one in self.known
            if all(re.search(pattern, one) for pattern in patterns)
            and not any(re.search(pattern, one) for pattern in but_not)
        ]
        others = [self.column.regexp_match(pattern) for pattern in patterns]
        refused = [not_(self.column.regexp_match(pattern)) for pattern in but_not[:1]]
        return self._found(known, and_(*others, *refused))

    def _found(self, known: Sequence[str], other: ColumnElement[bool]) -> list[ColumnElement[bool]]:
        ways: list[ColumnElement[bool]] = [self.column.in_(known)] if known else []
        if self.last is not None:
            ways.append(and_(self.column > self.last, other))
        return ways or [false()]


def labels_of(db: Connection, column: ColumnElement[str]) -> Labels:
    found = distinct_values(db, column, MAX_LABELS + 1)
    known = found[:MAX_LABELS]
    return Labels(column, known, known[-1] if len(found) > len(known) else None)


def distinct_values(db: Connection, column: ColumnElement[Any], limit: int) -> list[Any]:
    """The values of an indexed column in their order, with one step in the index for each."""
    steps = select(func.min(column).label("value")).cte("steps", recursive=True)
    following = select(func.min(column)).where(column > steps.c.value).scalar_subquery()
    steps = steps.union_all(select(following).where(steps.c.value.is_not(None)))
    found = select(steps.c.value).where(steps.c.value.is_not(None)).limit(limit)
    return list(db.execute(found).scalars())
