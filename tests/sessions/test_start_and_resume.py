"""Signing in, and finding the session again by its cookie or its public id."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import StatementError

from sessions_dashboard.database import Database
from sessions_dashboard.sessions import (
    ActiveSession,
    EndReason,
    Policy,
    RequestInfo,
    resume,
    resume_by_public_id,
    start,
)
from sessions_dashboard.sessions.tokens import digest, new_token
from tests.support.people import (
    BERLIN,
    CHROME,
    NOW,
    POLICY,
    SignedIn,
    add_many_sessions,
    add_user,
    set_session,
    set_user,
    sign_in,
    stored,
)
from tests.support.statements import explain, is_keyed, is_scan, statements_of

INSTANT = timedelta(microseconds=1)
Find = Callable[[Connection, SignedIn, datetime], ActiveSession | None]


def _by_token(db: Connection, browser: SignedIn, now: datetime) -> ActiveSession | None:
    return resume(db, browser.token, POLICY, now)


def _by_public_id(db: Connection, browser: SignedIn, now: datetime) -> ActiveSession | None:
    return resume_by_public_id(db, browser.public_id, POLICY, now)


@pytest.fixture(params=[_by_token, _by_public_id], ids=["by token", "by public id"])
def find(request: pytest.FixtureRequest) -> Find:
    """The two ways to a session, which must answer alike."""
    return request.param  # type: ignore[no-any-return]


class TestStart:
    def test_records_where_from_with_what_and_when(self, db: Connection) -> None:
        user_id = add_user(db)
        request = RequestInfo("2001:db8::7", "Mozilla/5.0 …", {"sec-ch-ua-platform": '"Windows"'})

        public_id, token = start(db, user_id, request, CHROME, BERLIN, POLICY, NOW)

        row = stored(db, public_id)
        assert row.user_id == user_id
        assert bytes(row.token_digest) == digest(token)
        assert (row.ip_address, row.user_agent) == ("2001:db8::7", "Mozilla/5.0 …")
        assert row.client_hints == {"sec-ch-ua-platform": '"Windows"'}
        assert (row.device_label, row.device_type) == ("Chrome on Windows", "desktop")
        assert (row.browser, row.browser_version, row.os) == ("Chrome", "138", "Windows")
        assert (row.country_code, row.country, row.city) == ("DE", "Germany", "Berlin")
        assert row.created_at == row.last_seen_at == row.authenticated_at == NOW
        assert row.name is row.ended_at is row.end_reason is row.ended_by_session_id is None

    def test_gives_a_public_id_that_tells_no_row_number(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))

        assert uuid.UUID(browser.public_id).version == 7

    def test_makes_a_new_session_and_token_every_time(self, db: Connection) -> None:
        user_id = add_user(db)

        browsers = [sign_in(db, user_id) for _ in range(20)]

        assert len({browser.token for browser in browsers}) == 20
        assert len({browser.public_id for browser in browsers}) == 20

    def test_leaves_the_other_sessions_of_the_user_as_they_were(self, db: Connection) -> None:
        user_id = add_user(db)
        first = sign_in(db, user_id)
        before = stored(db, first.public_id)

        sign_in(db, user_id, NOW + timedelta(hours=1))

        assert stored(db, first.public_id) == before

    def test_keeps_a_moment_whatever_the_zone_it_was_given_in(self, db: Connection) -> None:
        tokyo = NOW.astimezone(timezone(timedelta(hours=9)))

        browser = sign_in(db, add_user(db), tokyo)

        assert stored(db, browser.public_id).created_at == NOW
        assert browser.actor.created_at == NOW

    def test_refuses_a_time_without_a_zone(self, db: Connection) -> None:
        user_id = add_user(db)

        with pytest.raises((StatementError, TypeError)), db.begin_nested():
            sign_in(db, user_id, NOW.replace(tzinfo=None))


class TestResume:
    def test_tells_the_session_and_its_user(self, db: Connection, find: Find) -> None:
        user_id = add_user(db, "grace", is_admin=True)
        browser = sign_in(db, user_id, NOW)
        set_session(db, browser.public_id, last_seen_at=NOW + timedelta(hours=1))

        found = find(db, browser, NOW + timedelta(hours=2))

        assert found is not None
        assert found.id == stored(db, browser.public_id).id
        assert (found.public_id, found.user_id) == (browser.public_id, user_id)
        assert (found.email, found.is_admin) == ("grace@example.com", True)
        assert (found.created_at, found.authenticated_at) == (NOW, NOW)
        assert found.last_seen_at == NOW + timedelta(hours=1)
        assert (found.token_since, found.token_seen_at, found.remembered) == (NOW, None, True)
        assert found.ends_at == NOW + POLICY.admin_lifetime
        assert found.expires_at == NOW + timedelta(hours=1) + POLICY.admin_idle_timeout

    def test_gives_times_in_utc(self, db: Connection, find: Find) -> None:
        found = find(db, sign_in(db, add_user(db)), NOW)

        assert found is not None
        for moment in (found.created_at, found.last_seen_at, found.authenticated_at):
            assert moment.utcoffset() == timedelta(0)

    def test_tells_two_people_apart(self, db: Connection, find: Find) -> None:
        ada, bob = sign_in(db, add_user(db, "ada")), sign_in(db, add_user(db, "bob"))

        for browser, email in ((ada, "ada@example.com"), (bob, "bob@example.com")):
            found = find(db, browser, NOW)
            assert found is not None
            assert (found.email, found.is_admin) == (email, False)

    def test_says_who_is_an_administrator_at_this_moment(self, db: Connection, find: Find) -> None:
        user_id = add_user(db, is_admin=True)
        browser = sign_in(db, user_id)
        set_user(db, user_id, is_admin=False)

        found = find(db, browser, NOW)

        assert found is not None
        assert found.is_admin is False

    def test_finds_none_for_what_was_never_given(self, db: Connection) -> None:
        sign_in(db, add_user(db))

        assert resume(db, new_token(), POLICY, NOW) is None
        assert resume(db, "", POLICY, NOW) is None
        assert resume_by_public_id(db, str(uuid.uuid4()), POLICY, NOW) is None

    def test_does_not_take_a_public_id_or_a_digest_for_a_token(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))

        assert resume(db, browser.public_id, POLICY, NOW) is None
        assert resume(db, digest(browser.token).hex(), POLICY, NOW) is None

    @pytest.mark.parametrize("reason", EndReason)
    def test_refuses_an_ended_session_whatever_ended_it(
        self, db: Connection, find: Find, reason: EndReason
    ) -> None:
        browser = sign_in(db, add_user(db))
        set_session(db, browser.public_id, ended_at=NOW, end_reason=reason.value)

        assert find(db, browser, NOW) is None

    def test_refuses_a_session_that_ended_in_the_future(self, db: Connection, find: Find) -> None:
        browser = sign_in(db, add_user(db))
        set_session(db, browser.public_id, ended_at=NOW + timedelta(days=1))

        assert find(db, browser, NOW) is None

    def test_refuses_a_disabled_user(self, db: Connection, find: Find) -> None:
        user_id = add_user(db)
        browser = sign_in(db, user_id)
        set_user(db, user_id, disabled_at=NOW)

        assert find(db, browser, NOW) is None

    def test_works_until_the_idle_timeout_and_not_at_it(self, db: Connection, find: Find) -> None:
        browser = sign_in(db, add_user(db))
        limit = NOW + POLICY.idle_timeout

        assert find(db, browser, limit - INSTANT) is not None
        assert find(db, browser, limit) is None

    def test_works_until_the_lifetime_and_not_at_it(self, db: Connection, find: Find) -> None:
        browser = sign_in(db, add_user(db))
        limit = NOW + POLICY.lifetime
        set_session(db, browser.public_id, last_seen_at=limit - INSTANT)

        assert find(db, browser, limit - INSTANT) is not None
        assert find(db, browser, limit) is None

    def test_ends_with_its_lifetime_though_last_seen_in_the_far_future(
        self, db: Connection, find: Find
    ) -> None:
        browser = sign_in(db, add_user(db))
        set_session(db, browser.public_id, last_seen_at=NOW + timedelta(days=3650))

        found = find(db, browser, NOW)

        assert found is not None
        assert found.expires_at == NOW + POLICY.lifetime
        assert find(db, browser, NOW + POLICY.lifetime) is None

    def test_follows_the_policy_of_this_moment(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        later = NOW + timedelta(hours=2)
        strict = Policy(idle_timeout=timedelta(hours=1))

        assert resume(db, browser.token, POLICY, later) is not None
        assert resume(db, browser.token, strict, later) is None

    def test_writes_nothing(self, db: Connection, find: Find) -> None:
        browser = sign_in(db, add_user(db))
        before = stored(db, browser.public_id)

        find(db, browser, NOW + timedelta(hours=1))

        assert stored(db, browser.public_id) == before


class TestTheQueryOfResume:
    def test_is_one_and_reads_one_row_by_each_index(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with database.begin() as db:
            browser = sign_in(db, [add_user(db, f"user{n}") for n in range(300)][7])
            add_many_sessions(db, browser.actor.user_id, 3_000)
        if not database.is_sqlite:
            with database.reading() as db:
                db.exec_driver_sql("ANALYZE")

        for find in (_by_token, _by_public_id):
            with database.reading() as db, statements_of(db, monkeypatch) as sent:
                assert find(db, browser, NOW) is not None
            assert len(sent) == 1
            with database.reading() as db:
                plan = explain(db, *sent[0])
            assert len([step for step in plan if is_keyed(step)]) == 2, plan
            assert not any(is_scan(step) for step in plan), plan
