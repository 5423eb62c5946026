"""The server that the tests start."""

from pathlib import Path

import pytest

from sessions_dashboard.database import Database
from tests.support import postgresql
from tests.support.postgresql import PostgresqlMissing, PostgresqlServer, find_binaries


def test_says_how_to_get_it_where_none_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "_candidates", lambda: iter([Path("/nowhere")]))

    with pytest.raises(PostgresqlMissing, match="apt-get install postgresql"):
        find_binaries()


def test_gives_every_test_a_database_of_its_own(postgresql_server: PostgresqlServer) -> None:
    first = postgresql_server.create_database()
    database = Database(first)
    with database.begin() as db:
        db.exec_driver_sql("CREATE TABLE mine (id integer)")
    database.close()

    copy, second = postgresql_server.create_database(first), postgresql_server.create_database()

    assert len({first, copy, second}) == 3
    assert (_tables(first), _tables(copy), _tables(second)) == (["mine"], ["mine"], [])
    for url in (first, copy, second):
        postgresql_server.drop_database(url)


def test_lets_nobody_in_without_its_password(postgresql_server: PostgresqlServer) -> None:
    url = postgresql_server.create_database()
    database = Database(url.replace("postgres:", "postgres:wrong", 1))

    with pytest.raises(Exception, match="password authentication failed"):
        database.engine.connect()
    database.close()


def _tables(url: str) -> list[str]:
    database = Database(url)
    with database.reading() as db:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        found = [name for (name,) in db.exec_driver_sql(query)]
    database.close()
    return found
