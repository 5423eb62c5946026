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
    PageKey,
    count_all,
    count_devices_of,
    devices_of,
    ending_of,
    no_longer_live,
    page_of_all,
    public_id_of,
    seen_from,
)
from sessions_dashboard.sessions.tokens import digest, new_token
from tests.support.people import (
    CHROME,
    FIREFOX,
    NOW,
    POLICY,
    add_many_sessions,
    add_user,
    set_session,
    set_user,
    sign_in,
)
from tests.support.statements import explain, is_keyed, is_scan, is_sort, statements_of

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


class TestPageOfAll:
    def test_shows_the_live_sessions_of_everybody_newest_first(self, db: Connection) -> None:
        ada, bob = add_user(db, "ada"), add_user(db, "bob")
        old = sign_in(db, ada, NOW)
        new = sign_in(db, bob, LATER)
        gone = sign_in(db, ada, LATER)
        end_by_token(db, gone.token, LATER)
        sign_in(db, ada, NOW - POLICY.lifetime)

        page = page_of_all(db, POLICY, LATER)

        assert ids(list(page.rows)) == [new.public_id, old.public_id]
        assert [row.email for row in page.rows] == ["bob@example.com", "ada@example.com"]
        assert page.next_key is None

    def test_pages_lose_and_repeat_nothing_though_many_began_at_one_moment(
        self, db: Connection
    ) -> None:
        user_id = add_user(db)
        everything = [sign_in(db, user_id, NOW + (n // 4) * MINUTE).public_id for n in range(23)]

        assert _walk(db, size=5) == everything[::-1]

    @pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 10])
    def test_the_last_page_has_no_next_key(self, db: Connection, count: int) -> None:
        user_id = add_user(db)
        for _ in range(count):
            sign_in(db, user_id)

        assert len(_walk(db, size=5)) == count

    def test_sign_ins_and_ends_between_two_pages_shift_nothing(self, db: Connection) -> None:
        user_id = add_user(db)
        browsers = [sign_in(db, user_id, NOW + n * MINUTE) for n in range(12)]
        now = NOW + 20 * MINUTE
        seen = page_of_all(db, POLICY, now, size=4)

        sign_in(db, user_id, now)
        end_by_token(db, browsers[-2].token, now)
        end_by_token(db, browsers[3].token, now)
        rest = _walk(db, size=4, after=seen.next_key)

        kept = [browser.public_id for browser in browsers]
        del kept[3]
        assert ids(list(seen.rows)) + rest == kept[::-1]

    def test_the_key_may_be_of_a_row_that_is_gone(self, db: Connection) -> None:
        user_id = add_user(db)
        browsers = [sign_in(db, user_id, NOW + n * MINUTE) for n in range(4)]
        now = NOW + 20 * MINUTE
        seen = page_of_all(db, POLICY, now, size=2)
        db.exec_driver_sql(f"DELETE FROM sessions WHERE id = {seen.rows[-1].id}")

        assert _walk(db, size=2, after=seen.next_key) == [
            browsers[1].public_id,
            browsers[0].public_id,
        ]

    def test_walks_an_index_and_sorts_nothing(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _fill(database)
        with database.reading() as db:
            first = page_of_all(db, POLICY, NOW, size=25)
            with statements_of(db, monkeypatch) as sent:
                page_of_all(db, POLICY, NOW, after=first.next_key, size=25)
        with database.reading() as db:
            plan = explain(db, *sent[-1])
        assert any("ix_sessions_live_created_at" in step for step in plan), plan
        assert not any(is_sort(step) for step in plan), plan


def _walk(db: Connection, *, size: int, after: PageKey | None = None) -> list[str]:
    """The public ids of all pages after a key."""
    found: list[str] = []
    while True:
        page = page_of_all(db, POLICY, NOW + 20 * MINUTE, after=after, size=size)
        assert len(page.rows) <= size
        found += ids(list(page.rows))
        if page.next_key is None:
            return found
        after = page.next_key


class TestSearch:
    @pytest.fixture(autouse=True)
    def people(self, db: Connection) -> None:
        ada = sign_in(db, add_user(db, "ada"), device=CHROME, ip_address="192.0.2.1")
        bob = sign_in(db, add_user(db, "bob_100%"), device=FIREFOX, ip_address="2001:db8::7")
        rename(db, ada.actor, ada.public_id, "Work/laptop 50% off_x", NOW)
        rename(db, bob.actor, bob.public_id, "Büro", NOW)

    @pytest.mark.parametrize(
        ("words", "found"),
        [
            ("", {"ada", "bob_100%"}),
            ("   ", {"ada", "bob_100%"}),
            ("ada", {"ada"}),
            ("ADA@Example", {"ada"}),
            ("example.com", set()),
            ("192.0.2", {"ada"}),
            ("2001:DB8", {"bob_100%"}),
            ("firefox", {"bob_100%"}),
            ("on", {"ada", "bob_100%"}),
            ("firefox 2001", {"bob_100%"}),
            ("firefox 192", set()),
            ("LAPTOP", {"ada"}),
            ("üro", {"bob_100%"}),
            ("%", {"ada"}),
            ("50%", {"ada"}),
            ("_x", {"ada"}),
            ("o_x", set()),
            ("b_b", set()),
            ("bob_100%", {"bob_100%"}),
            ("bob_1__%", set()),
            ("work/", {"ada"}),
            ("/", {"ada"}),
            ("\\", set()),
            ("'", set()),
            ('" OR 1=1 --', set()),
        ],
    )
    def test_finds_every_word_as_it_is_written(
        self, db: Connection, words: str, found: set[str]
    ) -> None:
        page = page_of_all(db, POLICY, NOW, words)

        assert {row.email.partition("@")[0] for row in page.rows} == found
        assert count_all(db, POLICY, NOW, words) == len(found)

    @pytest.mark.parametrize("odd", ["ada\x00", "\ud83dada", "\u202eada", "a\x07da"])
    def test_leaves_out_what_no_text_has(self, db: Connection, odd: str) -> None:
        page = page_of_all(db, POLICY, NOW, odd)

        assert [row.email for row in page.rows] == ["ada@example.com"]


class TestCountAll:
    def test_counts_the_live_sessions_of_everybody(self, db: Connection) -> None:
        for name in ("ada", "bob"):
            user_id = add_user(db, name)
            browser = sign_in(db, user_id)
            sign_in(db, user_id)
            sign_in(db, user_id, NOW - POLICY.lifetime)
            end(db, browser.actor, sign_in(db, user_id).public_id, POLICY, NOW)

        assert count_all(db, POLICY, NOW) == 4

    def test_stops_one_beyond_its_bound(
        self, db: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(queries, "MAX_COUNT", 10)
        user_id = add_user(db)
        add_many_sessions(db, user_id, 10)
        assert count_all(db, POLICY, NOW) == 10

        add_many_sessions(db, user_id, 30)
        assert count_all(db, POLICY, NOW) == 11
        assert count_all(db, POLICY, NOW, "chrome") == 11

    def test_its_bound_is_ten_thousand(self) -> None:
        assert queries.MAX_COUNT == 10_000


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
