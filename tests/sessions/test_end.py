"""Ending sessions: who may end which, and that it happens once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from sessions_dashboard.sessions import (
    ActiveSession,
    EndReason,
    NotFound,
    NotSignedIn,
    PasswordNeeded,
    end,
    end_by_token,
    end_from_shell,
    end_others,
    end_several,
    rename,
    resume,
)
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.tokens import new_token
from tests.support.people import (
    NOW,
    POLICY,
    SignedIn,
    add_user,
    lines,
    set_session,
    set_user,
    sign_in,
    stored,
)

LATER = NOW + timedelta(minutes=5)
MISSING = "00000000-0000-7000-8000-000000000000"
# What a client could send where a public id belongs.
ODD_IDS = ["", " ", "x" * 5_000, "%", "' OR 1=1 --", "1", "nul\x00byte", "half \ud83d pair"]


def is_live(db: Connection, browser: SignedIn) -> bool:
    return resume(db, browser.token, POLICY, LATER) is not None


class TestEnd:
    def test_signs_the_own_device_out(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))

        ended = end(db, browser.actor, browser.public_id, POLICY, LATER)

        row = stored(db, browser.public_id)
        assert (ended.id, ended.public_id, ended.user_id) == (row.id, row.public_id, row.user_id)
        assert (row.ended_at, row.updated_at) == (LATER, LATER)
        assert row.end_reason == EndReason.SIGNED_OUT
        assert (row.ended_by_user_id, row.ended_by_session_id) == (row.user_id, row.id)
        assert not is_live(db, browser)

    def test_revokes_another_device_of_the_same_person(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, other, third = (sign_in(db, user_id) for _ in range(3))

        ended = end(db, browser.actor, other.public_id, POLICY, LATER)

        row = stored(db, other.public_id)
        assert ended.public_id == other.public_id
        assert row.end_reason == EndReason.REVOKED
        assert row.ended_by_session_id == browser.actor.id
        assert not is_live(db, other)
        assert is_live(db, browser)
        assert is_live(db, third)

    def test_gives_one_answer_for_a_strangers_session_and_a_missing_one(
        self, db: Connection
    ) -> None:
        browser = sign_in(db, add_user(db, "ada"))
        strangers = sign_in(db, add_user(db, "bob"))

        with pytest.raises(NotFound) as of_stranger:
            end(db, browser.actor, strangers.public_id, POLICY, LATER)
        with pytest.raises(NotFound) as missing:
            end(db, browser.actor, MISSING, POLICY, LATER)

        assert str(of_stranger.value) == str(missing.value)
        assert is_live(db, strangers)

    @pytest.mark.parametrize("odd", ODD_IDS)
    @pytest.mark.parametrize("is_admin", [False, True], ids=["person", "administrator"])
    def test_finds_nothing_under_an_id_that_is_none(
        self, db: Connection, odd: str, is_admin: bool
    ) -> None:
        browser = sign_in(db, add_user(db, is_admin=is_admin))

        for ask in (
            lambda: end(db, browser.actor, odd, POLICY, LATER),
            lambda: rename(db, browser.actor, odd, "name", LATER),
            lambda: end_from_shell(db, odd, LATER),
        ):
            with pytest.raises(NotFound), db.begin_nested():
                ask()

        assert is_live(db, browser)

    def test_an_administrator_ends_anybodys(self, db: Connection) -> None:
        admin = sign_in(db, add_user(db, "grace", is_admin=True))
        person = sign_in(db, add_user(db, "ada"))

        ended = end(db, admin.actor, person.public_id, POLICY, LATER)

        row = stored(db, person.public_id)
        assert ended.user_id == person.actor.user_id
        assert row.end_reason == EndReason.REVOKED_BY_ADMIN
        assert row.ended_by_user_id == admin.actor.user_id
        assert row.ended_by_session_id == admin.actor.id
        assert not is_live(db, person)

    def test_an_administrator_ends_another_administrators(self, db: Connection) -> None:
        admin = sign_in(db, add_user(db, "grace", is_admin=True))
        other = sign_in(db, add_user(db, "joan", is_admin=True))

        end(db, admin.actor, other.public_id, POLICY, LATER)

        assert not is_live(db, other)

    def test_an_administrators_own_other_device_is_revoked_like_anyones(
        self, db: Connection
    ) -> None:
        user_id = add_user(db, is_admin=True)
        browser, other = sign_in(db, user_id), sign_in(db, user_id)

        end(db, browser.actor, other.public_id, POLICY, LATER)

        assert stored(db, other.public_id).end_reason == EndReason.REVOKED

    def test_an_administrator_demoted_a_moment_ago_ends_only_their_own(
        self, db: Connection
    ) -> None:
        user_id = add_user(db, "grace", is_admin=True)
        admin, own = sign_in(db, user_id), sign_in(db, user_id)
        person = sign_in(db, add_user(db, "ada"))
        set_user(db, user_id, is_admin=False)
        assert admin.actor.is_admin

        with pytest.raises(NotFound):
            end(db, admin.actor, person.public_id, POLICY, LATER)

        assert is_live(db, person)
        end(db, admin.actor, own.public_id, POLICY, LATER)
        assert not is_live(db, own)

    def test_a_claim_to_be_an_administrator_counts_for_nothing(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db, "ada"))
        person = sign_in(db, add_user(db, "bob"))

        with pytest.raises(NotFound):
            end(db, browser.actor._replace(is_admin=True), person.public_id, POLICY, LATER)

        assert is_live(db, person)

    def test_a_session_of_one_user_can_not_act_for_another(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db, "ada"))
        person = sign_in(db, add_user(db, "bob"))
        forged = browser.actor._replace(user_id=person.actor.user_id)

        with pytest.raises((NotFound, NotSignedIn)):
            end(db, forged, person.public_id, POLICY, LATER)

        assert is_live(db, person)

    def test_a_session_ends_once_and_keeps_its_first_ending(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, other = sign_in(db, user_id), sign_in(db, user_id)
        end(db, browser.actor, other.public_id, POLICY, LATER)
        before = stored(db, other.public_id)

        with pytest.raises(NotFound):
            end(db, browser.actor, other.public_id, POLICY, LATER + timedelta(hours=1))

        assert stored(db, other.public_id) == before


class TestEndOthers:
    def test_ends_all_of_the_person_but_the_one_that_asks(self, db: Connection) -> None:
        user_id = add_user(db, "ada")
        browser = sign_in(db, user_id)
        others = [sign_in(db, user_id) for _ in range(3)]

        ended = end_others(db, browser.actor, POLICY, LATER)

        assert {one.public_id for one in ended} == {other.public_id for other in others}
        assert {one.user_id for one in ended} == {user_id}
        assert is_live(db, browser)
        for other in others:
            row = stored(db, other.public_id)
            assert (row.ended_at, row.end_reason) == (LATER, EndReason.REVOKED)
            assert row.ended_by_session_id == browser.actor.id

    def test_ends_no_strangers_not_even_for_an_administrator(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db, "grace", is_admin=True))
        strangers = sign_in(db, add_user(db, "ada"))

        assert end_others(db, browser.actor, POLICY, LATER) == []

        assert is_live(db, strangers)

    def test_ends_none_when_there_is_no_other(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))

        assert end_others(db, browser.actor, POLICY, LATER) == []

        assert is_live(db, browser)

    def test_leaves_what_ended_before_as_it_was(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, gone = sign_in(db, user_id), sign_in(db, user_id)
        end_by_token(db, gone.token, NOW)
        before = stored(db, gone.public_id)

        assert end_others(db, browser.actor, POLICY, LATER) == []

        assert stored(db, gone.public_id) == before

    def test_counts_only_what_the_page_showed_as_active(self, db: Connection) -> None:
        """Else "3 other devices were signed out" stands under a list of one."""
        user_id = add_user(db)
        sign_in(db, user_id, NOW - POLICY.idle_timeout)
        sign_in(db, user_id, NOW - POLICY.lifetime)
        active, browser = sign_in(db, user_id), sign_in(db, user_id)

        ended = end_others(db, browser.actor, POLICY, LATER)

        assert [one.public_id for one in ended] == [active.public_id]


class TestEndByToken:
    def test_signs_out_the_browser_that_holds_the_token(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, other = sign_in(db, user_id), sign_in(db, user_id)

        ended = end_by_token(db, browser.token, LATER)

        assert ended is not None
        assert ended.public_id == browser.public_id
        row = stored(db, browser.public_id)
        assert (row.ended_at, row.end_reason) == (LATER, EndReason.SIGNED_OUT)
        assert not is_live(db, browser)
        assert is_live(db, other)

    def test_ends_a_session_that_had_run_out(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        over = NOW + POLICY.lifetime

        assert end_by_token(db, browser.token, over) is not None

        assert stored(db, browser.public_id).ended_at == over

    def test_says_none_the_second_time_and_keeps_the_first_ending(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        end_by_token(db, browser.token, LATER)

        assert end_by_token(db, browser.token, LATER + timedelta(hours=1)) is None

        assert stored(db, browser.public_id).ended_at == LATER

    @pytest.mark.parametrize("token", ["", "nonsense", pytest.param(new_token(), id="unknown")])
    def test_says_none_to_a_token_of_nobody(self, db: Connection, token: str) -> None:
        browser = sign_in(db, add_user(db))

        assert end_by_token(db, token, LATER) is None

        assert is_live(db, browser)


class TestEndFromShell:
    def test_ends_anybodys_session_and_names_no_person(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))

        ended = end_from_shell(db, browser.public_id, LATER)

        row = stored(db, browser.public_id)
        assert ended.public_id == browser.public_id
        assert row.end_reason == EndReason.REVOKED_BY_ADMIN
        assert (row.ended_by_user_id, row.ended_by_session_id) == (None, None)

    def test_finds_no_session_that_is_missing_or_over(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        end_by_token(db, browser.token, NOW)

        for public_id in (browser.public_id, MISSING):
            with pytest.raises(NotFound):
                end_from_shell(db, public_id, LATER)

        assert stored(db, browser.public_id).end_reason == EndReason.SIGNED_OUT


Write = Callable[[Connection, ActiveSession, str], Any]
WRITES: list[Write] = [
    lambda db, actor, target: end(db, actor, target, POLICY, LATER),
    lambda db, actor, target: end_others(db, actor, POLICY, LATER),
    lambda db, actor, target: rename(db, actor, target, "Mine now", LATER),
]


@pytest.mark.parametrize("write", WRITES, ids=["end", "end_others", "rename"])
@pytest.mark.parametrize("is_admin", [False, True], ids=["person", "administrator"])
class TestAnActorWhoIsNoLongerSignedIn:
    def test_can_not_write_once_ended(self, db: Connection, write: Write, is_admin: bool) -> None:
        user_id = add_user(db, is_admin=is_admin)
        browser, other = sign_in(db, user_id), sign_in(db, user_id)
        end(db, other.actor, browser.public_id, POLICY, NOW)
        before = stored(db, other.public_id)

        with pytest.raises(NotSignedIn):
            write(db, browser.actor, other.public_id)

        assert stored(db, other.public_id) == before

    def test_can_not_write_once_disabled(
        self, db: Connection, write: Write, is_admin: bool
    ) -> None:
        user_id = add_user(db, is_admin=is_admin)
        browser, other = sign_in(db, user_id), sign_in(db, user_id)
        set_user(db, user_id, disabled_at=NOW)
        before = stored(db, other.public_id)

        with pytest.raises(NotSignedIn):
            write(db, browser.actor, other.public_id)

        assert stored(db, other.public_id) == before

    def test_can_not_write_once_the_account_is_deleted(
        self, db: Connection, write: Write, is_admin: bool
    ) -> None:
        browser = sign_in(db, add_user(db, "ada", is_admin=is_admin))
        person = sign_in(db, add_user(db, "bob"))
        db.exec_driver_sql(f"DELETE FROM users WHERE id = {browser.actor.user_id}")
        before = stored(db, person.public_id)

        with pytest.raises((NotSignedIn, NotFound)):
            write(db, browser.actor, person.public_id)

        assert stored(db, person.public_id) == before


class TestEndSeveral:
    def test_ends_those_and_no_other_and_writes_each_down(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, one, two, three = (sign_in(db, user_id) for _ in range(4))

        ended = end_several(db, browser.actor, [one.public_id, two.public_id], POLICY, LATER)

        assert {each.public_id for each in ended} == {one.public_id, two.public_id}
        for gone in (one, two):
            row = stored(db, gone.public_id)
            assert (row.ended_at, row.end_reason) == (LATER, EndReason.REVOKED)
            assert row.ended_by_session_id == browser.actor.id
            [line] = lines(db, EventKind.ENDED, session_id=row.id)
            assert line.actor_device == "Chrome on Windows"
        assert is_live(db, browser)
        assert is_live(db, three)

    def test_passes_over_the_own_a_strangers_and_whatever_is_no_id(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, other = sign_in(db, user_id), sign_in(db, user_id)
        strangers = sign_in(db, add_user(db, "bob"))
        ids = [browser.public_id, strangers.public_id, MISSING, *ODD_IDS]

        with pytest.raises(NotFound):
            end_several(db, browser.actor, ids, POLICY, LATER)
        ended = end_several(db, browser.actor, [*ids, other.public_id], POLICY, LATER)

        assert [one.public_id for one in ended] == [other.public_id]
        assert is_live(db, browser)
        assert is_live(db, strangers)

    def test_is_for_the_owner_alone_even_where_an_administrator_asks(self, db: Connection) -> None:
        theirs = sign_in(db, add_user(db))
        admin = sign_in(db, add_user(db, "grace", is_admin=True))
        with pytest.raises(NotFound):
            end_several(db, admin.actor, [theirs.public_id], POLICY, LATER)
        assert is_live(db, theirs)

    def test_finds_nothing_the_second_time(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, other = sign_in(db, user_id), sign_in(db, user_id)
        end_several(db, browser.actor, [other.public_id], POLICY, LATER)
        with pytest.raises(NotFound):
            end_several(db, browser.actor, [other.public_id], POLICY, LATER)

    def test_is_refused_to_whose_own_session_has_ended(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, other = sign_in(db, user_id), sign_in(db, user_id)
        end(db, browser.actor, browser.public_id, POLICY, LATER)
        with pytest.raises(NotSignedIn):
            end_several(db, browser.actor, [other.public_id], POLICY, LATER)
        assert is_live(db, other)

    def test_what_had_run_out_ends_as_that(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, other, idle = (sign_in(db, user_id) for _ in range(3))
        set_session(db, idle.public_id, last_seen_at=NOW - timedelta(days=20))
        ids = [other.public_id, idle.public_id]
        ended = end_several(db, browser.actor, ids, POLICY, LATER)
        assert [one.public_id for one in ended] == [other.public_id]
        assert stored(db, idle.public_id).end_reason == EndReason.IDLE

    def test_a_young_session_gives_the_password_before_it_ends_older_ones(
        self, db: Connection
    ) -> None:
        user_id = add_user(db)
        old, young = sign_in(db, user_id, NOW - timedelta(days=3)), sign_in(db, user_id)
        browser = sign_in(db, user_id)
        ids = [old.public_id, young.public_id]
        with pytest.raises(PasswordNeeded):
            end_several(db, browser.actor, ids, POLICY, LATER)
        assert is_live(db, old)
        assert is_live(db, young)
