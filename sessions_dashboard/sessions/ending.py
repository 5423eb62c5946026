"""The end of a session: it happens once, by one statement, and the history says why.

Nothing here commits: the caller's transaction does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    not_,
    or_,
    select,
    update,
)

from sessions_dashboard.accounts.models import users
from sessions_dashboard.database import AnyRow
from sessions_dashboard.sessions.actors import Actor, By, device_of, key_told
from sessions_dashboard.sessions.api_keys import revoke_all_of
from sessions_dashboard.sessions.history import EventKind, record_all
from sessions_dashboard.sessions.liveness import live
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.page_keys import PageKey, is_after
from sessions_dashboard.sessions.policy import EndReason, Policy, Span
from sessions_dashboard.sessions.resume import (
    IN_FLIGHT,
    PUBLIC_ID_FORM,
    NotFound,
    hold_still,
    require_form,
)
from sessions_dashboard.sessions.tokens import digest

# The first sign-in after a limit is set ends all beyond it; nobody has more sessions than this.
MAX_ENDED_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class EndedSession:
    """A session that was ended just now, and whose it was."""

    id: int
    public_id: str
    user_id: int


class Passed(NamedTuple):
    """What a look at the next open sessions came to."""

    ended: list[EndedSession]
    # Where to go on; None when all were looked at.
    next_key: PageKey | None
    # Whether another transaction held some of those that had run out, which are not ended.
    left_locked: bool = False


_device = func.coalesce(sessions.c.name, sessions.c.device_label).label("device")
_ended_columns = (
    sessions.c.id,
    sessions.c.public_id,
    sessions.c.user_id,
    sessions.c.ip_address,
    _device,
)
_lives = select(
    sessions.c.created_at,
    sessions.c.last_seen_at,
    sessions.c.remembered,
    users.c.is_admin,
    *_ended_columns,
).join_from(sessions, users, users.c.id == sessions.c.user_id)


def end_what_ran_out(
    db: Connection, condition: ColumnElement[bool], policy: Policy, now: datetime
) -> list[EndedSession]:
    """End those of the open sessions that match which have run out, as of when they did."""
    rows = db.execute(_lives.where(condition).with_for_update(of=sessions)).all()
    return _end_as_expired(db, rows, policy, now)


def end_all_of(
    db: Connection,
    user_id: int,
    policy: Policy,
    now: datetime,
    reason: EndReason,
    actor: Actor | None = None,
) -> list[EndedSession]:
    """End every session of one user, and revoke their API keys; what had run out ends as that.

    The caller has made sure that it may, and holds the user still.
    """
    revoke_all_of(db, user_id, now, actor)
    theirs = and_(sessions.c.user_id == user_id, sessions.c.ended_at.is_(None))
    ended = end_what_ran_out(db, theirs, policy, now)
    return ended + end_where(db, theirs, reason, now, actor)


def end_chosen(
    db: Connection,
    ids: Sequence[int],
    by: By,
    policy: Policy,
    now: datetime,
    details: dict[str, Any],
) -> tuple[list[EndedSession], list[EndedSession]]:
    """End these sessions for an administrator. What had run out before ends as that.

    The caller holds their users still, and has checked that the administrator is one.

    Returns:
        Those that this ended, and those that had run out.
    """
    chosen = and_(sessions.c.id.in_(ids), sessions.c.ended_at.is_(None))
    rows = db.execute(
        _lives.where(chosen).order_by(sessions.c.id).with_for_update(of=sessions)
    ).all()
    ran_out = _end_as_expired(db, rows, policy, now)
    mine = sessions.c.user_id == by.user_id
    ended = end_where(db, and_(chosen, not_(mine)), EndReason.REVOKED_BY_ADMIN, now, by, details)
    if any(row.user_id == by.user_id for row in rows):
        ended += end_where(db, and_(chosen, mine), EndReason.REVOKED, now, by, details)
    return ended, ran_out


def end_by_token(db: Connection, token: str, now: datetime) -> EndedSession | None:
    """Sign out the browser that holds this token; also when its session had run out already.

    The token before the present one will do: a browser that never got the answer to a rotation
    has no other.
    """
    presented = digest(token)
    held = or_(sessions.c.token_digest == presented, sessions.c.previous_token_digest == presented)
    ended = end_where(db, held, EndReason.SIGNED_OUT, now, actor=None)
    return ended[0] if ended else None


def end_oldest(
    db: Connection, user_id: int, policy: Policy, now: datetime, keep: int
) -> list[EndedSession]:
    """End a user's live sessions but the `keep` newest. The caller holds the user still."""
    oldest = (
        select(sessions.c.id)
        .join_from(sessions, users, users.c.id == sessions.c.user_id)
        .where(sessions.c.user_id == user_id, live(policy, now))
        .order_by(sessions.c.created_at.desc(), sessions.c.id.desc())
        # SQLite knows OFFSET only after LIMIT.
        .limit(MAX_ENDED_AT_ONCE)
        .offset(keep)
    )
    ids = list(db.execute(oldest).scalars())
    return end_where(db, sessions.c.id.in_(ids), EndReason.LIMIT, now, actor=None) if ids else []


def end_to_make_room(
    db: Connection, user_id: int, public_id: str, now: datetime
) -> EndedSession | None:
    """End the session that a person chose so that they may sign in; None if it is over already.

    `user_id` is the account whose password was right: a stranger's session is never found.
    """
    if PUBLIC_ID_FORM.fullmatch(public_id) is None:
        return None
    hold_still(db, user_id)
    chosen = and_(sessions.c.public_id == public_id, sessions.c.user_id == user_id)
    ended = end_where(db, chosen, EndReason.LIMIT, now, actor=None)
    return ended[0] if ended else None


def end_for_moving(
    db: Connection, session_id: int, reason: EndReason, now: datetime
) -> EndedSession | None:
    """End a session that was used from where the policy does not allow it."""
    ended = end_where(db, sessions.c.id == session_id, reason, now, actor=None)
    return ended[0] if ended else None


def end_if_reused(db: Connection, token: str, policy: Policy, now: datetime) -> EndedSession | None:
    """End the session whose replaced token this is: two hold a copy, and one of them is a thief.

    Call this with a token that `resume` has refused. There is no telling which of the two is the
    thief, so both have to sign in again. A session that had run out by then ends as that.
    """
    reused = and_(
        sessions.c.ended_at.is_(None),
        sessions.c.previous_token_digest == digest(token),
        or_(
            sessions.c.rotated_at <= now - policy.rotation_grace,
            sessions.c.token_seen_at <= now - IN_FLIGHT,
        ),
    )
    rows = db.execute(_lives.where(reused).with_for_update(of=sessions)).all()
    ended = _end_as_expired(db, rows, policy, now)
    ended += end_where(db, reused, EndReason.TOKEN_REUSED, now, actor=None)
    return ended[0] if ended else None


def end_expired(
    db: Connection, policy: Policy, now: datetime, after: PageKey | None, limit: int
) -> Passed:
    """End the next sessions that ran out, as of the moment when they did."""
    # Nobody was seen before they signed in, so this bound excludes none, and it suits the index.
    # The limit counts the rows passed over: a million that live on are not passed in one
    # transaction.
    old_enough = _lives.where(sessions.c.created_at <= policy.newest_run_out(now))
    passed, next_key = _pass_open(db, old_enough, after, limit)
    ran_out = [row.id for row in passed if _span(row, policy).expired(*_life(row), now)]
    if not ran_out:
        return Passed([], next_key)
    locked = _lives.where(sessions.c.id.in_(ran_out), sessions.c.ended_at.is_(None))
    rows = db.execute(
        locked.order_by(sessions.c.id).with_for_update(of=sessions, skip_locked=True)
    ).all()
    return Passed(_end_as_expired(db, rows, policy, now), next_key, len(rows) < len(ran_out))


def _pass_open(
    db: Connection, query: Select[Any], after: PageKey | None, limit: int
) -> tuple[Sequence[AnyRow], PageKey | None]:
    """The next rows of sessions that have not ended, and the key to go on from."""
    query = query.where(sessions.c.ended_at.is_(None))
    if after is not None:
        query = query.where(is_after(sessions.c.created_at, sessions.c.id, after))
    passed = db.execute(query.order_by(sessions.c.created_at, sessions.c.id).limit(limit)).all()
    return passed, (passed[-1].created_at, passed[-1].id) if len(passed) == limit else None


def end_if_expired(
    db: Connection, public_id: str, policy: Policy, now: datetime
) -> EndedSession | None:
    """End one session if it has run out."""
    rows = db.execute(
        _lives.where(
            sessions.c.public_id == public_id, sessions.c.ended_at.is_(None)
        ).with_for_update(of=sessions)
    ).all()
    ended = _end_as_expired(db, rows, policy, now)
    return ended[0] if ended else None


def end_expired_of(
    db: Connection, user_id: int, policy: Policy, now: datetime
) -> list[EndedSession]:
    """End those of a user's sessions that have run out, as of the moment when they did."""
    open_ones = and_(sessions.c.user_id == user_id, sessions.c.ended_at.is_(None))
    return end_what_ran_out(db, open_ones, policy, now)


def _end_as_expired(
    db: Connection, rows: Sequence[AnyRow], policy: Policy, now: datetime
) -> list[EndedSession]:
    """End those of the rows, locked by the caller, that ran out."""
    updates, lines, ended = [], [], []
    for row in rows:
        span = _span(row, policy)
        reason = span.expired(*_life(row), now)
        if reason is None:
            continue
        at = span.expires_at(*_life(row))
        updates.append({"row_id": row.id, "at": at, "reason": reason.value})
        lines.append(_line(row, reason, at, None, None))
        ended.append(EndedSession(row.id, row.public_id, row.user_id))
    if updates:
        db.execute(_end_one, updates)
        record_all(db, lines)
    return ended


def _span(row: AnyRow, policy: Policy) -> Span:
    return policy.span(is_admin=row.is_admin, remembered=row.remembered)


def _life(row: AnyRow) -> tuple[datetime, datetime]:
    return row.created_at, row.last_seen_at


_end_one = (
    update(sessions)
    .where(sessions.c.id == bindparam("row_id"))
    .values(ended_at=bindparam("at"), updated_at=bindparam("at"), end_reason=bindparam("reason"))
)


def end_from_shell(db: Connection, public_id: str, now: datetime) -> EndedSession:
    """End any session on behalf of the server's operator.

    Raises:
        NotFound: missing or already over.
    """
    require_form(public_id)
    ended = end_where(
        db, sessions.c.public_id == public_id, EndReason.REVOKED_BY_ADMIN, now, actor=None
    )
    if not ended:
        raise NotFound
    return ended[0]


def end_next_from_shell(
    db: Connection,
    newest_id: int,
    policy: Policy,
    now: datetime,
    after: PageKey | None,
    limit: int,
) -> tuple[list[EndedSession], PageKey | None]:
    """End the next of everybody's sessions on behalf of the server's operator.

    Those with a greater row number than `newest_id` stay. What had run out ends as that.

    Returns:
        Those that this ended and that had not run out, and the key to go on from; None when all
        were looked at.
    """
    passed, next_key = _pass_open(db, _lives, after, limit)
    # Filtered here: a bound on the row number would tempt the planner to walk over all that ended.
    chosen = [row for row in passed if row.id <= newest_id]
    if not chosen:
        return [], next_key
    hold_still(db, *(row.user_id for row in chosen))
    still_open = and_(sessions.c.id.in_([row.id for row in chosen]), sessions.c.ended_at.is_(None))
    end_what_ran_out(db, still_open, policy, now)
    return end_where(db, still_open, EndReason.REVOKED_BY_ADMIN, now, actor=None), next_key


def end_where(
    db: Connection,
    condition: ColumnElement[bool],
    reason: EndReason,
    now: datetime,
    actor: By | Actor | None,
    details: dict[str, Any] | None = None,
) -> list[EndedSession]:
    """End all live sessions that match, in one statement. What is over stays as it was."""
    rows = db.execute(
        update(sessions)
        .where(sessions.c.ended_at.is_(None), condition)
        .values(
            ended_at=now,
            updated_at=now,
            end_reason=reason.value,
            ended_by_user_id=actor.user_id if actor else None,
            ended_by_session_id=actor.id if actor else None,
        )
        .returning(*_ended_columns)
    ).all()
    actor_device = device_of(db, actor) if rows and actor is not None else None
    lines = [_line(row, reason, now, actor, actor_device) for row in rows]
    told = details or {}
    record_all(db, [{**line, "details": told | key_told(actor, line["user_id"])} for line in lines])
    return [EndedSession(row.id, row.public_id, row.user_id) for row in rows]


def _line(
    row: AnyRow,
    reason: EndReason,
    at: datetime,
    actor: By | Actor | None,
    actor_device: str | None,
) -> dict[str, Any]:
    return {
        "kind": EventKind.ENDED.value,
        "at": at,
        "user_id": row.user_id,
        "session_id": row.id,
        "device": row.device,
        "ip_address": row.ip_address,
        "end_reason": reason.value,
        "actor_user_id": actor.user_id if actor else None,
        # An administrator's device is none of the owner's business.
        "actor_device": actor_device if actor and actor.user_id == row.user_id else None,
    }
