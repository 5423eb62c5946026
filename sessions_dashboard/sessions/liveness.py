"""Which sessions are live, as a condition of a statement."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, not_, or_, select

from sessions_dashboard.accounts.models import users
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.policy import Policy

# Whose span it is: an administrator's or not, of a remembered session or not.
SPANS = tuple((is_admin, remembered) for is_admin in (False, True) for remembered in (True, False))


def live(policy: Policy, now: datetime) -> ColumnElement[bool]:
    """The condition under which a session, joined with its user, is active."""
    return _joined(live_moments(policy, now))


def live_unjoined(policy: Policy, now: datetime) -> ColumnElement[bool]:
    """The same of sessions alone: for counting many, where looking up every user costs most."""
    admins = sessions.c.user_id.in_(select(users.c.id).where(users.c.is_admin))
    return _live(live_moments(policy, now), admins, not_(admins))


def live_moments(policy: Policy, now: datetime) -> dict[str, datetime]:
    """The moments after which a live session began and was last seen; the values of `LIVE`."""
    moments = {"began_after": now - policy.lifetime}
    for is_admin, remembered in SPANS:
        span = policy.span(is_admin=is_admin, remembered=remembered)
        began, seen = _names(is_admin=is_admin, remembered=remembered)
        moments |= {began: now - span.lifetime, seen: now - span.idle_timeout}
    return moments


def _names(*, is_admin: bool, remembered: bool) -> tuple[str, str]:
    whose = f"{'admin' if is_admin else 'user'}_{'remembered' if remembered else 'unremembered'}"
    return f"{whose}_began_after", f"{whose}_seen_after"


def _joined(moments: Mapping[str, Any]) -> ColumnElement[bool]:
    return _live(moments, users.c.is_admin.is_(True), users.c.is_admin.is_(False))


def _live(
    moments: Mapping[str, Any], of_admin: ColumnElement[bool], of_user: ColumnElement[bool]
) -> ColumnElement[bool]:
    return and_(
        sessions.c.ended_at.is_(None),
        # The widest bound on its own, for the index.
        sessions.c.created_at > moments["began_after"],
        or_(
            and_(of_user, _within_spans(moments, is_admin=False)),
            and_(of_admin, _within_spans(moments, is_admin=True)),
        ),
    )


def _within_spans(moments: Mapping[str, Any], *, is_admin: bool) -> ColumnElement[bool]:
    of_each = []
    for remembered in (True, False):
        began, seen = _names(is_admin=is_admin, remembered=remembered)
        of_each.append(
            and_(
                sessions.c.remembered.is_(remembered),
                sessions.c.created_at > moments[began],
                sessions.c.last_seen_at > moments[seen],
            )
        )
    return or_(*of_each)


def _unbound() -> dict[str, Any]:
    names = ["began_after"]
    for is_admin, remembered in SPANS:
        names += _names(is_admin=is_admin, remembered=remembered)
    return {name: bindparam(name) for name in names}


# `live` for a statement that is built once: building one takes longer than any keyed read does.
# Executed with `live_moments`.
LIVE = _joined(_unbound())
