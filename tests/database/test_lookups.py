"""Rows by their key, one and many, and who is answered together."""

import asyncio
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, select, text, update

from sessions_dashboard.accounts.models import users
from sessions_dashboard.database import Database
from sessions_dashboard.database.lookups import (
    MOST_AT_ONCE,
    KeyedSelect,
    LookUp,
    SharedLookup,
    Wanted,
    utc,
)
from sessions_dashboard.sessions.models import sessions
from tests.support.people import NOW, add_many_sessions, add_user


class TestKeyedSelect:
    by_email = KeyedSelect(
        select(users.c.id, users.c.email, users.c.is_admin, users.c.created_at).where(
            users.c.disabled_at.is_(None)
        ),
        users.c.email,
    )

    def test_gives_the_row_that_core_gives(self, database: Database) -> None:
        with database.begin() as db:
            user_id = add_user(db, "ada", is_admin=True)
            add_user(db, "bob")

            row = self.by_email.first(db, "ada@example.com")

        assert row is not None
        assert tuple(row[:3]) == (user_id, "ada@example.com", True)
        assert utc(row[3]) == NOW

    def test_gives_none_where_there_is_no_row(self, db: Connection) -> None:
        assert self.by_email.first(db, "nobody@example.com") is None

    def test_gives_each_key_its_own_row_and_those_without_none(self, db: Connection) -> None:
        ids = {f"{name}@example.com": add_user(db, name) for name in ("ada", "bob", "eve")}

        rows = self.by_email.each(db, ["bob@example.com", "nobody@example.com", "ada@example.com"])

        assert {key: row[0] for key, row in rows.items()} == {
            key: ids[key] for key in ("ada@example.com", "bob@example.com")
        }
        assert rows["ada@example.com"] == self.by_email.first(db, "ada@example.com")

    @pytest.mark.parametrize("number", [1, 2, 3, MOST_AT_ONCE, MOST_AT_ONCE + 1, 150])
    def test_gives_as_many_rows_as_are_asked_for(self, db: Connection, number: int) -> None:
        ids = {f"{name}@example.com": add_user(db, str(name)) for name in range(number)}

        rows = self.by_email.each(db, [*ids, "nobody@example.com"])

        assert {key: row[0] for key, row in rows.items()} == ids

    def test_gives_many_what_it_gives_one(self, db: Connection) -> None:
        odd, huge = 'a"d\\a\n\u2028\U0001f600ö\x7f', 2**53 + 1
        user_id, _ = add_user(db, "ada"), add_user(db, "bob")
        as_odd = {"id": huge, "is_admin": True, "email": f"{odd}@example.com"}
        db.execute(update(users).where(users.c.id == user_id).values(as_odd))

        both = self.by_email.each(db, [f"{odd}@example.com", "bob@example.com"])

        for email, row in both.items():
            assert row == self.by_email.first(db, email)
        assert both[f"{odd}@example.com"][0] == huge

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    @pytest.mark.parametrize("number", [1, 2, MOST_AT_ONCE])
    def test_goes_by_the_key_whatever_the_statistics_say(
        self, database: Database, number: int
    ) -> None:
        by_replaced = KeyedSelect(select(sessions.c.user_agent), sessions.c.previous_token_digest)
        with database.begin() as db:
            # None of them has such a key: to SQLite, all have the same.
            add_many_sessions(db, add_user(db), 5_000)
            db.exec_driver_sql("ANALYZE")
        thousands_of_steps: list[None] = []
        with database.reading() as db:
            driver: Any = db.connection.driver_connection
            driver.set_progress_handler(lambda: thousands_of_steps.append(None), 1_000)
            rows = by_replaced.each(db, [os.urandom(32) for _ in range(number)])
            driver.set_progress_handler(None, 0)

        assert rows == {}
        assert len(thousands_of_steps) < 5

    def test_runs_inside_the_transaction_of_its_connection(self, database: Database) -> None:
        with database.begin() as db:
            add_user(db)
            assert self.by_email.first(db, "ada@example.com") is not None
            db.rollback()
        with database.reading() as db:
            assert self.by_email.first(db, "ada@example.com") is None

    @pytest.mark.parametrize("value", ["%s", "%(key)s", ":key", "?", "{}", "' OR 1=1 --"])
    def test_takes_a_value_for_a_value(self, db: Connection, value: str) -> None:
        add_user(db)

        assert self.by_email.first(db, value) is None
        assert self.by_email.each(db, [value]) == {}


# On SQLite no statement is ever under way while others ask.
only_where_it_waits = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


class Counted:
    """Looks up the ids of people by their names, and says who was asked for together."""

    by_email = KeyedSelect(select(users.c.id), users.c.email)

    def __init__(self) -> None:
        self.asked: list[set[str]] = []

    def look_up(self, names: Collection[str]) -> LookUp[dict[str, int]]:
        self.asked.append(set(names))
        if "broken" in names:
            raise ValueError("broken")
        rows = yield Wanted(self.by_email, [f"{name}@example.com" for name in names])
        return {email.partition("@")[0]: row[0] for email, row in rows.items()}

    async def times(self, number: int) -> None:
        while len(self.asked) < number:
            await asyncio.sleep(0.001)


@contextmanager
def nobody_answered(database: Database) -> Iterator[None]:
    """Statements that are under way meanwhile wait for the table."""
    with database.begin() as db:
        db.execute(text("LOCK TABLE users IN ACCESS EXCLUSIVE MODE"))
        yield


class TestSharedLookup:
    names = ("ada", "bob", "eve", "kim", "lou")

    @pytest.fixture
    def ids(self, database: Database) -> dict[str, int]:
        with database.begin() as db:
            return {name: add_user(db, name) for name in self.names}

    @pytest.fixture
    def counted(self) -> Counted:
        return Counted()

    @pytest.fixture
    def lookup(
        self, database: Database, counted: Counted, ids: dict[str, int]
    ) -> SharedLookup[str, int]:
        return SharedLookup(lambda: database, counted.look_up)

    def test_gives_everybody_their_own_answer(
        self, lookup: SharedLookup[str, int], ids: dict[str, int]
    ) -> None:
        async def ask() -> list[int | None]:
            return await asyncio.gather(
                *(lookup.get(name) for name in ("ada", "bob", "missing", "bob", "eve"))
            )

        assert asyncio.run(ask()) == [ids["ada"], ids["bob"], None, ids["bob"], ids["eve"]]

    def test_those_who_ask_at_once_are_answered_together(
        self, lookup: SharedLookup[str, int], counted: Counted
    ) -> None:
        async def ask() -> None:
            await asyncio.gather(*(lookup.get(name) for name in self.names))

        asyncio.run(ask())
        assert counted.asked == [set(self.names)]

    def test_what_an_ending_event_loop_left_unanswered_holds_nobody_up(
        self, lookup: SharedLookup[str, int], ids: dict[str, int]
    ) -> None:
        async def end() -> None:
            _asked = asyncio.create_task(lookup.get("ada"))
            await asyncio.sleep(0)
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        asyncio.run(end())
        assert asyncio.run(asyncio.wait_for(lookup.get("bob"), 5)) == ids["bob"]

    @only_where_it_waits
    def test_an_answer_is_never_older_than_its_question(
        self, lookup: SharedLookup[str, int], counted: Counted, database: Database
    ) -> None:
        async def ask() -> None:
            with nobody_answered(database):
                first = asyncio.create_task(lookup.get("ada"))
                await counted.times(1)
                # The statement for this very key is under way: it may have read before a revoke.
                second = asyncio.create_task(lookup.get("ada"))
                await asyncio.sleep(0.01)
            await asyncio.gather(first, second)

        asyncio.run(ask())
        assert counted.asked == [{"ada"}, {"ada"}]

    @only_where_it_waits
    def test_those_who_ask_meanwhile_are_answered_together(
        self, lookup: SharedLookup[str, int], counted: Counted, database: Database
    ) -> None:
        async def ask() -> None:
            with nobody_answered(database):
                asked = [asyncio.create_task(lookup.get("ada"))]
                await counted.times(1)
                asked += [asyncio.create_task(lookup.get(name)) for name in self.names[1:]]
                await asyncio.sleep(0.01)
            await asyncio.gather(*asked)

        asyncio.run(ask())
        assert counted.asked == [{"ada"}, set(self.names[1:])]

    @only_where_it_waits
    def test_who_gives_up_takes_nobody_elses_answer_away(
        self,
        lookup: SharedLookup[str, int],
        counted: Counted,
        database: Database,
        ids: dict[str, int],
    ) -> None:
        async def ask() -> int | None:
            with nobody_answered(database):
                impatient, patient = (
                    asyncio.create_task(lookup.get(name)) for name in ("ada", "bob")
                )
                await counted.times(1)
                impatient.cancel()
                await asyncio.sleep(0.01)
            return await patient

        assert asyncio.run(ask()) == ids["bob"]

    def test_a_failure_reaches_all_who_asked_and_nobody_after_them(
        self, lookup: SharedLookup[str, int], ids: dict[str, int]
    ) -> None:
        async def ask() -> int | None:
            for _ in range(3):
                with pytest.raises(ValueError, match="broken"):
                    await lookup.get("broken")
            return await lookup.get("ada")

        assert asyncio.run(ask()) == ids["ada"]

    def test_outlives_the_event_loop_it_was_first_asked_on(
        self, lookup: SharedLookup[str, int], ids: dict[str, int]
    ) -> None:
        assert [asyncio.run(lookup.get(name)) for name in self.names] == list(ids.values())


class TestUtc:
    @pytest.mark.parametrize(
        "given",
        [
            "2026-03-14 12:00:00.000000",
            "2026-03-14 12:00:00",
            datetime(2026, 3, 14, 12, tzinfo=UTC),
            datetime(2026, 3, 14, 21, tzinfo=timezone(timedelta(hours=9))),
        ],
    )
    def test_reads_a_time_as_either_driver_gives_it(self, given: Any) -> None:
        assert utc(given) == NOW
        assert utc(given).utcoffset() == timedelta(0)

    def test_keeps_microseconds(self) -> None:
        assert utc("2026-03-14 12:00:00.000001") == NOW + timedelta(microseconds=1)
