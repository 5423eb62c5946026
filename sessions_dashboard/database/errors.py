"""What a database raises, and what can be done about it."""

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

# What a lost, full or broken database raises; the drivers' own errors come from `lookups.py`.
DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error, psycopg.Error)
# SQLSTATEs after which the same transaction may simply be tried again.
RETRYABLE_SQLSTATES = frozenset({"40001", "40P01"})
LOCK_NOT_AVAILABLE = "55P03"
# SQLSTATEs of a lost connection: the server shuts down, has crashed or is starting, or cuts those
# that were idle for long.
LOST_SQLSTATES = frozenset({"57P01", "57P02", "57P03", "57P05", "08000", "08003", "08006"})


def in_one_line(error: Exception) -> str:
    """What the database itself says of it, without the statement that failed."""
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]


def sqlstate(error: Exception) -> str | None:
    return getattr(getattr(error, "orig", error), "sqlstate", None)


def is_lost(error: Exception) -> bool:
    """Whether a connection that stood is gone; one that can't be made is another matter."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated
    # From `lookups.py`, whose statements SQLAlchemy does not see.
    if isinstance(error, psycopg.OperationalError):
        return error.sqlstate is None or error.sqlstate in LOST_SQLSTATES
    return isinstance(error, psycopg.InterfaceError)
