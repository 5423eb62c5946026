"""The database: where its work runs, in what transaction, and what it raises."""

from sessions_dashboard.database.errors import DATABASE_ERRORS, in_one_line
from sessions_dashboard.database.unit_of_work import Database, noted

__all__ = ["DATABASE_ERRORS", "Database", "in_one_line", "noted"]
