"""A bulk end on a real server: killed on the way, gone on with, and seen by whom it concerns."""

from functools import partial

import pytest
from sqlalchemy import func, select, update

from sessions_dashboard.sessions import bulk, resume_by_public_id
from sessions_dashboard.sessions.models import bulk_operations, session_events, sessions
from tests.support.people import POLICY, add_many_sessions
from tests.support.server import DashboardServer, Session, now
from tests.support.servers import BOTH, MakeServer

MANY = 4_000


def begin(server: DashboardServer, admin: Session, **parameters: str) -> None:
    """What the page does, from the preview to the confirmation."""

    def work(db: object) -> None:
        actor = resume_by_public_id(db, admin.public_id, POLICY, now())  # type: ignore[arg-type]
        assert actor is not None
        operation = bulk.freeze_matching(db, actor, parameters, now())  # type: ignore[arg-type]
        bulk.collect(db, actor, operation, POLICY, 2 * MANY)  # type: ignore[arg-type]
        seen = bulk.preview_of(db, actor, operation, 0)  # type: ignore[arg-type]
        bulk.confirm(db, actor, operation, "", seen, POLICY, now(), include_own=False)  # type: ignore[arg-type]

    server.database.write_here(work)


def number_ended(server: DashboardServer) -> int:
    with server.database.reading() as db:
        over = sessions.c.end_reason == "revoked_by_admin"
        return int(db.execute(select(func.count()).where(over)).scalar_one())


@pytest.mark.parametrize("database", BOTH)
def test_goes_on_after_the_server_was_killed(make_server: MakeServer, database: str) -> None:
    server = make_server(database)
    admin = server.add_session(server.add_account(is_admin=True))
    victim = server.add_account("victim")
    moment = now()
    server.database.write_here(
        lambda db: add_many_sessions(
            db, victim.id, MANY, created_at=moment, last_seen_at=moment, os="Linux"
        )
    )
    begin(server, admin, os="Linux")
    server.wait_for(lambda: number_ended(server) > 0)
    server.kill()
    midway = number_ended(server)
    assert 0 < midway < MANY

    # The one that was killed had said until when it was at work: as though that were over.
    server.database.write_here(
        lambda db: db.execute(update(bulk_operations).values(claimed_until=moment))
    )
    server.start()
    while (ended := number_ended(server)) < MANY:
        server.wait_for(partial(_more_than, ended, server))
    with server.database.reading() as db:
        done = db.execute(select(bulk_operations)).one()
        told = db.execute(select(func.count()).where(session_events.c.kind == "ended")).scalar_one()
    assert number_ended(server) == MANY == told
    server.wait_for(lambda: _state(server) == "finished")
    assert (done.ended, done.already_over, done.failed) == (MANY, 0, 0)


def _more_than(ended: int, server: DashboardServer) -> bool:
    return number_ended(server) > ended


def _state(server: DashboardServer) -> str:
    with server.database.reading() as db:
        return str(db.execute(select(bulk_operations.c.state)).scalar_one())


def test_the_tabs_of_those_ended_leave_and_the_others_stay(sqlite_server: DashboardServer) -> None:
    server = sqlite_server
    admin = server.add_session(server.add_account(is_admin=True))
    victim = server.add_account("bulk-victim")
    browser = server.visitor(server.add_session(victim))
    tab = browser.page()
    other = server.visitor(server.add_session(server.add_account())).page()
    begin(server, admin, user=victim.email)
    server.wait_for(lambda: tab.left_for)
    assert "reason=revoked_by_admin" in tab.left_for
    assert browser.verify().status_code == 401
    other.settle()
    assert not other.left_for
