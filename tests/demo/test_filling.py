"""Demo data at size: whole, with its history, and nothing of the database missing afterwards."""

from datetime import timedelta

from sqlalchemy import func, inspect, select

from sessions_dashboard import demo
from sessions_dashboard.accounts.models import users
from sessions_dashboard.database import Database
from sessions_dashboard.demo.filling import SESSIONS_PER_ACCOUNT
from sessions_dashboard.demo.history import MAX_RENEWALS, MISTYPED_BEFORE
from sessions_dashboard.sessions.addresses import address_key
from sessions_dashboard.sessions.filters import SessionFilter, Status, View
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.listing import count_of
from sessions_dashboard.sessions.models import session_events, sessions
from tests.support.people import NOW, POLICY, add_user, lines, sign_in

MANY = 3_000


def indexes(database: Database) -> set[str]:
    with database.reading() as db:
        inspector = inspect(db)
        return {
            str(index["name"])
            for table in ("users", "sessions", "session_events")
            for index in inspector.get_indexes(table)
        }


def test_every_session_has_its_history_in_the_order_of_time(database: Database) -> None:
    demo.fill(database, POLICY, MANY, NOW)
    with database.reading() as db:
        rows = {row.id: row for row in db.execute(select(sessions))}
        told = lines(db)
    assert len(rows) == MANY
    began = {line.session_id: line.at for line in told if line.kind == "signed_in"}
    ended = {line.session_id: line for line in told if line.kind == "ended"}
    assert began == {row.id: row.created_at for row in rows.values()}
    assert ended.keys() == {row.id for row in rows.values() if row.ended_at is not None}
    for session_id, line in ended.items():
        assert (line.at, line.end_reason) == (
            rows[session_id].ended_at,
            rows[session_id].end_reason,
        )
    assert [line.at for line in told] == sorted(line.at for line in told)
    assert {line.user_id for line in told} == {row.user_id for row in rows.values()}


def test_a_session_is_renewed_daily_while_it_is_used_and_a_few_mistype_first(
    database: Database,
) -> None:
    demo.fill(database, POLICY, MANY, NOW)
    with database.reading() as db:
        rows = db.execute(select(sessions)).all()
        renewed, failed = lines(db, EventKind.ROTATED), lines(db, EventKind.SIGN_IN_FAILED)
    days = [timedelta(days=number) for number in range(1, MAX_RENEWALS + 1)]
    assert sorted((line.session_id, line.at) for line in renewed) == sorted(
        (row.id, row.created_at + day)
        for row in rows
        for day in days
        if row.created_at + day <= (row.ended_at or row.last_seen_at)
    )
    assert 0.04 < len(failed) / MANY < 0.1
    signed_in = {(row.created_at, row.user_id, row.device_label, row.ip_key) for row in rows}
    for line in failed:
        assert line.session_id is None
        after = line.at + MISTYPED_BEFORE
        assert (after, line.user_id, line.device, line.ip_key) in signed_in


def test_there_are_some_of_every_kind(database: Database) -> None:
    made = demo.fill(database, POLICY, MANY, NOW)
    assert made.accounts == MANY // SESSIONS_PER_ACCOUNT
    with database.reading() as db:
        for status in Status:
            assert count_of(db, View(SessionFilter(status=status)), POLICY, NOW).number > 50
        assert (
            db.execute(select(func.count(users.c.email.distinct()))).scalar_one() == made.accounts
        )
        for row in db.execute(select(sessions).limit(100)):
            assert row.ip_key == address_key(row.ip_address)
            assert row.last_seen_at <= NOW


def test_nothing_happens_after_its_end_or_before_its_account(database: Database) -> None:
    demo.fill(database, POLICY, MANY, NOW)
    with database.reading() as db:
        made = dict(db.execute(select(users.c.id, users.c.created_at)).all())
        for row in db.execute(select(sessions)):
            span = POLICY.span(is_admin=row.user_id == 1, remembered=row.remembered)
            assert made[row.user_id] < row.created_at <= row.last_seen_at
            assert row.last_seen_at <= row.created_at + span.lifetime
            assert row.ended_at is None or row.last_seen_at <= row.ended_at


def test_the_database_goes_on_from_there(database: Database) -> None:
    before = indexes(database)
    demo.fill(database, POLICY, MANY, NOW)
    assert indexes(database) == before
    with database.begin() as db:
        newest = db.execute(select(func.max(sessions.c.id))).scalar_one()
        assert sign_in(db, add_user(db, "newcomer"), NOW).actor.id > newest
        last = db.execute(select(func.max(session_events.c.id))).scalar_one()
        assert lines(db)[-1].id == last
