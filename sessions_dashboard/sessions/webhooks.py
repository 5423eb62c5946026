"""What administrators do about webhooks. Each write checks again whether its actor is one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from sessions_dashboard.database import AnyRow
from sessions_dashboard.public_ids import new_public_id
from sessions_dashboard.sessions import deliveries
from sessions_dashboard.sessions.administrators import require_admin
from sessions_dashboard.sessions.deliveries import Failure
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.resume import ActiveSession, NotFound, require_form
from sessions_dashboard.sessions.webhook_models import webhook_deliveries, webhook_endpoints

# Each is one more row in the transaction of every event.
MAX_ENDPOINTS = 20


class TooManyEndpoints(Exception):
    """There are `MAX_ENDPOINTS` already."""


class NotNow(Exception):
    """A delivery is being sent at this moment, or its endpoint is disabled."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    public_id: str
    url: str
    # None is every kind.
    kinds: Sequence[str] | None
    created_at: datetime
    rotated_at: datetime | None
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One line of the delivery log."""

    id: int
    public_id: str
    url: str
    kind: str
    created_at: datetime
    due_at: datetime
    attempts: int
    is_sending: bool
    tried_at: datetime | None
    status: int | None
    answer: str | None
    took_ms: int | None
    failure: Failure | None
    finished_at: datetime | None
    endpoint_disabled: bool


def add_endpoint(
    db: Connection,
    actor: ActiveSession,
    url: str,
    kinds: Collection[EventKind] | None,
    salt: bytes,
    policy: Policy,
    now: datetime,
) -> str:
    """Tell an address of what happens from now on, and return its public id.

    `url` is a `checked_url`.

    Raises:
        TooManyEndpoints: see there.
        NotSignedIn, NotAdmin, PasswordNeeded: see `require_admin`.
    """
    require_admin(db, actor, policy, now)
    number = db.execute(select(func.count()).select_from(webhook_endpoints)).scalar_one()
    if number >= MAX_ENDPOINTS:
        raise TooManyEndpoints
    public_id = new_public_id(now)
    db.execute(
        insert(webhook_endpoints).values(
            public_id=public_id,
            url=url,
            kinds=_stored(kinds),
            salt=salt,
            created_at=now,
            created_by_user_id=actor.user_id,
        )
    )
    _record(db, EventKind.WEBHOOK_ADDED, actor, url, now, kinds=_stored(kinds))
    return public_id


def choose_kinds(
    db: Connection,
    actor: ActiveSession,
    public_id: str,
    kinds: Collection[EventKind] | None,
    policy: Policy,
    now: datetime,
) -> None:
    """Tell an endpoint of these kinds alone from now on; None is every kind.

    Raises:
        NotFound: there is no such endpoint.
        NotSignedIn, NotAdmin, PasswordNeeded: see `require_admin`.
    """
    require_admin(db, actor, policy, now)
    _id, url = _change(db, public_id, kinds=_stored(kinds))
    _record(db, EventKind.WEBHOOK_CHANGED, actor, url, now, what="kinds", kinds=_stored(kinds))


def set_enabled(
    db: Connection,
    actor: ActiveSession,
    public_id: str,
    policy: Policy,
    now: datetime,
    *,
    enabled: bool,
) -> None:
    """Let an endpoint be told again, or of nothing more: what waits for it is given up.

    Raises:
        NotFound: there is no such endpoint.
        NotSignedIn, NotAdmin, PasswordNeeded: see `require_admin`.
    """
    require_admin(db, actor, policy, now)
    endpoint_id, url = _change(db, public_id, disabled_at=None if enabled else now)
    if not enabled:
        deliveries.drop_waiting(db, endpoint_id, now)
    what = "enabled" if enabled else "disabled"
    _record(db, EventKind.WEBHOOK_CHANGED, actor, url, now, what=what)


def disable_all_from_shell(db: Connection, now: datetime) -> int:
    """Disable every endpoint, on behalf of the server's operator; how many there were."""
    disabled = db.execute(
        update(webhook_endpoints)
        .where(webhook_endpoints.c.disabled_at.is_(None))
        .values(disabled_at=now)
        .returning(webhook_endpoints.c.id, webhook_endpoints.c.url)
    ).all()
    for one in sorted(disabled):
        deliveries.drop_waiting(db, one.id, now)
        _record(db, EventKind.WEBHOOK_CHANGED, None, one.url, now, what="disabled")
    return len(disabled)


def rotate_secret(
    db: Connection,
    actor: ActiveSession,
    public_id: str,
    salt: bytes,
    policy: Policy,
    now: datetime,
) -> None:
    """Sign with a new secret; for a day the former one signs, too.

    Raises:
        NotFound: there is no such endpoint.
        NotSignedIn, NotAdmin, PasswordNeeded: see `require_admin`.
    """
    require_admin(db, actor, policy, now)
    former = webhook_endpoints.c.salt
    _id, url = _change(db, public_id, salt=salt, previous_salt=former, rotated_at=now)
    _record(db, EventKind.WEBHOOK_CHANGED, actor, url, now, what="secret")


def delete_endpoint(
    db: Connection, actor: ActiveSession, public_id: str, policy: Policy, now: datetime
) -> None:
    """Forget an endpoint, with its part of the delivery log.

    Raises:
        NotFound: there is no such endpoint.
        NotSignedIn, NotAdmin, PasswordNeeded: see `require_admin`.
    """
    require_admin(db, actor, policy, now)
    require_form(public_id)
    url = db.execute(
        delete(webhook_endpoints)
        .where(webhook_endpoints.c.public_id == public_id)
        .returning(webhook_endpoints.c.url)
    ).scalar_one_or_none()
    if url is None:
        raise NotFound
    _record(db, EventKind.WEBHOOK_DELETED, actor, url, now)


def send_test(
    db: Connection, actor: ActiveSession, public_id: str, policy: Policy, now: datetime
) -> None:
    """Send a test event to an endpoint.

    Raises:
        NotFound: there is no such endpoint, or it is disabled.
        NotSignedIn, NotAdmin, PasswordNeeded: see `require_admin`.
    """
    require_admin(db, actor, policy, now)
    require_form(public_id)
    endpoint_id = db.execute(
        select(webhook_endpoints.c.id)
        .where(
            webhook_endpoints.c.public_id == public_id, webhook_endpoints.c.disabled_at.is_(None)
        )
        .with_for_update(read=True, key_share=True)
    ).scalar_one_or_none()
    if endpoint_id is None:
        raise NotFound
    deliveries.put_test(db, endpoint_id, now)


def send_again(
    db: Connection, actor: ActiveSession, public_id: str, policy: Policy, now: datetime
) -> None:
    """Send a delivery again now, whatever became of it, with the same id so that it can be told.

    Raises:
        NotFound: it can't be the id of a delivery.
        NotNow: see there; or the delivery was deleted.
        NotSignedIn, NotAdmin, PasswordNeeded: see `require_admin`.
    """
    require_admin(db, actor, policy, now)
    require_form(public_id)
    if not deliveries.put_again(db, public_id, now):
        raise NotNow


def all_endpoints(db: Connection) -> list[Endpoint]:
    rows = db.execute(select(webhook_endpoints).order_by(webhook_endpoints.c.id))
    return [
        Endpoint(row.public_id, row.url, row.kinds, row.created_at, row.rotated_at, row.disabled_at)
        for row in rows
    ]


def page_of_deliveries(db: Connection, before: int | None, size: int) -> list[Delivery]:
    """The newest deliveries, or those before one, by key; one more than `size` if there are."""
    query = select(
        *webhook_deliveries.c, webhook_endpoints.c.url, webhook_endpoints.c.disabled_at
    ).join_from(
        webhook_deliveries,
        webhook_endpoints,
        webhook_endpoints.c.id == webhook_deliveries.c.endpoint_id,
    )
    if before is not None:
        query = query.where(webhook_deliveries.c.id < before)
    rows = db.execute(query.order_by(webhook_deliveries.c.id.desc()).limit(size + 1))
    return [_delivery(row) for row in rows]


def _delivery(row: AnyRow) -> Delivery:
    return Delivery(
        id=row.id,
        public_id=row.public_id,
        url=row.url,
        kind=row.kind,
        created_at=row.created_at,
        due_at=row.due_at,
        attempts=row.attempts,
        is_sending=row.sending_since is not None,
        tried_at=row.tried_at,
        status=row.status,
        answer=row.answer,
        took_ms=row.took_ms,
        failure=Failure(row.failure) if row.failure else None,
        finished_at=row.finished_at,
        endpoint_disabled=row.disabled_at is not None,
    )


def _stored(kinds: Collection[EventKind] | None) -> list[str] | None:
    return sorted(kind.value for kind in kinds) if kinds is not None else None


def _change(db: Connection, public_id: str, **values: Any) -> Row[int, str]:
    require_form(public_id)
    changed = db.execute(
        update(webhook_endpoints)
        .where(webhook_endpoints.c.public_id == public_id)
        .values(**values)
        .returning(webhook_endpoints.c.id, webhook_endpoints.c.url)
    ).first()
    if changed is None:
        raise NotFound
    return changed


def _record(
    db: Connection,
    kind: EventKind,
    actor: ActiveSession | None,
    url: str,
    now: datetime,
    **details: Any,
) -> None:
    # The host alone: what comes after it may be the receiver's secret.
    details["host"] = urlsplit(url).netloc
    by = actor.user_id if actor is not None else None
    record(db, kind, now, actor_user_id=by, details=details)
