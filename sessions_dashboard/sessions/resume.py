"""Turning a cookie's token into a live session, and keeping a write honest about its actor.

Reads take an open connection and the time. A write checks again, in its own transaction, that the
actor's session has not ended since.
"""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeGuard

from sqlalchemy import Connection, and_, func, select

from sessions_dashboard.accounts.models import users
from sessions_dashboard.database.lookups import KeyedSelect, LookUp, Row, Wanted, looked_up, utc
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.policy import Policy, Span
from sessions_dashboard.sessions.tokens import digest

# How long a request may have been on its way when another one brought the new token.
IN_FLIGHT = timedelta(seconds=10)
# How many parsed rows are cached.
REMEMBERED = 4_096
PUBLIC_ID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class NotFound(Exception):
    """There is no such session for this actor: missing, over, or someone else's."""


class NotSignedIn(Exception):
    """The actor's own session ended before the write was made."""


class ActiveSession(NamedTuple):
    """A live session with its user: the actor of whatever is asked under it.

    A tuple, because one is made at every event and a frozen dataclass takes four times as long.
    """

    id: int
    public_id: str
    user_id: int
    user_public_id: str
    email: str
    is_admin: bool
    created_at: datetime
    last_seen_at: datetime
    authenticated_at: datetime
    # Since when the present token is valid; when it was first used, if rotation made it.
    token_since: datetime
    token_seen_at: datetime | None
    remembered: bool
    # Where it was used from last.
    seen_ip_address: str
    seen_user_agent: str
    # What changed, where the password has to be entered before anything else.
    challenge: str | None
    # When the session is over however busy it is; and when, if it is not used any more.
    ends_at: datetime
    expires_at: datetime


_resume_columns = (
    sessions.c.id,
    sessions.c.public_id,
    sessions.c.user_id,
    users.c.public_id,
    users.c.email,
    users.c.is_admin,
    sessions.c.created_at,
    sessions.c.last_seen_at,
    sessions.c.authenticated_at,
    sessions.c.rotated_at,
    sessions.c.token_seen_at,
    sessions.c.remembered,
    func.coalesce(sessions.c.seen_ip_address, sessions.c.ip_address),
    func.coalesce(sessions.c.seen_user_agent, sessions.c.user_agent),
    sessions.c.challenge,
    sessions.c.ended_at,
    users.c.disabled_at,
)
live_with_user = and_(sessions.c.ended_at.is_(None), users.c.disabled_at.is_(None))
# Whether it has ended is read from the row, not part of the condition: on PostgreSQL the plan is
# made once, and while there are few rows it would use the index over open sessions, not the key's.
_resume = select(*_resume_columns).join_from(sessions, users, users.c.id == sessions.c.user_id)
_by_digest = KeyedSelect(_resume, sessions.c.token_digest)
_by_replaced_digest = KeyedSelect(_resume, sessions.c.previous_token_digest)
_by_public_id = KeyedSelect(_resume, sessions.c.public_id)


def resume(db: Connection, token: str, policy: Policy, now: datetime) -> ActiveSession | None:
    """The live session of a token, by one indexed query; None when there is none.

    A second query, on a miss alone, honours the token that a rotation has just replaced.
    """
    return looked_up(db, resume_each((token,), policy, now)).get(token)


def resume_each(
    tokens: Collection[str], policy: Policy, now: datetime
) -> LookUp[dict[str, ActiveSession]]:
    """The live sessions of those tokens that have one, by as many queries as one token takes."""
    presented = {token: digest(token) for token in tokens}
    rows = yield Wanted(_by_digest, presented.values())
    missed = [key for key in presented.values() if key not in rows]
    replaced = (yield Wanted(_by_replaced_digest, missed)) if missed else {}
    found = {}
    for token, key in presented.items():
        session = _active(rows.get(key), policy, now) or _honoured(replaced.get(key), policy, now)
        if session is not None:
            found[token] = session
    return found


def _honoured(row: Row | None, policy: Policy, now: datetime) -> ActiveSession | None:
    session = _active(row, policy, now)
    return session if session is not None and _still_honoured(session, policy, now) else None


def _still_honoured(session: ActiveSession, policy: Policy, now: datetime) -> bool:
    """Whether the token before the present one may still be used.

    It may until the grace period is over or the new token was seen. Requests that were on their way
    at that moment are let through: when a browser starts, several tabs send the old token at once.
    """
    if now >= session.token_since + policy.rotation_grace:
        return False
    seen_at = session.token_seen_at
    return seen_at is None or now < seen_at + IN_FLIGHT


def is_replaced(db: Connection, token: str) -> bool:
    """Whether this is the token that a live session had before its last rotation."""
    return _is_open(_by_replaced_digest.first(db, digest(token)))


def resume_by_public_id(
    db: Connection, public_id: str, policy: Policy, now: datetime
) -> ActiveSession | None:
    """The live session with this public id; for a socket whose cookie was verified before."""
    return looked_up(db, resume_each_by_public_id((public_id,), policy, now)).get(public_id)


def resume_each_by_public_id(
    public_ids: Collection[str], policy: Policy, now: datetime
) -> LookUp[dict[str, ActiveSession]]:
    rows = yield Wanted(_by_public_id, public_ids)
    found = ((public_id, _active(row, policy, now)) for public_id, row in rows.items())
    return {public_id: session for public_id, session in found if session is not None}


def _is_open(row: Row | None) -> TypeGuard[Row]:
    """Whether the session was not ended, nor its account disabled."""
    return row is not None and row[15] is None and row[16] is None


def _active(row: Row | None, policy: Policy, now: datetime) -> ActiveSession | None:
    if not _is_open(row):
        return None
    session = _read(row, policy.span(is_admin=bool(row[5]), remembered=bool(row[11])))
    return session if now < session.expires_at else None


# Cached, as a browser asks again and again, and its row is the same until something happens.
@lru_cache(REMEMBERED)
def _read(row: Row, span: Span) -> ActiveSession:
    created_at, last_seen_at = utc(row[6]), utc(row[7])
    return ActiveSession(
        id=row[0],
        public_id=row[1],
        user_id=row[2],
        user_public_id=row[3],
        email=row[4],
        is_admin=bool(row[5]),
        created_at=created_at,
        last_seen_at=last_seen_at,
        authenticated_at=utc(row[8]),
        token_since=utc(row[9]) if row[9] is not None else created_at,
        token_seen_at=utc(row[10]) if row[10] is not None else None,
        remembered=bool(row[11]),
        seen_ip_address=row[12],
        seen_user_agent=row[13],
        challenge=row[14],
        ends_at=created_at + span.lifetime,
        expires_at=span.expires_at(created_at, last_seen_at),
    )


def require_form(public_id: str) -> None:
    """Refuse what can't be an id before a database sees it: to one, half of a surrogate pair is no
    text, nor is a NUL to PostgreSQL.

    Raises:
        NotFound: as for an id that nobody has.
    """
    if PUBLIC_ID_FORM.fullmatch(public_id) is None:
        raise NotFound


def hold_still(db: Connection, *user_ids: int) -> None:
    """Let one write at a time change a user's sessions.

    On PostgreSQL this locks the users' rows, in one order so that two writers can't deadlock; on
    SQLite the transaction holds the only write lock already.
    """
    db.execute(
        select(users.c.id)
        .where(users.c.id.in_(sorted(set(user_ids))))
        .order_by(users.c.id)
        .with_for_update(key_share=True)
    )


def require_live(db: Connection, actor: ActiveSession) -> None:
    live = db.execute(
        select(sessions.c.id)
        .join_from(sessions, users, and_(users.c.id == sessions.c.user_id, live_with_user))
        .where(sessions.c.id == actor.id, sessions.c.user_id == actor.user_id)
    )
    if live.first() is None:
        raise NotSignedIn
