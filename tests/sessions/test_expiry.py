"""Running out: when, why, for whom; recorded as an end as of the moment when it happened."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from sessions_dashboard.accounts.models import users
from sessions_dashboard.database import Database
from sessions_dashboard.sessions import (
    EndedSession,
    EndReason,
    Policy,
    end_by_token,
    end_if_expired,
    end_others,
    resume,
    touch,
)
from sessions_dashboard.sessions.ending import end_expired
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.liveness import live
from sessions_dashboard.sessions.models import sessions
from tests.support.people import (
    NOW,
    SignedIn,
    add_many_sessions,
    add_user,
    lines,
    set_session,
    set_user,
    sign_in,
    stored,
)
from tests.support.together import overtaken, together

INSTANT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ROUNDS = 100
ENOUGH = 1_000
# Every span differs from every other.
policy = Policy(
    lifetime=30 * DAY,
    idle_timeout=14 * DAY,
    admin_lifetime=7 * DAY,
    admin_idle_timeout=1 * DAY,
    unremembered_lifetime=2 * DAY,
)
Ends = Callable[[Connection, SignedIn, datetime], bool]
KINDS = list(product((False, True), repeat=2))


def walk(
    db: Connection, now: datetime, rules: Policy = policy, limit: int = ENOUGH
) -> Iterator[list[EndedSession]]:
    after = None
    while True:
        ended, after, _left = end_expired(db, rules, now, after, limit)
        yield ended
        if after is None:
            return


def end_all_expired(db: Connection, now: datetime, rules: Policy = policy) -> set[str]:
    return {one.public_id for ended in walk(db, now, rules) for one in ended}


@pytest.fixture(params=["by the walk", "one alone"])
def ends(request: pytest.FixtureRequest) -> Ends:
    """Ends the session if it ran out: both ways of it."""

    def by_the_walk(db: Connection, browser: SignedIn, now: datetime) -> bool:
        return browser.public_id in end_all_expired(db, now)

    def one_alone(db: Connection, browser: SignedIn, now: datetime) -> bool:
        return end_if_expired(db, browser.public_id, policy, now) is not None

    return by_the_walk if request.param == "by the walk" else one_alone


class TestSpans:
    def test_an_administrator_and_a_browser_not_remembered_have_their_own(self) -> None:
        assert policy.span(is_admin=False, remembered=True)[:2] == (30 * DAY, 14 * DAY)
        assert policy.span(is_admin=False, remembered=False)[:2] == (2 * DAY, 14 * DAY)
        assert policy.span(is_admin=True, remembered=True)[:2] == (7 * DAY, DAY)
        assert policy.span(is_admin=True, remembered=False)[:2] == (2 * DAY, DAY)

    def test_they_are_never_longer_than_everybodys(self) -> None:
        odd = Policy(
            lifetime=5 * DAY,
            idle_timeout=2 * DAY,
            admin_lifetime=90 * DAY,
            admin_idle_timeout=60 * DAY,
            unremembered_lifetime=80 * DAY,
        )

        for is_admin, remembered in KINDS:
            assert odd.span(is_admin=is_admin, remembered=remembered)[:2] == (5 * DAY, 2 * DAY)

    @pytest.mark.parametrize(
        "name",
        [
            "lifetime",
            "idle_timeout",
            "admin_lifetime",
            "admin_idle_timeout",
            "unremembered_lifetime",
        ],
    )
    def test_no_span_is_shorter_than_the_shortest(self, name: str) -> None:
        """Whichever it is: the walk passes over what is younger."""
        rules = replace(policy, **{name: HOUR})

        spans = [rules.span(is_admin=one, remembered=other) for one, other in KINDS]

        assert NOW - rules.newest_run_out(NOW) == min(min(span[:2]) for span in spans) == HOUR


class TestAnEnd:
    @pytest.mark.parametrize(("is_admin", "remembered"), KINDS)
    def test_by_idleness_is_as_of_the_moment_when_it_happened(
        self, db: Connection, ends: Ends, is_admin: bool, remembered: bool
    ) -> None:
        browser = sign_in(db, add_user(db, is_admin=is_admin), policy=policy, remembered=remembered)
        span = policy.span(is_admin=is_admin, remembered=remembered)
        over = NOW + min(span[:2])
        reason = "idle" if span.idle_timeout < span.lifetime else "lifetime"

        assert not ends(db, browser, over - INSTANT)
        assert resume(db, browser.token, policy, over - INSTANT) is not None
        assert ends(db, browser, over + 3 * HOUR)

        row = stored(db, browser.public_id)
        assert (row.ended_at, row.updated_at, row.end_reason) == (over, over, reason)
        assert (row.ended_by_user_id, row.ended_by_session_id) == (None, None)
        (line,) = lines(db, EventKind.ENDED)
        assert (line.at, line.end_reason, line.session_id) == (over, reason, browser.actor.id)
        assert (line.user_id, line.device) == (browser.actor.user_id, "Chrome on Windows")
        assert (line.actor_user_id, line.actor_device) == (None, None)

    @pytest.mark.parametrize(("is_admin", "remembered"), KINDS)
    def test_by_lifetime_is_as_of_the_moment_when_it_happened(
        self, db: Connection, ends: Ends, is_admin: bool, remembered: bool
    ) -> None:
        browser = sign_in(db, add_user(db, is_admin=is_admin), policy=policy, remembered=remembered)
        over = NOW + policy.span(is_admin=is_admin, remembered=remembered).lifetime
        set_session(db, browser.public_id, last_seen_at=over - HOUR)

        assert not ends(db, browser, over - INSTANT)
        assert ends(db, browser, over)

        row = stored(db, browser.public_id)
        assert (row.ended_at, row.end_reason) == (over, "lifetime")
        (line,) = lines(db, EventKind.ENDED)
        assert (line.at, line.end_reason) == (over, "lifetime")

    def test_of_what_met_both_limits_unnoticed_is_the_first_of_them(
        self, db: Connection, ends: Ends
    ) -> None:
        browser = sign_in(db, add_user(db))

        assert ends(db, browser, NOW + 90 * DAY)

        row = stored(db, browser.public_id)
        assert (row.ended_at, row.end_reason) == (NOW + policy.idle_timeout, "idle")

    def test_happens_once(self, db: Connection, ends: Ends) -> None:
        browser = sign_in(db, add_user(db))

        assert ends(db, browser, NOW + 90 * DAY)
        before = stored(db, browser.public_id)
        assert not ends(db, browser, NOW + 95 * DAY)

        assert stored(db, browser.public_id) == before
        assert len(lines(db, EventKind.ENDED)) == 1

    def test_of_a_session_that_somebody_ended_stays_as_it_was(
        self, db: Connection, ends: Ends
    ) -> None:
        browser = sign_in(db, add_user(db))
        end_by_token(db, browser.token, NOW)

        assert not ends(db, browser, NOW + 90 * DAY)

        row = stored(db, browser.public_id)
        assert (row.ended_at, row.end_reason) == (NOW, EndReason.SIGNED_OUT)

    def test_comes_at_once_to_whoever_is_made_an_administrator(
        self, db: Connection, ends: Ends
    ) -> None:
        user_id = add_user(db)
        browser = sign_in(db, user_id)
        assert not ends(db, browser, NOW + 3 * DAY)

        set_user(db, user_id, is_admin=True)

        assert resume(db, browser.token, policy, NOW + 3 * DAY) is None
        assert ends(db, browser, NOW + 3 * DAY)

    def test_comes_to_a_disabled_account_as_well(self, db: Connection, ends: Ends) -> None:
        user_id = add_user(db)
        browser = sign_in(db, user_id)
        set_user(db, user_id, disabled_at=NOW)

        assert ends(db, browser, NOW + 15 * DAY)


class TestTheWalk:
    @pytest.mark.parametrize("limit", [1, 3, 7, ENOUGH])
    def test_ends_exactly_what_ran_out_and_says_so(self, db: Connection, limit: int) -> None:
        people = [add_user(db, "ada"), add_user(db, "grace", is_admin=True)]
        now = NOW + 40 * DAY
        over, alive = set(), set()
        for user_id, remembered in product(people, (True, False)):
            span = policy.span(is_admin=user_id == people[1], remembered=remembered)
            for created, seen in product((1, 3, 10, 35), (0, 2, 15)):
                browser = sign_in(db, user_id, remembered=remembered)
                life = now - created * DAY, now - min(seen, created) * DAY
                set_session(db, browser.public_id, created_at=life[0], last_seen_at=life[1])
                (over if span.expired(*life, now) else alive).add(browser.public_id)

        ended = [one for those in walk(db, now, limit=limit) for one in those]

        assert {one.public_id for one in ended} == over
        assert len(ended) == len(over)
        assert len(lines(db, EventKind.ENDED)) == len(over)
        still_open = db.execute(select(sessions.c.public_id).where(sessions.c.ended_at.is_(None)))
        assert set(still_open.scalars()) == alive

    def test_says_whose_each_of_them_was(self, db: Connection) -> None:
        ada, bob = sign_in(db, add_user(db, "ada")), sign_in(db, add_user(db, "bob"))

        (ended,) = walk(db, NOW + 20 * DAY)

        assert {(one.public_id, one.user_id) for one in ended} == {
            (one.public_id, one.actor.user_id) for one in (ada, bob)
        }

    def test_of_slices_that_fail_midway_goes_on_from_where_it_was(self, database: Database) -> None:
        with database.begin() as db:
            add_many_sessions(db, add_user(db), 12)
        now = NOW + 20 * DAY
        with database.begin() as db:
            first, *_ = end_expired(db, policy, now, None, 5)

        with database.begin() as db:
            rest = end_all_expired(db, now)

        assert len(first) + len(rest) == 12
        assert not rest & {one.public_id for one in first}


def test_end_if_expired_knows_no_session_that_is_not_there(db: Connection) -> None:
    assert end_if_expired(db, "00000000-0000-0000-0000-000000000000", policy, NOW) is None


def test_signing_out_all_others_records_what_had_run_out_as_that(db: Connection) -> None:
    user_id = add_user(db)
    idle = sign_in(db, user_id)
    now = NOW + 15 * DAY
    browser, active = sign_in(db, user_id, now), sign_in(db, user_id, now)

    ended = end_others(db, browser.actor, policy, now)

    assert [one.public_id for one in ended] == [active.public_id]
    row = stored(db, idle.public_id)
    assert (row.ended_at, row.end_reason) == (NOW + policy.idle_timeout, "idle")
    assert (row.ended_by_user_id, row.ended_by_session_id) == (None, None)


class TestATouchMeanwhile:
    over = NOW + policy.idle_timeout

    def touches(self, db: Connection, browser: SignedIn) -> bool:
        return touch(db, browser.actor.id, self.over - INSTANT)

    @pytest.mark.parametrize("way", ["walk", "alone"])
    def test_that_came_first_keeps_the_session(self, database: Database, way: str) -> None:
        with database.begin() as db:
            browser = sign_in(db, add_user(db))

        def ends(db: Connection) -> object:
            if way == "walk":
                return end_expired(db, policy, self.over, None, ENOUGH)[0] or None
            return end_if_expired(db, browser.public_id, policy, self.over)

        [late] = overtaken(database, lambda db: self.touches(db, browser), ends)

        assert late is None
        with database.reading() as db:
            assert resume(db, browser.token, policy, self.over) is not None
            assert lines(db, EventKind.ENDED) == []

    def test_between_the_slices_of_a_walk_keeps_the_session(self, database: Database) -> None:
        with database.begin() as db:
            user_id = add_user(db)
            first, second = sign_in(db, user_id), sign_in(db, user_id)
        with database.begin() as db:
            ended, after, _left = end_expired(db, policy, self.over, None, 1)
            assert [one.public_id for one in ended] == [first.public_id]
        with database.begin() as db:
            assert self.touches(db, second)
        with database.begin() as db:
            assert end_expired(db, policy, self.over, after, 1)[0] == []

    def test_in_a_race_the_session_lives_or_ended_and_was_not_touched(
        self, database: Database
    ) -> None:
        with database.begin() as db:
            user_id = add_user(db)
        for n in range(ROUNDS):
            with database.begin() as db:
                browser = sign_in(db, user_id)

            touched, ended, alone = together(
                database,
                lambda db, one=browser: self.touches(db, one),
                lambda db: end_expired(db, policy, self.over, None, ENOUGH)[0],
                lambda db, one=browser: end_if_expired(db, one.public_id, policy, self.over),
            )

            mine = [one for one in ended if one.public_id == browser.public_id]
            mine += [alone] if alone is not None else []
            assert len(mine) == (0 if touched else 1), (n, touched, ended, alone)
            with database.begin() as db:
                row = stored(db, browser.public_id)
                assert (row.ended_at is None) == touched
                end_by_token(db, browser.token, self.over)

    def test_two_walks_at_once_end_each_session_once(self, database: Database) -> None:
        for n in range(ROUNDS // 2):
            with database.begin() as db:
                add_many_sessions(db, add_user(db, f"user{n}"), 10)

            outcomes = together(
                database, *[lambda db: end_expired(db, policy, self.over, None, ENOUGH)[0]] * 3
            )
            with database.begin() as db:
                # What one found locked it leaves to the next run.
                outcomes.append(end_expired(db, policy, self.over, None, ENOUGH)[0])

            ids = [one.id for ended in outcomes for one in ended]
            assert len(ids) == len(set(ids)) == 10
            with database.reading() as db:
                assert len(lines(db, EventKind.ENDED)) == 10 * (n + 1)


edges = st.sampled_from([-HOUR, -INSTANT, timedelta(0), INSTANT, HOUR])
durations = st.sampled_from([5 * timedelta(minutes=1), HOUR, DAY, 2 * DAY, 30 * DAY, 400 * DAY])


@st.composite
def lives(draw: st.DrawFn) -> tuple[Policy, bool, bool, datetime, datetime, datetime]:
    """A policy, a session, and a moment next to where it runs out or anywhere."""
    rules = Policy(
        lifetime=draw(durations),
        idle_timeout=draw(durations),
        admin_lifetime=draw(durations),
        admin_idle_timeout=draw(durations),
        unremembered_lifetime=draw(durations),
    )
    is_admin, remembered = draw(st.booleans()), draw(st.booleans())
    created = NOW + draw(st.timedeltas(-DAY, DAY))
    seen = created + draw(st.one_of(edges, st.timedeltas(-HOUR, 500 * DAY)))
    limits = [
        created + rules.lifetime,
        created + rules.admin_lifetime,
        created + rules.unremembered_lifetime,
        seen + rules.idle_timeout,
        seen + rules.admin_idle_timeout,
    ]
    now = draw(st.sampled_from(limits)) + draw(edges)
    return rules, is_admin, remembered, created, seen, now


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(life=lives())
def test_the_condition_in_sql_agrees_with_the_rule_in_python(
    db: Connection, life: tuple[Policy, bool, bool, datetime, datetime, datetime]
) -> None:
    rules, is_admin, remembered, created, seen, now = life
    outer = db.begin_nested()
    user_id = add_user(db, is_admin=is_admin)
    add_many_sessions(db, user_id, 1, created_at=created, last_seen_at=seen, remembered=remembered)
    span = rules.span(is_admin=is_admin, remembered=remembered)
    expired = span.expired(created, seen, now)

    found = db.execute(
        select(sessions.c.id, sessions.c.public_id)
        .join_from(sessions, users, users.c.id == sessions.c.user_id)
        .where(live(rules, now))
    ).all()
    ended = end_all_expired(db, now, rules) if now >= created else set()

    assert (found == []) == (expired is not None)
    if now >= created and seen >= created:
        assert (ended != set()) == (expired is not None)
        reasons = [line.end_reason for line in lines(db, EventKind.ENDED)]
        assert reasons == ([expired.value] if expired else [])
    outer.rollback()
