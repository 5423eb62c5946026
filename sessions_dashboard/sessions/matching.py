"""A filter as SQL, and how a database finds what matches among millions of rows.

Each part of a filter says what must hold for a row, and by which indexes its sessions are found. If
one part alone leaves few sessions, those are fetched and sorted; if each leaves many, the list's
order is walked until the page is full, which with many matches is soon. A database without
statistics of its own (SQLite) is kept from choosing another index.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.sql.selectable import ScalarSelect, SelectBase
from sqlalchemy.sql.visitors import replacement_traverse

from sessions_dashboard.accounts.models import users
from sessions_dashboard.sessions.addresses import KeyRange, network_range
from sessions_dashboard.sessions.filters import IDLE_AFTER, Between, Role, SessionFilter, Status
from sessions_dashboard.sessions.liveness import live_unjoined
from sessions_dashboard.sessions.models import session_events, sessions
from sessions_dashboard.sessions.policy import Policy

T = TypeVar("T")

# Up to this many sessions are fetched and sorted; for more, the list's order is walked.
FEW = 10_000
# The length of a `last_seen_slot`.
SLOT = timedelta(minutes=10)
# Sorts after everything that begins with the text before it.
_LAST = "\U0010ffff"
# Of so many labels each is looked at.
MAX_LABELS = 2_000


@dataclass(frozen=True, slots=True)
class Condition:
    """One part of a filter, over sessions or over lines of the history."""

    where: ColumnElement[bool]
    # Conditions that are each served by an index; whatever matches the whole matches one of them.
    # None where there are always many.
    ways: Sequence[ColumnElement[bool]] | None = None
    # Whether the ways hold for nothing else.
    is_exact: bool = True
    # Whether no two ways hold for the same row.
    is_disjoint: bool = False
    # Where the ways hold for more: a condition with an index that holds only for rows that match.
    inner: ColumnElement[bool] | None = None
    # Whether an index has the matching rows in the order of time: of their start, for sessions.
    in_order_of_time: bool = False
    # Whether it is about the row's account, and so needs `users` joined.
    of_account: bool = False
    # Whether PostgreSQL expects far fewer matches than there are, and so would not walk.
    is_underestimated: bool = False
    row: ColumnElement[int] = sessions.c.id

    def ids(self) -> Select[Any]:
        """The rows that are found by any of the ways, some perhaps more than once."""
        return self._found(self.row)

    def number(self, db: Connection, at_most: int) -> int:
        """How many that are; `at_most` + 1 stands for any number beyond it."""
        # Without the id, which not every index contains.
        return up_to(db, self._found(literal_column("1").label("found")), at_most)

    def surely_beyond(self, db: Connection, number: int) -> bool:
        """Whether an index alone says that more rows match."""
        inner = () if self.inner is None else (self.inner,)
        ways = self.ways or () if self.is_exact else inner
        ones = (replace(self, ways=(way,)) for way in ways)
        return any(one.number(db, number) > number for one in ones)

    def _found(self, column: ColumnElement[Any]) -> Select[Any]:
        ways = self.ways or (false(),)
        # Not `union`, which has to see all rows before it gives the first.
        parts = (select(column).select_from(self.row.table).where(way) for way in ways)
        found = union_all(*parts).subquery()
        return select(*found.c)


def up_to(db: Connection, query: Select[Any], at_most: int) -> int:
    """How many rows it has; `at_most` + 1 stands for any number beyond it."""
    some = query.limit(at_most + 1).subquery()
    return int(db.execute(select(func.count()).select_from(some)).scalar_one())


class Few(NamedTuple):
    """A condition that leaves no more rows than can be fetched and sorted."""

    # Some may be counted twice.
    number: int
    ids: Select[Any]


@dataclass(frozen=True, slots=True)
class Matching:
    """A filter at a moment."""

    conditions: Sequence[Condition]
    # Whether sessions that are open, or over, can match at all.
    open: bool
    over: bool
    started: Between
    seen: Between

    @property
    def where(self) -> ColumnElement[bool]:
        return and_(*(condition.where for condition in self.conditions), literal(True))

    @property
    def source(self) -> FromClause:
        """`sessions`, joined with `users` where a condition is about the account."""
        found: FromClause = sessions
        if any(condition.of_account for condition in self.conditions):
            found = sessions.join(users, users.c.id == sessions.c.user_id)
        return found


def matching(db: Connection, wanted: SessionFilter, policy: Policy, now: datetime) -> Matching:
    """What `wanted` means at `now` under `policy`."""
    conditions = [
        *_search(db, wanted.words),
        *_status(wanted.status, policy, now),
        *_account(wanted),
        *_device(wanted),
        *_flags(wanted),
        *_network(wanted.network),
        *_between(wanted),
    ]
    began = _began(wanted.status, policy, now)
    asks_how_it_ended = wanted.reason is not None or wanted.ended.is_bound
    if asks_how_it_ended and wanted.status is Status.ENDED:
        # Implied by the others.
        conditions = [one for one in conditions if one is not _OVER]
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
    """When sessions of a status can have begun: what lies outside need not be walked."""
    instant = timedelta.resolution
    match status:
        case Status.LIVE | Status.ACTIVE:
            return Between(since=now - policy.lifetime)
        case Status.IDLE:
            return Between(now - policy.lifetime, now - IDLE_AFTER + instant)
        case Status.EXPIRED:
            return Between(until=policy.newest_run_out(now) + instant)
        case Status.ENDED | Status.ALL:
            return Between()


def _earliest(*betweens: Between) -> datetime | None:
    """The earliest upper bound, which bounds the start: nothing is seen or ended before that."""
    return min((one.until for one in betweens if one.until is not None), default=None)


def _search(db: Connection, words: Sequence[str]) -> list[Condition]:
    """Each word is the start of the email or the address, or is in the device or its name.

    A word that can only be an email's is looked for there alone. A session that has all the others
    has them all in its device, or has at least one of them elsewhere.
    """
    emails = [word for word in words if "@" in word]
    others = [word for word in words if "@" not in word]
    found = [_email(word) for word in emails]
    if not others:
        return found
    labels = labels_of(db, sessions.c.device_label)
    found += [_word(word, labels.with_words([word])) for word in others]
    if len(others) > 1:
        elsewhere = [way for word in others for way in _elsewhere(word)]
        in_device = labels.with_words(others)
        found.append(Condition(literal(True), [*in_device, *elsewhere], is_exact=False))
    return found


def _email(word: str) -> Condition:
    where = begins_with(users.c.email, word)
    return Condition(where, [_by_email(word)], of_account=True, is_underestimated=True)


def _word(word: str, in_device: Sequence[ColumnElement[bool]]) -> Condition:
    where = or_(
        begins_with(users.c.email, word),
        begins_with(sessions.c.ip_address, word),
        *in_device,
        sessions.c.name.icontains(word, autoescape=True),
    )
    ways = [*in_device, *_elsewhere(word)]
    return Condition(where, ways, of_account=True, is_underestimated=True)


def _elsewhere(word: str) -> list[ColumnElement[bool]]:
    """The sessions that have the word in something else than their device."""
    return [
        _by_email(word),
        begins_with(sessions.c.ip_address, word),
        and_(sessions.c.name.is_not(None), sessions.c.name.icontains(word, autoescape=True)),
    ]


def _by_email(word: str) -> ColumnElement[bool]:
    owner: ColumnElement[int] = sessions.c.user_id
    return owner.in_(accounts_with(word))


def accounts_with(word: str) -> Select[Any]:
    """The ids of the accounts whose email begins with it."""
    return select(users.c.id).where(begins_with(users.c.email, word))


def begins_with(column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """As one range of an index."""
    return and_(column >= word, column < word + _LAST)


@dataclass(frozen=True, slots=True)
class Labels:
    """What devices are called in an indexed column.

    There are hundreds of labels among millions of rows, and each is looked at. But where people
    give names of their own, or a stranger's agents bring some, there is no end to them: those
    behind the last that is known are for the database to look at.
    """

    column: ColumnElement[str]
    known: Sequence[str]
    # The last of those, where there are more.
    last: str | None

    def with_words(self, words: Sequence[str]) -> list[ColumnElement[bool]]:
        """The ways of finding what has all words in its label."""
        known = [one for one in self.known if all(word in one.lower() for word in words)]
        contains = (self.column.icontains(word, autoescape=True) for word in words)
        return self._found(known, and_(*contains))

    def matching(
        self, patterns: Sequence[str], but_not: Sequence[str] = ()
    ) -> list[ColumnElement[bool]]:
        """The same of labels that match all regular expressions.

        `but_not` are those that none of them may match; the database is asked for the first alone.
        """
        known = [
            one
            for one in self.known
            if all(re.search(pattern, one) for pattern in patterns)
            and not any(re.search(pattern, one) for pattern in but_not)
        ]
        others = [self.column.regexp_match(pattern) for pattern in patterns]
        refused = [not_(self.column.regexp_match(pattern)) for pattern in but_not[:1]]
        return self._found(known, and_(*others, *refused))

    def _found(self, known: Sequence[str], other: ColumnElement[bool]) -> list[ColumnElement[bool]]:
        ways: list[ColumnElement[bool]] = [self.column.in_(known)] if known else []
        if self.last is not None:
            ways.append(and_(self.column > self.last, other))
        return ways or [false()]


def labels_of(db: Connection, column: ColumnElement[str]) -> Labels:
    found = distinct_values(db, column, MAX_LABELS + 1)
    known = found[:MAX_LABELS]
    return Labels(column, known, known[-1] if len(found) > len(known) else None)


def distinct_values(db: Connection, column: ColumnElement[Any], limit: int) -> list[Any]:
    """The values of an indexed column in their order, with one step in the index for each."""
    steps = select(func.min(column).label("value")).cte("steps", recursive=True)
    following = select(func.min(column)).where(column > steps.c.value).scalar_subquery()
    steps = steps.union_all(select(following).where(steps.c.value.is_not(None)))
    found = select(steps.c.value).where(steps.c.value.is_not(None)).limit(limit)
    return list(db.execute(found).scalars())


_OVER = Condition(sessions.c.ended_at.is_not(None), [sessions.c.ended_at.is_not(None)])


def _status(status: Status, policy: Policy, now: datetime) -> list[Condition]:
    is_open, alive = sessions.c.ended_at.is_(None), live_unjoined(policy, now)
    in_use = sessions.c.last_seen_at > now - IDLE_AFTER
    recent = [and_(is_open, sessions.c.created_at > now - policy.lifetime)]
    match status:
        case Status.LIVE:
            return [Condition(alive, recent, is_exact=False)]
        case Status.ACTIVE:
            return [Condition(and_(alive, in_use), recent, is_exact=False)]
        case Status.IDLE:
            return [Condition(and_(alive, not_(in_use)), recent, is_exact=False)]
        case Status.EXPIRED:
            ran_out = _ran_out(policy, now)
            return [Condition(and_(is_open, not_(alive)), ran_out, is_exact=False)]
        case Status.ENDED:
            return [_OVER]
        case Status.ALL:
            return []


def _ran_out(policy: Policy, now: datetime) -> list[ColumnElement[bool]]:
    """Open sessions past any limit that may apply to them, each condition with its index."""
    is_open = sessions.c.ended_at.is_(None)
    remembered = policy.span(is_admin=False, remembered=True)
    unremembered = policy.span(is_admin=False, remembered=False)
    admins = sessions.c.user_id.in_(select(users.c.id).where(users.c.is_admin))
    return [
        and_(is_open, sessions.c.last_seen_slot <= remembered.seen_after(now)),
        and_(is_open, sessions.c.created_at <= remembered.began_after(now)),
        and_(
            is_open,
            not_(sessions.c.remembered),
            sessions.c.created_at <= unremembered.began_after(now),
        ),
        and_(is_open, admins),
    ]


def _account(wanted: SessionFilter) -> list[Condition]:
    found = []
    if wanted.user:
        owner = select(users.c.id).where(users.c.email == wanted.user).scalar_subquery()
        found.append(_has(sessions.c.user_id, owner))
    if wanted.role is Role.ADMIN:
        admins = sessions.c.user_id.in_(select(users.c.id).where(users.c.is_admin))
        found.append(Condition(users.c.is_admin, [admins], of_account=True))
    elif wanted.role is Role.USER:
        found.append(Condition(not_(users.c.is_admin), of_account=True))
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
        Condition(column, [column], in_order_of_time=True)
        for column, is_wanted in flags
        if is_wanted
    ]


def _has(column: ColumnElement[Any], value: Any) -> Condition:
    return Condition(column == value, [column == value], in_order_of_time=True)


def _network(text: str) -> list[Condition]:
    if not text:
        return []
    first, last = keys = network_range(text)
    if first == last:
        return [_has(sessions.c.ip_key, first)]
    return [Condition(_in_range(keys), [_in_range(keys)])]


def _in_range(keys: KeyRange) -> ColumnElement[bool]:
    return and_(sessions.c.ip_key >= keys.first, sessions.c.ip_key <= keys.last)


def _between(wanted: SessionFilter) -> list[Condition]:
    found = []
    for column, between in (
        (sessions.c.created_at, wanted.started),
        (sessions.c.ended_at, wanted.ended),
    ):
        if between.is_bound:
            found.append(Condition(within(column, between), [within(column, between)]))
    return [*found, *_seen(wanted.seen)]


def _seen(between: Between) -> list[Condition]:
    """By the slots that overlap the span; sessions in slots entirely within it match for sure."""
    if not between.is_bound:
        return []
    slot = sessions.c.last_seen_slot
    first = first_within = until_within = None
    if between.since is not None:
        first = slot_of(between.since)
        first_within = first if first == between.since else first + SLOT
    if between.until is not None:
        until_within = slot_of(between.until)
    return [
        Condition(
            within(sessions.c.last_seen_at, between),
            [within(slot, Between(first, between.until))],
            is_exact=False,
            inner=within(slot, Between(first_within, until_within)),
        )
    ]


def slot_of(moment: datetime) -> datetime:
    """The beginning of the slot that a moment is in, as the database makes it."""
    return moment.replace(minute=moment.minute // 10 * 10, second=0, microsecond=0)


def within(column: ColumnElement[Any], between: Between) -> ColumnElement[bool]:
    bounds = []
    if between.since is not None:
        bounds.append(column >= between.since)
    if between.until is not None:
        bounds.append(column < between.until)
    return and_(*bounds) if bounds else literal(True)


def few_ids(db: Connection, wanted: Matching) -> Few | None:
    return few_of(db, wanted.conditions)


def few_of(db: Connection, conditions: Sequence[Condition]) -> Few | None:
    return fewest(db, conditions, FEW)


def fewest(db: Connection, conditions: Sequence[Condition], at_most: int) -> Few | None:
    """The condition that leaves the fewest rows, if any leaves no more than `at_most`."""
    best: Few | None = None
    for condition in conditions:
        if condition.ways is None:
            continue
        number = condition.number(db, at_most)
        if number <= at_most and (best is None or number < best.number):
            # The limit tells PostgreSQL, too, that there are few.
            best = Few(number, condition.ids().limit(2 * at_most + 1))
        if number == 0:
            break
    return best


def inscrutable(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same condition in a form that a planner takes to hold for every other row."""
    return case((condition, true()), else_=false())


class _Unindexed(UnaryExpression[Any]):
    """A column that SQLite looks up in no index (`+column`); elsewhere the column itself."""

    inherit_cache = True


@compiles(_Unindexed)
def _as_it_is(element: _Unindexed, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.element, **options))


@compiles(_Unindexed, "sqlite")
def _with_a_plus(element: _Unindexed, compiler: Any, **options: Any) -> str:
    return f"+{compiler.process(element.element, **options)}"


def unindexed(condition: ColumnElement[T]) -> ColumnElement[T]:
    """The same condition or column, for which SQLite uses no index."""

    def with_sign(element: Any, **_options: Any) -> Any:
        if isinstance(element, (SelectBase, ScalarSelect)):
            # A subquery may use its indexes.
            return element
        if getattr(element, "table", None) in (sessions, users, session_events):
            return _Unindexed(element, operator=custom_op("+"))
        return None

    replaced: ColumnElement[T] = replacement_traverse(condition, {}, with_sign)
    return replaced
