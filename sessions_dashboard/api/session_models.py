"""Sessions in JSON. In all models times are ISO 8601 in UTC, and ids the public ones."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, StringConstraints

from sessions_dashboard.api.given import Given, PageQuery, Text
from sessions_dashboard.devices import DeviceKind
from sessions_dashboard.sessions import EndReason
from sessions_dashboard.sessions.filters import Role, Status
from sessions_dashboard.sessions.listing import ListedSession
from sessions_dashboard.sessions.models import MAX_NAME_LENGTH
from sessions_dashboard.sessions.queries import DeviceSession


class SessionFilter(Given):
    """The filters of the console's list, by the names that its addresses have."""

    search: Text | None = None
    status: Status | None = None
    user: Text | None = None
    role: Role | None = None
    browser: Text | None = None
    os: Text | None = None
    kind: DeviceKind | None = None
    country: Text | None = None
    # An IP address, or a network in CIDR form.
    network: Text | None = None
    reason: EndReason | None = None
    new_device: Literal["yes"] | None = None
    moved: Literal["yes"] | None = None
    started_from: Text | None = None
    started_to: Text | None = None
    seen_from: Text | None = None
    seen_to: Text | None = None
    ended_from: Text | None = None
    ended_to: Text | None = None


class SessionQuery(SessionFilter, PageQuery):
    # `-` before it for the newest first. Without any, the newest first: by their end where only
    # those that are over are asked for, and by nothing else of their times; by their start else.
    sort: Literal["started", "-started", "seen", "-seen", "ended", "-ended"] | None = None


class NameBody(Given):
    name: Annotated[str, StringConstraints(max_length=MAX_NAME_LENGTH)]


class OwnSession(BaseModel):
    id: str
    current: bool
    name: str | None
    device: str
    kind: str
    browser: str | None
    os: str | None
    ip_address: str
    city: str | None
    country: str | None
    first_seen_at: datetime
    signed_in_at: datetime
    last_active_at: datetime
    runs_out_at: datetime
    confirmed: bool

    @classmethod
    def of(cls, session: DeviceSession, current: str) -> "OwnSession":
        return cls(
            id=session.public_id,
            current=session.public_id == current,
            name=session.name,
            device=session.device_label,
            kind=session.device_type,
            browser=session.browser,
            os=session.os,
            ip_address=session.ip_address,
            city=session.city,
            country=session.country,
            first_seen_at=session.first_seen_at,
            signed_in_at=session.created_at,
            last_active_at=session.last_seen_at,
            runs_out_at=session.expires_at,
            confirmed=not session.in_question,
        )


class OwnSessions(BaseModel):
    sessions: list[OwnSession]


class Named(BaseModel):
    name: str | None


class Ended(BaseModel):
    # How many sessions this request ended.
    ended: int


class Session(BaseModel):
    id: str
    user_id: str
    user: str
    role: Role
    status: Status
    name: str | None
    device: str
    kind: str
    browser: str | None
    browser_version: str | None
    os: str | None
    ip_address: str
    network: str | None
    city: str | None
    country: str | None
    country_code: str | None
    signed_in_at: datetime
    last_active_at: datetime
    runs_out_at: datetime
    ended_at: datetime | None
    end_reason: EndReason | None
    new_device: bool
    moved: bool
    user_agent: str

    @classmethod
    def of(cls, session: ListedSession, now: datetime) -> "Session":
        return cls(
            id=session.public_id,
            user_id=session.user_public_id,
            user=session.email,
            role=Role.ADMIN if session.is_admin else Role.USER,
            status=session.status(now),
            name=session.name,
            device=session.device_label,
            kind=session.device_type,
            browser=session.browser,
            browser_version=session.browser_version,
            os=session.os,
            ip_address=session.ip_address,
            network=session.network,
            city=session.city,
            country=session.country,
            country_code=session.country_code,
            signed_in_at=session.created_at,
            last_active_at=session.last_seen_at,
            runs_out_at=session.expires_at,
            ended_at=session.ended_at,
            end_reason=session.end_reason,
            new_device=session.new_device,
            moved=session.moved,
            user_agent=session.user_agent,
        )


class Sessions(BaseModel):
    sessions: list[Session]
    next_cursor: str | None
