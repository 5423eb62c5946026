"""What holds when writes meet, with real connections side by side."""

import logging
from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import Connection, func, select

from sessions_dashboard.accounts.users import (
    EmailTaken,
    SetupClosed,
    create_first_admin,
    create_user,
)
from sessions_dashboard.database import Database
from sessions_dashboard.sessions import (
    EndedSession,
    NotFound,
    NotSignedIn,
    end,
    end_by_token,
    end_others,
    rename,
    resume,
    start,
    touch,
)
from sessions_dashboard.sessions.cleanup import Position, Walk, clean_slice
from sessions_dashboard.sessions.lifecycle import RequestInfo
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.policy import Policy
from tests.support.people import (
    BERLIN,
    CHROME,
    NOW,
    POLICY,
    SignedIn,
    add_many_sessions,
    add_user,
    set_session,
    set_user,
    sign_in,
    stored,
)
from tests.support.together import Work, overtaken, together

LATER = NOW + POLICY.touch_interval
ROUNDS = 100


def browsers_of_one_user(database: Database, count: int, name: str = "ada") -> list[SignedIn]:
    with database.begin() as db:
        user_id = add_user(db, name)
        return [sign_in(db, user_id) for _ in range(count)]


def administrators(database: Database, count: int, prefix: str = "admin") -> list[SignedIn]:
    """As many sessions, each of another administrator."""
    with database.begin() as db:
        return [sign_in(db, add_user(db, f"{prefix}{n}", is_admin=True)) for n in range(count)]


def ends(actor: SignedIn, target: SignedIn) -> Work:
    return lambda db: end(db, actor.actor, target.public_id, POLICY, LATER)


def ends_others(actor: SignedIn) -> Work:
    return lambda db: end_others(db, actor.actor, POLICY, LATER)


def live(database: Database, *browsers: SignedIn) -> list[SignedIn]:
    with database.reading() as db:
        return [one for one in browsers if resume(db, one.token, POLICY, LATER) is not None]


def kinds(outcomes: list[object]) -> list[str]:
    return sorted(type(outcome).__name__ for outcome in outcomes)


class TestTouchAgainstEnd:
    def test_a_touch_that_waited_for_an_end_changes_nothing(self, database: Database) -> None:
        browser, other = browsers_of_one_user(database, 2)

        (touched,) = overtaken(
            database, ends(other, browser), lambda db: touch(db, browser.actor.id, LATER)
        )

        assert touched is False
        with database.reading() as db:
            row = stored(db, browser.public_id)
        assert (row.ended_at, row.last_seen_at) == (LATER, NOW)

    def test_an_end_that_waited_for_a_touch_ends(self, database: Database) -> None:
        browser, other = browsers_of_one_user(database, 2)

        (ended,) = overtaken(
            database, lambda db: touch(db, browser.actor.id, LATER), ends(other, browser)
        )

        assert isinstance(ended, EndedSession)
        assert live(database, browser) == []

    def test_a_race_always_leaves_the_session_ended(self, database: Database) -> None:
        for n in range(ROUNDS):
            browser, other = browsers_of_one_user(database, 2, f"user{n}")

            touched, ended, again = together(
                database,
                lambda db, one=browser: touch(db, one.actor.id, LATER),
                ends(other, browser),
                lambda db, one=browser: touch(db, one.actor.id, LATER),
            )

            assert isinstance(ended, EndedSession)
            assert isinstance(touched, bool)
            assert isinstance(again, bool)
            assert live(database, browser) == []


class TestTwoThatEndTheSame:
    def test_exactly_one_of_them_wins(self, database: Database) -> None:
        for n in range(ROUNDS):
            first, second, target = browsers_of_one_user(database, 3, f"user{n}")

            outcomes = together(database, ends(first, target), ends(second, target))

            assert kinds(outcomes) == ["EndedSession", "NotFound"]
            winner = (first, second)[0 if isinstance(outcomes[0], EndedSession) else 1]
            with database.reading() as db:
                assert stored(db, target.public_id).ended_by_session_id == winner.actor.id

    def test_the_second_finds_nothing_left_of_an_end_it_waited_for(
        self, database: Database
    ) -> None:
        first, second, target = browsers_of_one_user(database, 3)

        (late,) = overtaken(database, ends(first, target), ends(second, target))

        assert isinstance(late, NotFound)

    def test_a_sign_out_and_a_revoke_end_it_once(self, database: Database) -> None:
        for n in range(ROUNDS):
            browser, other = browsers_of_one_user(database, 2, f"user{n}")

            signed_out, revoked = together(
                database,
                lambda db, one=browser: end_by_token(db, one.token, LATER),
                ends(other, browser),
            )

            assert isinstance(revoked, NotFound) == isinstance(signed_out, EndedSession)
            with database.reading() as db:
                reason = stored(db, browser.public_id).end_reason
            assert reason == ("signed_out" if signed_out else "revoked")


class TestTwoThatEndEachOther:
    """One goes first; the other has ended by then, and a session that ended ends nothing."""

    @pytest.fixture(autouse=True)
    def no_deadlock(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        """Locks are taken in one order, so that nothing has to be tried again."""
        with caplog.at_level(logging.INFO, logger="sessions_dashboard.database"):
            yield
        assert caplog.get_records("call") == []

    def test_one_device_of_a_person_wins(self, database: Database) -> None:
        for n in range(ROUNDS):
            first, second = browsers_of_one_user(database, 2, f"user{n}")

            outcomes = together(database, ends(first, second), ends(second, first))

            assert kinds(outcomes) == ["EndedSession", "NotSignedIn"]
            assert len(live(database, first, second)) == 1

    def test_one_administrator_wins(self, database: Database) -> None:
        for n in range(ROUNDS):
            first, second = administrators(database, 2, f"admin{n}-")

            outcomes = together(database, ends(first, second), ends(second, first))

            assert kinds(outcomes) == ["EndedSession", "NotSignedIn"]
            assert len(live(database, first, second)) == 1

    def test_one_that_signs_all_others_out_wins(self, database: Database) -> None:
        for n in range(ROUNDS):
            browsers = browsers_of_one_user(database, 4, f"user{n}")

            outcomes = together(database, *map(ends_others, browsers))

            assert kinds(outcomes) == ["NotSignedIn", "NotSignedIn", "NotSignedIn", "list"]
            (winner,) = live(database, *browsers)
            assert len(outcomes[browsers.index(winner)]) == 3

    def test_both_wait_for_the_same_lock_first(self, database: Database) -> None:
        """Else each would hold one person still and wait for the other."""
        low, high = administrators(database, 2)

        outcomes = overtaken(
            database,
            lambda db: set_user(db, low.actor.user_id, updated_at=LATER),
            ends(high, low),
            ends(low, high),
        )

        assert kinds(outcomes) == ["EndedSession", "NotSignedIn"]

    def test_the_one_that_waited_learns_that_it_ended(self, database: Database) -> None:
        first, second = administrators(database, 2)

        (late,) = overtaken(database, ends(first, second), ends(second, first))

        assert isinstance(late, NotSignedIn)
        assert live(database, first, second) == [first]

    def test_in_a_ring_somebody_is_left(self, database: Database) -> None:
        for n in range(ROUNDS):
            ring = administrators(database, 4, f"admin{n}-")

            outcomes = together(
                database,
                *(ends(one, after) for one, after in zip(ring, ring[1:] + ring[:1], strict=True)),
            )

            ended = [one for one in outcomes if isinstance(one, EndedSession)]
            refused = [one for one in outcomes if isinstance(one, NotSignedIn)]
            assert len(ended) + len(refused) == 4
            assert refused
            assert len(live(database, *ring)) == 4 - len(ended)


class TestWritesThatWaitedForAnEnd:
    def test_a_rename_by_the_ended_session_is_refused(self, database: Database) -> None:
        browser, other = browsers_of_one_user(database, 2)

        (late,) = overtaken(
            database,
            ends(other, browser),
            lambda db: rename(db, browser.actor, other.public_id, "Mine", LATER),
        )

        assert isinstance(late, NotSignedIn)

    def test_a_rename_of_the_ended_session_finds_nothing(self, database: Database) -> None:
        browser, other = browsers_of_one_user(database, 2)

        (late,) = overtaken(
            database,
            ends(browser, other),
            lambda db: rename(db, browser.actor, other.public_id, "Mine", LATER),
        )

        assert isinstance(late, NotFound)

    def test_an_administrator_demoted_meanwhile_ends_nothing(self, database: Database) -> None:
        (admin,) = administrators(database, 1)
        (person,) = browsers_of_one_user(database, 1)

        (late,) = overtaken(
            database,
            lambda db: set_user(db, admin.actor.user_id, is_admin=False),
            ends(admin, person),
        )

        assert isinstance(late, NotFound)
        assert live(database, person) == [person]

    def test_a_user_disabled_meanwhile_ends_nothing(self, database: Database) -> None:
        browser, other = browsers_of_one_user(database, 2)

        (late,) = overtaken(
            database,
            lambda db: set_user(db, browser.actor.user_id, disabled_at=NOW),
            ends_others(browser),
        )

        assert isinstance(late, NotSignedIn)
        with database.reading() as db:
            assert stored(db, other.public_id).ended_at is None


class TestSignInsAtOnce:
    def test_each_gets_a_session_and_a_token_of_its_own(self, database: Database) -> None:
        with database.begin() as db:
            user_id = add_user(db)

        def several(db: Connection) -> list[tuple[str, str]]:
            request = RequestInfo("192.0.2.1", "", {})
            return [start(db, user_id, request, CHROME, BERLIN, POLICY, NOW) for _ in range(20)]

        outcomes = together(database, *[several] * 6)

        made = [one for several_made in outcomes for one in several_made]
        assert len({public_id for public_id, _token in made}) == 120
        assert len({token for _public_id, token in made}) == 120
        with database.reading() as db:
            count = db.execute(select(func.count(sessions.c.id.distinct()))).scalar_one()
            assert count == 120
            assert all(resume(db, token, POLICY, NOW) for _public_id, token in made)

    def test_go_through_while_the_user_signs_others_out(self, database: Database) -> None:
        for n in range(ROUNDS):
            browser, other = browsers_of_one_user(database, 2, f"user{n}")
            user_id = browser.actor.user_id

            started, ended = together(
                database, partial(sign_in, user_id=user_id, now=LATER), ends_others(browser)
            )

            assert isinstance(started, SignedIn)
            assert live(database, browser, other) == [browser]
            survived = live(database, started) != []
            assert len(ended) == (1 if survived else 2)


class TestSetupAtOnce:
    def test_makes_exactly_one_first_administrator(self, database: Database) -> None:
        for _round in range(ROUNDS):
            outcomes = together(
                database,
                *(
                    partial(
                        create_first_admin, email=f"{name}@example.com", password_hash="", now=NOW
                    )
                    for name in ("ada", "bob", "cleo")
                ),
            )

            assert kinds(outcomes) == ["SetupClosed", "SetupClosed", "int"]
            with database.begin() as db:
                assert db.exec_driver_sql("SELECT count(*) FROM users").scalar_one() == 1
                db.exec_driver_sql("DELETE FROM users")

    def test_waits_for_the_one_that_came_first(self, database: Database) -> None:
        (late,) = overtaken(
            database,
            partial(create_first_admin, email="ada@example.com", password_hash="", now=NOW),
            partial(create_first_admin, email="bob@example.com", password_hash="", now=NOW),
        )

        assert isinstance(late, SetupClosed)

    def test_an_account_made_from_the_shell_meanwhile_closes_it(self, database: Database) -> None:
        (late,) = overtaken(
            database,
            partial(create_user, email="ada@example.com", password_hash="", now=NOW),
            partial(create_first_admin, email="bob@example.com", password_hash="", now=NOW),
        )

        assert isinstance(late, SetupClosed)

    def test_one_address_becomes_one_account(self, database: Database) -> None:
        for n in range(ROUNDS):
            outcomes = together(
                database,
                *(
                    partial(create_user, email=email, password_hash="", now=NOW)
                    for email in (f"ada{n}@example.com", f"ADA{n}@Example.com ")
                ),
            )

            assert kinds(outcomes) == ["EmailTaken", "int"]
            assert any(isinstance(one, EmailTaken) for one in outcomes)


def test_cleaning_up_while_sessions_are_ended_and_touched_fails_nobody(database: Database) -> None:
    strict = Policy(retention=POLICY.touch_interval)
    over = NOW + 2 * POLICY.lifetime
    with database.begin() as db:
        user_id = add_user(db)
    for _round in range(ROUNDS):
        with database.begin() as db:
            browser = sign_in(db, user_id, over)
            olds = [sign_in(db, user_id) for _ in range(3)]
            add_many_sessions(db, user_id, 20)
            set_session(db, olds[0].public_id, last_seen_at=LATER)

        outcomes = together(
            database,
            lambda db: clean_slice(db, strict, over, Position(Walk.DELETE_SESSIONS), 100),
            lambda db, one=browser: end_others(db, one.actor, POLICY, over),
            lambda db, one=olds[1]: end_by_token(db, one.token, over),
            lambda db, one=olds[2]: touch(db, one.actor.id, LATER),
        )

        assert not any(isinstance(outcome, Exception) for outcome in outcomes), outcomes
        with database.reading() as db:
            assert resume(db, browser.token, POLICY, over) is not None
