"""Recording that a session was used."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from sessions_dashboard.database import Database
from sessions_dashboard.sessions import end_by_token, resume, touch
from tests.support.people import (
    NOW,
    POLICY,
    add_many_sessions,
    add_user,
    set_session,
    sign_in,
    stored,
)

HOUR = timedelta(hours=1)


def test_moves_last_seen_and_nothing_else(db: Connection) -> None:
    browser = sign_in(db, add_user(db))
    before = stored(db, browser.public_id)

    assert touch(db, browser.actor.id, NOW + HOUR) is True

    after = stored(db, browser.public_id)
    assert after.last_seen_at == NOW + HOUR
    changed = {name for name in before._fields if before._mapping[name] != after._mapping[name]}
    assert changed == {"last_seen_at", "last_seen_slot"}


def test_keeps_an_idle_session_alive(db: Connection) -> None:
    browser = sign_in(db, add_user(db))
    late = NOW + POLICY.idle_timeout - HOUR

    touch(db, browser.actor.id, late)

    assert resume(db, browser.token, POLICY, late + 2 * HOUR) is not None


def test_touches_no_other_session(db: Connection) -> None:
    user_id = add_user(db)
    browser, other = sign_in(db, user_id), sign_in(db, user_id)

    touch(db, browser.actor.id, NOW + HOUR)

    assert stored(db, other.public_id).last_seen_at == NOW


def test_never_brings_an_ended_session_back(db: Connection) -> None:
    browser = sign_in(db, add_user(db))
    end_by_token(db, browser.token, NOW)
    before = stored(db, browser.public_id)

    assert touch(db, browser.actor.id, NOW + HOUR) is False

    assert stored(db, browser.public_id) == before
    assert resume(db, browser.token, POLICY, NOW + HOUR) is None


def test_never_makes_a_deleted_session_anew(db: Connection) -> None:
    assert touch(db, 4711, NOW) is False


def test_never_moves_last_seen_back(db: Connection) -> None:
    browser = sign_in(db, add_user(db))

    assert touch(db, browser.actor.id, NOW - HOUR) is False
    assert touch(db, browser.actor.id, NOW) is False

    assert stored(db, browser.public_id).last_seen_at == NOW


def test_does_not_revive_what_ran_out_of_its_lifetime(db: Connection) -> None:
    browser = sign_in(db, add_user(db))
    over = NOW + POLICY.lifetime

    touch(db, browser.actor.id, over)

    assert resume(db, browser.token, POLICY, over) is None


def test_leaves_a_last_seen_in_the_future_to_the_lifetime(db: Connection) -> None:
    browser = sign_in(db, add_user(db))
    set_session(db, browser.public_id, last_seen_at=NOW + timedelta(days=3650))

    touch(db, browser.actor.id, NOW + HOUR)

    assert resume(db, browser.token, POLICY, NOW + POLICY.lifetime) is None


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_is_a_heap_only_update_on_postgresql(database: Database) -> None:
    """An index over what a touch writes would turn each into a write to every index."""
    with database.begin() as db:
        browser = sign_in(db, add_user(db))
        add_many_sessions(db, browser.actor.user_id, 500)
    statistics = (
        "SELECT pg_stat_get_xact_tuples_updated('sessions'::regclass),"
        " pg_stat_get_xact_tuples_hot_updated('sessions'::regclass)"
    )
    with database.begin() as db:
        for minute in range(1, 4):
            touch(db, browser.actor.id, NOW + timedelta(minutes=minute))
        updated, heap_only = db.exec_driver_sql(statistics).one()
    assert (updated, heap_only) == (3, 3)
