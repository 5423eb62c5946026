"""A filter as SQL, and the way by which a database finds what matches among millions.

Each part of a filter says what must hold of a row, and by which index its sessions are found. If
one of them alone leaves few sessions, those are fetched and put in order; if each leaves many, the
order is walked until the page is full, which with many matches is soon. A database without
statistics of its own (SQLite) is kept from choosing another index meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.sql.visitors import replacement_traverse

from sessions_dashboard.accounts.models import users
from sessions_dashboard.sessions.addresses import KeyRange, network_range
from sessions_dashboard.sessions.filters import IDLE_AFTER, Between, Role, SessionFilter, Status
from sessions_dashboard.sessions.models import session_events, sessions
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.queries import live

# Up to so many sessions are fetched and put in order, rather than looked for in the order.
FEW = 10_000
# Behind everything that begins with the text before it.
_LAST = "\U0010ffff"
MAX_LABELS = 2_000


@dataclass(frozen=True, slots=True)
class Condition:
    """One part of a filter."""

    where: ColumnElement[bool]
    # Ids of the sessions for which it holds, found by an index; maybe of some more. None where
    # there are always many.
    ids: Select[Any] | None = None
    # Whether an index has the matching sessions in the order of their start.
    in_order_of_start: bool = False


@dataclass(frozen=True, slots=True)
class Matching:
    """A filter at a moment, over `sessions` joined with `users`."""

    conditions: Sequence[Condition]
    # Whether sessions that were not ended, or that were, can match at all.
    open: bool
    over: bool
    started: Between
    seen: Between

    @property
    def where(self) -> ColumnElement[bool]:
        return and_(*(condition.where for condition in self.conditions), literal(True))


def matching(db: Connection, wanted: SessionFilter, policy: Policy, now: datetime) -> Matching:
    """What `wanted` means at `now` under `policy`."""
    conditions = [
        *(_word(db, word) for word in wanted.words),
        *_status(wanted.status, policy, now),
        *_account(wanted),
        *_device(wanted),
        *_flags(wanted),
        *_network(wanted.network),
        *_between(wanted),
    ]
    began = _began(wanted.status, policy, now)
    asks_how_it_ended = wanted.reason is not None or wanted.ended.is_bound
    return Matching(
        conditions=conditions,
        open=wanted.status is not Status.ENDED and not asks_how_it_ended,
        over=wanted.status in (Status.ENDED, Status.ALL),
        started=Between(
            wanted.started.since or began.since,
            _earliest(wanted.started, wanted.seen, wanted.ended, began),
        ),
        seen=wanted.seen,
    )


def _began(status: Status, policy: Policy, now: datetime) -> Between:
    """When sessions of a status can have begun: what lies outside is not walked through."""
    instant = timedelta.resolution
    match status:
        case Status.LIVE | Status.ACTIVE:
            return Between(since=now - policy.lifetime)
        case Status.IDLE:
            return Between(now - policy.lifetime, now - IDLE_AFTER + instant)
        case Status.EXPIRED:
            return Between(until=now - policy.shortest + instant)
        case Status.ENDED | Status.ALL:
            return Between()


def _earliest(*betweens: Between) -> datetime | None:
    """Nobody was seen, and nothing ended, before it began."""
    return min((one.until for one in betweens if one.until is not None), default=None)


def _ids(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(sessions.c.id).where(*conditions)


def _either(*parts: Select[Any]) -> Select[Any]:
    # Not `union`: that would have to see all before it gives the first.
    found = union_all(*parts).subquery()
    return select(found.c.id)


def _word(db: Connection, word: str) -> Condition:
    """At the start of the email or address, or in the device or its name.

    What can only be one of these is looked for there alone.
    """
    by_email = sessions.c.user_id.in_(
        select(users.c.id).where(users.c.email >= word, users.c.email < word + _LAST)
    )
    email = and_(users.c.email >= word, users.c.email < word + _LAST)
    if "@" in word:
        return Condition(email, _ids(by_email))
    address = and_(sessions.c.ip_address >= word, sessions.c.ip_address < word + _LAST)
    labels = _labels_with(db, word)
    name = sessions.c.name.icontains(word, autoescape=True)
    label = sessions.c.device_label.in_(labels) if labels else false()
    return Condition(
        or_(email, address, label, name),
        _either(
            _ids(by_email),
            _ids(address),
            _ids(label),
            _ids(sessions.c.name.is_not(None), name),
        ),
    )


def _labels_with(db: Connection, word: str) -> list[str]:
    """The device labels that have the word in them; there are hundreds among millions of rows."""
    return [
        label
        for label in distinct_values(db, sessions.c.device_label, MAX_LABELS)
        if word in label.lower()
    ]


def distinct_values(db: Connection, column: ColumnElement[Any], limit: int) -> list[Any]:
    """The values of an indexed column in their order, by one step of the index each."""
    steps = select(func.min(column).label("value")).cte("steps", recursive=True)
    following = select(func.min(column)).where(column > steps.c.value).scalar_subquery()
    steps = steps.union_all(select(following).where(steps.c.value.is_not(None)))
    found = select(steps.c.value).where(steps.c.value.is_not(None)).limit(limit)
    return list(db.execute(found).scalars())


def _status(status: Status, policy: Policy, now: datetime) -> list[Condition]:
    is_open, alive = sessions.c.ended_at.is_(None), live(policy, now)
    in_use = sessions.c.last_seen_at > now - IDLE_AFTER
    recent = and_(is_open, sessions.c.created_at > now - policy.lifetime)
    match status:
        case Status.LIVE:
            return [Condition(alive, _ids(recent))]
        case Status.ACTIVE:
            return [Condition(and_(alive, in_use), _ids(recent))]
        case Status.IDLE:
            return [Condition(and_(alive, not_(in_use)), _ids(recent))]
        case Status.EXPIRED:
            return [Condition(and_(is_open, not_(alive)), _ran_out(policy, now))]
        case Status.ENDED:
            ended = sessions.c.ended_at.is_not(None)
            return [Condition(ended, _ids(ended))]
        case Status.ALL:
            return []


def _ran_out(policy: Policy, now: datetime) -> Select[Any]:
    """Open sessions past any limit that may hold for them, each found by an index."""
    is_open = sessions.c.ended_at.is_(None)
    unremembered = policy.span(is_admin=False, remembered=False)
    admins = sessions.c.user_id.in_(select(users.c.id).where(users.c.is_admin))
    return _either(
        _ids(is_open, sessions.c.last_seen_slot <= now - policy.idle_timeout),
        _ids(is_open, sessions.c.created_at <= now - policy.lifetime),
        _ids(
            is_open,
            not_(sessions.c.remembered),
            sessions.c.created_at <= now - unremembered.lifetime,
        ),
        _ids(is_open, admins),
    )


def _account(wanted: SessionFilter) -> list[Condition]:
    found = []
    if wanted.user:
        owner = select(users.c.id).where(users.c.email == wanted.user).scalar_subquery()
        found.append(_has(sessions.c.user_id, owner))
    if wanted.role is Role.ADMIN:
        admins = sessions.c.user_id.in_(select(users.c.id).where(users.c.is_admin))
        found.append(Condition(users.c.is_admin, _ids(admins)))
    elif wanted.role is Role.USER:
        found.append(Condition(not_(users.c.is_admin)))
    return found


def _device(wanted: SessionFilter) -> list[Condition]:
    values = (
        (sessions.c.browser, wanted.browser),
        (sessions.c.os, wanted.os),
        (sessions.c.device_type, wanted.kind.value if wanted.kind else ""),
        (sessions.c.country_code, wanted.country),
        (sessions.c.end_reason, wanted.reason.value if wanted.reason else ""),
    )
    return [_has(column, value) for column, value in values if value]


def _flags(wanted: SessionFilter) -> list[Condition]:
    flags = ((sessions.c.new_device, wanted.new_device), (sessions.c.moved, wanted.moved))
    return [
        Condition(column, _ids(column), in_order_of_start=True)
        for column, is_wanted in flags
        if is_wanted
    ]


def _has(column: ColumnElement[Any], value: Any) -> Condition:
    return Condition(column == value, _ids(column == value), in_order_of_start=True)


def _network(text: str) -> list[Condition]:
    if not text:
        return []
    first, last = keys = network_range(text)
    if first == last:
        return [_has(sessions.c.ip_key, first)]
    return [Condition(_in_range(keys), _ids(_in_range(keys)))]


def _in_range(keys: KeyRange) -> ColumnElement[bool]:
    return and_(sessions.c.ip_key >= keys.first, sessions.c.ip_key <= keys.last)


def _between(wanted: SessionFilter) -> list[Condition]:
    found = []
    for column, between in (
        (sessions.c.created_at, wanted.started),
        (sessions.c.last_seen_at, wanted.seen),
        (sessions.c.ended_at, wanted.ended),
    ):
        if between.is_bound:
            where = within(column, between)
            indexed = column
            if column is sessions.c.last_seen_at:
                # A slot begins up to ten minutes before the moment; the condition looks closer.
                since = slot_of(between.since) if between.since else None
                indexed, between = sessions.c.last_seen_slot, Between(since, between.until)
            found.append(Condition(where, _ids(within(indexed, between))))
    return found


def slot_of(moment: datetime) -> datetime:
    """The beginning of the ten minutes that a moment is in, as the database makes it."""
    return moment.replace(minute=moment.minute // 10 * 10, second=0, microsecond=0)


def within(column: ColumnElement[Any], between: Between) -> ColumnElement[bool]:
    bounds = []
    if between.since is not None:
        bounds.append(column >= between.since)
    if between.until is not None:
        bounds.append(column < between.until)
    return and_(*bounds) if bounds else literal(True)


def few_ids(db: Connection, wanted: Matching) -> tuple[int, Select[Any]] | None:
    """The part of the filter that leaves the fewest sessions, if `FEW` or fewer, with how many."""
    best: tuple[int, Select[Any]] | None = None
    for condition in wanted.conditions:
        if condition.ids is None:
            continue
        some = condition.ids.limit(FEW + 1).subquery()
        number = db.execute(select(func.count()).select_from(some)).scalar_one()
        if number <= FEW and (best is None or number < best[0]):
            best = (number, condition.ids)
    return best


class _Unindexed(UnaryExpression[Any]):
    """A column that SQLite does not look up in an index: `+column`. The same column elsewhere."""

    inherit_cache = True


@compiles(_Unindexed)
def _as_it_is(element: _Unindexed, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.element, **options))


@compiles(_Unindexed, "sqlite")
def _with_a_plus(element: _Unindexed, compiler: Any, **options: Any) -> str:
    return f"+{compiler.process(element.element, **options)}"


def unindexed(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same condition, out of the question for an index of SQLite's."""

    def replace(element: Any, **_options: Any) -> Any:
        if getattr(element, "table", None) in (sessions, users, session_events):
            return _Unindexed(element, operator=custom_op("+"))
        return None

    replaced: ColumnElement[bool] = replacement_traverse(condition, {}, replace)
    return replaced
