"""What administrators do to an account."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from sessions_dashboard.accounts import administration
from sessions_dashboard.accounts.administration import (
    ChangedAccount,
    LastAdministrator,
    OwnAccount,
)
from sessions_dashboard.api.models import ChangedUser, RoleBody
from sessions_dashboard.api.operation import Call, Operation
from sessions_dashboard.api.problems import Problem
from sessions_dashboard.runtime import utc_now
from sessions_dashboard.sessions import Actor, Policy
from sessions_dashboard.sessions.filters import Role

Deed = Callable[[Connection, Actor, str, Policy, datetime], ChangedAccount]


async def end_all_of_user(call: Call) -> ChangedUser:
    return await _change(call, administration.end_all)


async def disable_user(call: Call) -> ChangedUser:
    return await _change(call, administration.disable)


async def enable_user(call: Call) -> ChangedUser:
    return await _change(call, administration.enable)


async def set_role(call: Call) -> ChangedUser:
    is_admin = call.body.role is Role.ADMIN
    return await _change(
        call,
        lambda db, actor, user_id, policy, now: administration.set_admin(
            db, actor, user_id, policy, now, is_admin=is_admin
        ),
    )


async def _change(call: Call, deed: Deed) -> ChangedUser:
    policy, now = call.runtime.policy, utc_now()
    try:
        changed = await call.runtime.change(
            lambda db: deed(db, call.actor, call.id, policy, now),
            lambda changed: [changed.user_id],
        )
    except OwnAccount:
        raise Problem("own_account") from None
    except LastAdministrator:
        raise Problem("last_administrator") from None
    return ChangedUser(id=changed.public_id, email=changed.email, ended=changed.ended)


ALWAYS = ("not_found", "password_needed")
OPERATIONS = (
    Operation(
        "end_all_of_user",
        "POST",
        "/admin/users/{id}/end-sessions",
        end_all_of_user,
        ChangedUser,
        admins_only=True,
        problems=(*ALWAYS, "own_account"),
    ),
    Operation(
        "disable_user",
        "POST",
        "/admin/users/{id}/disable",
        disable_user,
        ChangedUser,
        admins_only=True,
        problems=(*ALWAYS, "own_account", "last_administrator"),
    ),
    Operation(
        "enable_user",
        "POST",
        "/admin/users/{id}/enable",
        enable_user,
        ChangedUser,
        admins_only=True,
        problems=ALWAYS,
    ),
    Operation(
        "set_role",
        "PUT",
        "/admin/users/{id}/role",
        set_role,
        ChangedUser,
        body=RoleBody,
        admins_only=True,
        problems=(*ALWAYS, "last_administrator"),
    ),
)
