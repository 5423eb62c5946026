"""The history in JSON."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from sessions_dashboard.api.given import PageQuery, Text
from sessions_dashboard.devices import DeviceKind
from sessions_dashboard.sessions import EndReason
from sessions_dashboard.sessions.events import ListedEvent
from sessions_dashboard.sessions.filters import Role
from sessions_dashboard.sessions.history import EventKind, HistoryEvent


class EventQuery(PageQuery):
    search: Text | None = None
    # Whose account it concerns, or who did what concerns nobody's.
    user: Text | None = None
    role: Role | None = None
    browser: Text | None = None
    os: Text | None = None
    # What its session says, as long as that is kept.
    device_kind: DeviceKind | None = None
    country: Text | None = None
    new_device: Literal["yes"] | None = None
    moved: Literal["yes"] | None = None
    network: Text | None = None
    kind: EventKind | None = None
    reason: EndReason | None = None
    # Done by another than whom it concerns.
    by_admin: Literal["yes"] | None = None
    since: Text | None = Field(default=None, alias="from")
    until: Text | None = Field(default=None, alias="to")
    # `-` before it for the newest first, which is what happens without any.
    sort: Literal["at", "-at"] | None = None


class Event(BaseModel):
    at: datetime
    kind: EventKind
    device: str | None
    ip_address: str | None
    end_reason: EndReason | None
    done_from: str | None
    details: dict[str, Any]

    @classmethod
    def of(cls, event: HistoryEvent) -> "Event":
        return cls(
            at=event.at,
            kind=event.kind,
            device=event.device,
            ip_address=event.ip_address,
            end_reason=event.end_reason,
            done_from=event.actor_device,
            details=event.details,
        )


class Events(BaseModel):
    events: list[Event]
    next_cursor: str | None


class AnybodysEvent(Event):
    user_id: str | None
    user: str | None
    done_by: str | None

    @classmethod
    def of_listed(cls, one: ListedEvent) -> "AnybodysEvent":
        return cls(
            **Event.of(one.event).model_dump(),
            user_id=one.user_public_id or None,
            user=one.email or None,
            done_by=one.done_by or None,
        )


class AnybodysEvents(BaseModel):
    events: list[AnybodysEvent]
    next_cursor: str | None
