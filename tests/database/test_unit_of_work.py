"""Where database work runs, in what transaction, and what happens when it fails."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from sessions_dashboard.database import Database
from sessions_dashboard.database.unit_of_work import MAXIMUM_ATTEMPTS
from tests.support.people import add_user
from tests.support.postgresql import PostgresqlServer
from tests.support.together import together


def count_users(db: Connection) -> int:
    return int(db.exec_driver_sql("SELECT count(*) FROM users").scalar_one())


def thread_name(_db: Connection) -> str:
    return threading.current_thread().name


only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


class TestRead:
    def test_sees_every_commit_made_before_it(self, database: Database) -> None:
        async def story() -> list[int]:
            counts = [await database.read(count_users)]
            for name in ("ada", "bob"):
                await database.write(lambda db, name=name: add_user(db, name))
                counts.append(await database.read(count_users))
            return counts

        assert asyncio.run(story()) == [0, 1, 2]

    def test_sees_what_another_process_commits(self, database: Database, database_url: str) -> None:
        async def story() -> list[int]:
            counts = [await database.read(count_users)]
            other = Database(database_url)
            other.write_here(add_user)
            other.close()
            return [*counts, await database.read(count_users)]

        assert asyncio.run(story()) == [0, 1]

    def test_sees_nothing_that_is_not_committed(self, database: Database) -> None:
        async def story() -> int:
            with database.begin() as db:
                add_user(db)
                return await database.read(count_users)

        assert asyncio.run(story()) == 0

    def test_goes_on_after_one_that_failed(self, database: Database) -> None:
        def fail(db: Connection) -> None:
            db.exec_driver_sql("SELECT nonsense FROM nowhere")

        async def story() -> int:
            for _ in range(20):
                with pytest.raises(DBAPIError):
                    await database.read(fail)
            return await database.read(count_users)

        assert asyncio.run(story()) == 0

    def test_runs_in_place_on_sqlite_and_off_the_event_loop_on_postgresql(
        self, database: Database
    ) -> None:
        here = threading.current_thread().name

        ran_in = asyncio.run(database.read(thread_name))

        assert (ran_in == here) == database.is_sqlite

    def test_of_a_scan_runs_off_the_event_loop(self, database: Database) -> None:
        assert asyncio.run(database.scan(thread_name)) != threading.current_thread().name

    def test_of_a_scan_sees_every_commit_made_before_it(self, database: Database) -> None:
        async def story() -> list[int]:
            before = await database.scan(count_users)
            await database.write(add_user)
            return [before, await database.scan(count_users)]

        assert asyncio.run(story()) == [0, 1]


class TestWrite:
    def test_is_committed_when_it_returns(self, database: Database, database_url: str) -> None:
        asyncio.run(database.write(add_user))

        other = Database(database_url)
        with other.reading() as db:
            assert count_users(db) == 1
        other.close()

    def test_leaves_nothing_behind_when_it_fails(self, database: Database) -> None:
        def half(db: Connection) -> None:
            add_user(db)
            raise ConnectionError

        with pytest.raises(ConnectionError):
            asyncio.run(database.write(half))

        with database.reading() as db:
            assert count_users(db) == 0

    def test_runs_off_the_event_loop(self, database: Database) -> None:
        assert asyncio.run(database.write(thread_name)) != threading.current_thread().name

    def test_once_begun_is_finished_though_nobody_waits_any_more(self, database: Database) -> None:
        begun, go_on = threading.Event(), threading.Event()

        def slow(db: Connection) -> None:
            begun.set()
            go_on.wait(10)
            add_user(db)

        async def story() -> None:
            task = asyncio.create_task(database.write(slow))
            await asyncio.to_thread(begun.wait, 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            go_on.set()
            await database.write(lambda _db: None)

        asyncio.run(story())
        database.close()

        with database.reading() as db:
            assert count_users(db) == 1

    @only_sqlite
    def test_takes_the_write_lock_of_sqlite_before_it_reads(self, database: Database) -> None:
        """Else two that read first and write then could not both go on."""
        with database.begin() as db:
            count_users(db)
            rival = sqlite3.connect(str(database.url.database), timeout=0)
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                rival.execute("BEGIN IMMEDIATE")
            rival.close()

    def test_waits_for_a_write_of_another_process(
        self, database: Database, database_url: str
    ) -> None:
        other = Database(database_url)

        def add(n: int) -> int:
            return (database, other)[n % 2].write_here(lambda db: add_user(db, f"user{n}"))

        with ThreadPoolExecutor(4) as threads:
            made = list(threads.map(add, range(60)))
        other.close()

        assert len(set(made)) == 60


class Failing:
    """Work that fails a few times and then counts the users."""

    def __init__(self, make_error: Callable[[], Exception], times: int) -> None:
        self._make_error = make_error
        self.times = times
        self.runs = 0

    def __call__(self, db: Connection) -> int:
        self.runs += 1
        add_user(db, f"user{self.runs}")
        if self.runs <= self.times:
            raise self._make_error()
        return count_users(db)


def _operational(sqlstate: str | None) -> Callable[[], Exception]:
    class Driver(Exception):
        pass

    Driver.sqlstate = sqlstate  # type: ignore[attr-defined]
    return lambda: OperationalError("", {}, Driver())


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)


@pytest.mark.usefixtures("no_pause")
class TestTryingAgain:
    @pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
    def test_after_a_deadlock_starts_from_a_clean_transaction(
        self, database: Database, sqlstate: str
    ) -> None:
        work = Failing(_operational(sqlstate), times=MAXIMUM_ATTEMPTS - 1)

        assert database.write_here(work) == 1
        assert work.runs == MAXIMUM_ATTEMPTS

    def test_comes_to_an_end(self, database: Database) -> None:
        work = Failing(_operational("40P01"), times=100)

        with pytest.raises(OperationalError):
            database.write_here(work)

        assert work.runs == MAXIMUM_ATTEMPTS
        with database.reading() as db:
            assert count_users(db) == 0

    @pytest.mark.parametrize(
        "make_error", [_operational("53100"), _operational(None), NotImplementedError]
    )
    def test_is_not_done_after_any_other_failure(
        self, database: Database, make_error: Callable[[], Exception]
    ) -> None:
        work = Failing(make_error, times=100)

        with pytest.raises((OperationalError, NotImplementedError)):
            database.write_here(work)

        assert work.runs == 1


def test_a_real_deadlock_reaches_nobody(database: Database) -> None:
    with database.begin() as db:
        first, second = add_user(db, "ada"), add_user(db, "bob")
    meet = threading.Barrier(2)

    def lock(one: int, other: int) -> Callable[[Connection], int]:
        attempts = 0

        def work(db: Connection) -> int:
            nonlocal attempts
            attempts += 1
            lock_row = "UPDATE users SET is_admin = is_admin WHERE id = "
            db.exec_driver_sql(f"{lock_row}{one}")
            if attempts == 1 and not database.is_sqlite:
                meet.wait(10)
            db.exec_driver_sql(f"{lock_row}{other}")
            return attempts

        return work

    outcomes = together(database, lock(first, second), lock(second, first))

    assert all(isinstance(attempts, int) for attempts in outcomes), outcomes
    # SQLite lets one writer in at a time, so there is nothing to try again.
    assert (sum(outcomes) == 2) == database.is_sqlite


class TestConnections:
    def test_hold_foreign_keys(self, db: Connection) -> None:
        insert = (
            "INSERT INTO sessions (public_id, user_id, token_digest, ip_address, user_agent,"
            " device_label, device_type, created_at, updated_at, last_seen_at, authenticated_at)"
            " VALUES ('x', 4711, '', '', '', '', '', '2026-01-01', '2026-01-01', '2026-01-01',"
            " '2026-01-01')"
        )
        with pytest.raises(IntegrityError), db.begin_nested():
            db.exec_driver_sql(insert)

    @only_sqlite
    def test_to_sqlite_keep_a_commit_through_a_power_cut(self, database: Database) -> None:
        for opened in (database.begin, database.reading):
            with opened() as db:
                assert db.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
                assert db.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2

    def test_make_a_new_sqlite_file_that_nobody_else_may_read(self, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path / 'new.db'}")
        database.migrate()
        database.write_here(add_user)
        # It has addresses and password hashes in it; so have the two files beside it.
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
        database.close()
        assert modes == dict.fromkeys(("new.db", "new.db-wal", "new.db-shm"), 0o600)

    def test_to_a_new_sqlite_file_wait_for_the_process_that_opened_it_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """For the lock under which a file changes to write-ahead logging SQLite does not wait."""
        file = tmp_path / "new.db"
        first = sqlite3.connect(file, isolation_level=None)
        first.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(time, "sleep", lambda _seconds: first.rollback())
        database = Database(f"sqlite:///{file}")

        with database.reading() as db:
            assert db.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        database.close()
        first.close()

    @only_postgresql
    def test_to_postgresql_are_replaced_when_the_server_cut_them(self, database: Database) -> None:
        cut = text(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        together(database, add_user, count_users, count_users)

        with database.begin() as db:
            assert db.execute(cut).scalar_one() > 0

        assert asyncio.run(database.read(count_users)) == 1
        assert asyncio.run(database.write(count_users)) == 1

    @only_postgresql
    def test_to_postgresql_give_times_in_utc_whatever_the_server_is_set_to(
        self, database: Database
    ) -> None:
        with database.reading() as db:
            assert db.exec_driver_sql("SHOW timezone").scalar_one() == "UTC"

    def test_are_made_from_the_plain_scheme_of_a_url(
        self, postgresql_server: PostgresqlServer
    ) -> None:
        url = postgresql_server.create_database()
        database = Database(url)

        assert url.startswith("postgresql://")
        assert database.url.drivername == "postgresql+psycopg"
        with database.reading() as db:
            assert db.exec_driver_sql("SELECT 1").scalar_one() == 1
        database.close()
