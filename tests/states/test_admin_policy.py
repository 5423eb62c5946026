"""The policy's page: try, see, save, compare, restore, and what it refuses."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_dashboard.jobs import PolicyRunner
from sessions_dashboard.sessions import Policy, resume_by_public_id
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.policy_change import newest_version
from sessions_dashboard.sessions.policy_versions import (
    RANGES,
    InvalidPolicy,
    current_policy,
    policy_from,
    store_policy,
)
from sessions_dashboard.states.admin_policy import AdminPolicyState
from sessions_dashboard.states.admin_sessions import PAGE_SIZE
from sessions_dashboard.states.policy_form import UNIT, fields_of, policy_in
from sessions_dashboard.words import admin_policy as words
from tests.states.conftest import Pages
from tests.states.test_devices import ANYTHING
from tests.support.people import add_many_sessions, add_user, lines, stored

Run = Callable[[Any], Any]


@pytest.fixture
def page(pages: Pages, run: Run) -> Any:
    """The page of an administrator; bob has three sessions that began ten days ago."""
    ten_days_ago = pages.now() - timedelta(days=10)
    with pages.runtime.database.begin() as db:
        times = {"created_at": ten_days_ago, "last_seen_at": pages.now()}
        add_many_sessions(db, add_user(db, "bob"), 3, **times)
    pages.sign_in("chief", is_admin=True)
    run(pages.call(AdminPolicyState, "load"))
    return pages.state(AdminPolicyState)


def form(page: Any, **changes: str) -> dict[str, str]:
    """What the browser sends when the fields hold what the page put there, but for these."""
    units = {name + UNIT: unit for name, unit in page.units.items()}
    return {**page.values, **units, **changes}


def in_force(pages: Pages) -> tuple[Policy | None, int]:
    with pages.runtime.database.reading() as db:
        return current_policy(db), newest_version(db)


def carry_through(pages: Pages, run: Run) -> None:
    """What the server does in the background, and then at every page."""

    async def story() -> None:
        while await PolicyRunner(pages.runtime)._carry_out_one():
            pass

    run(story())
    run(pages.call(AdminPolicyState, "refresh"))


def try_and_save(pages: Pages, page: Any, run: Run, **changes: str) -> None:
    run(pages.call(AdminPolicyState, "try_values", form=form(page, **changes)))
    run(pages.call(AdminPolicyState, "ask_save"))
    run(pages.call(AdminPolicyState, "save"))


class TestForm:
    def test_has_words_for_every_value(self) -> None:
        for field in fields(Policy):
            assert field.name in words.MEANINGS
            assert words.group_of(field.name) != words.OTHER_GROUP
            value = getattr(Policy(), field.name)
            if isinstance(value, StrEnum):
                assert all(one.value in words.CHOICES for one in type(value))

    @given(
        st.fixed_dictionaries(
            {name: st.integers(int(least), int(most)) for name, (least, most) in RANGES.items()}
        )
    )
    def test_what_it_shows_reads_back_as_the_same(self, values: dict[str, Any]) -> None:
        values["idle_timeout"] = min(values["idle_timeout"], values["lifetime"])
        values["admin_idle_timeout"] = min(values["admin_idle_timeout"], values["admin_lifetime"])
        policy = policy_from(values)
        shown, units = fields_of(policy)
        assert policy_in(shown | {name + UNIT: unit for name, unit in units.items()}) == policy

    def test_a_value_that_no_number_is_has_its_problem_said(self) -> None:
        shown, units = fields_of(Policy())
        good = shown | {name + UNIT: unit for name, unit in units.items()}
        for odd in (*ANYTHING, "1e999", "nan", "-1", "days"):
            with pytest.raises(InvalidPolicy) as caught:
                policy_in(good | {"lifetime": odd})
            assert set(caught.value.problems) == {"lifetime"}, odd
        with pytest.raises(InvalidPolicy):
            policy_in({})

    def test_durations_are_said_in_the_largest_unit_that_fits(self) -> None:
        for seconds, said in ((86_400, "1 day"), (129_600, "36 hours"), (90, "90 seconds")):
            assert words.duration(timedelta(seconds=seconds)) == said


class TestSimulate:
    def test_says_what_would_happen_and_changes_nothing(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        before = in_force(pages)
        run(
            pages.call(
                AdminPolicyState,
                "try_values",
                form=form(page, lifetime="7", idle_timeout="2", max_sessions="2"),
            )
        )
        assert page.outcome == "With these values 3 sessions of 1 user would end now."
        assert [change.label for change in page.changes] == [
            "Longest session",
            "Idle limit",
            "Sessions at once",
        ]
        assert page.can_save is True
        run(pages.call(AdminPolicyState, "show_affected"))
        assert {row.email for row in page.affected} == {"bob@example.com"}
        assert in_force(pages) == before
        assert pages.runtime.policy == before[0]

    def test_warns_of_ones_own_and_administrators_and_of_the_limit(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        assert pages.me is not None
        pages.change(pages.me, created_at=pages.now() - timedelta(hours=3))
        run(
            pages.call(
                AdminPolicyState,
                "try_values",
                form=form(
                    page,
                    admin_lifetime="2",
                    admin_lifetime_unit="hours",
                    admin_idle_timeout="1",
                    admin_idle_timeout_unit="hours",
                    max_sessions="2",
                ),
            )
        )
        assert page.outcome == (
            "With these values 1 session of 1 user would end now, 1 of them administrators’, "
            "yours among them; 1 user is above the new limit, which counts when they next sign in."
        )

    def test_pages_through_what_would_end(self, pages: Pages, page: Any, run: Run) -> None:
        with pages.runtime.database.begin() as db:
            times = {"created_at": pages.now() - timedelta(days=9), "last_seen_at": pages.now()}
            add_many_sessions(db, add_user(db, "eve"), PAGE_SIZE, **times)
        run(pages.call(AdminPolicyState, "previous_affected"))
        run(
            pages.call(
                AdminPolicyState, "try_values", form=form(page, lifetime="7", idle_timeout="2")
            )
        )
        run(pages.call(AdminPolicyState, "show_affected"))
        first = page.affected
        assert (len(first), page.earlier_affected, page.more_affected) == (PAGE_SIZE, False, True)
        for _ in range(2):
            run(pages.call(AdminPolicyState, "show_affected"))
            assert (len(page.affected), page.more_affected) == (3, False)
        assert page.earlier_affected
        for _ in range(2):
            run(pages.call(AdminPolicyState, "previous_affected"))
            assert (page.affected, page.earlier_affected) == (first, False)

    def test_marks_what_can_not_be(self, pages: Pages, page: Any, run: Run) -> None:
        wrong = form(page, lifetime="900", idle_timeout="x", step_up_after="0")
        run(pages.call(AdminPolicyState, "try_values", form=wrong))
        assert set(page.problems) == {"lifetime", "idle_timeout", "step_up_after"}
        assert page.problems["lifetime"] == "Must be within 5 minutes to 400 days."
        assert (page.can_save, page.outcome) == (False, "")
        wrong = form(page, lifetime="1", idle_timeout="2")
        run(pages.call(AdminPolicyState, "try_values", form=wrong))
        assert page.problems == {"idle_timeout": "Must not be longer than “Longest session”."}

    def test_the_same_values_are_nothing_to_save(self, pages: Pages, page: Any, run: Run) -> None:
        try_and_save(pages, page, run)
        assert in_force(pages)[1] == 1


class TestSave:
    def test_puts_in_force_what_was_tried(self, pages: Pages, page: Any, run: Run) -> None:
        try_and_save(pages, page, run, lifetime="7", idle_timeout="2")
        assert page.notice == words.SAVED
        policy, version = in_force(pages)
        assert policy is not None
        assert (policy.lifetime, version) == (timedelta(days=7), 2)
        assert pages.runtime.policy == policy
        assert (page.applying, page.applying_words) == (True, words.COUNTING)
        carry_through(pages, run)
        assert (page.applying, page.applied, page.to_apply) == (False, 3, 3)
        assert page.applying_words == "3 sessions that had run out were ended."
        with pages.runtime.database.reading() as db:
            line = lines(db, EventKind.POLICY_CHANGED)[-1]
            ended = lines(db, EventKind.ENDED)
        assert pages.me is not None
        assert line.actor_user_id == pages.me.actor.user_id
        # What it ends is ended, not only out of date: a longer lifetime brings none back.
        assert [one.end_reason for one in ended] == ["lifetime"] * 3
        assert page.versions[0].summary == (
            "Longest session: 30 days → 7 days; Idle limit: 14 days → 2 days"
        )

    def test_what_had_run_out_is_not_brought_back(self, pages: Pages, page: Any, run: Run) -> None:
        assert pages.me is not None
        with pages.runtime.database.begin() as db:
            (late,) = add_many_sessions(
                db,
                pages.me.actor.user_id,
                1,
                created_at=pages.now() - timedelta(days=40),
                last_seen_at=pages.now(),
            )
        try_and_save(
            pages, page, run, lifetime="100", admin_lifetime="100", admin_idle_timeout="14"
        )
        assert page.notice == words.SAVED
        with pages.runtime.database.reading() as db:
            assert resume_by_public_id(db, late, pages.runtime.policy, pages.now()) is None
        carry_through(pages, run)
        with pages.runtime.database.reading() as db:
            assert stored(db, late).end_reason == "lifetime"

    def test_asks_for_the_password_first(self, pages: Pages, page: Any, run: Run) -> None:
        assert pages.me is not None
        pages.change(pages.me, authenticated_at=pages.now() - timedelta(hours=1))
        try_and_save(pages, page, run, lifetime="29")
        assert page.confirming is True
        assert in_force(pages)[1] == 1
        pages.change(pages.me, authenticated_at=pages.now())
        run(pages.call(AdminPolicyState, "save"))
        assert in_force(pages)[1] == 2

    def test_not_over_somebody_elses_change(self, pages: Pages, page: Any, run: Run) -> None:
        run(pages.call(AdminPolicyState, "try_values", form=form(page, lifetime="20")))
        with pages.runtime.database.begin() as db:
            store_policy(db, replace(Policy(), lifetime=timedelta(days=21)), pages.now())
        run(pages.call(AdminPolicyState, "ask_save"))
        run(pages.call(AdminPolicyState, "save"))
        assert page.problem == words.MOVED
        policy, version = in_force(pages)
        assert policy is not None
        assert (policy.lifetime, version) == (timedelta(days=21), 2)
        assert page.values["lifetime"] == "21"

    def test_nothing_without_a_trial(self, pages: Pages, page: Any, run: Run) -> None:
        for _ in range(2):
            run(pages.call(AdminPolicyState, "ask_save"))
            run(pages.call(AdminPolicyState, "save"))
            run(pages.call(AdminPolicyState, "show_affected"))
        assert in_force(pages)[1] == 1

    def test_takes_no_nonsense(self, pages: Pages, page: Any, run: Run) -> None:
        for odd in ANYTHING:
            run(pages.call(AdminPolicyState, "try_values", form=odd))
            run(pages.call(AdminPolicyState, "compare", number=odd))
            run(pages.call(AdminPolicyState, "use_version"))
            run(pages.call(AdminPolicyState, "ask_save"))
            run(pages.call(AdminPolicyState, "save"))
        assert in_force(pages)[1] == 1


class TestVersions:
    def test_an_earlier_one_is_compared_and_restored(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        try_and_save(pages, page, run, lifetime="20")
        assert [row.in_force for row in page.versions] == [True, False]
        run(pages.call(AdminPolicyState, "compare", number=1))
        (difference,) = page.comparison
        assert (difference.before, difference.after) == ("20 days", "30 days")
        run(pages.call(AdminPolicyState, "use_version"))
        assert page.values["lifetime"] == "30"
        assert page.outcome
        run(pages.call(AdminPolicyState, "ask_save"))
        run(pages.call(AdminPolicyState, "save"))
        policy, version = in_force(pages)
        assert policy is not None
        # A new version: nothing of what was is taken away.
        assert (policy.lifetime, version) == (timedelta(days=30), 3)

    def test_goes_through_all_of_them(self, pages: Pages, page: Any, run: Run) -> None:
        with pages.runtime.database.begin() as db:
            for days in range(15, 29):
                policy = replace(Policy(), lifetime=timedelta(days=days))
                store_policy(db, policy, pages.now())
        run(pages.call(AdminPolicyState, "start_over"))
        seen = [row.id for row in page.versions]
        assert page.has_older is True
        run(pages.call(AdminPolicyState, "older"))
        seen += [row.id for row in page.versions]
        assert seen == list(range(15, 0, -1))
        assert page.versions[-1].summary == words.FIRST
        run(pages.call(AdminPolicyState, "newer"))
        assert page.versions[0].id == 15
