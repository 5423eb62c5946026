"""Reads on the event loop itself, and what becomes of their connections when something fails."""

import asyncio

import psycopg
import pytest
from sqlalchemy import text

from sessions_dashboard.database import Database
from sessions_dashboard.database.lookups import looked_up_on_loop
from sessions_dashboard.database.loop_connections import LoopCursor
from sessions_dashboard.sessions import Policy, resume_each
from tests.support.people import NOW

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def backend(db: LoopCursor) -> int:
    """The server's number of this connection."""
    cursor = await db.execute("SELECT pg_backend_pid()")
    [(number,)] = await cursor.fetchall()
    return int(number)


async def sleep(db: LoopCursor) -> None:
    await db.execute("SELECT pg_sleep(30)")


def cut_all(database: Database) -> None:
    with database.reading() as db:
        db.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        )


async def itself(db: LoopCursor) -> LoopCursor:
    return db


def test_a_connection_is_kept_also_for_another_event_loop(database: Database) -> None:
    first = asyncio.run(database.read_on_loop(backend))

    assert asyncio.run(database.read_on_loop(backend)) == first


def test_reads_at_the_same_time_have_a_connection_each(database: Database) -> None:
    async def story() -> list[int]:
        return await asyncio.gather(*(database.read_on_loop(backend) for _ in range(2)))

    assert len(set(asyncio.run(story()))) == 2


def test_one_that_was_cut_is_replaced_and_the_read_repeated(database: Database) -> None:
    async def story() -> tuple[int, int]:
        before = await database.read_on_loop(backend)
        cut_all(database)
        return before, await database.read_on_loop(backend)

    before, after = asyncio.run(story())

    assert before != after


def test_one_that_is_cut_in_the_middle_of_a_read_is_replaced(database: Database) -> None:
    runs = 0

    async def cut_at_first(db: LoopCursor) -> int:
        nonlocal runs
        runs += 1
        if runs == 1:
            await db.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return await backend(db)

    async def story() -> int:
        before = await database.read_on_loop(backend)
        return before - await database.read_on_loop(cut_at_first)

    assert asyncio.run(story()) != 0
    assert runs == 2


def test_a_statement_that_is_refused_is_not_repeated(database: Database) -> None:
    runs = 0

    async def refused(db: LoopCursor) -> None:
        nonlocal runs
        runs += 1
        await db.execute("SELECT nonsense")

    async def story() -> None:
        await database.read_on_loop(backend)
        with pytest.raises(psycopg.errors.UndefinedColumn):
            await database.read_on_loop(refused)
        await database.read_on_loop(backend)

    asyncio.run(story())
    assert runs == 1


def test_a_read_that_is_cancelled_leaves_no_statement_behind(database: Database) -> None:
    async def story() -> None:
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(database.read_on_loop(sleep), 0.1)
        await database.read_on_loop(backend)

    asyncio.run(story())
    running = (
        "SELECT query FROM pg_stat_activity WHERE state = 'active' AND query ~ '^SELECT pg_sl'"
    )
    with database.reading() as db:
        assert db.exec_driver_sql(running).all() == []


def test_those_that_are_kept_are_closed_with_the_database(database: Database) -> None:
    kept = asyncio.run(database.read_on_loop(itself))
    assert not kept.connection.closed

    database.close()

    assert kept.connection.closed


def test_times_are_in_utc_and_a_statement_may_not_take_for_ever(database: Database) -> None:
    async def shown(db: LoopCursor) -> list[str]:
        return [
            (await (await db.execute(f"SHOW {name}")).fetchall())[0][0]
            for name in ("timezone", "statement_timeout")
        ]

    assert asyncio.run(database.read_on_loop(shown)) == ["UTC", "30s"]


def test_the_plan_that_is_made_once_goes_by_the_key_though_there_is_no_row_yet(
    database: Database,
) -> None:
    async def plans(db: LoopCursor) -> list[str]:
        await looked_up_on_loop(db, resume_each(["token"], Policy(), NOW))
        await db.execute("SELECT name FROM pg_prepared_statements WHERE statement ~ '^SELECT sess'")
        made = {}
        for (name,) in await db.fetchall():
            await db.execute(f"EXPLAIN EXECUTE {name}(ARRAY['\\x00'::bytea])")
            made[name] = str(await db.fetchall())
        return [made[name] for name in sorted(made)]

    by_digest, by_replaced_digest = asyncio.run(database.read_on_loop(plans))

    assert "sessions_token_digest_key" in by_digest
    assert "ix_sessions_previous_token_digest" in by_replaced_digest
