"""What is sent to a database, whichever layer sends it, and how the database would go about it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection

Sent = tuple[str, Any]


@contextmanager
def statements_of(db: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Sent]]:
    """Collect the statements, with their parameters, that go over this connection."""
    sent: list[Sent] = []
    driver = db.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        # The callback is told the statement with its values filled in.
        driver.set_trace_callback(lambda statement: sent.append((statement, ())))
        yield sent
        driver.set_trace_callback(None)
        return
    real = psycopg.Cursor.execute

    def noting(
        cursor: psycopg.Cursor[Any], query: Any, params: Any = None, **options: Any
    ) -> psycopg.Cursor[Any]:
        sent.append((str(query), params))
        return real(cursor, query, params, **options)

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", noting)
        yield sent


def explain(db: Connection, statement: str, parameters: Any) -> list[str]:
    """The steps of the plan, one a line."""
    if db.dialect.name == "sqlite":
        return [row[-1] for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
    return [row[0] for row in db.exec_driver_sql(f"EXPLAIN {statement}", parameters)]


def is_keyed(step: str) -> bool:
    """Whether this step of a plan looks rows up by an index."""
    return step.startswith("SEARCH") or "Index Scan" in step


def is_scan(step: str) -> bool:
    """Whether this step reads every row."""
    return step.startswith("SCAN") or "Seq Scan" in step


def is_sort(step: str) -> bool:
    """Whether this step puts rows in order because no index did."""
    return step.startswith("USE TEMP B-TREE") or "Sort Key" in step
