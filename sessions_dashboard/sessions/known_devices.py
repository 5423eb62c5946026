"""The browsers that an account has used, and the question "Was this you?" about a new one.

A browser is known by a cookie of its own that outlives its sessions, not by its address. A new one
raises an alarm: a line in the history, a mail, and the question on the person's other devices.
Until somebody has said yes there, the new browser itself is not asked about others, so that a thief
with two browsers can't vouch for one with the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Label,
    and_,
    bindparam,
    delete,
    insert,
    not_,
    select,
    update,
)

from sessions_dashboard.accounts import outbox
from sessions_dashboard.accounts.models import users
from sessions_dashboard.accounts.outbox import MailKind
from sessions_dashboard.database import AnyRow
from sessions_dashboard.public_ids import new_public_id
from sessions_dashboard.sessions.actors import device_of
from sessions_dashboard.sessions.ending import EndedSession
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.models import known_devices, sessions
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.resume import (
    ActiveSession,
    NotFound,
    hold_still,
    require_form,
    require_live,
)
from sessions_dashboard.sessions.revoking import end
from sessions_dashboard.sessions.tokens import digest

# Nobody remembers what they did longer ago.
ASKED_FOR = timedelta(days=14)
MAX_QUESTIONS = 5


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A browser that the person is asked about."""

    public_id: str
    device: str
    device_type: str
    browser: str | None
    os: str | None
    city: str | None
    country: str | None
    ip_address: str
    first_seen_at: datetime


class _Questioned(NamedTuple):
    """The known device that an answer is about."""

    id: int
    label: str
    ip_address: str


def recognise(db: Connection, session_public_id: str, device_token: str, now: datetime) -> None:
    """Note which browser a session was started on; raise the alarm where it is a new one.

    The first browser of an account raises none. Call this in the transaction of the session's
    start, which holds the account still.
    """
    session = db.execute(select(sessions).where(sessions.c.public_id == session_public_id)).one()
    known_id = _touch(db, session.user_id, device_token, now)
    is_new = known_id is None
    if known_id is None:
        alarming = _any_known(db, session.user_id)
        known_id = _add(db, session, device_token, now, in_question=alarming)
        if alarming:
            _raise_alarm(db, session, now)
    db.execute(
        update(sessions)
        .where(sessions.c.id == session.id)
        .values(known_device_id=known_id, new_device=is_new)
    )


def _touch(db: Connection, user_id: int, device_token: str, now: datetime) -> int | None:
    return db.execute(
        update(known_devices)
        .where(
            known_devices.c.user_id == user_id,
            known_devices.c.token_digest == digest(device_token),
        )
        .values(last_seen_at=now)
        .returning(known_devices.c.id)
    ).scalar_one_or_none()


def _any_known(db: Connection, user_id: int) -> bool:
    query = select(known_devices.c.id).where(known_devices.c.user_id == user_id).limit(1)
    return db.execute(query).first() is not None


def _add(
    db: Connection, session: AnyRow, device_token: str, now: datetime, *, in_question: bool
) -> int:
    return int(
        db.execute(
            insert(known_devices)
            .values(
                public_id=new_public_id(now),
                user_id=session.user_id,
                token_digest=digest(device_token),
                device=session.device_label,
                device_type=session.device_type,
                city=session.city,
                country=session.country,
                ip_address=session.ip_address,
                first_seen_at=now,
                last_seen_at=now,
                in_question=in_question,
            )
            .returning(known_devices.c.id)
        ).scalar_one()
    )


def _raise_alarm(db: Connection, session: AnyRow, now: datetime) -> None:
    record(
        db,
        EventKind.NEW_DEVICE,
        now,
        user_id=session.user_id,
        session_id=session.id,
        device=session.device_label,
        ip_address=session.ip_address,
    )
    wanted = select(users.c.mail_new_devices).where(users.c.id == session.user_id)
    if not db.execute(wanted).scalar_one():
        return
    outbox.put(
        db,
        MailKind.NEW_DEVICE,
        session.user_id,
        now,
        session_id=session.id,
        details={
            "at": now.isoformat(),
            "device": session.device_label,
            "city": session.city,
            "country": session.country,
            "ip_address": session.ip_address,
        },
    )


def _last_used_as(column: ColumnElement[str | None]) -> Label[str | None]:
    """The value of a column in the last session on a known browser."""
    return (
        select(column)
        .where(
            sessions.c.known_device_id == known_devices.c.id,
            sessions.c.user_id == known_devices.c.user_id,
        )
        .order_by(sessions.c.id.desc())
        .limit(1)
        .scalar_subquery()
        .label(column.key)
    )


_own = known_devices.alias("own")
_on_one_in_question = (
    select(_own.c.id)
    .join_from(_own, sessions, sessions.c.known_device_id == _own.c.id)
    .where(sessions.c.id == bindparam("actor_session_id"), _own.c.in_question.is_(True))
    .where(_own.c.first_seen_at > bindparam("asked_since"))
    .exists()
)
# The actor's own questions, unless they are themselves on a browser that is in question.
_may_answer = and_(
    known_devices.c.user_id == bindparam("actor_user_id"),
    known_devices.c.in_question.is_(True),
    known_devices.c.first_seen_at > bindparam("asked_since"),
    not_(_on_one_in_question),
)
_questions_for = (
    select(
        known_devices.c.public_id,
        known_devices.c.device,
        known_devices.c.device_type,
        _last_used_as(sessions.c.browser),
        _last_used_as(sessions.c.os),
        known_devices.c.city,
        known_devices.c.country,
        known_devices.c.ip_address,
        known_devices.c.first_seen_at,
    )
    .where(_may_answer)
    .order_by(known_devices.c.first_seen_at.desc(), known_devices.c.id.desc())
    .limit(MAX_QUESTIONS)
)


def _asked(actor: ActiveSession, now: datetime) -> dict[str, Any]:
    """The values of `_may_answer`."""
    return {
        "actor_session_id": actor.id,
        "actor_user_id": actor.user_id,
        "asked_since": now - ASKED_FOR,
    }


def questions_for(db: Connection, actor: ActiveSession, now: datetime) -> Sequence[NewDevice]:
    """The browsers that the actor is to be asked about, the newest first."""
    rows = db.execute(_questions_for, _asked(actor, now))
    return [NewDevice(**row._mapping) for row in rows]


def confirm(db: Connection, actor: ActiveSession, public_id: str, now: datetime) -> None:
    """Yes, it was me.

    Raises:
        NotFound: there is no such question for this actor.
        NotSignedIn: the actor's session has ended.
    """
    device = _in_question(db, actor, public_id, now)
    db.execute(
        update(known_devices).where(known_devices.c.id == device.id).values(in_question=False)
    )
    _record_answer(db, EventKind.DEVICE_CONFIRMED, device, actor, now)


def deny(
    db: Connection, actor: ActiveSession, public_id: str, policy: Policy, now: datetime
) -> list[EndedSession]:
    """No, it was not: end every session on that browser, and forget it.

    Raises:
        NotFound: there is no such question for this actor.
        NotSignedIn: the actor's session has ended.
        PasswordNeeded: one of them is older than a young actor may end.
    """
    device = _in_question(db, actor, public_id, now)
    theirs = db.execute(
        select(sessions.c.public_id)
        .where(sessions.c.user_id == actor.user_id, sessions.c.ended_at.is_(None))
        .where(sessions.c.known_device_id == device.id)
        .order_by(sessions.c.id)
    ).scalars()
    ended = [end(db, actor, session_id, policy, now) for session_id in theirs.all()]
    db.execute(delete(known_devices).where(known_devices.c.id == device.id))
    _record_answer(db, EventKind.DEVICE_DENIED, device, actor, now)
    return ended


def forget(db: Connection, user_id: int, session_id: int | None) -> str | None:
    """Forget the browser of this session: its next sign-in is a new device's.

    Returns:
        The browser's label; None once the session is deleted.
    """
    session = db.execute(
        select(sessions.c.known_device_id, sessions.c.device_label).where(
            sessions.c.id == session_id, sessions.c.user_id == user_id
        )
    ).first()
    if session is None:
        return None
    db.execute(
        delete(known_devices).where(
            known_devices.c.user_id == user_id, known_devices.c.id == session.known_device_id
        )
    )
    return str(session.device_label)


def _in_question(
    db: Connection, actor: ActiveSession, public_id: str, now: datetime
) -> _Questioned:
    """What the actor answers about; their account is held still from here on."""
    require_form(public_id)
    hold_still(db, actor.user_id)
    require_live(db, actor)
    row = db.execute(
        select(known_devices.c.id, known_devices.c.device, known_devices.c.ip_address).where(
            known_devices.c.public_id == public_id, _may_answer
        ),
        _asked(actor, now),
    ).first()
    if row is None:
        raise NotFound
    return _Questioned(*row)


def _record_answer(
    db: Connection, kind: EventKind, device: _Questioned, actor: ActiveSession, now: datetime
) -> None:
    record(
        db,
        kind,
        now,
        user_id=actor.user_id,
        device=device.label,
        ip_address=device.ip_address,
        actor_user_id=actor.user_id,
        actor_device=device_of(db, actor),
    )


def mails_wanted(db: Connection, user_id: int) -> bool:
    return bool(
        db.execute(select(users.c.mail_new_devices).where(users.c.id == user_id)).scalar_one()
    )


def set_mails_wanted(db: Connection, actor: ActiveSession, wanted: bool, now: datetime) -> None:
    """Turn the mails about new devices on or off for the actor.

    Raises:
        NotSignedIn: the actor's session has ended.
    """
    hold_still(db, actor.user_id)
    require_live(db, actor)
    changed = db.execute(
        update(users)
        .where(users.c.id == actor.user_id, users.c.mail_new_devices.is_not(wanted))
        .values(mail_new_devices=wanted, updated_at=now)
    )
    if changed.rowcount:
        record(
            db,
            EventKind.DEVICE_MAILS_ON if wanted else EventKind.DEVICE_MAILS_OFF,
            now,
            user_id=actor.user_id,
            session_id=actor.id,
            actor_device=device_of(db, actor),
        )
