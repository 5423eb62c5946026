"""API keys: who can make them, what they can do, and when they are over."""

from collections.abc import Collection
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import Connection, select, update

from sessions_dashboard.accounts import administration
from sessions_dashboard.accounts.models import outbox
from sessions_dashboard.accounts.outbox import MailKind
from sessions_dashboard.accounts.passwords import hash_password
from sessions_dashboard.sessions import (
    ActiveKey,
    InvalidName,
    NotAdmin,
    NotFound,
    NotSignedIn,
    PasswordNeeded,
    Scope,
    api_keys,
    bulk,
    change_password,
    end,
    end_others,
    rename,
)
from sessions_dashboard.sessions.api_key_models import api_keys as table
from sessions_dashboard.sessions.api_keys import MAX_KEYS, NoScope, TooManyKeys
from sessions_dashboard.sessions.cleanup import API_KEYS_KEPT, Position, Walk, clean_slice
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

LATER = NOW + timedelta(minutes=5)
MONTH = timedelta(days=30)
EVERYTHING = tuple(Scope)
OWN = (Scope.OWN_READ, Scope.OWN_WRITE)


_numbers = count()


def person(db: Connection, *, is_admin: bool = False) -> int:
    return add_user(db, f"person{next(_numbers)}", is_admin=is_admin)


def make(
    db: Connection, browser: SignedIn, scopes: Collection[Scope] = OWN, name: str = "Backup"
) -> str:
    key = api_keys.new_key()
    api_keys.create_key(db, browser.actor, key, name, scopes, MONTH, POLICY, NOW)
    return key


def resumed(db: Connection, key: str) -> ActiveKey:
    found = api_keys.resume_key(db, key, LATER)
    assert found is not None
    return found


class TestMaking:
    def test_lets_the_key_act_for_the_account_and_nothing_in_the_table_is_the_key(
        self, db: Connection
    ) -> None:
        browser = sign_in(db, person(db))
        key = make(db, browser, name="  Backup \u202e script ")

        found = resumed(db, key)
        assert (found.user_id, found.name) == (browser.actor.user_id, "Backup script")
        assert found.scopes == set(OWN)
        row = db.execute(select(table)).one()
        assert key not in repr(tuple(row))
        assert row.ending == key[-4:]
        [line] = lines(db, EventKind.API_KEY_CREATED)
        assert key not in repr(line.details)
        assert line.details["name"] == "Backup script"

    def test_is_told_its_owner_by_a_mail_that_nobody_turns_off(self, db: Connection) -> None:
        browser = sign_in(db, person(db))
        set_user(db, browser.actor.user_id, mail_new_devices=False)
        key = make(db, browser)
        mail = db.execute(select(outbox)).one()
        assert (mail.kind, mail.user_id) == (MailKind.API_KEY_MADE.value, browser.actor.user_id)
        assert (mail.details["key"], mail.details["scopes"]) == ("Backup", "own:read own:write")
        assert key not in repr(mail)

    def test_needs_the_password_of_a_moment_ago(self, db: Connection) -> None:
        browser = sign_in(db, person(db))
        stale = browser.actor._replace(authenticated_at=NOW - 2 * POLICY.step_up_after)
        with pytest.raises(PasswordNeeded):
            api_keys.create_key(db, stale, api_keys.new_key(), "x", OWN, MONTH, POLICY, NOW)
        assert api_keys.keys_of(db, browser.actor.user_id, LATER) == []

    def test_is_refused_without_name_or_scope_or_a_live_session(self, db: Connection) -> None:
        browser = sign_in(db, person(db))
        for name in ("", " \u202e\x00 ", "x" * 65):
            with pytest.raises(InvalidName):
                make(db, browser, name=name)
        with pytest.raises(NoScope):
            make(db, browser, ())
        set_session(db, browser.public_id, ended_at=NOW, end_reason="revoked")
        with pytest.raises(NotSignedIn):
            make(db, browser)

    @pytest.mark.parametrize("scope", [Scope.ADMIN_READ, Scope.ADMIN_WRITE])
    def test_gives_nobody_but_administrators_an_administrators_scope(
        self, db: Connection, scope: Scope
    ) -> None:
        user_id = person(db)
        browser = sign_in(db, user_id)
        with pytest.raises(NotAdmin):
            make(db, browser, [scope])
        set_user(db, user_id, is_admin=True)
        assert resumed(db, make(db, browser, [scope])).scopes == {scope}

    def test_ends_at_so_many(self, db: Connection) -> None:
        browser = sign_in(db, person(db))
        for _ in range(MAX_KEYS):
            make(db, browser)
        with pytest.raises(TooManyKeys):
            make(db, browser)
        make(db, sign_in(db, person(db)))

    def test_hides_no_key_that_works_behind_those_that_have_expired(self, db: Connection) -> None:
        browser = sign_in(db, person(db))
        key = make(db, browser, name="The old one")
        for number in range(3 * MAX_KEYS):
            short = timedelta(seconds=number + 1)
            made = api_keys.new_key()
            api_keys.create_key(
                db, browser.actor, made, "Short", OWN, short, POLICY, NOW + short / 2
            )
            db.execute(update(table).where(table.c.name == "Short").values(expires_at=NOW))
        listed = api_keys.keys_of(db, browser.actor.user_id, LATER)
        assert (listed[0].name, listed[0].ending) == ("The old one", key[-4:])


class TestAKeyIsOver:
    def test_once_it_has_expired(self, db: Connection) -> None:
        key = make(db, sign_in(db, person(db)))
        assert api_keys.resume_key(db, key, NOW + MONTH - timedelta(seconds=1)) is not None
        assert api_keys.resume_key(db, key, NOW + MONTH) is None

    def test_once_its_owner_revokes_it_and_nobody_else_can(self, db: Connection) -> None:
        browser, stranger = sign_in(db, person(db)), sign_in(db, person(db, is_admin=True))
        key = make(db, browser)
        public_id = resumed(db, key).public_id
        with pytest.raises(NotFound):
            api_keys.revoke_key(db, stranger.actor, public_id, LATER)
        assert api_keys.revoke_key(db, browser.actor, public_id, LATER) == "Backup"
        assert api_keys.resume_key(db, key, LATER) is None
        with pytest.raises(NotFound):
            api_keys.revoke_key(db, browser.actor, public_id, LATER)
        assert len(lines(db, EventKind.API_KEY_REVOKED)) == 1

    def test_once_an_administrator_revokes_it_and_the_history_says_who(
        self, db: Connection
    ) -> None:
        browser, chief = sign_in(db, person(db)), sign_in(db, person(db, is_admin=True))
        key = make(db, browser)
        public_id = resumed(db, key).public_id

        stale = chief.actor._replace(authenticated_at=NOW - 2 * POLICY.step_up_after)
        only_reads = resumed(db, make(db, chief, [Scope.ADMIN_READ]))
        for actor, refusal in (
            (browser.actor, NotAdmin),
            (only_reads, NotAdmin),
            (stale, PasswordNeeded),
        ):
            with pytest.raises(refusal):
                api_keys.revoke_anybodys_key(db, actor, public_id, POLICY, LATER)
        assert resumed(db, key)

        revoked = api_keys.revoke_anybodys_key(db, chief.actor, public_id, POLICY, LATER)
        assert (revoked.user_id, revoked.name) == (browser.actor.user_id, "Backup")
        assert api_keys.resume_key(db, key, LATER) is None
        [line] = lines(db, EventKind.API_KEY_REVOKED)
        assert (line.user_id, line.actor_user_id) == (browser.actor.user_id, chief.actor.user_id)
        assert line.details == {"name": "Backup", "key": public_id, "by_admin": True}
        assert line.actor_device is None
        for gone in (public_id, browser.public_id):
            with pytest.raises(NotFound):
                api_keys.revoke_anybodys_key(db, chief.actor, gone, POLICY, LATER)

    def test_while_its_account_is_disabled_and_afterwards(self, db: Connection) -> None:
        owner, chief = person(db), sign_in(db, person(db, is_admin=True))
        browser = sign_in(db, owner)
        key = make(db, browser)
        user = browser.actor.user_public_id
        administration.disable(db, chief.actor, user, POLICY, LATER)
        assert api_keys.resume_key(db, key, LATER) is None
        administration.enable(db, chief.actor, user, POLICY, LATER)
        assert api_keys.resume_key(db, key, LATER) is None

    @pytest.mark.parametrize("everywhere", [True, False])
    def test_after_a_new_password_that_signs_out_everything_else(
        self, db: Connection, everywhere: bool
    ) -> None:
        browser = sign_in(db, person(db))
        key = make(db, browser)
        change_password(
            db,
            browser.actor,
            browser.token,
            hash_password("another good password"),
            POLICY,
            LATER,
            sign_out_others=everywhere,
        )
        assert (api_keys.resume_key(db, key, LATER) is None) is everywhere

    @pytest.mark.parametrize("nonsense", ["", "sdk_", "sdk_" + "x" * 43, "sdk_\x00", "\ud800" * 47])
    def test_if_it_was_never_made(self, db: Connection, nonsense: str) -> None:
        make(db, sign_in(db, person(db)))
        assert api_keys.resume_key(db, nonsense, LATER) is None

    def test_in_the_midst_of_what_it_does(self, db: Connection) -> None:
        browser = sign_in(db, person(db))
        actor = resumed(db, make(db, browser))
        api_keys.revoke_key(db, browser.actor, actor.public_id, LATER)
        for deed in (
            lambda: end_others(db, actor, POLICY, LATER),
            lambda: rename(db, actor, browser.public_id, "Mine", LATER),
            lambda: end(db, actor, browser.public_id, POLICY, LATER),
        ):
            with pytest.raises(NotSignedIn):
                deed()
        assert stored(db, browser.public_id).ended_at is None

    def test_for_good_once_the_clean_up_has_passed(self, db: Connection) -> None:
        browser = sign_in(db, person(db))
        make(db, browser)
        at = Position(Walk.DELETE_API_KEYS)
        clean_slice(db, POLICY, NOW + MONTH + API_KEYS_KEPT - timedelta(days=1), at, 10)
        assert len(api_keys.keys_of(db, browser.actor.user_id, LATER)) == 1
        clean_slice(db, POLICY, NOW + MONTH + API_KEYS_KEPT, at, 10)
        assert api_keys.keys_of(db, browser.actor.user_id, LATER) == []


class TestActing:
    def test_ends_every_session_of_its_owner_and_the_history_names_the_key(
        self, db: Connection
    ) -> None:
        owner = person(db)
        browser, other = sign_in(db, owner), sign_in(db, owner)
        stranger = sign_in(db, person(db))
        actor = resumed(db, make(db, browser))

        ended = end_others(db, actor, POLICY, LATER)

        assert {one.public_id for one in ended} == {browser.public_id, other.public_id}
        assert stored(db, stranger.public_id).ended_at is None
        for line in lines(db, EventKind.ENDED):
            assert line.details == {"api_key": "Backup", "api_key_id": actor.public_id}
            assert (line.actor_user_id, line.actor_device) == (owner, None)

    def test_on_another_account_tells_its_owner_no_name(self, db: Connection) -> None:
        chief, victim = sign_in(db, person(db, is_admin=True)), sign_in(db, person(db))
        actor = resumed(db, make(db, chief, EVERYTHING, "Night watch"))
        end(db, actor, victim.public_id, POLICY, LATER)
        [line] = lines(db, EventKind.ENDED)
        assert line.details == {"api_key_id": actor.public_id}
        assert line.end_reason == "revoked_by_admin"

    def test_of_a_former_administrator_is_refused(self, db: Connection) -> None:
        owner = person(db, is_admin=True)
        chief, victim = sign_in(db, owner), sign_in(db, person(db))
        actor = resumed(db, make(db, chief, EVERYTHING))
        set_user(db, owner, is_admin=False)
        with pytest.raises(NotFound):
            end(db, actor, victim.public_id, POLICY, LATER)
        with pytest.raises(NotAdmin):
            administration.disable(db, actor, victim.actor.user_public_id, POLICY, LATER)

    def test_on_accounts_needs_the_scope_for_it(self, db: Connection) -> None:
        chief, victim = sign_in(db, person(db, is_admin=True)), sign_in(db, person(db))
        actor = resumed(db, make(db, chief, [*OWN, Scope.ADMIN_READ]))
        with pytest.raises(NotAdmin):
            administration.disable(db, actor, victim.actor.user_public_id, POLICY, LATER)
        with pytest.raises(NotFound):
            end(db, actor, victim.public_id, POLICY, LATER)
        with pytest.raises(NotFound):
            bulk.freeze_chosen(db, actor, [victim.public_id], LATER)

    def test_is_noted_once_a_minute(self, db: Connection) -> None:
        browser = sign_in(db, person(db))
        key = make(db, browser)
        api_keys.note_use(db, resumed(db, key), "203.0.113.7", LATER)
        used = resumed(db, key)
        assert not api_keys.use_is_due(used, LATER + timedelta(seconds=59))
        api_keys.note_use(db, used, "203.0.113.8", LATER + timedelta(seconds=59))
        [listed] = api_keys.keys_of(db, browser.actor.user_id, LATER)
        assert (listed.last_used_at, listed.last_used_ip_address) == (LATER, "203.0.113.7")
