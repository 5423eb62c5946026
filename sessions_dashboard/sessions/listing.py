"""The administrator's list: its pages by key, in any order, and how many sessions there are.

No page skips rows with OFFSET, so the ten thousandth costs what the first does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    func,
    literal,
    select,
    tuple_,
)

from sessions_dashboard.accounts.models import users
from sessions_dashboard.database import AnyRow
from sessions_dashboard.sessions.conditions import within
from sessions_dashboard.sessions.counting import Count, Wanted, count
from sessions_dashboard.sessions.filters import IDLE_AFTER, Sort, Status, View
from sessions_dashboard.sessions.matching import Matching, few_ids, matching, slot_of
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.planning import inscrutable, unindexed
from sessions_dashboard.sessions.policy import EndReason, Policy

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session of any status as an administrator reads it in a list."""

    id: int
    public_id: str
    user_id: int
    user_public_id: str
    email: str
    is_admin: bool
    name: str | None
    device_label: str
    device_type: str
    browser: str | None
    browser_version: str | None
    os: str | None
    ip_address: str
    city: str | None
    country: str | None
    country_code: str | None
    network: str | None
    user_agent: str
    remembered: bool
    created_at: datetime
    last_seen_at: datetime
    authenticated_at: datetime
    ended_at: datetime | None
    end_reason: EndReason | None
    new_device: bool
    moved: bool
    # When it runs out, or ran out, if nobody uses it any more.
    expires_at: datetime

    def status(self, now: datetime) -> Status:
        if self.ended_at is not None:
            return Status.ENDED
        if now >= self.expires_at:
            return Status.EXPIRED
        return Status.IDLE if self.last_seen_at <= now - IDLE_AFTER else Status.ACTIVE


@dataclass(frozen=True, slots=True)
class SessionDetails:
    """What no list shows of a session."""

    client_hints: Mapping[str, object]
    rotated_at: datetime | None
    # Where and with what it was last used, if not as it was signed in.
    seen_ip_address: str | None
    seen_user_agent: str | None
    # What changed, while the password is asked for.
    challenge: str | None


_columns = (
    sessions.c.id,
    sessions.c.public_id,
    sessions.c.user_id,
    users.c.public_id.label("user_public_id"),
    users.c.email,
    users.c.is_admin,
    *(
        sessions.c[name]
        for name in (
            *("name", "device_label", "device_type", "browser", "browser_version", "os"),
            *("ip_address", "city", "country", "country_code", "network", "user_agent"),
            *("remembered", "created_at", "last_seen_at", "authenticated_at"),
            *("ended_at", "end_reason", "new_device", "moved"),
        )
    ),
)
listed = select(*_columns).join_from(sessions, users, users.c.id == sessions.c.user_id)
_joined = sessions.join(users, users.c.id == sessions.c.user_id)


class Key(NamedTuple):
    """A row's place in a list, by what the list is ordered by.

    Ordered by their end, sessions that have none come last, the newest first: they are part 1.
    """

    part: int
    moment: datetime
    id: int

    def __str__(self) -> str:
        """As it stands in an address: part, microseconds since 1970, row."""
        microseconds = (self.moment - _EPOCH) // timedelta.resolution
        return f"{self.part}.{microseconds:x}.{self.id:x}"

    @classmethod
    def read(cls, text: str) -> "Key | None":
        """The inverse of `str`; None for anything else."""
        parts = text[:60].split(".")
        try:
            part, microseconds, row = (int(one, 16) for one in parts)
            moment = _EPOCH + timedelta(microseconds=microseconds)
        except (ValueError, OverflowError):
            return None
        return cls(part, moment, row) if part in (0, 1) and 0 <= row < 2**63 else None


class Place(NamedTuple):
    """Where a page begins, after a key; or where it ends (backwards), before one."""

    key: Key
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class ListPage:
    rows: Sequence[ListedSession]
    # The places of the pages beside this one; None where there is none.
    newer: Place | None
    older: Place | None


@dataclass(frozen=True, slots=True)
class Top:
    """How a list's first page began when it was read: new is whatever came above it since."""

    key: Key
    read_at: datetime
    # The public ids of its rows.
    shown: Sequence[str]


class _Part(NamedTuple):
    """A stretch of the list in the order of some columns, and the condition of its rows."""

    columns: tuple[ColumnElement[Any], ...]
    descending: bool
    where: ColumnElement[bool] | None = None


def _parts(view: View, wanted: Matching) -> list[tuple[int, _Part]]:
    row = sessions.c.id
    match view.sort:
        case Sort.STARTED:
            return [(0, _Part((sessions.c.created_at, row), view.descending))]
        case Sort.SEEN:
            columns = (sessions.c.last_seen_slot, sessions.c.last_seen_at, row)
            return [(0, _Part(columns, view.descending))]
        case Sort.ENDED:
            over = _Part(
                (sessions.c.ended_at, row), view.descending, sessions.c.ended_at.is_not(None)
            )
            still_open = _Part((sessions.c.created_at, row), True, sessions.c.ended_at.is_(None))
            both = [(0, over, wanted.over), (1, still_open, wanted.open)]
            return [(number, part) for number, part, is_wanted in both if is_wanted]


def page_of(
    db: Connection, view: View, policy: Policy, now: datetime, place: Place | None, size: int
) -> ListPage:
    """The page of `size` rows at a place; without one, the first page."""
    backwards = place is not None and place.backwards
    key = place.key if place is not None else None
    wanted = matching(db, view.filter, policy, now)
    few = few_ids(db, wanted)
    rows: list[ListedSession] = []
    for number, part in _in_direction(_parts(view, wanted), backwards):
        if key is not None and (number > key.part if backwards else number < key.part):
            continue
        begin = key if key is not None and number == key.part else None
        left = size + 1 - len(rows)
        ids = few.ids if few else None
        query = _rows_of(part, wanted, ids, view.sort, begin, backwards, left)
        found = [listed_session(row, policy) for row in db.execute(query)]
        found.sort(key=lambda row: _key(view.sort, row), reverse=part.descending is not backwards)
        rows += found
        if len(rows) > size:
            break
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
        if len(rows) < size:
            # It is the first page, or rows before it are gone; a first page has to be full.
            return page_of(db, view, policy, now, None, size)
    has_newer, has_older = (more, True) if backwards else (place is not None, more)
    return ListPage(
        rows,
        newer=Place(_key(view.sort, rows[0]), True) if rows and has_newer else None,
        older=Place(_key(view.sort, rows[-1])) if rows and has_older else None,
    )


def _in_direction(parts: list[Any], backwards: bool) -> list[Any]:
    return list(reversed(parts)) if backwards else parts


def _rows_of(
    part: _Part,
    wanted: Matching,
    few: Select[Any] | None,
    sort: Sort,
    begin: Key | None,
    backwards: bool,
    limit: int,
) -> Select[Any]:
    """The rows of a page, unsorted: only these are read in full, not all that had to be sorted."""
    descending = part.descending is not backwards
    query = select(sessions.c.id).select_from(wanted.source)
    if few is not None:
        query = query.where(sessions.c.id.in_(few), unindexed(wanted.where))
    else:
        query = query.where(*_walking(wanted, sort, part, to_the_end=False))
    if part.where is not None:
        query = query.where(part.where)
    if begin is not None:
        values: tuple[Any, ...] = (begin.moment, begin.id)
        if sort is Sort.SEEN:
            slot = slot_of(begin.moment)
            query = query.where(part.columns[0] <= slot if descending else part.columns[0] >= slot)
            values = (slot, *values)
        place = tuple_(
            *(
                literal(value, column.type)
                for column, value in zip(part.columns, values, strict=True)
            )
        )
        columns = tuple_(*part.columns)
        query = query.where(columns < place if descending else columns > place)
    ordered = [column.desc() if descending else column.asc() for column in part.columns]
    page = query.order_by(*ordered).limit(limit).subquery()
    return listed.join(page, page.c.id == sessions.c.id)


def _walking(
    wanted: Matching, sort: Sort, part: _Part, *, to_the_end: bool
) -> Iterator[ColumnElement[bool]]:
    """The conditions for finding rows by walking the list's order, bounded where nothing can match.

    A condition whose index is in the list's order may keep it. Where one page of rows is enough,
    a condition that is known to hold for many must not look to the planner as if it held for few.
    """
    by_start, by_end = (part.columns[0] is sessions.c[name] for name in ("created_at", "ended_at"))
    in_order = (
        one
        for one in wanted.conditions
        if (by_start and one.in_order_of_time) or (by_end and one.in_order_of_end)
    )
    kept = next(in_order, None)
    for condition in wanted.conditions:
        if condition is kept:
            yield condition.where
        elif condition.is_underestimated and not to_the_end:
            yield inscrutable(condition.where)
        else:
            yield unindexed(condition.where)
    if by_start:
        yield within(sessions.c.created_at, wanted.started)
    if by_end:
        yield within(sessions.c.ended_at, wanted.ended)
    if sort is Sort.SEEN:
        yield from _slots(wanted)


def _slots(wanted: Matching) -> Iterator[ColumnElement[bool]]:
    slot, seen = sessions.c.last_seen_slot, wanted.seen
    if seen.since is not None:
        yield slot >= slot_of(seen.since)
    if seen.until is not None:
        yield slot < seen.until


def _key(sort: Sort, row: ListedSession) -> Key:
    match sort:
        case Sort.STARTED:
            return Key(0, row.created_at, row.id)
        case Sort.SEEN:
            return Key(0, row.last_seen_at, row.id)
        case Sort.ENDED if row.ended_at is not None:
            return Key(0, row.ended_at, row.id)
        case Sort.ENDED:
            return Key(1, row.created_at, row.id)


def listed_session(row: AnyRow, policy: Policy) -> ListedSession:
    span = policy.span(is_admin=row.is_admin, remembered=row.remembered)
    values = dict(row._mapping)
    reason = values.pop("end_reason")
    return ListedSession(
        **values,
        end_reason=EndReason(reason) if reason else None,
        expires_at=span.expires_at(row.created_at, row.last_seen_at),
    )


def count_of(db: Connection, view: View, policy: Policy, now: datetime) -> Count:
    """How many match: exactly up to `MAX_COUNT`, about beyond."""
    wanted = matching(db, view.filter, policy, now)
    walking = list(_walking(wanted, Sort.STARTED, _ANY_ORDER, to_the_end=True))
    return count(db, Wanted(sessions.c.id, wanted.source, wanted.conditions, walking))


_ANY_ORDER = _Part((sessions.c.created_at, sessions.c.id), True)


def sessions_by_id(
    db: Connection, public_ids: Sequence[str], policy: Policy
) -> dict[str, ListedSession]:
    """Those of the sessions with these public ids that are not deleted, live or over."""
    if not public_ids:
        return {}
    rows = db.execute(listed.where(sessions.c.public_id.in_(public_ids)))
    return {row.public_id: listed_session(row, policy) for row in rows}


def details_of_session(db: Connection, public_id: str) -> SessionDetails | None:
    """None where it is deleted."""
    names = ("client_hints", "rotated_at", "seen_ip_address", "seen_user_agent", "challenge")
    columns = (sessions.c[name] for name in names)
    row = db.execute(select(*columns).where(sessions.c.public_id == public_id)).first()
    return SessionDetails(**row._mapping) if row is not None else None


def top_of(page: ListPage, view: View, now: datetime) -> Top | None:
    """The top of a page read at `now`; None where new sessions do not come above it."""
    if not page.rows or page.newer is not None or not view.descending:
        return None
    return Top(_key(view.sort, page.rows[0]), now, [row.public_id for row in page.rows])


def count_newer(
    db: Connection, view: View, policy: Policy, now: datetime, top: Top, at_most: int
) -> int:
    """How many that match came above a list's top; `at_most` + 1 stands for any number beyond it.

    Those on the page are not new, wherever they would stand now.
    """
    wanted = matching(db, view.filter, policy, now)
    found = 0
    for above in _above(top, view, wanted):
        newer = (
            select(sessions.c.id)
            .select_from(_joined)
            .where(above, sessions.c.public_id.not_in(top.shown), unindexed(wanted.where))
            .limit(at_most + 1 - found)
            .subquery()
        )
        found += int(db.execute(select(func.count()).select_from(newer)).scalar_one())
    return found


def _above(top: Top, view: View, wanted: Matching) -> Iterator[ColumnElement[bool]]:
    """The conditions of what comes above a list's top, each a stretch of an index."""
    if view.sort is Sort.SEEN:
        # New sign-ins only: sessions that are merely used again come up all the time.
        yield sessions.c.created_at > top.read_at
        return
    for number, part in _parts(view, wanted):
        if number > top.key.part:
            return
        moment, row = part.columns
        if number == top.key.part:
            place = tuple_(literal(top.key.moment, moment.type), literal(top.key.id))
            above = tuple_(moment, row) > place
        else:
            # The page had no row of this part.
            above = moment > top.read_at
        yield above if part.where is None else and_(part.where, above)
