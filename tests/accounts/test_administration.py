"""What administrators do to accounts, and who may not."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from sessions_dashboard.accounts import administration
from sessions_dashboard.accounts.administration import LastAdministrator, OwnAccount
from sessions_dashboard.accounts.invitations import VALID_FOR, invited_by, new_invitation_token
from sessions_dashboard.accounts.models import invitations, users
from sessions_dashboard.accounts.users import EmailTaken, InvalidEmail
from sessions_dashboard.database import Database
from sessions_dashboard.sessions import (
    ActiveSession,
    InvitationOver,
    NotAdmin,
    NotFound,
    NotSignedIn,
    PasswordNeeded,
    choose_password,
    resume,
)
from sessions_dashboard.sessions.history import EventKind
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
from tests.support.together import together

LATER = NOW + timedelta(minutes=1)
Deed = Callable[[Connection, ActiveSession, str], Any]
DEEDS: dict[str, Deed] = {
    "create": lambda db, actor, _id: administration.create_account(
        db, actor, "new@example.com", "!", new_invitation_token(), POLICY, LATER, is_admin=False
    ),
    "link": lambda db, actor, id_: administration.make_link(
        db, actor, id_, new_invitation_token(), POLICY, LATER
    ),
    "grant": lambda db, actor, id_: administration.set_admin(
        db, actor, id_, POLICY, LATER, is_admin=True
    ),
    "withdraw": lambda db, actor, id_: administration.set_admin(
        db, actor, id_, POLICY, LATER, is_admin=False
    ),
    "disable": lambda db, actor, id_: administration.disable(db, actor, id_, POLICY, LATER),
    "enable": lambda db, actor, id_: administration.enable(db, actor, id_, POLICY, LATER),
    "end all": lambda db, actor, id_: administration.end_all(db, actor, id_, POLICY, LATER),
}


def public_id(db: Connection, user_id: int) -> str:
    return str(db.execute(select(users.c.public_id).where(users.c.id == user_id)).scalar_one())


def user(db: Connection, user_id: int) -> Any:
    return db.execute(select(users).where(users.c.id == user_id)).one()


@pytest.fixture
def root(db: Connection) -> SignedIn:
    return sign_in(db, add_user(db, "root", is_admin=True))


@pytest.fixture
def bob(db: Connection) -> SignedIn:
    return sign_in(db, add_user(db, "bob"))


class TestWhoMay:
    @pytest.mark.parametrize("deed", DEEDS)
    def test_nobody_but_a_live_administrator(
        self, db: Connection, root: SignedIn, bob: SignedIn, deed: str
    ) -> None:
        target = public_id(db, add_user(db, "target"))
        before = lines(db)
        with pytest.raises(NotAdmin):
            DEEDS[deed](db, bob.actor, target)
        # As the page that is still open believes.
        set_user(db, root.actor.user_id, is_admin=False)
        with pytest.raises(NotAdmin):
            DEEDS[deed](db, root.actor, target)
        set_user(db, root.actor.user_id, is_admin=True, disabled_at=NOW)
        with pytest.raises(NotSignedIn):
            DEEDS[deed](db, root.actor, target)
        set_user(db, root.actor.user_id, disabled_at=None)
        set_session(db, root.public_id, ended_at=NOW, end_reason="revoked")
        with pytest.raises(NotSignedIn):
            DEEDS[deed](db, root.actor, target)
        assert lines(db) == before

    @pytest.mark.parametrize("deed", DEEDS)
    def test_the_password_was_entered_a_moment_ago(
        self, db: Connection, root: SignedIn, bob: SignedIn, deed: str
    ) -> None:
        before = lines(db)
        long_ago = root.actor._replace(authenticated_at=LATER - POLICY.step_up_after)
        with pytest.raises(PasswordNeeded):
            DEEDS[deed](db, long_ago, bob.actor.user_public_id)
        assert lines(db) == before

    @pytest.mark.parametrize("deed", [name for name in DEEDS if name != "create"])
    @pytest.mark.parametrize("odd", ["", "x", "\ud800", "0" * 36, "\x00"])
    def test_no_such_account(self, db: Connection, root: SignedIn, deed: str, odd: str) -> None:
        with pytest.raises(NotFound):
            DEEDS[deed](db, root.actor, odd)


class TestCreate:
    def test_the_link_lets_one_choose_a_password_once(self, db: Connection, root: SignedIn) -> None:
        token = new_invitation_token()
        made = administration.create_account(
            db, root.actor, " New@Example.com ", "!", token, POLICY, NOW, is_admin=True
        )
        assert made.email == "new@example.com"
        assert user(db, made.user_id).is_admin is True
        (line,) = lines(db, EventKind.ACCOUNT_CREATED)
        assert (line.user_id, line.actor_user_id) == (made.user_id, root.actor.user_id)
        held = db.execute(select(invitations)).one()
        assert token.encode() not in held.token_digest

        # Looking changes nothing.
        assert [invited_by(db, token, LATER) is not None for _ in range(3)] == [True] * 3
        assert choose_password(db, token, "chosen", POLICY, LATER) == made.user_id
        assert user(db, made.user_id).password_hash == "chosen"
        with pytest.raises(InvitationOver):
            choose_password(db, token, "again", POLICY, LATER)
        assert user(db, made.user_id).password_hash == "chosen"

    def test_a_taken_or_impossible_address_makes_nothing(
        self, db: Connection, root: SignedIn, bob: SignedIn
    ) -> None:
        for email, error in (("bob@example.com", EmailTaken), ("bob", InvalidEmail)):
            with pytest.raises(error):
                administration.create_account(
                    db, root.actor, email, "!", new_invitation_token(), POLICY, NOW, is_admin=False
                )
        assert db.execute(select(invitations)).all() == []
        assert lines(db, EventKind.ACCOUNT_CREATED) == []


class TestLink:
    def test_a_newer_one_replaces_it_and_time_ends_it(
        self, db: Connection, root: SignedIn, bob: SignedIn
    ) -> None:
        target = bob.actor.user_public_id
        first, second = new_invitation_token(), new_invitation_token()
        administration.make_link(db, root.actor, target, first, POLICY, NOW)
        administration.make_link(db, root.actor, target, second, POLICY, NOW)
        assert invited_by(db, first, LATER) is None
        assert invited_by(db, second, NOW + VALID_FOR - timedelta(seconds=1)) is not None
        assert invited_by(db, second, NOW + VALID_FOR) is None
        with pytest.raises(InvitationOver):
            choose_password(db, second, "late", POLICY, NOW + VALID_FOR)

    def test_choosing_a_password_signs_the_account_out_everywhere(
        self, db: Connection, root: SignedIn, bob: SignedIn
    ) -> None:
        token = new_invitation_token()
        administration.make_link(db, root.actor, bob.actor.user_public_id, token, POLICY, NOW)
        choose_password(db, token, "chosen", POLICY, LATER)
        assert stored(db, bob.public_id).end_reason == "password_changed"

    def test_a_disabled_account_has_none(
        self, db: Connection, root: SignedIn, bob: SignedIn
    ) -> None:
        token, target = new_invitation_token(), bob.actor.user_public_id
        administration.make_link(db, root.actor, target, token, POLICY, NOW)
        administration.disable(db, root.actor, target, POLICY, NOW)
        with pytest.raises(NotFound):
            administration.make_link(db, root.actor, target, new_invitation_token(), POLICY, NOW)
        administration.enable(db, root.actor, target, POLICY, NOW)
        assert invited_by(db, token, LATER) is None

    @pytest.mark.parametrize("token", ["", "x", "x" * 43, "\ud800" * 43, "x" * 100_000])
    def test_made_up_ones_are_good_for_nothing(self, db: Connection, token: str) -> None:
        with pytest.raises(InvitationOver):
            choose_password(db, token, "chosen", POLICY, NOW)


class TestRole:
    def test_a_new_administrator_has_to_sign_in_again(
        self, db: Connection, root: SignedIn, bob: SignedIn
    ) -> None:
        """A token from before would carry the new rights without the password being shown."""
        changed = DEEDS["grant"](db, root.actor, bob.actor.user_public_id)
        assert changed.ended == 1
        assert user(db, bob.actor.user_id).is_admin is True
        assert resume(db, bob.token, POLICY, LATER) is None
        row = stored(db, bob.public_id)
        assert (row.end_reason, row.ended_by_user_id) == ("revoked_by_admin", root.actor.user_id)
        (line,) = lines(db, EventKind.ADMIN_GRANTED)
        assert (line.user_id, line.actor_user_id) == (bob.actor.user_id, root.actor.user_id)

    def test_granting_twice_ends_nothing(
        self, db: Connection, root: SignedIn, bob: SignedIn
    ) -> None:
        DEEDS["grant"](db, root.actor, bob.actor.user_public_id)
        again = sign_in(db, bob.actor.user_id, LATER)
        assert DEEDS["grant"](db, root.actor, bob.actor.user_public_id).ended == 0
        assert resume(db, again.token, POLICY, LATER) is not None

    def test_who_loses_it_stays_signed_in_as_a_user(self, db: Connection, root: SignedIn) -> None:
        other = sign_in(db, add_user(db, "other", is_admin=True))
        DEEDS["withdraw"](db, root.actor, other.actor.user_public_id)
        left = resume(db, other.token, POLICY, LATER)
        assert left is not None
        assert left.is_admin is False
        assert len(lines(db, EventKind.ADMIN_WITHDRAWN)) == 1

    def test_what_ran_out_as_an_administrators_stays_over(
        self, db: Connection, root: SignedIn
    ) -> None:
        other = sign_in(db, add_user(db, "other", is_admin=True))
        ran_out = LATER - POLICY.admin_idle_timeout
        set_session(db, other.public_id, created_at=ran_out, last_seen_at=ran_out)
        DEEDS["withdraw"](db, root.actor, other.actor.user_public_id)
        assert resume(db, other.token, POLICY, LATER) is None
        row = stored(db, other.public_id)
        assert (row.end_reason, row.ended_at) == ("idle", LATER)

    def test_the_last_one_keeps_it(self, db: Connection, root: SignedIn) -> None:
        disabled = add_user(db, "disabled", is_admin=True)
        set_user(db, disabled, disabled_at=NOW)
        with pytest.raises(LastAdministrator):
            DEEDS["withdraw"](db, root.actor, root.actor.user_public_id)
        assert user(db, root.actor.user_id).is_admin is True


class TestDisable:
    def test_ends_the_sessions_and_says_why(
        self, db: Connection, root: SignedIn, bob: SignedIn
    ) -> None:
        second = sign_in(db, bob.actor.user_id)
        assert DEEDS["disable"](db, root.actor, bob.actor.user_public_id).ended == 2
        for session in (bob, second):
            assert stored(db, session.public_id).end_reason == "account_disabled"
            assert resume(db, session.token, POLICY, LATER) is None
        DEEDS["enable"](db, root.actor, bob.actor.user_public_id)
        # What has ended stays so.
        assert resume(db, bob.token, POLICY, LATER) is None
        assert user(db, bob.actor.user_id).disabled_at is None
        kinds = [line.kind for line in lines(db) if line.kind.startswith("account_")]
        assert kinds == ["account_disabled", "account_enabled"]

    def test_not_oneself(self, db: Connection, root: SignedIn) -> None:
        add_user(db, "other", is_admin=True)
        for deed in ("disable", "end all"):
            with pytest.raises(OwnAccount):
                DEEDS[deed](db, root.actor, root.actor.user_public_id)


class TestEndAll:
    def test_ends_theirs_and_nobody_elses(
        self, db: Connection, root: SignedIn, bob: SignedIn
    ) -> None:
        eve = sign_in(db, add_user(db, "eve"))
        assert DEEDS["end all"](db, root.actor, bob.actor.user_public_id).ended == 1
        assert stored(db, bob.public_id).end_reason == "revoked_by_admin"
        assert stored(db, eve.public_id).ended_at is None
        assert stored(db, root.public_id).ended_at is None


class TestAtTheSameMoment:
    @pytest.mark.parametrize("whom", ["themselves", "each other"])
    @pytest.mark.parametrize("deed", ["withdraw", "disable"])
    def test_one_administrator_always_remains(
        self, database: Database, whom: str, deed: str
    ) -> None:
        if (whom, deed) == ("themselves", "disable"):
            pytest.skip("nobody can disable their own account")
        with database.begin() as db:
            pair = [sign_in(db, add_user(db, name, is_admin=True)) for name in ("a", "b")]
        for _ in range(5):
            targets = pair if whom == "themselves" else pair[::-1]
            together(
                database,
                *(
                    lambda db, one=one, to=to: DEEDS[deed](db, one.actor, to.actor.user_public_id)
                    for one, to in zip(pair, targets, strict=True)
                ),
            )
            with database.begin() as db:
                left = db.execute(
                    select(users.c.id).where(users.c.is_admin, users.c.disabled_at.is_(None))
                ).all()
                assert len(left) == 1
                for one in pair:
                    set_user(db, one.actor.user_id, is_admin=True, disabled_at=None)
                    set_session(db, one.public_id, ended_at=None, end_reason=None)

    def test_a_link_is_used_once(self, database: Database) -> None:
        token = secrets.token_urlsafe(32)
        with database.begin() as db:
            root = sign_in(db, add_user(db, "root", is_admin=True))
            made = administration.create_account(
                db, root.actor, "new@example.com", "!", token, POLICY, NOW, is_admin=False
            )
        works = [
            lambda db, number=number: choose_password(db, token, f"hash {number}", POLICY, LATER)
            for number in range(4)
        ]
        answers = together(database, *works)
        assert sum(isinstance(answer, InvitationOver) for answer in answers) == 3
        winner = answers.index(made.user_id)
        with database.reading() as db:
            assert user(db, made.user_id).password_hash == f"hash {winner}"
