"""How many sessions a user may have at once: at the limit the oldest make room."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection

from sessions_dashboard.database import Database
from sessions_dashboard.sessions import (
    EndReason,
    LimitReached,
    Policy,
    end_by_token,
    end_to_make_room,
    resume,
)
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.policy import AtLimit
from sessions_dashboard.sessions.queries import count_devices_of
from tests.support.people import NOW, SignedIn, add_user, lines, set_session, sign_in, stored
from tests.support.together import overtaken, together

MINUTE = timedelta(minutes=1)
ROUNDS = 100
two = Policy(max_sessions=2)
asking = Policy(max_sessions=2, at_limit=AtLimit.ASK)


def signed_in(db: Connection, user_id: int, count: int, policy: Policy) -> list[SignedIn]:
    """So many sign-ins, a minute apart."""
    return [sign_in(db, user_id, NOW + n * MINUTE, policy=policy) for n in range(count)]


def live(db: Connection, browsers: list[SignedIn], policy: Policy) -> list[SignedIn]:
    at = NOW + len(browsers) * MINUTE
    return [one for one in browsers if resume(db, one.token, policy, at) is not None]


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_the_newest_stay(db: Connection, limit: int) -> None:
    policy = Policy(max_sessions=limit)

    browsers = signed_in(db, add_user(db), 9, policy)

    assert live(db, browsers, policy) == browsers[-limit:]


def test_nought_is_no_limit(db: Connection) -> None:
    policy = Policy(max_sessions=0)

    browsers = signed_in(db, add_user(db), 30, policy)

    assert live(db, browsers, policy) == browsers


def test_one_means_that_a_sign_in_ends_all_others(db: Connection) -> None:
    user_id = add_user(db)
    earlier = signed_in(db, user_id, 6, Policy())

    newest = sign_in(db, user_id, NOW + 7 * MINUTE, policy=Policy(max_sessions=1))

    assert live(db, [*earlier, newest], Policy()) == [newest]
    assert len(lines(db, EventKind.ENDED, end_reason="limit")) == 6


def test_the_end_is_recorded_at_the_sign_in_that_needed_the_room(db: Connection) -> None:
    user_id = add_user(db)
    oldest, *_rest = signed_in(db, user_id, 3, two)

    row = stored(db, oldest.public_id)
    assert (row.ended_at, row.end_reason) == (NOW + 2 * MINUTE, EndReason.LIMIT)
    assert (row.ended_by_user_id, row.ended_by_session_id) == (None, None)
    (line,) = lines(db, EventKind.ENDED)
    assert (line.session_id, line.at) == (oldest.actor.id, NOW + 2 * MINUTE)
    assert (line.end_reason, line.user_id) == ("limit", user_id)


def test_the_oldest_is_the_one_that_signed_in_first_however_busy_it_is(db: Connection) -> None:
    user_id = add_user(db)
    first, second = signed_in(db, user_id, 2, two)
    set_session(db, first.public_id, last_seen_at=NOW + 2 * MINUTE)

    third = sign_in(db, user_id, NOW + 3 * MINUTE, policy=two)

    assert live(db, [first, second, third], two) == [second, third]


def test_of_the_same_instant_the_one_made_last_stays(db: Connection) -> None:
    user_id = add_user(db)

    browsers = [sign_in(db, user_id, policy=two) for _ in range(5)]

    assert live(db, browsers, two) == browsers[-2:]


def test_what_ended_or_ran_out_takes_no_room(db: Connection) -> None:
    user_id = add_user(db)
    policy = Policy(max_sessions=4)
    browsers = signed_in(db, user_id, 4, policy)
    end_by_token(db, browsers[1].token, NOW + 5 * MINUTE)
    set_session(db, browsers[2].public_id, last_seen_at=NOW - policy.idle_timeout)
    fresh = [sign_in(db, user_id, NOW + 6 * MINUTE, policy=policy) for _ in range(2)]

    everybody = [*browsers, *fresh]
    assert live(db, everybody, policy) == [browsers[0], browsers[3], *fresh]
    assert lines(db, EventKind.ENDED, end_reason="limit") == []


def test_each_user_has_a_limit_of_their_own(db: Connection) -> None:
    ada, bob = add_user(db, "ada"), add_user(db, "bob", is_admin=True)
    of_ada, of_bob = signed_in(db, ada, 2, two), signed_in(db, bob, 2, two)

    sign_in(db, ada, NOW + 3 * MINUTE, policy=two)

    assert live(db, of_ada, two) == of_ada[1:]
    assert live(db, of_bob, two) == of_bob


def test_a_lower_limit_is_met_at_the_next_sign_in(db: Connection) -> None:
    user_id = add_user(db)
    earlier = signed_in(db, user_id, 10, Policy())

    newest = sign_in(db, user_id, NOW + 11 * MINUTE, policy=two)

    assert live(db, [*earlier, newest], two) == [earlier[-1], newest]


@pytest.mark.parametrize("limit", [1, 3])
def test_sign_ins_at_the_same_instant_never_exceed_it(database: Database, limit: int) -> None:
    policy = Policy(max_sessions=limit)
    for n in range(ROUNDS):
        with database.begin() as db:
            user_id = add_user(db, f"user{n}")
            earlier = signed_in(db, user_id, limit, policy)

        outcomes = together(
            database,
            *[partial(sign_in, user_id=user_id, now=NOW + limit * MINUTE, policy=policy)] * 5,
        )

        assert all(isinstance(one, SignedIn) for one in outcomes), outcomes
        with database.reading() as db:
            at = NOW + limit * MINUTE
            assert count_devices_of(db, user_id, policy, at) == limit
            assert len(live(db, outcomes, policy)) == limit
            assert live(db, earlier, policy) == []
            ended = lines(db, EventKind.ENDED, user_id=user_id)
            assert len(ended) == 5
            assert {one.end_reason for one in ended} == {"limit"}


def test_a_sign_in_that_waited_for_another_counts_it(database: Database) -> None:
    one = Policy(max_sessions=1)
    with database.begin() as db:
        user_id = add_user(db)
    first: list[SignedIn] = []

    [late] = overtaken(
        database,
        lambda db: first.append(sign_in(db, user_id, policy=one)),
        lambda db: sign_in(db, user_id, NOW + MINUTE, policy=one),
    )

    with database.reading() as db:
        assert live(db, [*first, late], one) == [late]


class TestAsking:
    def test_signs_nobody_in_and_nobody_out_at_the_limit(self, db: Connection) -> None:
        user_id = add_user(db)
        browsers = signed_in(db, user_id, 2, asking)

        with pytest.raises(LimitReached):
            sign_in(db, user_id, NOW + 3 * MINUTE, policy=asking)

        assert live(db, browsers, asking) == browsers

    def test_the_chosen_one_makes_room(self, db: Connection) -> None:
        user_id = add_user(db)
        first, second = signed_in(db, user_id, 2, asking)

        ended = end_to_make_room(db, user_id, second.public_id, NOW + 3 * MINUTE)
        third = sign_in(db, user_id, NOW + 3 * MINUTE, policy=asking)

        assert ended is not None
        assert ended.public_id == second.public_id
        assert live(db, [first, second, third], asking) == [first, third]
        (line,) = lines(db, EventKind.ENDED)
        assert (line.end_reason, line.session_id) == ("limit", second.actor.id)

    def test_a_strangers_session_is_not_to_be_chosen(self, db: Connection) -> None:
        user_id = add_user(db)
        stranger = sign_in(db, add_user(db, "bob"))

        assert end_to_make_room(db, user_id, stranger.public_id, NOW) is None

        assert stored(db, stranger.public_id).ended_at is None

    def test_sign_ins_at_the_same_instant_never_exceed_it(self, database: Database) -> None:
        for n in range(ROUNDS):
            with database.begin() as db:
                user_id = add_user(db, f"user{n}")
                sign_in(db, user_id, policy=asking)

            outcomes = together(
                database, *[partial(sign_in, user_id=user_id, now=NOW, policy=asking)] * 5
            )

            came_in = [one for one in outcomes if isinstance(one, SignedIn)]
            refused = [one for one in outcomes if isinstance(one, LimitReached)]
            assert (len(came_in), len(refused)) == (1, 4), outcomes
