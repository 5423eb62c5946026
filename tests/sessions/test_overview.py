"""The overview counts what a plain loop counts, on both databases."""

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete

from sessions_dashboard.accounts.models import users
from sessions_dashboard.sessions import EndReason
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.models import session_events, sessions
from sessions_dashboard.sessions.overview import DAYS, HOURS, overview
from tests.support.people import NOW, POLICY, add_sessions, add_user

DEVICES = st.lists(
    st.tuples(
        st.sampled_from(("Chrome", "Safari", None)),
        st.sampled_from(("Windows", None)),
        st.sampled_from(("phone", "desktop")),
        st.sampled_from((("DE", "Germany"), (None, None))),
        st.sampled_from(("live", "idle", "ended")),
        st.booleans(),
    ),
    max_size=12,
)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from((EventKind.SIGNED_IN, EventKind.SIGN_IN_FAILED, EventKind.ENDED)),
        st.integers(0, 20 * 24 * 60),
        st.sampled_from((EndReason.REVOKED, EndReason.IDLE)),
    ),
    max_size=20,
)


def fill(db: Connection, made: list[Any], happened: list[Any]) -> None:
    for table in (session_events, sessions, users):
        db.execute(delete(table))
    ids = [add_user(db, "ada", is_admin=True), add_user(db, "bob")]
    long_ago = NOW - POLICY.idle_timeout
    for browser, os, kind, (code, country), fate, is_bob in made:
        row = {
            "browser": browser,
            "os": os,
            "device_type": kind,
            "country_code": code,
            "country": country,
            "created_at": long_ago if fate == "idle" else NOW,
            "last_seen_at": long_ago if fate == "idle" else NOW,
            "ended_at": NOW if fate == "ended" else None,
        }
        add_sessions(db, ids[is_bob], [row])
    for kind, minutes, reason in happened:
        ended = reason.value if kind is EventKind.ENDED else None
        record(db, kind, NOW - timedelta(minutes=minutes), end_reason=ended)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(DEVICES, EVENTS)
def test_counts_what_a_plain_loop_counts(
    db: Connection, made: list[Any], happened: list[Any]
) -> None:
    fill(db, made, happened)
    alive = [one for one in made if one[4] == "live"]

    found = overview(db, POLICY, NOW)

    assert found.sessions == len(alive)
    assert found.users == len({one[5] for one in alive})
    assert found.by_browser == Counter(one[0] or "" for one in alive)
    assert found.by_os == Counter(one[1] or "" for one in alive)
    assert found.by_kind == Counter(one[2] for one in alive)
    assert found.by_country == Counter(one[3][0] or "" for one in alive)
    moments = [
        (kind, NOW - timedelta(minutes=minutes), reason) for kind, minutes, reason in happened
    ]
    for periods, length, number in (
        (found.by_hour, timedelta(hours=1), HOURS),
        (found.by_day, timedelta(days=1), DAYS),
    ):
        assert len(periods) == number
        assert periods[-1].begin <= NOW < periods[-1].begin + length
        for one in periods:
            within = [k for k, at, _ in moments if one.begin <= at < one.begin + length]
            assert one.succeeded == within.count(EventKind.SIGNED_IN)
            assert one.failed == within.count(EventKind.SIGN_IN_FAILED)
    since = found.by_day[0].begin
    ends = [r.value for k, at, r in moments if k is EventKind.ENDED and at >= since]
    assert found.ends == Counter(ends)
