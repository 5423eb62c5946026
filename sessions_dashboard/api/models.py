"""What goes in and out, in JSON. Times are ISO 8601 in UTC; ids are the public ones."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
)

from sessions_dashboard.accounts.directory import Account, Kind
from sessions_dashboard.api.cursors import MAX_LENGTH as MAX_CURSOR_LENGTH
from sessions_dashboard.devices import DeviceKind
from sessions_dashboard.sessions import EndReason, Scope
from sessions_dashboard.sessions.api_keys import ListedKey
from sessions_dashboard.sessions.bulk import MAX_CHOSEN, MAX_REASON_LENGTH, BulkState
from sessions_dashboard.sessions.bulk import Operation as BulkOperation
from sessions_dashboard.sessions.events import ListedEvent
from sessions_dashboard.sessions.filters import Role, Status
from sessions_dashboard.sessions.history import EventKind, HistoryEvent
from sessions_dashboard.sessions.listing import ListedSession
from sessions_dashboard.sessions.models import MAX_NAME_LENGTH
from sessions_dashboard.sessions.queries import DeviceSession

Text = Annotated[str, StringConstraints(max_length=254)]


Id = Annotated[str, StringConstraints(max_length=36)]


class Given(BaseModel):
    """What a request brings: nothing but what is named here."""

    model_config = ConfigDict(extra="forbid")


class NoQuery(Given):
    pass


class PageQuery(Given):
    # As the page before this one gave it.
    cursor: Annotated[str, StringConstraints(max_length=MAX_CURSOR_LENGTH)] | None = None
    limit: int = Field(default=50, ge=1, le=200)


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
    # `-` before it for the newest first, which is what happens without any.
    sort: Literal["started", "-started", "seen", "-seen", "ended", "-ended"] | None = None


class UserQuery(PageQuery):
    search: Text = ""
    kind: Kind = Kind.ALL


class EventQuery(PageQuery):
    search: Text | None = None
    # Whose account it concerns, or who did what concerns nobody's.
    user: Text | None = None
    role: Role | None = None
    browser: Text | None = None
    os: Text | None = None
    network: Text | None = None
    kind: EventKind | None = None
    reason: EndReason | None = None
    # Done by another than whom it concerns.
    by_admin: Literal["yes"] | None = None
    since: Text | None = Field(default=None, alias="from")
    until: Text | None = Field(default=None, alias="to")
    # `-` before it for the newest first, which is what happens without any.
    sort: Literal["at", "-at"] | None = None


class NameBody(Given):
    name: Annotated[str, StringConstraints(max_length=MAX_NAME_LENGTH)]


class NewUserBody(Given):
    email: Text
    role: Role = Role.USER


class RoleBody(Given):
    role: Role


class PolicyTrial(Given):
    values: dict[str, StrictInt | StrictFloat | StrictStr]


class PolicyPatch(PolicyTrial):
    # The version that was looked at.
    based_on: Annotated[int, Field(ge=0, le=2**31)]


class BulkWanted(Given):
    """One of the two."""

    ids: Annotated[list[Id], Field(max_length=MAX_CHOSEN)] | None = None
    filter: SessionFilter | None = None


class BulkConfirmation(Given):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=MAX_REASON_LENGTH)]
    # As many as the preview told, to be sure that it was read.
    sessions: Annotated[int, Field(ge=0)]
    include_own: bool = False


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


class User(BaseModel):
    id: str
    email: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    invited_until: datetime | None
    sessions: int
    last_active_at: datetime | None

    @classmethod
    def of(cls, account: Account) -> "User":
        return cls(
            id=account.public_id,
            email=account.email,
            role=Role.ADMIN if account.is_admin else Role.USER,
            created_at=account.created_at,
            disabled_at=account.disabled_at,
            invited_until=account.invited_until,
            sessions=account.sessions,
            last_active_at=account.last_seen_at,
        )


class Users(BaseModel):
    users: list[User]
    next_cursor: str | None


class NewUser(BaseModel):
    id: str
    email: str
    role: Role
    # Lets whoever opens it choose the password, once; told this once.
    link: str
    link_expires_at: datetime


class ChangedUser(BaseModel):
    id: str
    email: str
    # How many of their sessions that ended.
    ended: int


class ApiKey(BaseModel):
    id: str
    name: str
    # The last characters of the key.
    ending: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_from: str | None

    @classmethod
    def of(cls, key: ListedKey) -> "ApiKey":
        return cls(
            id=key.public_id,
            name=key.name,
            ending=key.ending,
            scopes=list(key.scopes),
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            last_used_from=key.last_used_ip_address,
        )


class ApiKeys(BaseModel):
    api_keys: list[ApiKey]


class RevokedKey(BaseModel):
    id: str
    name: str


class PolicyInForce(BaseModel):
    version: int
    values: dict[str, float | str]


class Simulated(BaseModel):
    sessions: int
    users: int
    of_administrators: int
    own: bool
    users_above_limit: int


class BulkPreview(BaseModel):
    id: str
    sessions: int
    users: int
    includes_own: bool


class Confirmed(BaseModel):
    id: str
    sessions: int


class BulkEnd(BaseModel):
    id: str
    state: BulkState
    begun_by: str
    reason: str
    sessions: int
    users: int
    ended: int
    already_over: int
    failed: int

    @classmethod
    def of(cls, one: BulkOperation) -> "BulkEnd":
        return cls(
            id=one.public_id,
            state=one.state,
            begun_by=one.created_by,
            reason=one.reason,
            sessions=one.total,
            users=one.users,
            ended=one.ended,
            already_over=one.already_over,
            failed=one.failed,
        )


class BulkEnds(BaseModel):
    bulk_ends: list[BulkEnd]


class ProblemDetails(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str
