"""Accounts in JSON."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from sessions_dashboard.accounts.directory import Account, Kind
from sessions_dashboard.api.given import Given, PageQuery, Text
from sessions_dashboard.sessions.filters import Role


class UserQuery(PageQuery):
    search: Text = ""
    kind: Kind = Kind.ALL
    # `-` before it for the last first. Without any, by the address from a to z.
    sort: Literal["email", "-email", "created", "-created"] = "email"


class NewUserBody(Given):
    email: Text
    role: Role = Role.USER


class RoleBody(Given):
    role: Role


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
