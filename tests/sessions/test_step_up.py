"""What is sensitive asks for the password again, and a young session can't evict older ones."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from sessions_dashboard.sessions import (
    ActiveSession,
    PasswordNeeded,
    Policy,
    RequestInfo,
    change_password,
    confirm_password,
    end,
    end_others,
    resume,
)
from tests.support.people import NOW, POLICY, SignedIn, add_user, sign_in, stored

HOUR = timedelta(hours=1)
LONG_AGO = NOW - timedelta(days=3)
SOON = NOW + timedelta(minutes=1)


def confirmed(db: Connection, browser: SignedIn) -> ActiveSession:
    token = confirm_password(
        db, browser.actor, browser.token, RequestInfo("192.0.2.1", "Chrome/138", {}), SOON
    )
    actor = resume(db, token, POLICY, SOON)
    assert actor is not None
    return actor


class TestTheWindow:
    def test_lets_nobody_sign_out_all_others_after_it(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, other = sign_in(db, user_id, LONG_AGO), sign_in(db, user_id, LONG_AGO)

        with pytest.raises(PasswordNeeded):
            end_others(db, browser.actor, POLICY, NOW)

        assert stored(db, other.public_id).ended_at is None
        ended = end_others(db, confirmed(db, browser), POLICY, SOON)
        assert [one.public_id for one in ended] == [other.public_id]

    def test_lets_no_administrator_end_anothers_session_after_it(self, db: Connection) -> None:
        person = sign_in(db, add_user(db), LONG_AGO)
        admin = sign_in(db, add_user(db, "grace", is_admin=True), LONG_AGO)

        with pytest.raises(PasswordNeeded):
            end(db, admin.actor, person.public_id, POLICY, NOW)

        assert stored(db, person.public_id).ended_at is None
        end(db, confirmed(db, admin), person.public_id, POLICY, SOON)
        assert stored(db, person.public_id).ended_at == SOON

    def test_does_not_stand_before_ending_one_of_ones_own(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, other = sign_in(db, user_id, LONG_AGO), sign_in(db, user_id, LONG_AGO)

        end(db, browser.actor, other.public_id, POLICY, NOW)

        assert stored(db, other.public_id).end_reason == "revoked"

    def test_is_the_policys(self, db: Connection) -> None:
        user_id = add_user(db)
        browser = sign_in(db, user_id, LONG_AGO)
        sign_in(db, user_id, LONG_AGO)
        wide = Policy(step_up_after=timedelta(days=4))

        assert len(end_others(db, browser.actor, wide, NOW)) == 1


class TestAYoungSession:
    def test_ends_no_older_one_before_the_password_was_entered_again(self, db: Connection) -> None:
        user_id = add_user(db)
        older, young = sign_in(db, user_id, LONG_AGO), sign_in(db, user_id, NOW)

        with pytest.raises(PasswordNeeded):
            end(db, young.actor, older.public_id, POLICY, SOON)
        with pytest.raises(PasswordNeeded):
            end_others(db, young.actor, POLICY, SOON)

        assert stored(db, older.public_id).ended_at is None
        end(db, confirmed(db, young), older.public_id, POLICY, SOON)
        assert stored(db, older.public_id).end_reason == "revoked"

    def test_ends_others_with_the_password(self, db: Connection) -> None:
        user_id = add_user(db)
        sign_in(db, user_id, LONG_AGO)
        young = sign_in(db, user_id, NOW)

        assert len(end_others(db, confirmed(db, young), POLICY, SOON)) == 1

    def test_asks_again_once_that_was_long_ago(self, db: Connection) -> None:
        user_id = add_user(db)
        older, young = sign_in(db, user_id, LONG_AGO), sign_in(db, user_id, NOW)
        actor = confirmed(db, young)

        with pytest.raises(PasswordNeeded):
            end(db, actor, older.public_id, POLICY, SOON + POLICY.step_up_after)

    def test_ends_itself_and_other_young_ones(self, db: Connection) -> None:
        user_id = add_user(db)
        sign_in(db, user_id, LONG_AGO)
        young, other = sign_in(db, user_id, NOW), sign_in(db, user_id, NOW - HOUR)

        end(db, young.actor, other.public_id, POLICY, SOON)
        end(db, young.actor, young.public_id, POLICY, SOON)

        assert stored(db, young.public_id).end_reason == "signed_out"

    def test_alone_is_asked_nothing(self, db: Connection) -> None:
        young = sign_in(db, add_user(db), NOW)

        assert end_others(db, young.actor, POLICY, SOON) == []

    def test_is_asked_nothing_about_what_had_run_out(self, db: Connection) -> None:
        user_id = add_user(db)
        sign_in(db, user_id, NOW - POLICY.lifetime)
        young = sign_in(db, user_id, NOW)

        assert end_others(db, young.actor, POLICY, SOON) == []

    def test_of_an_administrator_is_never_held_up(self, db: Connection) -> None:
        user_id = add_user(db, is_admin=True)
        older, young = sign_in(db, user_id, LONG_AGO), sign_in(db, user_id, NOW)

        end(db, young.actor, older.public_id, POLICY, SOON)

        assert stored(db, older.public_id).end_reason == "revoked"

    def test_is_old_at_exactly_the_policys_age(self, db: Connection) -> None:
        user_id = add_user(db)
        older, young = sign_in(db, user_id, LONG_AGO), sign_in(db, user_id, NOW)
        day_later = NOW + POLICY.young_for

        with pytest.raises(PasswordNeeded):
            end(db, young.actor, older.public_id, POLICY, day_later - timedelta(microseconds=1))
        end(db, young.actor, older.public_id, POLICY, day_later)

    def test_is_no_matter_where_the_policy_says_so(self, db: Connection) -> None:
        user_id = add_user(db)
        older, young = sign_in(db, user_id, LONG_AGO), sign_in(db, user_id, NOW)

        end(db, young.actor, older.public_id, Policy(young_for=timedelta(0)), SOON)

    def test_changes_the_password_with_the_old_one_alone(self, db: Connection) -> None:
        """The old password is asked for there anyway."""
        user_id = add_user(db)
        sign_in(db, user_id, LONG_AGO)
        young = sign_in(db, user_id, NOW)

        _token, ended = change_password(
            db, young.actor, young.token, "another hash", POLICY, SOON, sign_out_others=True
        )

        assert len(ended) == 1
