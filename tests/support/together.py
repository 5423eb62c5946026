"""Running writes at the same instant, each on a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

from sqlalchemy import Connection, text

from sessions_dashboard.database import Database

Work = Callable[[Connection], Any]
LONGEST_SECONDS = 20


def together(database: Database, *works: Work) -> list[Any]:
    """Run all works at once; what each returned, or the exception that it raised."""
    start = Barrier(len(works))

    def run(work: Work) -> Any:
        start.wait(LONGEST_SECONDS)
        try:
            return database.write_here(work)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def overtaken(database: Database, first: Work, second: Work) -> Any:
    """Begin `second` after `first` wrote and before `first` commits.

    Returns:
        What `second` returned, or the exception that it raised.
    """
    with ThreadPoolExecutor(1) as thread:
        with database.begin() as db:
            first(db)
            late = thread.submit(together, database, second)
            _wait_until_blocked(database, late.done)
        return late.result()[0]


def _wait_until_blocked(database: Database, done: Callable[[], bool]) -> None:
    """Return once another transaction waits for a lock, or has gone through without one.

    SQLite shows no waiting; there the second transaction can't have begun, whatever it is at.
    """
    if database.is_sqlite:
        return
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    pause = Event()
    with database.reading() as db:
        for _try in range(LONGEST_SECONDS * 500):
            if done() or db.execute(waiting).scalar_one():
                return
            pause.wait(0.002)
    raise AssertionError("the second transaction neither waits nor ends")
