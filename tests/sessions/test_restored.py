"""After a backup was restored: nothing that it holds lets anybody in, and no more than that."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Row, select, text, update

from sessions_dashboard.accounts.invitations import invite, invited_by, new_invitation_token
from sessions_dashboard.accounts.models import account_links, outbox
from sessions_dashboard.accounts.outbox import MailKind, any_due, claim, put
from sessions_dashboard.database import Database
from sessions_dashboard.jobs import end_what_came_back
from sessions_dashboard.runtime import utc_now
from sessions_dashboard.sessions import Scope, api_keys, resume
from sessions_dashboard.sessions.api_key_models import api_keys as key_table
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.links import PURPOSES, LinkSpent, Purpose, find, issue
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.recovery import deny_by_mail
from sessions_dashboard.sessions.restored import (
    GIVEN_UP,
    Newest,
    Position,
    Walk,
    end_slice,
    newest,
)
from sessions_dashboard.sessions.tokens import digest
from tests.support.people import (
    NOW,
    POLICY,
    SignedIn,
    add_many_sessions,
    add_user,
    lines,
    set_session,
    sign_in,
    stored,
)
from tests.support.statements import explain, statements_of
from tests.support.together import overtaken

LATER = NOW + timedelta(minutes=5)
ENOUGH = 1_000
RESET, NOT_ME = Purpose.RESET_PASSWORD, Purpose.NOT_ME
NOTHING: Counter[Walk] = Counter()


def run(
    db: Connection,
    *,
    last: Newest | None = None,
    limit: int = ENOUGH,
    meanwhile: Callable[[Position], None] = lambda _position: None,
) -> Counter[Walk]:
    """A whole run; how many of each it did. `meanwhile` happens after each slice."""
    last = last or newest(db)
    done: Counter[Walk] = Counter()
    position: Position | None = Position()
    while position is not None:
        this = end_slice(db, last, POLICY, LATER, position, limit)
        assert this.done <= limit
        done[position.walk] += this.done
        position = this.next
        if position is not None:
            meanwhile(position)
    return done


def make_key(
    db: Connection,
    browser: SignedIn,
    lifetime: timedelta = timedelta(days=30),
    now: datetime = NOW,
) -> str:
    key = api_keys.new_key()
    own = (Scope.OWN_READ,)
    api_keys.create_key(db, browser.actor, key, "Backup", own, lifetime, POLICY, now)
    return key


def make_invitation(db: Connection, user_id: int) -> str:
    token = new_invitation_token()
    invite(db, user_id, token, NOW)
    return token


def mails(db: Connection) -> list[Row[tuple[object, ...]]]:
    return list(db.execute(select(outbox).order_by(outbox.c.id)))


def works(db: Connection, token: str, purpose: Purpose) -> bool:
    try:
        find(db, token, purpose, LATER)
    except LinkSpent:
        return False
    return True


class TestSessions:
    def test_every_live_one_ends_and_the_history_of_each_says_so(self, db: Connection) -> None:
        browsers = [sign_in(db, add_user(db, name)) for name in ("ada", "bob", "eve")]

        assert run(db)[Walk.END_SESSIONS] == 3

        for browser in browsers:
            assert resume(db, browser.token, POLICY, LATER) is None
            row = stored(db, browser.public_id)
            assert (row.ended_at, row.end_reason) == (LATER, "revoked_by_admin")
            [line] = lines(db, EventKind.ENDED, session_id=browser.actor.id)
            assert (line.user_id, line.end_reason) == (browser.actor.user_id, "revoked_by_admin")
            assert line.device == "Chrome on Windows"
            assert line.actor_user_id is None

    def test_one_that_was_over_keeps_its_end(self, db: Connection) -> None:
        over = sign_in(db, add_user(db))
        set_session(db, over.public_id, ended_at=NOW, end_reason="signed_out")

        assert run(db)[Walk.END_SESSIONS] == 0

        row = stored(db, over.public_id)
        assert (row.ended_at, row.end_reason) == (NOW, "signed_out")
        assert lines(db, EventKind.ENDED) == []

    def test_one_that_had_run_out_ends_as_that_and_is_not_counted(self, db: Connection) -> None:
        forgotten = sign_in(db, add_user(db), NOW - 2 * POLICY.lifetime)

        assert run(db)[Walk.END_SESSIONS] == 0

        row = stored(db, forgotten.public_id)
        assert row.end_reason in ("idle", "lifetime")
        assert row.ended_at < NOW

    def test_who_signed_in_since_the_run_began_stays(self, db: Connection) -> None:
        before = sign_in(db, add_user(db))
        last = newest(db)
        # By a server whose clock is behind, even.
        since = sign_in(db, before.actor.user_id, NOW - timedelta(minutes=1))

        assert run(db, last=last)[Walk.END_SESSIONS] == 1

        assert resume(db, before.token, POLICY, LATER) is None
        assert resume(db, since.token, POLICY, LATER) is not None

    def test_slices_of_any_size_miss_none_and_end_none_twice(self, db: Connection) -> None:
        for name in ("ada", "bob"):
            add_many_sessions(db, add_user(db, name), 7)

        assert run(db, limit=3)[Walk.END_SESSIONS] == 14

        assert db.execute(select(sessions.c.id).where(sessions.c.ended_at.is_(None))).all() == []
        assert len(lines(db, EventKind.ENDED)) == 14

    def test_a_slice_reads_the_live_ones_alone(
        self, db: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        user_id = add_user(db)
        add_many_sessions(db, user_id, 3_000, ended_at=NOW, end_reason="revoked")
        add_many_sessions(db, user_id, 300)
        db.execute(text("ANALYZE"))
        with statements_of(db, monkeypatch) as sent:
            end_slice(db, newest(db), POLICY, LATER, Position(Walk.END_SESSIONS), 20)
        walks = [one for one in sent if "ORDER BY sessions.created_at" in one[0]]
        assert len(walks) == 1
        plan = explain(db, *walks[0])
        assert any("ix_sessions_live_created_at" in step for step in plan), plan


class TestApiKeys:
    def test_every_one_is_refused_and_its_owner_reads_why(self, db: Connection) -> None:
        keys = [make_key(db, sign_in(db, add_user(db, name))) for name in ("ada", "bob", "eve")]

        assert run(db, limit=2)[Walk.REVOKE_API_KEYS] == 3

        assert [api_keys.resume_key(db, key, LATER) for key in keys] == [None] * 3
        told = lines(db, EventKind.API_KEY_REVOKED)
        assert len({line.user_id for line in told}) == 3
        for line in told:
            assert (line.details["name"], line.details["by_admin"]) == ("Backup", True)
            assert line.actor_user_id is None

    def test_one_that_was_over_is_told_of_no_more(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        make_key(db, browser, lifetime=timedelta(minutes=1))
        revoked = digest(make_key(db, browser))
        db.execute(update(key_table).where(key_table.c.digest == revoked).values(revoked_at=NOW))

        assert run(db)[Walk.REVOKE_API_KEYS] == 0

        assert lines(db, EventKind.API_KEY_REVOKED) == []

    def test_one_that_a_session_makes_during_the_run_is_revoked_too(self, db: Connection) -> None:
        browser = sign_in(db, add_user(db))
        last = newest(db)
        key = make_key(db, browser)
        run(db, last=last)
        assert api_keys.resume_key(db, key, LATER) is None


class TestInvitations:
    def test_none_lets_anybody_choose_a_password(self, db: Connection) -> None:
        tokens = [make_invitation(db, add_user(db, name)) for name in ("ada", "bob", "eve")]

        assert run(db, limit=2)[Walk.WITHDRAW_INVITATIONS] == 3

        assert [invited_by(db, token, LATER) for token in tokens] == [None] * 3

    def test_an_account_can_be_invited_again(self, db: Connection) -> None:
        user_id = add_user(db)
        make_invitation(db, user_id)
        run(db)
        again = make_invitation(db, user_id)
        assert invited_by(db, again, LATER) is not None


class TestMailedLinks:
    @pytest.mark.parametrize("purpose", Purpose)
    def test_none_works(self, db: Connection, purpose: Purpose) -> None:
        user_ids = [add_user(db, name) for name in ("ada", "bob", "eve")]
        tokens = [issue(db, user_id, purpose, NOW) for user_id in user_ids]

        run(db, limit=2)

        assert not any(works(db, token, purpose) for token in tokens)

    def test_one_that_was_used_keeps_its_moment_and_is_not_counted(self, db: Connection) -> None:
        issue(db, add_user(db), RESET, NOW)
        db.execute(update(account_links).values(used_at=NOW))

        assert run(db)[Walk.VOID_RESET_LINKS] == 0

        assert db.execute(select(account_links.c.used_at)).scalar_one() == NOW

    def test_the_link_that_another_leads_to_as_it_is_ended_does_not_work(
        self, database: Database
    ) -> None:
        """ "This wasn't me" is pressed while its link is about to be made useless."""
        with database.begin() as db:
            token = issue(db, add_user(db), NOT_ME, NOW)
        onward = []

        overtaken(
            database,
            lambda db: onward.append(deny_by_mail(db, token, POLICY, LATER)[1]),
            run,
        )

        with database.reading() as db:
            assert not works(db, onward[0], RESET)

    def test_the_alarm_about_who_signed_in_since_the_run_began_keeps_its_link(
        self, db: Connection
    ) -> None:
        user_id = add_user(db)
        before, last = sign_in(db, user_id), newest(db)
        since = sign_in(db, user_id)
        tokens = [issue(db, user_id, NOT_ME, NOW, one.actor.id) for one in (before, since)]

        assert run(db, last=last)[Walk.VOID_NOT_ME_LINKS] == 1

        assert [works(db, token, NOT_ME) for token in tokens] == [False, True]

    def test_those_that_are_asked_for_meanwhile_work_and_hold_no_run_up(
        self, db: Connection
    ) -> None:
        user_id = add_user(db)
        add_many_sessions(db, user_id, 3)
        old = [issue(db, user_id, RESET, NOW) for _ in range(3)]
        asked_for: list[str] = []

        def ask(position: Position) -> None:
            if position.walk is Walk.END_SESSIONS or position.up_to is not None:
                asked_for.append(issue(db, user_id, RESET, NOW))

        assert run(db, limit=1, meanwhile=ask)[Walk.VOID_RESET_LINKS] == 3

        assert len(asked_for) > 3
        assert all(works(db, token, RESET) for token in asked_for)
        assert not any(works(db, token, RESET) for token in old)


class TestWaitingMails:
    @pytest.mark.parametrize("kind", PURPOSES)
    def test_one_that_would_make_a_link_is_given_up_and_says_why(
        self, db: Connection, kind: MailKind
    ) -> None:
        put(db, kind, add_user(db), NOW)

        assert run(db)[Walk.GIVE_UP_MAILS] == 1

        [mail] = mails(db)
        assert (mail.finished_at, mail.error) == (LATER, GIVEN_UP)
        assert not any_due(db, LATER)

    @pytest.mark.parametrize("kind", sorted(set(MailKind) - set(PURPOSES)))
    def test_one_that_only_tells_what_happened_is_sent(
        self, db: Connection, kind: MailKind
    ) -> None:
        put(db, kind, add_user(db), NOW)
        assert run(db)[Walk.GIVE_UP_MAILS] == 0
        assert claim(db, LATER) is not None

    def test_one_that_was_sent_stays_so(self, db: Connection) -> None:
        put(db, MailKind.NEW_DEVICE, add_user(db), NOW)
        db.execute(update(outbox).values(finished_at=NOW))
        run(db)
        [mail] = mails(db)
        assert (mail.finished_at, mail.error) == (NOW, None)

    def test_an_alarm_since_the_run_began_is_sent(self, db: Connection) -> None:
        user_id = add_user(db)
        last = newest(db)
        put(db, MailKind.NEW_DEVICE, user_id, NOW)
        run(db, last=last)
        assert any_due(db, LATER)

    def test_the_link_of_one_that_is_under_way_does_not_work(self, db: Connection) -> None:
        user_id = add_user(db)
        put(db, MailKind.RESET_PASSWORD, user_id, NOW)
        claimed = claim(db, NOW)
        assert claimed is not None
        token = issue(db, user_id, RESET, NOW)
        run(db)
        assert not works(db, token, RESET)
        [mail] = mails(db)
        assert mail.finished_at == LATER


class TestAWholeRun:
    def test_is_through_on_an_empty_database(self, database: Database) -> None:
        assert end_what_came_back(database, POLICY) == NOTHING

    def test_does_nothing_the_second_time(self, database: Database) -> None:
        now = utc_now()
        with database.begin() as db:
            user_id = add_user(db)
            add_many_sessions(db, user_id, 999, created_at=now, last_seen_at=now)
            make_key(db, sign_in(db, user_id, now), now=now)
        first = end_what_came_back(database, POLICY)
        assert (first[Walk.END_SESSIONS], first[Walk.REVOKE_API_KEYS]) == (1_000, 1)
        with database.reading() as db:
            before = lines(db)

        assert end_what_came_back(database, POLICY) == NOTHING

        with database.reading() as db:
            assert lines(db) == before

    def test_goes_on_where_one_was_broken_off(self, db: Connection) -> None:
        add_many_sessions(db, add_user(db), 5)
        end_slice(db, newest(db), POLICY, LATER, Position(Walk.END_SESSIONS), 2)
        assert run(db)[Walk.END_SESSIONS] == 3
        assert len(lines(db, EventKind.ENDED)) == 5
