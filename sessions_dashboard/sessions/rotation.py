"""A new token for the same session: after anything sensitive, and every so often.

Open sockets know their session, not its token, so they go on across a rotation.
"""

from datetime import datetime

from sqlalchemy import Connection, update

from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.resume import ActiveSession
from sessions_dashboard.sessions.tokens import digest, new_token


def rotate(db: Connection, session: ActiveSession, presented: str, now: datetime) -> str | None:
    """Replace the session's token and return the new one.

    Only the holder of the present token gets a new one: of several tabs that ask at once, the first
    does; the others, whose token is honoured for a while, get None and keep what the browser has.
    """
    token = new_token()
    rotated = db.execute(
        update(sessions)
        .where(sessions.c.id == session.id, sessions.c.ended_at.is_(None))
        .where(sessions.c.token_digest == digest(presented))
        .values(
            token_digest=digest(token),
            previous_token_digest=digest(presented),
            rotated_at=now,
            token_seen_at=None,
            updated_at=now,
        )
    )
    if rotated.rowcount != 1:
        return None
    record(db, EventKind.ROTATED, now, user_id=session.user_id, session_id=session.id)
    return token


def note_token_seen(db: Connection, session_id: int, presented: str, now: datetime) -> None:
    """Record that the browser has its new token: the one before is no longer needed."""
    db.execute(
        update(sessions)
        .where(sessions.c.id == session_id, sessions.c.token_digest == digest(presented))
        .where(sessions.c.rotated_at.is_not(None), sessions.c.token_seen_at.is_(None))
        .values(token_seen_at=now)
    )
