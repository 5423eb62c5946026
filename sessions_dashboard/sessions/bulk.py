"""Many sessions ended as one: frozen for a preview, confirmed, carried out in slices.

What the preview counted stands in a table of its own, session by session, and nothing else is
ended: a session that begins to match later is not in it. A slice takes its sessions out of that
table in the transaction that ends them, so that after a crash the rest is what is left to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from sessions_dashboard.accounts.models import users
from sessions_dashboard.database import AnyRow
from sessions_dashboard.public_ids import new_public_id
from sessions_dashboard.sessions.actors import ActiveKey, Actor, key_told
from sessions_dashboard.sessions.administrators import NotAdmin, require_role
from sessions_dashboard.sessions.filters import read_view
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.matching import few_ids, matching
from sessions_dashboard.sessions.models import bulk_operations, bulk_targets, sessions
from sessions_dashboard.sessions.planning import unindexed
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.resume import (
    PUBLIC_ID_FORM,
    NotFound,
    hold_still,
    require_form,
)
from sessions_dashboard.sessions.step_up import require_recent_password

MAX_CHOSEN = 1_000
MAX_REASON_LENGTH = 200
NO_SESSION = 0
# A preview that nobody confirmed is forgotten.
PREVIEW_KEPT = timedelta(hours=1)
operations = bulk_operations.c
targets = bulk_targets.c


class PreviewOutdated(NotFound):
    """What was seen is not what would be ended any more: there has to be a new preview."""


class BulkState(StrEnum):
    COLLECTING = "collecting"
    PREVIEWED = "previewed"
    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Operation:
    """How far a bulk operation has come."""

    id: int
    public_id: str
    state: BulkState
    created_by: str
    reason: str
    total: int
    users: int
    ended: int
    already_over: int
    failed: int
    finished_at: datetime | None

    @property
    def done(self) -> int:
        return self.ended + self.already_over + self.failed

    @property
    def left(self) -> int:
        """What is still to be done; where it was stopped, what stays as it was."""
        return self.total - self.done


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be ended."""

    total: int
    users: int
    # Whether the session of whoever asks is among them.
    includes_own: bool
    # How many users there are where that one is left out.
    users_but_own: int
    first_ids: Sequence[str]

    def to_end(self, *, include_own: bool) -> tuple[int, int]:
        """How many sessions of how many users are ended."""
        if include_own or not self.includes_own:
            return self.total, self.users
        return self.total - 1, self.users_but_own


@dataclass(frozen=True, slots=True)
class Collected:
    """What a stretch of all sessions added to a preview, and whether more stretches follow."""

    added: int
    more: bool


def freeze_chosen(db: Connection, actor: Actor, public_ids: Sequence[str], now: datetime) -> str:
    """Begin an operation with sessions that were chosen one by one; its public id.

    Raises:
        NotFound: the actor is no administrator.
        NotSignedIn: the actor's session has ended.
    """
    operation_id, public_id = _create(db, actor, BulkState.PREVIEWED, None, now)
    chosen = [one for one in public_ids[:MAX_CHOSEN] if PUBLIC_ID_FORM.fullmatch(one)]
    rows = db.execute(
        select(sessions.c.id, sessions.c.user_id).where(
            sessions.c.public_id.in_(chosen), sessions.c.ended_at.is_(None)
        )
    ).all()
    _add_targets(db, operation_id, [(row.id, row.user_id) for row in rows])
    db.execute(update(bulk_operations).where(operations.id == operation_id).values(total=len(rows)))
    return public_id


def freeze_matching(
    db: Connection, actor: Actor, parameters: Mapping[str, str], now: datetime
) -> str:
    """Begin an operation with all that match now; `collect` has to be called until no more follows.

    Raises:
        NotFound: the actor is no administrator.
        NotSignedIn: the actor's session has ended.
    """
    _id, public_id = _create(db, actor, BulkState.COLLECTING, dict(parameters), now)
    return public_id


def _create(
    db: Connection,
    actor: Actor,
    state: BulkState,
    parameters: dict[str, str] | None,
    now: datetime,
) -> Row[int, str]:
    _require_admin(db, actor, now)
    newest = db.execute(select(func.max(sessions.c.id))).scalar_one()
    return db.execute(
        insert(bulk_operations)
        .values(
            public_id=new_public_id(now),
            state=state.value,
            parameters=parameters,
            created_at=now,
            created_by_user_id=actor.user_id,
            created_by_session_id=actor.id or NO_SESSION,
            created_by_key_id=actor.key_id if isinstance(actor, ActiveKey) else None,
            newest_session_id=newest,
            collected_to=0,
            **dict.fromkeys(("total", "users", "ended", "already_over", "failed"), 0),
        )
        .returning(operations.id, operations.public_id)
    ).one()


def _require_admin(db: Connection, actor: Actor, now: datetime) -> None:
    hold_still(db, actor.user_id)
    try:
        require_role(db, actor, now)
    except NotAdmin:
        raise NotFound from None


def collect(db: Connection, actor: Actor, public_id: str, policy: Policy, limit: int) -> Collected:
    """Freeze the next sessions: what matched when the operation began, and is not over.

    Of few that match all are frozen at once; else those among `limit` row numbers, by one statement
    in the database itself.

    Raises:
        NotFound: it is not being collected, or by somebody else.
    """
    operation = _own(db, actor, public_id, BulkState.COLLECTING)
    found, last = _next_stretch(db, operation, policy, limit)
    frozen = insert(bulk_targets).from_select(["operation_id", "session_id", "user_id"], found)
    added = db.execute(frozen, execution_options={"preserve_rowcount": True}).rowcount
    more = last < operation.newest_session_id
    state = BulkState.COLLECTING if more else BulkState.PREVIEWED
    db.execute(
        update(bulk_operations)
        .where(operations.id == operation.id)
        .values(collected_to=last, state=state.value, total=operations.total + added)
    )
    return Collected(added, more)


def _next_stretch(
    db: Connection, operation: AnyRow, policy: Policy, limit: int
) -> tuple[Select[int, int, int], int]:
    """What to freeze next, and the row number that it goes up to."""
    wanted = read_view(operation.parameters).view.filter
    matches = matching(db, wanted, policy, operation.created_at)
    found = (
        select(literal(operation.id), sessions.c.id, sessions.c.user_id)
        .select_from(matches.source)
        .where(
            unindexed(matches.where),
            unindexed(sessions.c.ended_at.is_(None)),
            sessions.c.id > operation.collected_to,
        )
    )
    few = few_ids(db, matches) if operation.collected_to == 0 else None
    if few is not None:
        last = operation.newest_session_id
        found = found.where(sessions.c.id.in_(few.ids))
    else:
        last = _end_of_stretch(db, operation, limit)
    return found.where(sessions.c.id <= last), last


def _end_of_stretch(db: Connection, operation: AnyRow, limit: int) -> int:
    # Long stretches of row numbers may be of sessions that are deleted.
    following = select(func.min(sessions.c.id)).where(sessions.c.id > operation.collected_to)
    first = db.execute(following).scalar_one() or operation.newest_session_id
    return min(int(first) + limit - 1, int(operation.newest_session_id))


def _add_targets(db: Connection, operation_id: int, rows: Sequence[tuple[int, int]]) -> None:
    if rows:
        db.execute(
            insert(bulk_targets),
            [
                {"operation_id": operation_id, "session_id": row, "user_id": user_id}
                for row, user_id in rows
            ],
        )


def _own(db: Connection, actor: Actor, public_id: str, *states: BulkState) -> AnyRow:
    require_form(public_id)
    row = db.execute(
        select(bulk_operations)
        .where(
            operations.public_id == public_id,
            operations.state.in_([state.value for state in states]),
            _begun_by(actor),
        )
        .with_for_update()
    ).first()
    if row is None:
        raise NotFound
    return row


def _previewed(db: Connection, actor: Actor, public_id: str) -> AnyRow:
    operation = _own(db, actor, public_id, BulkState.PREVIEWED, BulkState.DISCARDED)
    if operation.state == BulkState.DISCARDED:
        raise PreviewOutdated
    return operation


def _begun_by(actor: Actor) -> ColumnElement[bool]:
    """The condition for what this session or this key began."""
    if isinstance(actor, ActiveKey):
        return and_(operations.created_by_key_id == actor.key_id)
    return and_(operations.created_by_session_id == actor.id)


def preview_of(db: Connection, actor: Actor, public_id: str, shown: int) -> Preview:
    """What a frozen operation would end.

    Raises:
        PreviewOutdated: it is forgotten.
        NotFound: there is no such preview of the actor's.
    """
    operation = _previewed(db, actor, public_id)
    mine = targets.operation_id == operation.id
    total, number_of_users = db.execute(
        select(func.count(), func.count(targets.user_id.distinct())).where(mine)
    ).one()
    own = db.execute(select(targets.session_id).where(mine, targets.session_id == actor.id))
    first = db.execute(
        select(sessions.c.public_id)
        .join(bulk_targets, targets.session_id == sessions.c.id)
        .where(mine)
        .order_by(targets.session_id.desc())
        .limit(shown)
    ).scalars()
    includes_own = own.first() is not None
    stays = not includes_own or _has_others(db, operation.id, actor)
    return Preview(
        total,
        number_of_users,
        includes_own,
        number_of_users if stays else number_of_users - 1,
        list(first),
    )


def _has_others(db: Connection, operation_id: int, actor: Actor) -> bool:
    """Whether other sessions of the actor's are frozen: looked up by the few that a user has, as
    a million may be frozen."""
    found = db.execute(
        select(targets.session_id)
        .join(sessions, sessions.c.id == targets.session_id)
        .where(
            targets.operation_id == operation_id,
            sessions.c.user_id == actor.user_id,
            sessions.c.id != actor.id,
        )
        .limit(1)
    )
    return found.first() is not None


def confirm(
    db: Connection,
    actor: Actor,
    public_id: str,
    reason: str,
    seen: Preview,
    policy: Policy,
    now: datetime,
    *,
    include_own: bool,
) -> None:
    """Let an operation be carried out as it was seen; the actor's own session is left out unless
    said.

    Raises:
        PreviewOutdated: it is forgotten, or has not as many sessions as were seen.
        NotFound: there is no such preview of the actor's, or they are no administrator.
        NotSignedIn: the actor's session has ended.
        PasswordNeeded: it was entered too long ago.
    """
    require_recent_password(actor, policy, now)
    _require_admin(db, actor, now)
    operation = _previewed(db, actor, public_id)
    # The total was counted when they were frozen: a million take a second, and sign-ins would wait.
    if operation.created_at <= now - PREVIEW_KEPT or operation.total != seen.total:
        raise PreviewOutdated
    if not include_own:
        mine = targets.operation_id == operation.id
        db.execute(delete(bulk_targets).where(mine, targets.session_id == actor.id))
    total, number_of_users = seen.to_end(include_own=include_own)
    told = {"reason": reason[:MAX_REASON_LENGTH], "total": total, "users": number_of_users}
    db.execute(
        update(bulk_operations)
        .where(operations.id == operation.id)
        .values(state=BulkState.RUNNING.value, **told)
    )
    _record_start(db, operation, actor, now, told)


def _record_start(
    db: Connection, operation: AnyRow, actor: Actor, now: datetime, told: dict[str, Any]
) -> None:
    asked_for = {"filter": operation.parameters} if operation.parameters is not None else {}
    record(
        db,
        EventKind.BULK_END_STARTED,
        now,
        actor_user_id=actor.user_id,
        session_id=actor.id,
        details={
            "operation": operation.public_id,
            **told,
            **asked_for,
            **key_told(actor, actor.user_id),
        },
    )


def discard(db: Connection, actor: Actor, public_id: str) -> None:
    """Forget a preview of the actor's; no harm where there is none."""
    db.execute(
        update(bulk_operations)
        .where(
            operations.public_id == public_id,
            _begun_by(actor),
            operations.state.in_((BulkState.COLLECTING.value, BulkState.PREVIEWED.value)),
        )
        .values(state=BulkState.DISCARDED.value)
    )


def stop(db: Connection, actor: Actor, public_id: str, now: datetime) -> None:
    """Stop an operation, whoever began it; what it has ended stays so.

    Raises:
        NotFound: it is not running, or the actor is no administrator.
        NotSignedIn: the actor's session has ended.
    """
    require_form(public_id)
    _require_admin(db, actor, now)
    stopped = db.execute(
        update(bulk_operations)
        .where(operations.public_id == public_id, operations.state == BulkState.RUNNING.value)
        .values(state=BulkState.STOPPED.value, finished_at=now)
        .returning(operations.id)
    ).scalar_one_or_none()
    if stopped is None:
        raise NotFound
    record_finish(db, stopped, now, actor.user_id)


def record_finish(db: Connection, operation_id: int, now: datetime, stopped_by: int | None) -> None:
    row = db.execute(select(bulk_operations).where(operations.id == operation_id)).one()
    counts = {name: getattr(row, name) for name in ("total", "ended", "already_over", "failed")}
    record(
        db,
        EventKind.BULK_END_FINISHED,
        now,
        actor_user_id=stopped_by or row.created_by_user_id,
        details={"operation": row.public_id, "state": row.state, **counts},
    )


def recent(db: Connection, now: datetime, limit: int = 5) -> list[Operation]:
    """The operations that run, and those that came to an end in the last hour."""
    began_by = select(users.c.email).where(users.c.id == operations.created_by_user_id)
    rows = db.execute(
        select(bulk_operations, began_by.scalar_subquery().label("email"))
        .where(
            or_(
                operations.state == BulkState.RUNNING.value,
                and_(
                    operations.state.in_((BulkState.FINISHED.value, BulkState.STOPPED.value)),
                    operations.finished_at > now - PREVIEW_KEPT,
                ),
            )
        )
        .order_by(operations.id.desc())
        .limit(limit)
    )
    return [
        Operation(
            id=row.id,
            public_id=row.public_id,
            state=BulkState(row.state),
            created_by=row.email or "",
            reason=row.reason or "",
            total=row.total,
            users=row.users,
            ended=row.ended,
            already_over=row.already_over,
            failed=row.failed,
            finished_at=row.finished_at,
        )
        for row in rows
    ]
