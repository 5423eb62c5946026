"""What administrators do to accounts, and to the API keys of one."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from sessions_dashboard import navigation
from sessions_dashboard.accounts import administration
from sessions_dashboard.accounts.administration import (
    ChangedAccount,
    LastAdministrator,
    OwnAccount,
)
from sessions_dashboard.accounts.directory import account_of
from sessions_dashboard.accounts.invitations import VALID_FOR, new_invitation_token
from sessions_dashboard.accounts.passwords import hash_password
from sessions_dashboard.accounts.users import EmailTaken, InvalidEmail, normalise_email
from sessions_dashboard.api.api_key_models import ApiKey, ApiKeys, RevokedKey
from sessions_dashboard.api.operation import Call, Operation
from sessions_dashboard.api.problems import Problem
from sessions_dashboard.api.user_models import ChangedUser, NewUser, NewUserBody, RoleBody
from sessions_dashboard.runtime import run_aside, utc_now
from sessions_dashboard.sessions import Actor, NotFound, Policy, api_keys
from sessions_dashboard.sessions.api_keys import ListedKey
from sessions_dashboard.sessions.filters import Role

Deed = Callable[[Connection, Actor, str, Policy, datetime], ChangedAccount]


async def create_user(call: Call) -> NewUser:
    """The caller is given the link, as the console shows it: no mail is sent."""
    actor, policy, now, wanted = call.actor, call.runtime.policy, utc_now(), call.body
    try:
        email = normalise_email(wanted.email)
    except InvalidEmail:
        raise Problem("email") from None
    token, is_admin = new_invitation_token(), wanted.role is Role.ADMIN
    # Nobody knows this password, but a sign-in takes as long as with any other.
    unusable = await run_aside(lambda: hash_password(new_invitation_token()))
    try:
        made = await call.runtime.change(
            lambda db: administration.create_account(
                db, actor, email, unusable, token, policy, now, is_admin=is_admin
            ),
            lambda made: [made.user_id],
        )
    except EmailTaken:
        raise Problem("email_taken") from None
    return NewUser(
        id=made.public_id,
        email=made.email,
        role=wanted.role,
        link=navigation.invitation_link(call.runtime.settings.public_url, token),
        link_expires_at=now + VALID_FOR,
    )


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


async def list_keys_of_user(call: Call) -> ApiKeys:
    policy, now = call.runtime.policy, utc_now()

    def read(db: Connection) -> list[ListedKey]:
        account = account_of(db, call.id, policy, now)
        if account is None:
            raise NotFound
        return api_keys.keys_of(db, account.user_id, now)

    found = await call.runtime.database.read(read)
    return ApiKeys(api_keys=[ApiKey.of(one) for one in found])


async def revoke_key(call: Call) -> RevokedKey:
    actor, policy, now = call.actor, call.runtime.policy, utc_now()
    revoked = await call.runtime.change(
        lambda db: api_keys.revoke_anybodys_key(db, actor, call.id, policy, now),
        lambda revoked: [revoked.user_id],
    )
    return RevokedKey(id=call.id, name=revoked.name)


ALWAYS = ("not_found", "password_needed")
OPERATIONS = (
    Operation(
        "create_user",
        "POST",
        "/admin/users",
        create_user,
        NewUser,
        body=NewUserBody,
        admins_only=True,
        problems=("password_needed", "email", "email_taken"),
    ),
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
    Operation(
        "list_keys_of_user",
        "GET",
        "/admin/users/{id}/api-keys",
        list_keys_of_user,
        ApiKeys,
        admins_only=True,
        problems=("not_found",),
    ),
    Operation(
        "revoke_key",
        "DELETE",
        "/admin/api-keys/{id}",
        revoke_key,
        RevokedKey,
        admins_only=True,
        problems=ALWAYS,
    ),
)
