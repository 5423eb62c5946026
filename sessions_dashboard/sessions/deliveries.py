"""Events on their way to webhooks.

A delivery for each endpoint is written in the transaction of the history's line, so that neither
exists without the other. A worker claims it before sending, so several workers and a restart send
it once; where a worker dies between sending it and noting that, twice rather than never.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Table, and_, exists, insert, or_, select, update

from sessions_dashboard.accounts.models import users
from sessions_dashboard.database import AnyRow
from sessions_dashboard.public_ids import new_public_id
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.webhook_models import webhook_deliveries, webhook_endpoints

# How long a worker's claim lasts before another may take over; longer than any try takes.
CLAIM = timedelta(minutes=1)
# The wait after each failed try; after the last it is given up, a day after the first.
WAITS = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=15),
)
# How long a replaced secret still signs beside the new one.
FORMER_SECRET_SIGNS = timedelta(days=1)
TEST = "test"


class Failure(StrEnum):
    """Why a try failed."""

    STATUS = "status"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    ADDRESS = "address"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """What this worker is to send now."""

    id: int
    public_id: str
    message_id: str
    body: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What was claimed for one endpoint, and what is needed to send it."""

    url: str
    salts: tuple[bytes, ...]
    created_by_user_id: int
    deliveries: Sequence[ClaimedDelivery]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one try went; `failure` is None where it was delivered."""

    failure: Failure | None
    status: int | None = None
    answer: str | None = None
    took_ms: int | None = None


# Whether any endpoint listens: asked along with the statement that writes a line, at no cost.
somebody_listens = exists(
    select(webhook_endpoints.c.id).where(webhook_endpoints.c.disabled_at.is_(None))
)


def announce(db: Connection, lines: Sequence[dict[str, Any]]) -> None:
    """Queue lines of the history for the endpoints that want their kind."""
    wanted = _endpoints(db)
    told = [
        (line, [number for number, kinds in wanted if kinds is None or line["kind"] in kinds])
        for line in lines
    ]
    told = [(line, numbers) for line, numbers in told if numbers]
    if told:
        _put(db, told)


def _endpoints(db: Connection) -> list[tuple[int, list[str] | None]]:
    # Locked, as one that is deleted meanwhile must not fail what the line is about.
    enabled = select(webhook_endpoints.c.id, webhook_endpoints.c.kinds).where(
        webhook_endpoints.c.disabled_at.is_(None)
    )
    ordered = enabled.order_by(webhook_endpoints.c.id)
    return [
        (row.id, row.kinds)
        for row in db.execute(ordered.with_for_update(read=True, key_share=True))
    ]


def _put(db: Connection, told: Sequence[tuple[dict[str, Any], list[int]]]) -> None:
    lines = [line for line, _ in told]
    people = _public_ids(db, users, _named(lines, "user_id") | _named(lines, "actor_user_id"))
    theirs = _public_ids(db, sessions, _named(lines, "session_id"))
    rows = []
    for line, endpoints in told:
        message_id = _new_message_id(line["at"])
        body = _body(
            message_id,
            line["kind"],
            line["at"],
            user=people.get(line.get("user_id")),
            session=theirs.get(line.get("session_id")),
            by=people.get(line.get("actor_user_id")),
            device=line.get("device"),
            ip_address=line.get("ip_address"),
            reason=line.get("end_reason"),
            details=line.get("details") or {},
        )
        rows += [_row(number, message_id, line["kind"], body, line["at"]) for number in endpoints]
    db.execute(insert(webhook_deliveries), rows)


def put_test(db: Connection, endpoint_id: int, now: datetime) -> None:
    message_id = _new_message_id(now)
    body = _body(message_id, TEST, now, user=None, session=None, reason=None, details={})
    db.execute(insert(webhook_deliveries).values(**_row(endpoint_id, message_id, TEST, body, now)))


def _row(endpoint_id: int, message_id: str, kind: str, body: str, now: datetime) -> dict[str, Any]:
    return {
        "public_id": new_public_id(now),
        "endpoint_id": endpoint_id,
        "message_id": message_id,
        "kind": kind,
        "body": body,
        "created_at": now,
        "due_at": now,
        "attempts": 0,
    }


def _new_message_id(at: datetime) -> str:
    return f"msg_{new_public_id(at)}"


def _body(message_id: str, kind: str, at: datetime, **facts: Any) -> str:
    time = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"id": message_id, "type": kind, "time": time, **facts})


def _named(lines: Iterable[dict[str, Any]], column: str) -> set[int]:
    return {line[column] for line in lines if line.get(column) is not None}


def _public_ids(db: Connection, table: Table, ids: Collection[int]) -> dict[int | None, str]:
    if not ids:
        return {}
    found = db.execute(select(table.c.id, table.c.public_id).where(table.c.id.in_(ids)))
    return {row.id: row.public_id for row in found}


def endpoints_due(db: Connection, now: datetime) -> list[int]:
    """The endpoints for which something is to be sent now."""
    waiting = exists().where(
        webhook_deliveries.c.endpoint_id == webhook_endpoints.c.id,
        webhook_deliveries.c.finished_at.is_(None),
        webhook_deliveries.c.due_at <= now,
    )
    return list(db.execute(select(webhook_endpoints.c.id).where(waiting)).scalars())


def claim(db: Connection, endpoint_id: int, now: datetime, limit: int) -> Batch | None:
    """Take what has waited longest for this endpoint, for `CLAIM`; None when nothing is due."""
    endpoint = db.execute(
        select(webhook_endpoints).where(webhook_endpoints.c.id == endpoint_id)
    ).first()
    if endpoint is None:
        return None
    if endpoint.disabled_at is not None:
        drop_waiting(db, endpoint_id, now)
        return None
    taken = _take(db, endpoint_id, now, limit)
    if not taken:
        return None
    return Batch(endpoint.url, _salts(endpoint, now), endpoint.created_by_user_id, taken)


def _take(db: Connection, endpoint_id: int, now: datetime, limit: int) -> list[ClaimedDelivery]:
    longest = (
        select(webhook_deliveries.c.id)
        .where(
            webhook_deliveries.c.endpoint_id == endpoint_id,
            webhook_deliveries.c.finished_at.is_(None),
            webhook_deliveries.c.due_at <= now,
        )
        .order_by(webhook_deliveries.c.due_at, webhook_deliveries.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(db.execute(longest).scalars())
    if not ids:
        return []
    taken = db.execute(
        update(webhook_deliveries)
        .where(webhook_deliveries.c.id.in_(ids))
        .values(due_at=now + CLAIM, sending_since=now, attempts=webhook_deliveries.c.attempts + 1)
        .returning(
            webhook_deliveries.c.id,
            webhook_deliveries.c.public_id,
            webhook_deliveries.c.message_id,
            webhook_deliveries.c.body,
            webhook_deliveries.c.attempts,
        )
    )
    return [ClaimedDelivery(*row) for row in taken]


def _salts(endpoint: AnyRow, now: datetime) -> tuple[bytes, ...]:
    former = endpoint.previous_salt
    if former is None or now >= endpoint.rotated_at + FORMER_SECRET_SIGNS:
        return (endpoint.salt,)
    return endpoint.salt, former


def note(
    db: Connection, delivery: ClaimedDelivery, outcome: Outcome, now: datetime
) -> datetime | None:
    """Note how a try went.

    A delivery that another worker has claimed meanwhile, because this one took too long, is left
    alone.

    Returns:
        When the next try is; None where there is none.
    """
    next_try = None
    if outcome.failure is not None and delivery.attempts <= len(WAITS):
        next_try = now + WAITS[delivery.attempts - 1]
    when = {"due_at": next_try} if next_try is not None else {"finished_at": now}
    db.execute(
        update(webhook_deliveries)
        .where(
            webhook_deliveries.c.id == delivery.id,
            webhook_deliveries.c.attempts == delivery.attempts,
            webhook_deliveries.c.finished_at.is_(None),
        )
        .values(
            sending_since=None,
            tried_at=now,
            status=outcome.status,
            answer=outcome.answer,
            took_ms=outcome.took_ms,
            failure=outcome.failure.value if outcome.failure else None,
            **when,
        )
    )
    return next_try


def drop_waiting(db: Connection, endpoint_id: int, now: datetime) -> None:
    """Give up whatever waits for an endpoint."""
    db.execute(
        update(webhook_deliveries)
        .where(
            webhook_deliveries.c.endpoint_id == endpoint_id,
            webhook_deliveries.c.finished_at.is_(None),
        )
        .values(finished_at=now, sending_since=None, failure=Failure.DISABLED.value)
    )


def put_again(db: Connection, public_id: str, now: datetime) -> bool:
    """Have a delivery sent again now, whatever became of it.

    Returns:
        False where a worker is sending it, its endpoint is disabled, or there is no such delivery.
    """
    enabled = select(webhook_endpoints.c.id).where(webhook_endpoints.c.disabled_at.is_(None))
    put = db.execute(
        update(webhook_deliveries)
        .where(
            webhook_deliveries.c.public_id == public_id,
            webhook_deliveries.c.endpoint_id.in_(enabled),
            or_(
                webhook_deliveries.c.sending_since.is_(None),
                and_(
                    webhook_deliveries.c.finished_at.is_(None), webhook_deliveries.c.due_at <= now
                ),
            ),
        )
        .values(due_at=now, finished_at=None, sending_since=None)
    )
    return put.rowcount == 1
