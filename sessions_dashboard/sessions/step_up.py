"""When the password is asked for again, before something sensitive ("sudo")."""

from collections.abc import Iterable
from datetime import datetime

from sessions_dashboard.sessions.actors import ActiveKey, Actor
from sessions_dashboard.sessions.policy import Policy


class PasswordNeeded(Exception):
    """The actor has to enter the password again first."""


def require_recent_password(actor: Actor, policy: Policy, now: datetime) -> None:
    """A key passes: the password was entered when it was given its scopes.

    Raises:
        PasswordNeeded: the password was entered too long ago for what is sensitive.
    """
    if isinstance(actor, ActiveKey):
        return
    if policy.step_up_due(actor.authenticated_at, now):
        raise PasswordNeeded


def require_standing(
    actor: Actor, others_created_at: Iterable[datetime], policy: Policy, now: datetime
) -> None:
    """Keep a session that began a moment ago from evicting those that were there before.

    Otherwise a thief who signs in with a stolen password could lock the owner out of every device.
    A young session may end other young ones; for older ones the password has to be entered once
    more, after the sign-in. Administrators are never held up.

    Raises:
        PasswordNeeded: one of the others is older than the policy's `young_for`.
    """
    if isinstance(actor, ActiveKey) or actor.is_admin:
        return
    if not policy.is_young(actor.created_at, now):
        return
    if all(policy.is_young(created_at, now) for created_at in others_created_at):
        return
    if actor.authenticated_at <= actor.created_at:
        raise PasswordNeeded
    require_recent_password(actor, policy, now)
