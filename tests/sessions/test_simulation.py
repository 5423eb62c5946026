"""What another policy would do is counted as it then happens."""

from collections import Counter
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, update

from sessions_dashboard.accounts.models import users
from sessions_dashboard.sessions import Policy
from sessions_dashboard.sessions.ending import end_expired
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.simulation import page_of_affected, simulate
from tests.support.people import NOW, add_sessions, add_user

HOURS = st.integers(1, 100).map(lambda hours: timedelta(hours=hours))
POLICIES = st.builds(
    Policy,
    lifetime=HOURS,
    idle_timeout=HOURS,
    admin_lifetime=HOURS,
    admin_idle_timeout=HOURS,
    unremembered_lifetime=HOURS,
    max_sessions=st.integers(0, 3),
)
# Age and idle time in hours, whether remembered, whether ended, whose.
LIVES = st.lists(
    st.tuples(
        st.integers(0, 120), st.integers(0, 120), st.booleans(), st.booleans(), st.integers(0, 3)
    ),
    max_size=14,
)


def oracle(db: Connection, policy: Policy) -> dict[int, tuple[int, bool]]:
    """The sessions that live under a policy, with their users, in plain Python."""
    rows = db.execute(select(sessions, users.c.is_admin).join_from(sessions, users))
    alive = {}
    for row in rows:
        span = policy.span(is_admin=row.is_admin, remembered=row.remembered)
        if row.ended_at is None and not span.expired(row.created_at, row.last_seen_at, NOW):
            alive[row.id] = (row.user_id, row.is_admin)
    return alive


def fill(db: Connection, lives: list[tuple[int, int, bool, bool, int]]) -> None:
    db.execute(sessions.delete())
    for number, name in enumerate(("ada", "bob", "eve", "joe")):
        user_id = db.execute(
            select(users.c.id).where(users.c.email == f"{name}@example.com")
        ).scalar() or add_user(db, name, is_admin=number == 0)
        add_sessions(
            db,
            user_id,
            [
                {
                    "created_at": NOW - timedelta(hours=age, minutes=1),
                    "last_seen_at": NOW - timedelta(hours=min(age, idle), minutes=1),
                    "remembered": remembered,
                    "ended_at": NOW if ended else None,
                    "end_reason": "revoked" if ended else None,
                }
                for age, idle, remembered, ended, whose in lives
                if whose == number
            ],
        ) if any(life[4] == number for life in lives) else None


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(LIVES, POLICIES, POLICIES)
def test_counts_what_a_plain_loop_counts(
    db: Connection, lives: list[tuple[int, int, bool, bool, int]], present: Policy, other: Policy
) -> None:
    fill(db, lives)
    before, after = oracle(db, present), oracle(db, other)
    ended = {id_: whose for id_, whose in before.items() if id_ not in after}
    own = min(before, default=0)

    found = simulate(db, present, other, NOW, own)

    assert found.sessions == len(ended)
    assert found.users == len({user_id for user_id, _ in ended.values()})
    assert found.of_admins == sum(is_admin for _, is_admin in ended.values())
    assert found.own == (own in ended)
    held = Counter(user_id for user_id, _ in after.values())
    above = [user for user, number in held.items() if number > other.max_sessions]
    assert found.above_limit == (len(above) if other.max_sessions else 0)
    # The list is the same, page by page.
    listed, key = [], None
    while True:
        page = page_of_affected(db, present, other, NOW, key, size=2)
        listed += [row.id for row in page.rows]
        key = page.next_key
        if key is None:
            break
    assert sorted(listed) == sorted(ended)
    assert len(listed) == len(set(listed))


def test_what_it_counted_is_what_the_policy_then_ends(db: Connection) -> None:
    fill(db, [(hours, hours // 2, hours % 2 == 0, False, hours % 4) for hours in range(0, 60, 3)])
    present = Policy()
    other = Policy(lifetime=timedelta(hours=20), idle_timeout=timedelta(hours=5))
    end_expired(db, present, NOW, None, 1_000)
    db.execute(update(sessions).values(updated_at=NOW))
    found = simulate(db, present, other, NOW, 0)
    assert found.sessions > 3
    ended, *_ = end_expired(db, other, NOW, None, 1_000)
    assert len(ended) == found.sessions
    assert len({one.user_id for one in ended}) == found.users
