"""The policy in the database: refused whole or stored whole, and every change kept."""

import math
import subprocess
import sys
from dataclasses import fields
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Row, select

from sessions_dashboard.database import Database
from sessions_dashboard.database.migrating import PROJECT_ROOT
from sessions_dashboard.sessions import Policy
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.models import policy_versions
from sessions_dashboard.sessions.policy_versions import (
    CHOICES,
    DAY,
    MINUTE,
    NOT_LONGER,
    RANGES,
    InvalidPolicy,
    current_policy,
    ensure_policy,
    policy_from,
    store_policy,
    values_of,
)
from tests.support.people import NOW, POLICY, add_user, lines
from tests.support.together import overtaken, together

LATER = NOW + timedelta(hours=1)
OTHER = Policy(max_sessions=3, lifetime=timedelta(days=20), step_up_after=timedelta(minutes=5))
PROCESSES = 4
ENSURE = """
import sys
from datetime import UTC, datetime, timedelta
from sessions_dashboard.database import Database
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.policy_versions import ensure_policy

database = Database(sys.argv[1])
first = Policy(max_sessions=int(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
stored = database.write_here(lambda db: ensure_policy(db, first, datetime.now(UTC)))
print(stored.max_sessions, flush=True)
database.close()
"""


def versions(db: Connection) -> list[Row[Any]]:
    return list(db.execute(select(policy_versions).order_by(policy_versions.c.id)))


def in_force(db: Connection) -> Policy:
    """The rules alone, without what there is to do of those before."""
    policy = current_policy(db)
    assert policy is not None
    return policy_from(values_of(policy))


def problems_of(values: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidPolicy) as refused:
        policy_from(values)
    return refused.value.problems


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    values = {
        name: draw(st.integers(int(least), int(most))) for name, (least, most) in RANGES.items()
    }
    for shorter, longer in NOT_LONGER.items():
        values[shorter] = min(values[shorter], values[longer])
    words = {name: draw(st.sampled_from(list(choices))).value for name, choices in CHOICES.items()}
    return policy_from(values | words)


class TestPolicyFrom:
    def test_knows_every_value_that_a_policy_has(self) -> None:
        assert {*RANGES, *CHOICES} == {field.name for field in fields(Policy)}

    def test_takes_the_defaults_for_what_is_not_given(self) -> None:
        assert policy_from({}) == POLICY
        assert policy_from({"max_sessions": 2}) == Policy(max_sessions=2)

    @given(policy=policies())
    def test_reads_what_was_written(self, policy: Policy) -> None:
        assert policy_from(values_of(policy)) == policy

    @pytest.mark.parametrize("name", RANGES)
    def test_takes_the_least_and_the_most_and_nothing_beyond(self, name: str) -> None:
        least, most = RANGES[name]
        widest = {one: RANGES[one][1] for one in ("lifetime", "admin_lifetime")}
        narrowest = {one: RANGES[one][0] for one in NOT_LONGER}

        for value in (least, most):
            policy_from({**widest, **narrowest, name: value})
        for value in (least - 1, most + 1):
            assert set(problems_of({**widest, **narrowest, name: value})) == {name}

    @pytest.mark.parametrize(
        "value", ["7", None, True, [], math.nan, math.inf, -math.inf, 10**400, -1, -0.5]
    )
    @pytest.mark.parametrize("name", ["lifetime", "max_sessions", "rotation_grace"])
    def test_refuses_what_is_no_number_of_seconds(self, name: str, value: Any) -> None:
        assert set(problems_of({name: value})) == {name}

    @pytest.mark.parametrize("word", ["", "sometimes", "OFF", 0, None, True, ["off"], {}])
    @pytest.mark.parametrize("name", CHOICES)
    def test_refuses_a_word_that_it_does_not_know(self, name: str, word: Any) -> None:
        problem = problems_of({name: word, "lifetime": -1})[name]
        assert problem.startswith("must be one of: ")

    def test_refuses_half_a_session(self) -> None:
        assert problems_of({"max_sessions": 1.5}) == {"max_sessions": "must be a whole number"}

    def test_refuses_a_name_that_it_does_not_know(self) -> None:
        assert set(problems_of({"life_time": 3_600})) == {"life_time"}

    @pytest.mark.parametrize(("shorter", "longer"), NOT_LONGER.items())
    def test_refuses_an_idle_timeout_longer_than_the_lifetime(
        self, shorter: str, longer: str
    ) -> None:
        assert set(problems_of({shorter: 2 * DAY, longer: DAY})) == {shorter}
        assert policy_from({shorter: DAY, longer: DAY}) is not None

    def test_measures_what_was_given_against_the_defaults_of_the_rest(self) -> None:
        assert set(problems_of({"lifetime": DAY})) == {"idle_timeout"}

    def test_names_everything_that_is_wrong_at_once(self) -> None:
        problems = problems_of(
            {
                "lifetime": DAY,
                "idle_timeout": 2 * DAY,
                "max_sessions": -1,
                "touch_interval": "often",
                "colour": 7,
                "step_up_after": MINUTE,
            }
        )

        assert set(problems) == {"idle_timeout", "max_sessions", "touch_interval", "colour"}
        assert all(problems.values())

    def test_says_it_in_words(self) -> None:
        assert problems_of({"max_sessions": -1})["max_sessions"] == "must be between 0 and 1000"
        assert problems_of({"touch_interval": 0})["touch_interval"].endswith("3600 seconds")
        both = "must not be longer than lifetime: it is 172800 seconds, lifetime 86400"
        with pytest.raises(InvalidPolicy, match=f"idle_timeout: {both}"):
            policy_from({"lifetime": DAY, "idle_timeout": 2 * DAY})


class TestStorePolicy:
    def test_makes_it_the_one_in_force(self, db: Connection) -> None:
        assert current_policy(db) is None

        store_policy(db, OTHER, NOW)
        assert in_force(db) == OTHER
        store_policy(db, POLICY, LATER)
        assert in_force(db) == POLICY

    def test_keeps_every_version_with_who_and_when(self, db: Connection) -> None:
        admin_id = add_user(db, is_admin=True)
        store_policy(db, POLICY, NOW)
        store_policy(db, OTHER, LATER, admin_id)

        first, second = versions(db)

        assert (first.created_at, first.created_by_user_id) == (NOW, None)
        assert (second.created_at, second.created_by_user_id) == (LATER, admin_id)
        assert policy_from(first.rules) == POLICY
        assert policy_from(second.rules) == OTHER

    def test_writes_into_the_history_what_changed(self, db: Connection) -> None:
        admin_id = add_user(db, is_admin=True)
        store_policy(db, POLICY, NOW)
        store_policy(db, OTHER, LATER, admin_id)

        first, second = lines(db, EventKind.POLICY_CHANGED)

        assert first.details["changes"] == values_of(POLICY)
        assert (second.at, second.actor_user_id, second.user_id) == (LATER, admin_id, None)
        assert second.details["changes"] == {
            "lifetime": 20 * DAY,
            "max_sessions": 3,
            "step_up_after": 5 * MINUTE,
        }
        assert first.details["before"] == {}
        assert second.details["before"] == {
            name: values_of(POLICY)[name] for name in second.details["changes"]
        }

    @pytest.mark.parametrize(
        "bad",
        [
            Policy(max_sessions=-1),
            Policy(lifetime=timedelta(days=1)),
            Policy(retention=timedelta(seconds=-1)),
            Policy(lifetime=timedelta(days=401), touch_interval=timedelta(0)),
        ],
    )
    def test_stores_nothing_of_a_policy_that_is_refused(self, db: Connection, bad: Policy) -> None:
        store_policy(db, OTHER, NOW)

        with pytest.raises(InvalidPolicy):
            store_policy(db, bad, LATER)

        assert in_force(db) == OTHER
        assert len(versions(db)) == len(lines(db, EventKind.POLICY_CHANGED)) == 1

    def test_of_two_at_once_tells_each_change_against_the_one_before(
        self, database: Database
    ) -> None:
        """Else the history would tell one change twice."""
        both = Policy(max_sessions=3, retention=timedelta(0))
        with database.begin() as db:
            store_policy(db, POLICY, NOW)

        overtaken(
            database,
            lambda db: store_policy(db, Policy(max_sessions=3), LATER),
            lambda db: store_policy(db, both, LATER),
        )

        with database.reading() as db:
            _first, *changes = lines(db, EventKind.POLICY_CHANGED)
            assert [one.details["changes"] for one in changes] == [
                {"max_sessions": 3},
                {"retention": 0.0},
            ]
            assert in_force(db) == both


class TestEnsurePolicy:
    def test_stores_the_first_and_then_keeps_to_it(self, db: Connection) -> None:
        assert ensure_policy(db, OTHER, NOW) == OTHER
        assert ensure_policy(db, POLICY, LATER) == OTHER

        assert len(versions(db)) == len(lines(db, EventKind.POLICY_CHANGED)) == 1

    def test_waits_for_the_worker_that_came_first(self, database: Database) -> None:
        [found] = overtaken(
            database,
            partial(ensure_policy, first=OTHER, now=NOW),
            partial(ensure_policy, first=POLICY, now=NOW),
        )

        assert found == OTHER
        with database.reading() as db:
            assert len(versions(db)) == 1

    def test_stores_once_though_many_start_at_the_same_instant(self, database: Database) -> None:
        for _round in range(15):
            found = together(
                database,
                *(
                    partial(ensure_policy, first=Policy(max_sessions=n), now=NOW)
                    for n in range(1, 6)
                ),
            )

            with database.begin() as db:
                (version,) = versions(db)
                assert found == [policy_from(version.rules)] * 5
                db.exec_driver_sql("DELETE FROM policy_versions")

    def test_stores_once_though_several_processes_start_together(
        self, database_url: str, database: Database
    ) -> None:
        workers = [
            subprocess.Popen(
                [sys.executable, "-c", ENSURE, database_url, str(n)],
                cwd=PROJECT_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for n in range(1, PROCESSES + 1)
        ]
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        answers = []
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        for worker in workers:
            answer, complaints = worker.communicate(timeout=60)
            assert worker.returncode == 0, complaints
            answers.append(int(answer))

        with database.reading() as db:
            (version,) = versions(db)
        assert answers == [version.rules["max_sessions"]] * PROCESSES
