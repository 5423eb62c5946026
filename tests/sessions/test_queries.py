"""What the pages read."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from sessions_dashboard.database import Database
from sessions_dashboard.sessions import (
    EndReason,
    end,
    end_by_token,
    end_from_shell,
    end_others,
    queries,
    rename,
    touch,
)
from sessions_dashboard.sessions.queries import (
    DeviceSession,
    count_devices_of,
    devices_of,
    ending_of,
    endings_of,
    no_longer_live,
    public_id_of,
    seen_from,
)
from sessions_dashboard.sessions.tokens import digest, new_token
from tests.support.people import (
    FIREFOX,
    NOW,
    POLICY,
    add_many_sessions,
    add_user,
    set_session,
    set_user,
    sign_in,
)
from tests.support.statements import explain, is_keyed, is_scan, statements_of

MINUTE = timedelta(minutes=1)
INSTANT = timedelta(microseconds=1)
LATER = NOW + 5 * MINUTE
MISSING = "00000000-0000-7000-8000-000000000000"


def ids(devices: list[DeviceSession]) -> list[str]:
    return [device.public_id for device in devices]


class TestDevicesOf:
    def test_tells_what_the_page_shows(self, db: Connection) -> None:
        user_id = add_user(db)
        browser = sign_in(db, user_id, ip_address="2001:db8::7")
        rename(db, browser.actor, browser.public_id, "Laptop", NOW)
        touch(db, browser.actor.id, LATER)

        (device,) = devices_of(db, user_id, POLICY, LATER)

        assert (device.id, device.public_id) == (browser.actor.id, browser.public_id)
        assert device.email == "ada@example.com"
        assert (device.name, device.device_label) == ("Laptop", "Chrome on Windows")
        assert (device.device_type, device.ip_address) == ("desktop", "2001:db8::7")
        assert (device.city, device.country) == ("Berlin", "Germany")
        assert (device.created_at, device.last_seen_at) == (NOW, LATER)
        assert device.expires_at == LATER + POLICY.idle_timeout

    def test_shows_nothing_of_anybody_else(self, db: Connection) -> None:
        ada, admin = add_user(db, "ada"), add_user(db, "grace", is_admin=True)
        sign_in(db, ada)
        own = sign_in(db, admin)

        assert ids(devices_of(db, admin, POLICY, NOW)) == [own.public_id]
        assert devices_of(db, 4711, POLICY, NOW) == []

    def test_puts_the_last_used_first_and_of_equals_the_newest(self, db: Connection) -> None:
        user_id = add_user(db)
        first, second, third, fourth = (sign_in(db, user_id) for _ in range(4))
        touch(db, second.actor.id, LATER)

        shown = ids(devices_of(db, user_id, POLICY, LATER))

        assert shown == [one.public_id for one in (second, fourth, third, first)]

    def test_leaves_out_what_was_ended(self, db: Connection) -> None:
        user_id = add_user(db)
        browser, other = sign_in(db, user_id), sign_in(db, user_id)
        end(db, browser.actor, other.public_id, POLICY, NOW)

        assert ids(devices_of(db, user_id, POLICY, NOW)) == [browser.public_id]

    @pytest.mark.parametrize("limit", [POLICY.idle_timeout, POLICY.lifetime])
    def test_leaves_out_what_ran_out_at_the_very_moment(
        self, db: Connection, limit: timedelta
    ) -> None:
        user_id = add_user(db)
        browser = sign_in(db, user_id)
        if limit == POLICY.lifetime:
            set_session(db, browser.public_id, last_seen_at=NOW + limit - INSTANT)

        assert len(devices_of(db, user_id, POLICY, NOW + limit - INSTANT)) == 1
        assert devices_of(db, user_id, POLICY, NOW + limit) == []

    def test_agrees_with_the_policy_about_a_last_seen_in_the_future(self, db: Connection) -> None:
        user_id = add_user(db)
        browser = sign_in(db, user_id)
        set_session(db, browser.public_id, last_seen_at=NOW + timedelta(days=3650))

        (device,) = devices_of(db, user_id, POLICY, NOW)
        assert device.expires_at == NOW + POLICY.lifetime
        assert devices_of(db, user_id, POLICY, NOW + POLICY.lifetime) == []

    def test_stops_at_a_hundred_and_the_count_goes_on(self, db: Connection) -> None:
        user_id = add_user(db)
        add_many_sessions(db, user_id, queries.MAX_DEVICES + 7)

        assert len(devices_of(db, user_id, POLICY, NOW)) == queries.MAX_DEVICES
        assert count_devices_of(db, user_id, POLICY, NOW) == queries.MAX_DEVICES + 7

    def test_counts_what_it_lists(self, db: Connection) -> None:
        ada, bob = add_user(db, "ada"), add_user(db, "bob")
        browser, gone = sign_in(db, ada), sign_in(db, ada)
        sign_in(db, bob)
        sign_in(db, ada, NOW - POLICY.lifetime)
        end(db, browser.actor, gone.public_id, POLICY, NOW)

        assert count_devices_of(db, ada, POLICY, NOW) == 1

    def test_reads_one_users_rows_by_an_index(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _fill(database)
        with database.reading() as db, statements_of(db, monkeypatch) as sent:
            devices_of(db, 7, POLICY, NOW)
        with database.reading() as db:
            plan = explain(db, *sent[-1])
        assert any(is_keyed(step) and "sessions" in step for step in plan), plan
        assert not any(is_scan(step) and "sessions" in step for step in plan), plan


def _fill(database: Database) -> None:
    """Some thousand rows, so that reading them all is not the cheapest way."""
    with database.begin() as db:
        user_ids = [add_user(db, f"user{n}") for n in range(60)]
        for n, user_id in enumerate(user_ids):
            add_many_sessions(db, user_id, 60, created_at=NOW - n * MINUTE)
    with database.reading() as db:
        db.exec_driver_sql("ANALYZE")


class TestEndingOf:
    def test_is_none_while_the_session_lives_and_once_it_is_deleted(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))

        assert ending_of(db, browser.public_id, POLICY, NOW) is None
        assert ending_of(db, MISSING, POLICY, NOW) is None

    def test_tells_of_a_sign_out_of_its_own(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        end_by_token(db, browser.token, LATER)

        ending = ending_of(db, browser.public_id, POLICY, LATER)

        assert ending is not None
        assert (ending.reason, ending.ended_at) == (EndReason.SIGNED_OUT, LATER)
        assert ending.ended_from is None

    @pytest.mark.parametrize("name", [None, "Work laptop"])
    def test_tells_of_a_revoke_from_which_device_it_came(
        self, db: Connection, name: str | None
    ) -> None:
        user_id = add_user(db)
        browser, other = sign_in(db, user_id, device=FIREFOX), sign_in(db, user_id)
        if name:
            rename(db, browser.actor, browser.public_id, name, NOW)
        end_others(db, browser.actor, POLICY, LATER)

        ending = ending_of(db, other.public_id, POLICY, LATER + MINUTE)

        assert ending is not None
        assert (ending.reason, ending.ended_at) == (EndReason.REVOKED, LATER)
        assert ending.ended_from == (name or "Firefox on Linux")

    def test_tells_nothing_of_an_administrators_device(self, db: Connection) -> None:
        admin = sign_in(db, add_user(db, "grace", is_admin=True))
        person = sign_in(db, add_user(db, "ada"))
        end(db, admin.actor, person.public_id, POLICY, LATER)

        ending = ending_of(db, person.public_id, POLICY, LATER)

        assert ending is not None
        assert ending.reason is EndReason.REVOKED_BY_ADMIN
        assert ending.ended_from is None

    def test_tells_of_a_revoke_from_the_shell(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        end_from_shell(db, browser.public_id, LATER)

        ending = ending_of(db, browser.public_id, POLICY, LATER)

        assert ending is not None
        assert (ending.reason, ending.ended_from) == (EndReason.REVOKED_BY_ADMIN, None)

    @pytest.mark.parametrize("reason", EndReason)
    def test_gives_the_reason_that_the_row_holds(self, db: Connection, reason: EndReason) -> None:
        browser = sign_in(db, add_user(db))
        set_session(db, browser.public_id, ended_at=LATER, end_reason=reason.value)

        ending = ending_of(db, browser.public_id, POLICY, NOW + timedelta(days=300))

        assert ending is not None
        assert (ending.reason, ending.ended_at) == (reason, LATER)

    @pytest.mark.parametrize(
        ("last_seen", "reason", "at"),
        [
            (NOW, EndReason.IDLE, NOW + POLICY.idle_timeout),
            (NOW + timedelta(days=29), EndReason.LIFETIME, NOW + POLICY.lifetime),
            (NOW + timedelta(days=900), EndReason.LIFETIME, NOW + POLICY.lifetime),
        ],
    )
    def test_tells_of_one_that_ran_out_when_it_did(
        self, db: Connection, last_seen: datetime, reason: EndReason, at: datetime
    ) -> None:
        browser = sign_in(db, add_user(db))
        set_session(db, browser.public_id, last_seen_at=last_seen)

        assert ending_of(db, browser.public_id, POLICY, at - INSTANT) is None
        ending = ending_of(db, browser.public_id, POLICY, at)

        assert ending is not None
        assert (ending.reason, ending.ended_at, ending.ended_from) == (reason, at, None)

    def test_an_idle_session_read_after_its_lifetime_still_ended_when_it_first_ran_out(
        self, db: Connection
    ) -> None:
        browser = sign_in(db, add_user(db))

        ending = ending_of(db, browser.public_id, POLICY, NOW + POLICY.lifetime + MINUTE)

        assert ending is not None
        assert ending.ended_at == NOW + POLICY.idle_timeout
        assert ending.reason is EndReason.IDLE

    def test_tells_of_a_disabled_account(self, db: Connection) -> None:
        user_id = add_user(db)
        browser = sign_in(db, user_id)
        set_user(db, user_id, disabled_at=LATER)

        ending = ending_of(db, browser.public_id, POLICY, LATER + MINUTE)

        assert ending is not None
        assert (ending.reason, ending.ended_at) == (EndReason.ACCOUNT_DISABLED, LATER)


class TestNoLongerLive:
    def test_names_those_that_are_over_or_gone(self, db: Connection) -> None:
        user_id, disabled = add_user(db, "ada"), add_user(db, "bob")
        live = sign_in(db, user_id)
        ended = sign_in(db, user_id)
        end_by_token(db, ended.token, NOW)
        idle = sign_in(db, user_id, NOW - POLICY.idle_timeout)
        old = sign_in(db, user_id, NOW - POLICY.lifetime)
        set_session(db, old.public_id, last_seen_at=NOW)
        refused = sign_in(db, disabled)
        set_user(db, disabled, disabled_at=NOW)
        over = {one.public_id for one in (ended, idle, old, refused)} | {MISSING}

        assert no_longer_live(db, [live.public_id, *over], POLICY, NOW) == over

    def test_is_empty_for_none(self, db: Connection) -> None:
        assert no_longer_live(db, [], POLICY, NOW) == set()

    def test_takes_thousands_at_once(self, db: Connection) -> None:
        live = sign_in(db, add_user(db))
        missing = {f"00000000-0000-7000-8000-{n:012d}" for n in range(5_000)}

        assert no_longer_live(db, [live.public_id, *missing], POLICY, NOW) == missing


class TestEndingsOf:
    def test_tells_of_those_that_are_over_and_of_no_others(self, db: Connection) -> None:
        user_id = add_user(db)
        live, ended, idle = (
            sign_in(db, user_id, at) for at in (NOW, NOW, NOW - POLICY.idle_timeout)
        )
        end_by_token(db, ended.token, NOW)

        found = endings_of(
            db, [live.public_id, ended.public_id, idle.public_id, MISSING], POLICY, NOW
        )

        assert found == {
            ended.public_id: ending_of(db, ended.public_id, POLICY, NOW),
            idle.public_id: ending_of(db, idle.public_id, POLICY, NOW),
        }
        assert None not in (found[ended.public_id], found[idle.public_id])
        assert endings_of(db, [], POLICY, NOW) == {}


class TestPublicIdOf:
    def test_finds_the_session_of_a_token_even_when_it_is_over(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        end_by_token(db, browser.token, NOW)

        assert public_id_of(db, digest(browser.token)) == browser.public_id
        assert public_id_of(db, digest(new_token())) is None


class TestSeenFrom:
    def test_remembers_the_addresses_of_one_account(self, db: Connection) -> None:
        ada, bob = add_user(db, "ada"), add_user(db, "bob")
        browser = sign_in(db, ada, ip_address="192.0.2.1")
        end_by_token(db, browser.token, NOW)

        assert seen_from(db, ada, "192.0.2.1")
        assert not seen_from(db, ada, "192.0.2.11")
        assert not seen_from(db, bob, "192.0.2.1")
