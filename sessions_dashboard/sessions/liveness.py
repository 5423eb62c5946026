"""Which sessions are live, as a condition of a statement."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, literal, not_, or_, select

from sessions_dashboard.accounts.models import users
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.policy import Policy

# Whose span it is: whether an administrator's, and whether a remembered session's.
SPANS = tuple((is_admin, remembered) for is_admin in (False, True) for remembered in (True, False))
# The names in `live_moments` of the moments after which a session of such a span is live.
_BEGAN, _SEEN = "{}_began_after", "{}_seen_after"
_MOMENT = sessions.c.created_at.type


def live(policy: Policy, now: datetime) -> ColumnElement[bool]:
    """The condition under which a session, joined with its user, is active."""
    return _joined({name: literal(at, _MOMENT) for name, at in live_moments(policy, now).items()})


def live_unjoined(policy: Policy, now: datetime) -> ColumnElement[bool]:
    """The same over `sessions` alone: for counting many, where joining every user costs most."""
    admins = sessions.c.user_id.in_(select(users.c.id).where(users.c.is_admin))
    moments = live_moments(policy, now)
    return and_(
        *_open_and_not_too_old(moments),
        or_(
            and_(not_(admins), _within_spans(moments, is_admin=False)),
            and_(admins, _within_spans(moments, is_admin=True)),
        ),
    )


def live_moments(policy: Policy, now: datetime) -> dict[str, datetime]:
    """The moments after which a live session began and was last seen; the values of `LIVE`."""
    moments = {"began_after": now - policy.lifetime}
    for is_admin, remembered in SPANS:
        span = policy.span(is_admin=is_admin, remembered=remembered)
        whose = _whose(is_admin, remembered)
        moments[_BEGAN.format(whose)] = span.began_after(now)
        moments[_SEEN.format(whose)] = span.seen_after(now)
    return moments


def _whose(is_admin: bool, remembered: bool) -> str:
    return f"{'admin' if is_admin else 'user'}_{'remembered' if remembered else 'unremembered'}"


def _joined(moments: Mapping[str, ColumnElement[datetime]]) -> ColumnElement[bool]:
    """Without an OR, whose sides PostgreSQL would try with every index, for 7 ms a plan."""
    return and_(
        *_open_and_not_too_old(moments),
        sessions.c.created_at > _of_span(moments, _BEGAN),
        sessions.c.last_seen_at > _of_span(moments, _SEEN),
    )


def _of_span(moments: Mapping[str, ColumnElement[datetime]], name: str) -> ColumnElement[datetime]:
    of_each = {span: moments[name.format(_whose(*span))] for span in SPANS}
    is_admin, remembered = users.c.is_admin.is_(True), sessions.c.remembered.is_(True)
    return case(
        (and_(is_admin, remembered), of_each[True, True]),
        (is_admin, of_each[True, False]),
        (remembered, of_each[False, True]),
        else_=of_each[False, False],
    )


def _open_and_not_too_old(moments: Mapping[str, Any]) -> tuple[ColumnElement[bool], ...]:
    # The widest bound on its own, for the index.
    return sessions.c.ended_at.is_(None), sessions.c.created_at > moments["began_after"]


def _within_spans(moments: Mapping[str, datetime], *, is_admin: bool) -> ColumnElement[bool]:
    return or_(
        *(
            and_(
                sessions.c.remembered.is_(remembered),
                sessions.c.created_at > moments[_BEGAN.format(_whose(is_admin, remembered))],
                sessions.c.last_seen_at > moments[_SEEN.format(_whose(is_admin, remembered))],
            )
            for remembered in (True, False)
        )
    )


def _unbound() -> dict[str, ColumnElement[datetime]]:
    names = (name.format(_whose(*span)) for span in SPANS for name in (_BEGAN, _SEEN))
    return {name: bindparam(name, type_=_MOMENT) for name in ("began_after", *names)}


# `live` for a statement that is built once: building one takes longer than any keyed read does.
# Executed with `live_moments`.
LIVE = _joined(_unbound())
