"""Ending what a restored backup brought back, in short slices.

What was revoked after the backup was made is valid in it again, and nothing there tells it from the
rest. So all of it ends: sessions, API keys, and every link that lets somebody into an account. A
slice needs nothing but its position, and what has ended stays so: an interrupted run is simply
begun again.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, or_, select, update

from sessions_dashboard.accounts.models import account_links, invitations, outbox
from sessions_dashboard.sessions.api_keys import revoke_next_from_shell
from sessions_dashboard.sessions.ending import end_next_from_shell
from sessions_dashboard.sessions.links import PURPOSES, Purpose
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.page_keys import PageKey
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.resume import hold_still

GIVEN_UP = "a backup was restored"


class Walk(IntEnum):
    """What a run does, in this order: each step removes what could make more of the next.

    A mail makes its link when it is sent, and the link "This wasn't me" makes one to choose a
    password. A session makes keys, and both make invitations. Links come first, as they are few,
    and those that people ask for afterwards have to work.
    """

    GIVE_UP_MAILS = 0
    VOID_NOT_ME_LINKS = 1
    VOID_RESET_LINKS = 2
    END_SESSIONS = 3
    REVOKE_API_KEYS = 4
    WITHDRAW_INVITATIONS = 5


@dataclass(frozen=True, slots=True)
class Newest:
    """The last session and mail there were when a run began.

    Those who sign in during the run, as everybody has to, stay signed in and hear of new devices.
    """

    session_id: int
    mail_id: int


@dataclass(frozen=True, slots=True)
class Position:
    """How far a run has come.

    `after` is the last key that the walk over the sessions has seen, `up_to` the newest link that
    there was when the walk over the links to choose a password began.
    """

    walk: Walk = Walk.GIVE_UP_MAILS
    after: PageKey | None = None
    up_to: int | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """How many a slice did; `next` is None once the run is through."""

    done: int
    next: Position | None


def newest(db: Connection) -> Newest:
    last_session = select(func.coalesce(func.max(sessions.c.id), 0))
    last_mail = select(func.coalesce(func.max(outbox.c.id), 0))
    return Newest(db.execute(last_session).scalar_one(), db.execute(last_mail).scalar_one())


def end_slice(
    db: Connection, last: Newest, policy: Policy, now: datetime, position: Position, limit: int
) -> Slice:
    """Deal with the next rows of a run, `limit` at most."""
    walk, up_to = position.walk, position.up_to
    match walk:
        case Walk.END_SESSIONS:
            ended, key = end_next_from_shell(
                db, last.session_id, policy, now, position.after, limit
            )
            return Slice(len(ended), Position(walk, key) if key is not None else _following(walk))
        case Walk.GIVE_UP_MAILS:
            done = _give_up_mails(db, last.mail_id, now, limit)
        case Walk.VOID_NOT_ME_LINKS:
            # Newer ones are about a sign-in since the run began.
            about = account_links.c.session_id
            old = or_(about.is_(None), about <= last.session_id)
            done = _void_links(db, Purpose.NOT_ME, old, now, limit)
        case Walk.VOID_RESET_LINKS:
            up_to = up_to if up_to is not None else _newest_link(db)
            old = account_links.c.id <= up_to
            done = _void_links(db, Purpose.RESET_PASSWORD, old, now, limit)
        case Walk.REVOKE_API_KEYS:
            done = revoke_next_from_shell(db, now, limit)
        case Walk.WITHDRAW_INVITATIONS:
            done = _withdraw_invitations(db, now, limit)
    # What is done is not found again, so fewer than `limit` rows are the last.
    return Slice(done, Position(walk, up_to=up_to) if done == limit else _following(walk))


def _following(walk: Walk) -> Position | None:
    return Position(Walk(walk + 1)) if walk < max(Walk) else None


def _newest_link(db: Connection) -> int:
    newest_id: int = db.execute(select(func.coalesce(func.max(account_links.c.id), 0))).scalar_one()
    return newest_id


def _withdraw_invitations(db: Connection, now: datetime, limit: int) -> int:
    ids = _hold_owners(db, invitations, invitations.c.expires_at > now, limit)
    if ids:
        db.execute(delete(invitations).where(invitations.c.id.in_(ids)))
    return len(ids)


def _void_links(
    db: Connection, purpose: Purpose, old: ColumnElement[bool], now: datetime, limit: int
) -> int:
    works = and_(
        old,
        account_links.c.purpose == purpose.value,
        account_links.c.used_at.is_(None),
        account_links.c.expires_at > now,
    )
    ids = _hold_owners(db, account_links, works, limit)
    if ids:
        chosen = update(account_links).where(account_links.c.id.in_(ids))
        db.execute(chosen.where(account_links.c.used_at.is_(None)).values(used_at=now))
    return len(ids)


def _hold_owners(
    db: Connection, table: Table, wanted: ColumnElement[bool], limit: int
) -> list[int]:
    """Some rows of a small table, with their users held still, as when a link is used up."""
    rows = db.execute(select(table.c.id, table.c.user_id).where(wanted).limit(limit)).all()
    if rows:
        hold_still(db, *(row.user_id for row in rows))
    return [row.id for row in rows]


def _give_up_mails(db: Connection, last_id: int, now: datetime, limit: int) -> int:
    """Those that would make a new link. The others tell of what happened, which is still true: they
    are sent."""
    waiting = and_(
        outbox.c.id <= last_id,
        outbox.c.finished_at.is_(None),
        outbox.c.kind.in_([kind.value for kind in PURPOSES]),
    )
    ids = db.execute(select(outbox.c.id).where(waiting).limit(limit)).scalars().all()
    if ids:
        chosen = update(outbox).where(outbox.c.id.in_(ids), outbox.c.finished_at.is_(None))
        db.execute(chosen.values(finished_at=now, error=GIVEN_UP))
    return len(ids)
