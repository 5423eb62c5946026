"""A person's own sessions and events."""

from datetime import UTC, datetime

from sessions_dashboard import sessions
from sessions_dashboard.api.event_models import Event, Events
from sessions_dashboard.api.given import PageQuery
from sessions_dashboard.api.operation import Call, Operation
from sessions_dashboard.api.problems import Problem
from sessions_dashboard.api.session_models import Ended, NameBody, Named, OwnSession, OwnSessions
from sessions_dashboard.runtime import utc_now
from sessions_dashboard.sessions.events import EventKey
from sessions_dashboard.sessions.history import events_of
from sessions_dashboard.sessions.page_keys import PageKey
from sessions_dashboard.sessions.queries import device_of_user, devices_of
from sessions_dashboard.sessions.resume import require_form

SESSION_PATH = "/sessions/{id}"


async def list_own_sessions(call: Call) -> OwnSessions:
    actor, policy, now = call.actor, call.runtime.policy, utc_now()
    found = await call.runtime.database.read(lambda db: devices_of(db, actor.user_id, policy, now))
    return OwnSessions(sessions=[OwnSession.of(one, actor.public_id) for one in found])


async def read_own_session(call: Call) -> OwnSession:
    actor, policy, now = call.actor, call.runtime.policy, utc_now()
    require_form(call.id)
    found = await call.runtime.database.read(
        lambda db: device_of_user(db, actor.user_id, call.id, policy, now)
    )
    if found is None:
        raise Problem("not_found")
    return OwnSession.of(found, actor.public_id)


async def rename_own_session(call: Call) -> Named:
    actor, now, name = call.actor, utc_now(), call.body.name
    try:
        stored = await call.runtime.change(
            lambda db: sessions.rename(db, actor, call.id, name, now),
            lambda _name: [actor.user_id],
        )
    except sessions.InvalidName:
        raise Problem("name") from None
    return Named(name=stored or None)


async def end_own_session(call: Call) -> Ended:
    """Only ever the actor's own, even for an administrator: others' have another address."""
    actor, policy, now = call.actor, call.runtime.policy, utc_now()
    if call.id == actor.public_id:
        return await _end_this(call, now)
    await call.runtime.change(
        lambda db: sessions.end_several(db, actor, [call.id], policy, now),
        lambda _ended: [actor.user_id],
    )
    return Ended(ended=1)


async def _end_this(call: Call, now: datetime) -> Ended:
    actor, policy = call.actor, call.runtime.policy
    await call.runtime.change(
        lambda db: sessions.end(db, actor, actor.public_id, policy, now),
        lambda _ended: [actor.user_id],
    )
    return Ended(ended=1)


async def end_own_other_sessions(call: Call) -> Ended:
    actor, policy, now = call.actor, call.runtime.policy, utc_now()
    ended = await call.runtime.change(
        lambda db: sessions.end_others(db, actor, policy, now), lambda _ended: [actor.user_id]
    )
    return Ended(ended=len(ended))


async def list_own_events(call: Call) -> Events:
    actor, query = call.actor, call.query
    list_name = f"own-events:{actor.user_public_id}"
    before: PageKey | None = None
    if query.cursor is not None:
        key = EventKey.read(call.cursors.read(list_name, query.cursor))
        if key is None:
            raise Problem("cursor")
        before = (key.at, key.id)
    page = await call.runtime.database.read(
        lambda db: events_of(db, actor.user_id, before, query.limit)
    )
    after = page.next_key
    cursor = (
        call.cursors.write(list_name, EventKey(after[0].astimezone(UTC), after[1]))
        if after
        else None
    )
    return Events(events=[Event.of(one) for one in page.events], next_cursor=cursor)


OPERATIONS = (
    Operation("list_own_sessions", "GET", "/sessions", list_own_sessions, OwnSessions),
    Operation(
        "end_own_other_sessions",
        "POST",
        "/sessions/end-others",
        end_own_other_sessions,
        Ended,
        problems=("password_needed",),
    ),
    Operation(
        "read_own_session",
        "GET",
        SESSION_PATH,
        read_own_session,
        OwnSession,
        problems=("not_found",),
    ),
    Operation(
        "rename_own_session",
        "PATCH",
        SESSION_PATH,
        rename_own_session,
        Named,
        body=NameBody,
        problems=("not_found", "name"),
    ),
    Operation(
        "end_own_session",
        "DELETE",
        SESSION_PATH,
        end_own_session,
        Ended,
        problems=("not_found", "password_needed"),
    ),
    Operation("list_own_events", "GET", "/events", list_own_events, Events, query=PageQuery),
)
