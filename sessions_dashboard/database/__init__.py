"""The database: where its work runs, in what transaction, and what it raises."""

from typing import Any

from sqlalchemy import Row

from sessions_dashboard.database.errors import DATABASE_ERRORS, in_one_line
from sessions_dashboard.database.unit_of_work import Database, noted

# A row of columns that its statement alone names.
AnyRow = Row[*tuple[Any, ...]]

__all__ = ["DATABASE_ERRORS", "AnyRow", "Database", "in_one_line", "noted"]
