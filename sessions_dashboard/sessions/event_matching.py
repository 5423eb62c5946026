"""A filter of the history as SQL, and the ways by which a database finds what matches."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from sessions_dashboard.accounts.models import users
from sessions_dashboard.devices.reading import (
    browser_pattern,
    no_model_pattern,
    system_pattern,
)
from sessions_dashboard.sessions.addresses import KeyRange, network_range, prefix_ranges
from sessions_dashboard.sessions.conditions import Condition, begins_with, within
from sessions_dashboard.sessions.event_filters import EventFilter
from sessions_dashboard.sessions.event_sessions import such_sessions
from sessions_dashboard.sessions.filters import Between, Role
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.labels import distinct_values, labels_of
from sessions_dashboard.sessions.matching import accounts_with
from sessions_dashboard.sessions.models import session_events, sessions
from sessions_dashboard.sessions.planning import unindexed

# A word of these alone, with a dot or a colon in it, is the beginning of an address.
ADDRESS_WORD = re.compile(r"(?=.*[.:])[0-9a-f.:]+")
# More systems than there are.
MAX_SYSTEMS = 300

_row = session_events.c.id
_owner, _actor = session_events.c.user_id, session_events.c.actor_user_id
# Whom a line is about: who did it, where it concerns nobody's account.
_person = func.coalesce(_owner, _actor)
_admins = select(users.c.id).where(users.c.is_admin)
# As the index says it.
_BY_ANOTHER: ColumnElement[bool] = func.coalesce(_owner, literal_column("0")) != _actor


class EventMatching(NamedTuple):
    conditions: Sequence[Condition]
    # The one of them, if any, that bounds the time.
    between: Condition | None
    # Whether more lines are known to match than are counted.
    is_beyond: bool = False

    def walking(self) -> Iterator[ColumnElement[bool]]:
        """The conditions for finding lines in the order of time.

        One that has an index in that order keeps it; the bounds hold in any index of such.
        """
        others = [one for one in self.conditions if one is not self.between]
        kept = next((one for one in others if one.in_order_of_time), None)
        for condition in others:
            yield condition.where if condition is kept else unindexed(condition.where)
        if self.between is not None:
            yield self.between.where


def matching_events(db: Connection, wanted: EventFilter) -> EventMatching:
    such = such_sessions(db, wanted)
    between = _between(wanted, such.earliest if such else None)
    conditions = [
        *_search(db, wanted.search.split()),
        *_user(db, wanted.user),
        *_role(wanted.role),
        *_device(db, wanted),
        *([such.condition()] if such else []),
        *_network_of(wanted),
        *_kind(wanted),
        *_by_admin(wanted),
        *([between] if between else []),
    ]
    if such is None:
        return EventMatching(conditions, between)
    # The lines of many sessions are everywhere: whatever else has an index may find fewer.
    conditions = [
        replace(one, ways=[one.where]) if one.ways is None and one.in_order_of_time else one
        for one in conditions
    ]
    return EventMatching(conditions, between, such.are_surely_many_lines(db, wanted))


def _search(db: Connection, words: Sequence[str]) -> list[Condition]:
    """Each word at the start of an address, or at that of an email or in the device.

    A line that has all that can be in a device has them all there, or belongs to an account whose
    email begins with one of them.
    """
    addresses = [word for word in words if ADDRESS_WORD.fullmatch(word)]
    emails = [word for word in words if "@" in word]
    others = [word for word in words if word not in addresses and word not in emails]
    found = [_begins_with_address(word) for word in addresses]
    found += [Condition(or_(*_of_account(word)), _of_account(word), row=_row) for word in emails]
    if others:
        labels = labels_of(db, session_events.c.device)
        where = [or_(*_of_account(word), *labels.with_words([word])) for word in others]
        of_accounts = [way for word in others for way in _of_account(word)]
        in_device = labels.with_words(others)
        found.append(
            Condition(
                and_(*where),
                [*in_device, *of_accounts],
                # Of one word the ways are the whole of it.
                is_exact=len(others) == 1,
                inner=in_device,
                row=_row,
            )
        )
    return found


def _begins_with_address(word: str) -> Condition:
    address: ColumnElement[str] = session_events.c.ip_address
    ways = [_in_range(keys) for keys in prefix_ranges(word)]
    return Condition(begins_with(address, word), ways, row=_row)


def _of_account(word: str) -> list[ColumnElement[bool]]:
    """Of one whose email begins with it, or done by one where it concerns nobody's account."""
    accounts = accounts_with(word)
    return [_owner.in_(accounts), and_(_owner.is_(None), _actor.in_(accounts))]


def _user(db: Connection, email: str) -> list[Condition]:
    """Of one account. Few have done anything that concerns nobody's: the others' lines are in the
    order of time in their index.
    """
    if not email:
        return []
    account = db.execute(select(users.c.id).where(users.c.email == email)).scalar_one_or_none()
    if account is None:
        return [Condition(false(), [false()], row=_row)]
    own, of_nobody = _owner == account, and_(_owner.is_(None), _actor == account)
    if db.execute(select(_row).where(of_nobody).limit(1)).first() is None:
        return [Condition(own, [own], in_order_of_time=True, row=_row)]
    return [Condition(or_(own, of_nobody), [own, of_nobody], row=_row)]


def _role(role: Role | None) -> list[Condition]:
    match role:
        case Role.ADMIN:
            ways = [_owner.in_(_admins), and_(_owner.is_(None), _actor.in_(_admins))]
            return [Condition(_person.in_(_admins), ways, row=_row)]
        case Role.USER:
            known = and_(_person.is_not(None), _person.not_in(_admins))
            return [Condition(known, row=_row)]
        case None:
            return []


def _device(db: Connection, wanted: EventFilter) -> list[Condition]:
    """By what the device is called; where its owner gave it a name, by what its session says.

    Both as one: there may be many lines of a browser and many of a system, and none of both.
    """
    patterns: list[str] = []
    but_not: list[str] = []
    said: list[ColumnElement[bool]] = []
    if wanted.browser:
        patterns.append(browser_pattern(wanted.browser))
        said.append(sessions.c.browser == wanted.browser)
    if wanted.os:
        patterns.append(system_pattern(wanted.os))
        if wanted.os == "Android":
            systems = distinct_values(db, sessions.c.os, MAX_SYSTEMS)
            # Of those that strangers' browsers told there may be as many as PostgreSQL takes
            # minutes to compare with.
            but_not = [no_model_pattern(), no_model_pattern(systems)]
        said.append(sessions.c.os == wanted.os)
    if not said:
        return []
    labels = labels_of(db, session_events.c.device)
    called = labels.matching(patterns, but_not)
    # Of those, few have a name.
    said = [sessions.c.name.is_not(None), *map(unindexed, said)]
    session = session_events.c.session_id
    of_session = select(literal(1)).where(sessions.c.id == session, *said).scalar_subquery()
    of_named = session.in_(select(sessions.c.id).where(*said))
    otherwise = func.coalesce(or_(*called), false()).is_(False)
    return [
        Condition(
            or_(*called, of_session == 1),
            [*called, and_(of_named, otherwise)],
            is_disjoint=True,
            row=_row,
        )
    ]


def _network_of(wanted: EventFilter) -> list[Condition]:
    if not wanted.network:
        return []
    keys = network_range(wanted.network)
    inside = _in_range(keys)
    is_one = keys.first == keys.last
    return [Condition(inside, [inside], in_order_of_time=is_one, row=_row)]


def _in_range(keys: KeyRange) -> ColumnElement[bool]:
    key: ColumnElement[str] = session_events.c.ip_key
    if keys.first == keys.last:
        return key == keys.first
    return and_(key >= keys.first, key <= keys.last)


def _kind(wanted: EventFilter) -> list[Condition]:
    found = []
    if wanted.reason is not None:
        reason = session_events.c.end_reason == wanted.reason.value
        found.append(Condition(reason, in_order_of_time=True, row=_row))
    kind = session_events.c.kind
    if wanted.kind is not None:
        found.append(Condition(kind == wanted.kind.value, in_order_of_time=True, row=_row))
    elif wanted.reason is None:
        # Routine, many, and nothing that one could judge.
        found.append(Condition(kind != EventKind.ROTATED.value, row=_row))
    elif wanted.search or wanted.browser or wanted.os:
        # Only ends have a reason, but the index of devices has the kind alone.
        found.append(Condition(kind == EventKind.ENDED.value, row=_row))
    return found


def _by_admin(wanted: EventFilter) -> list[Condition]:
    if not wanted.by_admin:
        return []
    return [Condition(_BY_ANOTHER, [_BY_ANOTHER], in_order_of_time=True, row=_row)]


def _between(wanted: EventFilter, earliest: datetime | None) -> Condition | None:
    since = max((one for one in (wanted.since, earliest) if one is not None), default=None)
    if since is None and wanted.until is None:
        return None
    bounds = within(session_events.c.at, Between(since, wanted.until))
    return Condition(bounds, [bounds], row=_row)
