"""Places in a list that is ordered by time: the moment of a row, and its number."""

from datetime import datetime

from sqlalchemy import ColumnElement, Tuple, literal, tuple_

PageKey = tuple[datetime, int]


def is_before(
    moment: ColumnElement[datetime], row: ColumnElement[int], key: PageKey
) -> ColumnElement[bool]:
    return tuple_(moment, row) < _values(moment, key)


def is_after(
    moment: ColumnElement[datetime], row: ColumnElement[int], key: PageKey
) -> ColumnElement[bool]:
    return tuple_(moment, row) > _values(moment, key)


def _values(moment: ColumnElement[datetime], key: PageKey) -> Tuple:
    return tuple_(literal(key[0], moment.type), literal(key[1]))
