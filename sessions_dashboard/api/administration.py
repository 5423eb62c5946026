"""What administrators see and do: the lists of the console, by the same filters."""

from collections.abc import Mapping
from typing import Any

from sessions_dashboard import sessions
from sessions_dashboard.accounts.directory import account_of, page_of_accounts, read_order
from sessions_dashboard.api.event_models import AnybodysEvent, AnybodysEvents, EventQuery
from sessions_dashboard.api.operation import Call, Operation
from sessions_dashboard.api.problems import Problem
from sessions_dashboard.api.session_models import (
    Ended,
    Session,
    SessionFilter,
    SessionQuery,
    Sessions,
)
from sessions_dashboard.api.user_models import User, UserQuery, Users
from sessions_dashboard.runtime import utc_now
from sessions_dashboard.sessions.event_filters import EventView, unreadable_in
from sessions_dashboard.sessions.events import EventKey, page_after
from sessions_dashboard.sessions.filters import View, parameters_of, read_email, read_view
from sessions_dashboard.sessions.listing import Key, Place, page_of, sessions_by_id
from sessions_dashboard.sessions.resume import require_form

# The console searches the history by another name, which is in addresses that people have kept.
IN_CONSOLE = {"search": "q"}


async def list_sessions(call: Call) -> Sessions:
    policy, now, query = call.runtime.policy, utc_now(), call.query
    view = view_of(query, "parameter")
    list_name = f"sessions:{sorted(parameters_of(view).items())}"
    place: Place | None = None
    if query.cursor is not None:
        key = Key.read(call.cursors.read(list_name, query.cursor))
        if key is None:
            raise Problem("cursor")
        place = Place(key)
    page = await call.runtime.database.scan(
        lambda db: page_of(db, view, policy, now, place, query.limit)
    )
    cursor = call.cursors.write(list_name, page.older.key) if page.older else None
    return Sessions(sessions=[Session.of(one, now) for one in page.rows], next_cursor=cursor)


async def read_session(call: Call) -> Session:
    """A session of any status: one that is over can be read until the clean-up deletes it."""
    policy, now = call.runtime.policy, utc_now()
    require_form(call.id)
    found = await call.runtime.database.read(lambda db: sessions_by_id(db, [call.id], policy))
    if call.id not in found:
        raise Problem("not_found")
    return Session.of(found[call.id], now)


async def end_session(call: Call) -> Ended:
    actor, policy, now = call.actor, call.runtime.policy, utc_now()
    await call.runtime.change(
        lambda db: sessions.end(db, actor, call.id, policy, now),
        lambda ended: [ended.user_id],
    )
    return Ended(ended=1)


async def list_users(call: Call) -> Users:
    policy, now, query = call.runtime.policy, utc_now(), call.query
    order, search = read_order(query.sort), _read_search(query.search)
    list_name = f"users:{order}:{query.kind}:{search}"
    after = call.cursors.read(list_name, query.cursor) if query.cursor is not None else None
    page = await call.runtime.database.scan(
        lambda db: page_of_accounts(db, policy, now, search, query.kind, after, query.limit, order)
    )
    cursor = call.cursors.write(list_name, page.next_key) if page.next_key else None
    return Users(users=[User.of(one) for one in page.accounts], next_cursor=cursor)


def _read_search(text: str) -> str:
    """
    Raises:
        Problem: nothing would be left of it, and everybody be found.
    """
    try:
        return read_email(text)
    except ValueError:
        raise Problem("parameter", ["search"]) from None


async def read_user(call: Call) -> User:
    policy, now = call.runtime.policy, utc_now()
    account = await call.runtime.database.read(lambda db: account_of(db, call.id, policy, now))
    if account is None:
        raise Problem("not_found")
    return User.of(account)


async def list_events(call: Call) -> AnybodysEvents:
    query = call.query
    view = _events_wanted(_parameters(query))
    list_name = f"events:{sorted(view.parameters().items())}"
    place: EventKey | None = None
    if query.cursor is not None:
        place = EventKey.read(call.cursors.read(list_name, query.cursor))
        if place is None:
            raise Problem("cursor")
    rows, last = await call.runtime.database.scan(
        lambda db: page_after(db, view, place, query.limit)
    )
    cursor = call.cursors.write(list_name, last) if last is not None else None
    return AnybodysEvents(events=[AnybodysEvent.of_listed(one) for one in rows], next_cursor=cursor)


def _events_wanted(given: Mapping[str, str]) -> EventView:
    """
    Raises:
        Problem: a part can't be read.
    """
    parameters = {IN_CONSOLE.get(name, name): text for name, text in given.items()}
    unreadable = unreadable_in(parameters)
    if unreadable:
        of_api = {name: given_as for given_as, name in IN_CONSOLE.items()}
        raise Problem("parameter", [of_api.get(name, name) for name in unreadable])
    return EventView.read(parameters)


def _parameters(query: Any) -> dict[str, str]:
    given = query.model_dump(by_alias=True, exclude_none=True, exclude={"cursor", "limit"})
    return {name: str(value) for name, value in given.items() if str(value).strip()}


def view_of(asked_for: SessionFilter, code: str) -> View:
    """
    Raises:
        Problem: with this code, where a part can't be read: half a filter would find more than was
            asked for.
    """
    read = read_view(_parameters(asked_for))
    if read.unreadable:
        raise Problem(code, read.unreadable)
    return read.view


OPERATIONS = (
    Operation(
        "list_sessions",
        "GET",
        "/admin/sessions",
        list_sessions,
        Sessions,
        query=SessionQuery,
        admins_only=True,
    ),
    Operation(
        "read_session",
        "GET",
        "/admin/sessions/{id}",
        read_session,
        Session,
        admins_only=True,
        problems=("not_found",),
    ),
    Operation(
        "end_session",
        "DELETE",
        "/admin/sessions/{id}",
        end_session,
        Ended,
        admins_only=True,
        problems=("not_found", "password_needed"),
    ),
    Operation(
        "list_users", "GET", "/admin/users", list_users, Users, query=UserQuery, admins_only=True
    ),
    Operation(
        "read_user",
        "GET",
        "/admin/users/{id}",
        read_user,
        User,
        admins_only=True,
        problems=("not_found",),
    ),
    Operation(
        "list_events",
        "GET",
        "/admin/events",
        list_events,
        AnybodysEvents,
        query=EventQuery,
        admins_only=True,
    ),
)
