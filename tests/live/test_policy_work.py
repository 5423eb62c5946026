"""A policy on a real server that is killed while what it ends is being ended."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from sessions_dashboard.sessions import policy_work
from sessions_dashboard.sessions.models import policy_versions, session_events, sessions
from tests.api.test_api import ask
from tests.support.people import add_many_sessions
from tests.support.server import DashboardServer, now
from tests.support.servers import BOTH, MakeServer

MANY = 1_500
DAY = timedelta(days=1)


def number_ended(server: DashboardServer) -> int:
    with server.database.reading() as db:
        over = sessions.c.end_reason == "lifetime"
        return int(db.execute(select(func.count()).where(over)).scalar_one())


@pytest.mark.parametrize("database", BOTH)
def test_goes_on_after_the_server_was_killed_and_ends_what_was_previewed(
    make_server: MakeServer, database: str
) -> None:
    server = make_server(database)
    admin = server.visitor(server.add_session(server.add_account(is_admin=True)))
    owner, moment = server.add_account(), now()

    def add(db: object, number: int, age: timedelta) -> None:
        times = {"created_at": moment - age, "last_seen_at": moment}
        add_many_sessions(db, owner.id, number, **times)  # type: ignore[arg-type]

    server.database.write_here(lambda db: add(db, MANY, 20 * DAY))
    # Begun last, and found by the same walk.
    server.database.write_here(lambda db: add(db, 100, 5 * DAY))
    version = ask(admin, "GET", "/admin/policy").json()["version"]
    shorter = {"values": {"lifetime": 10 * DAY.total_seconds(), "idle_timeout": 864_000}}
    previewed = ask(admin, "POST", "/admin/policy/simulate", shorter).json()
    assert previewed["sessions"] == MANY
    ask(admin, "PATCH", "/admin/policy", shorter | {"based_on": version})
    server.wait_for(lambda: number_ended(server) > 0)
    server.kill()
    midway = number_ended(server)
    assert 0 < midway < MANY
    # It had said that it was at work. The time for which that holds is cut short.
    server.database.write_here(
        lambda db: db.execute(update(policy_versions).values(claimed_until=moment))
    )

    server.start()
    server.wait_for(lambda: _progress(server).is_over)
    assert number_ended(server) == MANY == _progress(server).ended == _progress(server).to_end
    with server.database.reading() as db:
        told = select(func.count()).where(session_events.c.kind == "ended")
        assert db.execute(told).scalar_one() == MANY
        still_open = select(func.count()).where(sessions.c.ended_at.is_(None))
        assert db.execute(still_open).scalar_one() == 101


def _progress(server: DashboardServer) -> policy_work.Progress:
    with server.database.reading() as db:
        found = policy_work.progress(db)
    assert found is not None
    return found
