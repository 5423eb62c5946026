"""PostgreSQL restarts in the middle of the work: refused meanwhile, and well again by itself."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection

from sessions_dashboard.accounts.models import users
from sessions_dashboard.accounts.users import any_user, create_user
from sessions_dashboard.database import DATABASE_ERRORS, Database
from sessions_dashboard.database.lookups import looked_up_on_loop
from sessions_dashboard.sessions import Policy, resume_each
from sessions_dashboard.sessions.queries import public_id_of
from sessions_dashboard.states.devices import DevicesState
from sessions_dashboard.words.common import SOMETHING_WENT_WRONG
from sessions_dashboard.words.http import UNAVAILABLE_TITLE
from tests.support.event_socket import event_name
from tests.support.ports import free_port
from tests.support.postgresql import PostgresqlServer, find_binaries, running_server
from tests.support.server import DashboardServer, now


@pytest.fixture(scope="module")
def own_postgresql() -> Iterator[PostgresqlServer]:
    """A server that a test may stop."""
    find_binaries()
    with running_server() as server:
        yield server


@pytest.fixture
def database(own_postgresql: PostgresqlServer) -> Iterator[Database]:
    opened = Database(own_postgresql.create_database(), pool_size=3)
    opened.migrate()
    yield opened
    opened.close()


def cut_from_outside(database: Database) -> None:
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as outsider:
        outsider.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


def count_users(database: Database) -> int:
    with database.reading() as db:
        return len(db.execute(users.select()).all())


class TestOneConnection:
    def test_that_was_cut_while_nobody_used_it_is_not_missed(self, database: Database) -> None:
        for _ in range(3):
            cut_from_outside(database)
            assert database.write_here(any_user) is False
            cut_from_outside(database)
            # By the driver's own cursor, that SQLAlchemy does not watch.
            assert database._read_here(lambda db: public_id_of(db, b"0" * 32)) is None

    def test_of_the_event_loop_fails_while_the_server_is_away_and_not_afterwards(
        self, database: Database, own_postgresql: PostgresqlServer
    ) -> None:
        async def look_up() -> None:
            await database.read_on_loop(lambda db: looked_up_on_loop(db, resume_each(["x"], *how)))

        how = Policy(), now()
        asyncio.run(look_up())
        own_postgresql.stop()
        with pytest.raises(DATABASE_ERRORS):
            asyncio.run(look_up())
        own_postgresql.start_again()
        asyncio.run(look_up())

    def test_that_is_cut_in_the_middle_of_a_transaction_is_replaced_and_all_of_it_repeated(
        self, database: Database
    ) -> None:
        tries = []

        def work(db: Connection) -> int:
            tries.append(1)
            create_user(db, "one@example.com", "hash", now())
            if len(tries) == 1:
                cut_from_outside(database)
            return create_user(db, "two@example.com", "hash", now())

        database.write_here(work)
        assert len(tries) == 2
        assert count_users(database) == 2

    def test_that_is_cut_at_the_commit_is_an_error_and_nothing_is_done_twice(
        self, database: Database
    ) -> None:
        """Nobody knows whether such a commit took place: it is not answered as done."""
        tries = []

        def work(db: Connection) -> None:
            tries.append(1)
            create_user(db, "one@example.com", "hash", now())
            cut_from_outside(database)

        with pytest.raises(DATABASE_ERRORS):
            database.write_here(work)
        assert len(tries) == 1
        assert count_users(database) == 0

    def test_that_can_not_be_made_is_an_error_at_once(
        self, database: Database, own_postgresql: PostgresqlServer
    ) -> None:
        own_postgresql.stop()
        before = now()
        with pytest.raises(DATABASE_ERRORS):
            database.write_here(any_user)
        assert (now() - before).total_seconds() < 1
        own_postgresql.start_again()
        assert database.write_here(any_user) is False


@pytest.fixture
def server(
    own_postgresql: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DashboardServer]:
    folder = tmp_path_factory.mktemp("server")
    running = DashboardServer(folder, own_postgresql.create_database()).start()
    running.add_account(is_admin=True)
    yield running
    running.close()


def test_a_restart_passes_and_open_pages_go_on(
    server: DashboardServer, own_postgresql: PostgresqlServer
) -> None:
    visitor = server.visitor(server.add_session(server.add_account()))
    page = visitor.page()
    own_postgresql.restart()
    assert visitor.verify().status_code == 200
    page.send(event_name(DevicesState, "load"))
    page.settle()
    assert page.value("problem") == ""
    assert not page.closed


def test_while_it_is_away_a_page_says_so_and_comes_back_by_itself(
    server: DashboardServer, own_postgresql: PostgresqlServer
) -> None:
    account = server.add_account()
    visitor = server.visitor(server.add_session(account))
    page = visitor.page()
    own_postgresql.stop()

    answer = visitor.get("/devices", Accept="text/html")
    assert answer.status_code == 503
    assert UNAVAILABLE_TITLE in answer.text
    assert '<meta http-equiv="refresh" content="5">' in answer.text
    assert answer.headers["retry-after"] == "5"
    assert answer.headers["cache-control"] == "no-store"
    page.send(event_name(DevicesState, "load"))
    page.wait_for_value("problem", lambda problem: problem == SOMETHING_WENT_WRONG)

    own_postgresql.start_again()
    # What changed without an announcement, on a page that nobody touches.
    server.add_session(account)
    page.wait_for_value("others", lambda others: len(others) == 1)
    assert not page.closed
    assert visitor.get("/devices", Accept="text/html").status_code != 503


def test_a_server_that_finds_no_database_says_so_in_its_last_words(tmp_path: Path) -> None:
    server = DashboardServer(tmp_path, f"postgresql://ada:a-password@127.0.0.1:{free_port()}/none")
    with pytest.raises(AssertionError, match="did not start"):
        server.start()
    said = [line for line in server.log.splitlines() if line.startswith("error: ")]
    assert len(said) == 1
    assert "the database can't be used: connection failed: " in said[0]
    assert "a-password" not in server.log
    # Its own last lines, not a hundred of a driver's.
    assert server.log.count("\n") < 40
