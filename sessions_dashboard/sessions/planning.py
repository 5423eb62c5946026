"""Forms of a condition by which a database without good statistics is kept from a wrong index."""

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, case, false, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.sql.selectable import ScalarSelect, SelectBase
from sqlalchemy.sql.visitors import replacement_traverse

from sessions_dashboard.accounts.models import users
from sessions_dashboard.sessions.models import session_events, sessions

T = TypeVar("T")


def inscrutable(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same condition in a form that a planner takes to hold for every other row."""
    return case((condition, true()), else_=false())


class _Unindexed(UnaryExpression[Any]):
    """A column that SQLite looks up in no index (`+column`); elsewhere the column itself."""

    inherit_cache = True


@compiles(_Unindexed)
def _as_it_is(element: _Unindexed, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.element, **options))


@compiles(_Unindexed, "sqlite")
def _with_a_plus(element: _Unindexed, compiler: Any, **options: Any) -> str:
    return f"+{compiler.process(element.element, **options)}"


def unindexed(condition: ColumnElement[T]) -> ColumnElement[T]:
    """The same condition or column, for which SQLite uses no index."""

    def with_sign(element: Any, **_options: Any) -> Any:
        if isinstance(element, (SelectBase, ScalarSelect)):
            # A subquery may use its indexes.
            return element
        if getattr(element, "table", None) in (sessions, users, session_events):
            return _Unindexed(element, operator=custom_op("+"))
        return None

    replaced: ColumnElement[T] = replacement_traverse(condition, {}, with_sign)
    return replaced
