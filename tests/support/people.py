"""Accounts and sessions for tests, made through the domain where it can make them."""

import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from sessions_dashboard.accounts.models import users
from sessions_dashboard.accounts.users import create_user
from sessions_dashboard.devices import Device, DeviceKind, Place
from sessions_dashboard.sessions import ActiveSession, Policy, RequestInfo, resume, start
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.models import session_events, sessions

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
POLICY = Policy()
CHROME = Device("Chrome", "138", "Windows", "11", DeviceKind.DESKTOP, False, "Chrome on Windows")
FIREFOX = Device("Firefox", "140", "Linux", None, DeviceKind.DESKTOP, False, "Firefox on Linux")
BERLIN = Place("Berlin", None, "DE", "Germany", "Example Net", "public")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser that has just signed in."""

    actor: ActiveSession
    token: str

    @property
    def public_id(self) -> str:
        return self.actor.public_id


def add_user(db: Connection, name: str = "ada", *, is_admin: bool = False) -> int:
    """An account with the address NAME@example.com and a hash that no password fits."""
    return create_user(db, f"{name}@example.com", "no password", NOW, is_admin=is_admin)


def sign_in(
    db: Connection,
    user_id: int,
    now: datetime = NOW,
    *,
    device: Device = CHROME,
    ip_address: str = "192.0.2.1",
    policy: Policy = POLICY,
    remembered: bool = True,
) -> SignedIn:
    request = RequestInfo(ip_address, f"{device.browser}/{device.browser_version}", {})
    _public_id, token = start(
        db, user_id, request, device, BERLIN, policy, now, remembered=remembered
    )
    actor = resume(db, token, policy, now)
    assert actor is not None
    return SignedIn(actor, token)


def stored(db: Connection, public_id: str) -> Row[Any]:
    """The whole row of a session."""
    return db.execute(select(sessions).where(sessions.c.public_id == public_id)).one()


def lines(db: Connection, kind: EventKind | None = None, **columns: object) -> list[Row[Any]]:
    """The lines of the whole history, in the order in which they were written."""
    query = select(session_events).order_by(session_events.c.id).filter_by(**columns)
    if kind is not None:
        query = query.where(session_events.c.kind == kind.value)
    return list(db.execute(query))


def set_session(db: Connection, public_id: str, **values: object) -> None:
    db.execute(update(sessions).where(sessions.c.public_id == public_id).values(**values))


def set_user(db: Connection, user_id: int, **values: object) -> None:
    db.execute(update(users).where(users.c.id == user_id).values(**values))


def add_many_sessions(db: Connection, user_id: int, count: int, **values: object) -> list[str]:
    """Rows of which only the number counts; `values` replaces columns of all of them."""
    return add_sessions(db, user_id, [values] * count)


def add_sessions(db: Connection, user_id: int, rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Rows with the given columns, the others being of no account; their public ids."""
    made = [
        {
            "public_id": str(uuid.uuid4()),
            "user_id": user_id,
            "token_digest": os.urandom(32),
            "ip_address": "192.0.2.9",
            "user_agent": "",
            "client_hints": {},
            "device_label": "Chrome on Windows",
            "device_type": "desktop",
            "created_at": NOW,
            "updated_at": NOW,
            "last_seen_at": NOW,
            "authenticated_at": NOW,
            **row,
        }
        for row in rows
    ]
    db.execute(insert(sessions), made)
    return [str(row["public_id"]) for row in made]
