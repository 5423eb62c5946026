"""Running writes at the same instant, each on a connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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


def overtaken(database: Database, first: Work, *others: Work) -> list[Any]:
    """Begin the others, one after the other, once `first` wrote and before it commits.

    Returns:
        What each of the others returned, or the exception that it raised.
    """
    with ThreadPoolExecutor(len(others)) as threads:
        late: list[Future[list[Any]]] = []
        with database.begin() as db:
            first(db)
            for other in others:
                late.append(threads.submit(together, database, other))
                _wait_until_blocked(database, late)
        return [one.result()[0] for one in late]


def _wait_until_blocked(database: Database, late: Sequence[Future[Any]]) -> None:
    """Return once each of them waits for a lock, or has gone through without one.

    SQLite shows no waiting; there another transaction can't have begun, whatever it is at.
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
            done = sum(one.done() for one in late)
            if db.execute(waiting).scalar_one() + done >= len(late):
                return
            pause.wait(0.002)
    raise AssertionError("a transaction neither waits nor ends")
