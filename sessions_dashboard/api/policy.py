"""The policy: read, simulated, changed. Durations are in seconds."""

from collections.abc import Mapping

from sqlalchemy import Connection

from sessions_dashboard.api.operation import Call, Operation
from sessions_dashboard.api.policy_models import PolicyInForce, PolicyPatch, PolicyTrial, Simulated
from sessions_dashboard.api.problems import Problem
from sessions_dashboard.jobs import put_in_force
from sessions_dashboard.runtime import utc_now
from sessions_dashboard.sessions import Policy
from sessions_dashboard.sessions.policy_change import PolicyMoved, change_policy, newest_version
from sessions_dashboard.sessions.policy_versions import (
    InvalidPolicy,
    current_policy,
    policy_from,
    values_of,
)
from sessions_dashboard.sessions.simulation import simulate


async def read_policy(call: Call) -> PolicyInForce:
    policy, version = await _stored(call)
    return PolicyInForce(version=version, values=values_of(policy))


async def simulate_policy(call: Call) -> Simulated:
    now, (present, _version) = utc_now(), await _stored(call)
    wanted = _changed(present, call.body.values)
    own = call.actor.id or 0
    found = await call.runtime.database.scan(lambda db: simulate(db, present, wanted, now, own))
    return Simulated(
        sessions=found.sessions,
        users=found.users,
        of_administrators=found.of_admins,
        own=found.own,
        users_above_limit=found.above_limit,
    )


async def change_values(call: Call) -> PolicyInForce:
    based_on, now, (present, version) = call.body.based_on, utc_now(), await _stored(call)
    if version != based_on:
        raise Problem("policy_moved")
    wanted = _changed(present, call.body.values)
    try:
        await put_in_force(
            call.runtime,
            lambda db: change_policy(db, call.actor, wanted, based_on, present, now),
        )
    except PolicyMoved:
        raise Problem("policy_moved") from None
    return await read_policy(call)


async def _stored(call: Call) -> tuple[Policy, int]:
    """From the table: another worker may have changed it, and what is not named must stay."""

    def read(db: Connection) -> tuple[Policy, int]:
        # The version first: what is saved in between is newer than that, and not saved over.
        version = newest_version(db)
        return current_policy(db) or call.runtime.policy, version

    return await call.runtime.database.read(read)


def _changed(present: Policy, values: Mapping[str, float | str]) -> Policy:
    """The present policy with these values; what is not named stays."""
    try:
        return policy_from(values_of(present) | dict(values))
    except InvalidPolicy as error:
        raise Problem("policy", error.problems) from None


PATH = "/admin/policy"
OPERATIONS = (
    Operation("read_policy", "GET", PATH, read_policy, PolicyInForce, admins_only=True),
    Operation(
        "simulate_policy",
        "POST",
        f"{PATH}/simulate",
        simulate_policy,
        Simulated,
        body=PolicyTrial,
        admins_only=True,
        changes_nothing=True,
        problems=("policy",),
    ),
    Operation(
        "change_policy",
        "PATCH",
        PATH,
        change_values,
        PolicyInForce,
        body=PolicyPatch,
        admins_only=True,
        problems=("policy", "policy_moved", "password_needed"),
    ),
)
