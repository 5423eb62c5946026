"""A filter of sessions as SQL, and the ways by which a database finds what matches."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    literal,
    not_,
    or_,
    select,
)

from sessions_dashboard.accounts.models import users
from sessions_dashboard.sessions.addresses import KeyRange, network_range
from sessions_dashboard.sessions.conditions import Condition, Few, begins_with, few_of, within
from sessions_dashboard.sessions.filters import IDLE_AFTER, Between, Role, SessionFilter, Status
from sessions_dashboard.sessions.labels import labels_of
from sessions_dashboard.sessions.liveness import live_unjoined
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.policy import EndReason, Policy

# The length of a `last_seen_slot`.
SLOT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Matching:
    """A filter at a moment."""

    conditions: Sequence[Condition]
    # Whether sessions that are open, or over, can match at all.
    open: bool
    over: bool
    started: Between
    seen: Between
    ended: Between

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
        *_reason(wanted.reason),
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
        ended=wanted.ended,
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
    )
    return [_has(column, value) for column, value in values if value]


def _reason(reason: EndReason | None) -> list[Condition]:
    if reason is None:
        return []
    return [replace(_has(sessions.c.end_reason, reason.value), in_order_of_end=True)]


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
            inner=[within(slot, Between(first_within, until_within))],
        )
    ]


def slot_of(moment: datetime) -> datetime:
    """The beginning of the slot that a moment is in, as the database makes it."""
    return moment.replace(minute=moment.minute // 10 * 10, second=0, microsecond=0)


def few_ids(db: Connection, wanted: Matching) -> Few | None:
    return few_of(db, wanted.conditions)
