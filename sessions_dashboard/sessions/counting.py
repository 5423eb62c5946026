"""How many rows of a list match: exactly up to a number, roughly beyond it."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    literal_column,
    select,
    union_all,
)

from sessions_dashboard.sessions.conditions import Condition, few_of, up_to
from sessions_dashboard.sessions.planning import unindexed

# A count stops here: beyond it, a rough number is as useful and costs next to nothing.
MAX_COUNT = 10_000
# How many rows are looked at for a rough number, where there are too many to count.
SAMPLE = 1_000


@dataclass(frozen=True, slots=True)
class Count:
    """How many match; beyond `MAX_COUNT` a rounded number, or `MAX_COUNT` itself if unknown."""

    number: int
    is_exact: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is counted."""

    # The number of a row.
    row: ColumnElement[int]
    # The rows, joined with whatever else the conditions are about.
    source: FromClause
    conditions: Sequence[Condition]
    # The same conditions in the form for a walk, where rows are not found by one of them.
    walking: Sequence[ColumnElement[bool]]
    # Whether PostgreSQL, too, is told which condition to find them by: it can't judge all of them.
    is_led: bool = False
    # Whether more are known to match than are counted.
    is_beyond: bool = False

    @property
    def where(self) -> ColumnElement[bool]:
        return and_(*(condition.where for condition in self.conditions), literal(True))


def count(db: Connection, wanted: Wanted) -> Count:
    few = few_of(db, wanted.conditions)
    if few is not None:
        return Count(_counted(db, wanted, few.ids))
    estimate = _estimate(db, wanted)
    if estimate is not None and (estimate.surely_more or _are_many(db, wanted)):
        return _about(estimate)
    # PostgreSQL knows as much about its conditions itself, and can combine several.
    is_led = db.dialect.name == "sqlite" or wanted.is_led
    if estimate is not None and estimate.narrowest is not None and is_led:
        number = _counted_by(db, wanted, estimate.narrowest)
    else:
        number = _counted(db, wanted, None)
    return Count(number) if number <= MAX_COUNT else _about(estimate)


def narrowest(db: Connection, wanted: Wanted) -> Condition | None:
    """The condition that seems to cost the least to find rows by; None where there are few in any
    case.
    """
    estimate = _estimate(db, wanted)
    return estimate.narrowest if estimate is not None else None


def _are_many(db: Connection, wanted: Wanted) -> bool:
    """Whether too many to count are known to match: where there is a single condition, an index
    says so.
    """
    if wanted.is_beyond:
        return True
    match wanted.conditions:
        case [only]:
            return only.surely_beyond(db, MAX_COUNT)
    return False


def _about(estimate: "_Estimate | None") -> Count:
    return Count(max(estimate.rounded if estimate else 0, MAX_COUNT), is_exact=False)


def _counted(db: Connection, wanted: Wanted, ids: Select[Any] | None) -> int:
    """How many match, up to `MAX_COUNT` + 1; where ids are given, no others match."""
    some = select(wanted.row).select_from(wanted.source)
    if ids is not None:
        some = some.where(wanted.row.in_(ids), unindexed(wanted.where))
    else:
        some = some.where(*wanted.walking)
    return up_to(db, some, MAX_COUNT)


def _counted_by(db: Connection, wanted: Wanted, found: Condition) -> int:
    """The same, of the rows that are found by the ways of one condition."""
    others = [one.where for one in wanted.conditions if one is not found]
    ways, once = found.ways or (false(),), found.is_disjoint or len(found.ways or ()) == 1
    # Where no row is found twice, without the id, which not every index contains.
    column = literal_column("1").label("found") if once else wanted.row
    parts = (
        # Limited here as well, for a database that would sort all of them first.
        select(column)
        .select_from(wanted.source)
        .where(way, *map(unindexed, others if found.holds_for_all(way) else [*others, found.where]))
        .limit(MAX_COUNT + 1)
        .subquery()
        for way in ways
    )
    each = union_all(*(select(*part.c) for part in parts)).subquery()
    rows = select(*each.c)
    return up_to(db, rows if once else rows.distinct(), MAX_COUNT)


class _Estimate(NamedTuple):
    number: float
    # Its standard deviation.
    error: float
    # The condition that seems to leave the fewest, or those that cost the least.
    narrowest: Condition | None

    @property
    def surely_more(self) -> bool:
        """Whether it is safe to say that there are more than can be counted."""
        return self.number - 4 * self.error > MAX_COUNT

    @property
    def rounded(self) -> int:
        """To the digits that are certain, two at most; 0 where not even one is."""
        relative = self.error / self.number if self.number else 1.0
        if relative > 0.2:
            return 0
        digits = 2 if relative < 0.025 else 1
        return int(round(self.number, digits - 1 - math.floor(math.log10(self.number))))


def _estimate(db: Connection, wanted: Wanted) -> _Estimate | None:
    """From a random sample, which is the same as long as the table does not grow."""
    # One at a time: asked for both in one statement, SQLite reads every row.
    first = db.execute(select(func.min(wanted.row))).scalar_one()
    last = db.execute(select(func.max(wanted.row))).scalar_one()
    if first is None or last - first < 10 * SAMPLE:
        return None
    chance, step = random.Random(SAMPLE), (last - first + 1) / SAMPLE  # noqa: S311
    picked = [first + int((number + chance.random()) * step) for number in range(SAMPLE)]
    found = [one for one in wanted.conditions if one.ways is not None]
    hits, *each = db.execute(
        select(
            *(
                func.count(case((unindexed(where), 1)))
                for where in (wanted.where, *(one.where for one in found))
            )
        )
        .select_from(wanted.source)
        .where(wanted.row.in_(picked))
    ).one()
    share = hits / SAMPLE
    error = math.sqrt(max(share * (1 - share), 1 / SAMPLE) / SAMPLE)
    span = last - first + 1
    costs = [number * one.cost for number, one in zip(each, found, strict=True)]
    narrowest = min(zip(costs, found, strict=True), key=itemgetter(0), default=None)
    return _Estimate(share * span, error * span, narrowest[1] if narrowest else None)
