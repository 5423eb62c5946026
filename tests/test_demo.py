"""Demo data at size: whole, with its history, and nothing of the database missing afterwards."""

from sqlalchemy import func, inspect, select

from sessions_dashboard import demo
from sessions_dashboard.accounts.models import users
from sessions_dashboard.database import Database
from sessions_dashboard.sessions.addresses import address_key
from sessions_dashboard.sessions.filters import SessionFilter, Status, View
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


def test_there_are_some_of_every_kind(database: Database) -> None:
    made = demo.fill(database, POLICY, MANY, NOW)
    assert made.accounts == MANY // demo.SESSIONS_AN_ACCOUNT
    with database.reading() as db:
        for status in Status:
            assert count_of(db, View(SessionFilter(status=status)), POLICY, NOW).number > 50
        assert (
            db.execute(select(func.count(users.c.email.distinct()))).scalar_one() == made.accounts
        )
        for row in db.execute(select(sessions).limit(100)):
            assert row.ip_key == address_key(row.ip_address)
            assert row.last_seen_at <= NOW


def test_the_database_goes_on_from_there(database: Database) -> None:
    before = indexes(database)
    demo.fill(database, POLICY, MANY, NOW)
    assert indexes(database) == before
    with database.begin() as db:
        newest = db.execute(select(func.max(sessions.c.id))).scalar_one()
        assert sign_in(db, add_user(db, "newcomer"), NOW).actor.id > newest
        last = db.execute(select(func.max(session_events.c.id))).scalar_one()
        assert lines(db)[-1].id == last
