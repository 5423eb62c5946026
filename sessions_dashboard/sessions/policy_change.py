"""An administrator's change of the policy, and the versions that there were."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from sessions_dashboard.accounts.models import users
from sessions_dashboard.sessions.actors import Actor
from sessions_dashboard.sessions.administrators import require_admin
from sessions_dashboard.sessions.models import policy_versions
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.policy_versions import policy_from, store_policy, take_turns


class PolicyMoved(Exception):
    """Somebody else has changed the policy since this change was thought of."""


@dataclass(frozen=True, slots=True)
class Version:
    id: int
    created_at: datetime
    # Empty for the settings' first values, a change from a shell, or a deleted account.
    changed_by: str
    policy: Policy


def change_policy(
    db: Connection,
    actor: Actor,
    wanted: Policy,
    based_on: int,
    present: Policy,
    now: datetime,
) -> Policy:
    """Make this the policy, if the version that was looked at is still the newest.

    Raises:
        PolicyMoved: it is not: what was simulated is not what would happen.
        InvalidPolicy: see `policy_from`.
        NotSignedIn, NotAdmin, PasswordNeeded: see `require_admin`.
    """
    require_admin(db, actor, present, now)
    take_turns(db)
    if newest_version(db) != based_on:
        raise PolicyMoved
    store_policy(db, wanted, now, actor.user_id)
    return wanted


def newest_version(db: Connection) -> int:
    """The number of the version in force; 0 before there is one."""
    newest = db.execute(select(func.max(policy_versions.c.id))).scalar_one()
    return int(newest or 0)


def page_of_versions(db: Connection, before: int | None = None, size: int = 10) -> list[Version]:
    """Versions of the policy, the newest first; one more than `size` where more follow."""
    query = select(
        policy_versions.c.id, policy_versions.c.created_at, users.c.email, policy_versions.c.rules
    ).outerjoin_from(policy_versions, users, users.c.id == policy_versions.c.created_by_user_id)
    if before is not None:
        query = query.where(policy_versions.c.id < before)
    rows = db.execute(query.order_by(policy_versions.c.id.desc()).limit(size + 1))
    return [
        Version(row.id, row.created_at, row.email or "", policy_from(row.rules)) for row in rows
    ]
