"""Carrying bulk operations out: claimed by one process, in slices, each accounted for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, or_, select, update

from sessions_dashboard.database import AnyRow
from sessions_dashboard.sessions.actors import By
from sessions_dashboard.sessions.administrators import is_admin
from sessions_dashboard.sessions.bulk import (
    PREVIEW_KEPT,
    BulkState,
    operations,
    record_finish,
    targets,
)
from sessions_dashboard.sessions.ending import EndedSession, end_chosen
from sessions_dashboard.sessions.leases import LEASE, is_free
from sessions_dashboard.sessions.models import bulk_operations, bulk_targets
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.resume import hold_still


@dataclass(frozen=True, slots=True)
class Slice:
    """What a slice did; `is_over` once nothing is left, or the operation is not ours any more."""

    ended: Sequence[EndedSession] = ()
    is_over: bool = False
    # The administrator who waits for it.
    for_user_id: int | None = None


def _free(now: datetime) -> ColumnElement[bool]:
    return and_(
        operations.state == BulkState.RUNNING.value,
        is_free(operations.claimed_until, now),
    )


def is_any_free(db: Connection, now: datetime) -> bool:
    """Whether there is an operation to `claim`; a read, as it is asked all the time."""
    return db.execute(select(operations.id).where(_free(now)).limit(1)).first() is not None


def claim(db: Connection, worker: str, now: datetime) -> int | None:
    """Take on an operation that is to be carried out and that no process is at; its row number."""
    free = _free(now)
    oldest = select(operations.id).where(free).order_by(operations.id).limit(1).scalar_subquery()
    claimed = db.execute(
        update(bulk_operations)
        .where(operations.id == oldest, free)
        .values(worker=worker, claimed_until=now + LEASE)
        .returning(operations.id)
    ).scalar_one_or_none()
    return int(claimed) if claimed is not None else None


def end_slice(
    db: Connection, operation_id: int, worker: str, policy: Policy, now: datetime, limit: int
) -> Slice:
    """End the next sessions of an operation, in one transaction with the account of it.

    Over at once where it was stopped, where another process has taken it over, or where whoever
    began it is no administrator any more.
    """
    operation = _claimed(db, operation_id, worker)
    if operation is None:
        return Slice(is_over=True)
    if not is_admin(db, operation.created_by_user_id):
        _finish(db, operation_id, BulkState.STOPPED, now)
        return Slice(is_over=True, for_user_id=operation.created_by_user_id)
    rows = _next_targets(db, operation_id, limit)
    if not rows:
        _finish(db, operation_id, BulkState.FINISHED, now)
        return Slice(is_over=True, for_user_id=operation.created_by_user_id)
    hold_still(db, *(row.user_id for row in rows))
    ids = [row.session_id for row in rows]
    by = By(operation.created_by_user_id, operation.created_by_session_id or None)
    details = {"operation": operation.public_id}
    ended, ran_out = end_chosen(db, ids, by, policy, now, details)
    _account(db, operation_id, ids, now, ended=len(ended), already_over=len(ids) - len(ended))
    return Slice([*ended, *ran_out], for_user_id=operation.created_by_user_id)


def skip_one(db: Connection, operation_id: int, worker: str, now: datetime) -> None:
    """Count the next session of an operation as failed, and go past it."""
    if _claimed(db, operation_id, worker) is not None:
        ids = [row.session_id for row in _next_targets(db, operation_id, 1)]
        _account(db, operation_id, ids, now, failed=len(ids))


def _claimed(db: Connection, operation_id: int, worker: str) -> AnyRow | None:
    return db.execute(
        select(bulk_operations)
        .where(
            operations.id == operation_id,
            operations.worker == worker,
            operations.state == BulkState.RUNNING.value,
        )
        .with_for_update()
    ).first()


def _next_targets(db: Connection, operation_id: int, limit: int) -> Sequence[Row[int, int]]:
    return db.execute(
        select(targets.session_id, targets.user_id)
        .where(targets.operation_id == operation_id)
        .order_by(targets.session_id)
        .limit(limit)
    ).all()


def _account(
    db: Connection, operation_id: int, ids: Sequence[int], now: datetime, **counts: int
) -> None:
    db.execute(
        delete(bulk_targets).where(
            targets.operation_id == operation_id, targets.session_id.in_(ids)
        )
    )
    db.execute(
        update(bulk_operations)
        .where(operations.id == operation_id)
        .values(
            claimed_until=now + LEASE,
            **{name: operations[name] + number for name, number in counts.items()},
        )
    )


def _finish(db: Connection, operation_id: int, state: BulkState, now: datetime) -> None:
    db.execute(
        update(bulk_operations)
        .where(operations.id == operation_id)
        .values(state=state.value, finished_at=now)
    )
    record_finish(db, operation_id, now, None)


def _unwanted(now: datetime) -> ColumnElement[bool]:
    """Previews that nobody confirmed, and operations that were stopped."""
    return or_(
        operations.state.in_((BulkState.STOPPED.value, BulkState.DISCARDED.value)), _outdated(now)
    )


def _outdated(now: datetime) -> ColumnElement[bool]:
    return and_(
        operations.state.in_((BulkState.COLLECTING.value, BulkState.PREVIEWED.value)),
        operations.created_at < now - PREVIEW_KEPT,
    )


def _left_over(now: datetime) -> Select[Any]:
    return (
        select(targets.operation_id, targets.session_id)
        .join(bulk_operations, operations.id == targets.operation_id)
        .where(_unwanted(now))
    )


def is_any_unwanted(db: Connection, now: datetime) -> bool:
    """Whether there is anything to `sweep`; a read, as it is asked all the time."""
    return db.execute(_left_over(now).limit(1)).first() is not None


def sweep(db: Connection, now: datetime, limit: int) -> None:
    """Forget frozen sessions of which nothing will become, `limit` of them.

    A preview is discarded before its sessions go, so that no part of it can be confirmed.
    """
    db.execute(
        update(bulk_operations).where(_outdated(now)).values(state=BulkState.DISCARDED.value)
    )
    rows = db.execute(_left_over(now).limit(limit)).all()
    for operation_id in {row.operation_id for row in rows}:
        ids = [row.session_id for row in rows if row.operation_id == operation_id]
        db.execute(
            delete(bulk_targets).where(
                targets.operation_id == operation_id, targets.session_id.in_(ids)
            )
        )
