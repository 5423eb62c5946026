"""How things stand: who is signed in now, on what, and what happened recently."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Select, func, literal, select, union_all

from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.liveness import live_unjoined
from sessions_dashboard.sessions.models import session_events, sessions
from sessions_dashboard.sessions.policy import Policy

HOURS = 24
DAYS = 14
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HOURS_PER_STATEMENT = 200


@dataclass(frozen=True, slots=True)
class SignIns:
    """How many there were in the hour or the day that begins at `begin`."""

    begin: datetime
    succeeded: int
    failed: int


@dataclass(frozen=True, slots=True)
class Overview:
    sessions: int
    users: int
    by_hour: list[SignIns]
    by_day: list[SignIns]
    # How many live sessions have each value; an empty value is an unknown one.
    by_browser: Counter[str]
    by_os: Counter[str]
    by_kind: Counter[str]
    # By the country's code.
    by_country: Counter[str]
    # Ends of the last days, by reason.
    ends: Counter[str]


def overview(db: Connection, policy: Policy, now: datetime) -> Overview:
    """Two passes over the live sessions; the last days' events are counted in an index alone."""
    signed_in = EventKind.SIGNED_IN.value
    lately = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = lately - (DAYS - 1) * DAY
    this_hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    counts = _by_hour(db, since, this_hour)
    hours = [this_hour - number * HOUR for number in reversed(range(HOURS))]
    days = [since + number * DAY for number in range(DAYS)]
    per_day: Counter[tuple[str, datetime]] = Counter()
    for (kind, hour), number in counts.items():
        per_day[kind, hour.replace(hour=0)] += number
    failed = EventKind.SIGN_IN_FAILED.value
    by_browser, by_os, by_kind, by_country = _by_device(db, policy, now)
    return Overview(
        sessions=by_kind.total(),
        users=_users(db, policy, now),
        by_hour=[SignIns(at, counts[signed_in, at], counts[failed, at]) for at in hours],
        by_day=[SignIns(at, per_day[signed_in, at], per_day[failed, at]) for at in days],
        by_browser=by_browser,
        by_os=by_os,
        by_kind=by_kind,
        by_country=by_country,
        ends=_ends(db, since),
    )


def _users(db: Connection, policy: Policy, now: datetime) -> int:
    counted = select(func.count(sessions.c.user_id.distinct()))
    return db.execute(counted.where(live_unjoined(policy, now))).scalar_one()


def _by_device(db: Connection, policy: Policy, now: datetime) -> tuple[Counter[str], ...]:
    """Live sessions by browser, by system, by kind of device and by country, in one pass."""
    columns = (
        sessions.c.browser,
        sessions.c.os,
        sessions.c.device_type,
        sessions.c.country_code,
    )
    rows = db.execute(
        select(*columns, func.count()).where(live_unjoined(policy, now)).group_by(*columns)
    ).all()
    counts: tuple[Counter[str], ...] = tuple(Counter() for _ in columns)
    for *values, number in rows:
        for count, value in zip(counts, values, strict=True):
            count[value or ""] += number
    return counts


def _by_hour(db: Connection, since: datetime, until: datetime) -> Counter[tuple[str, datetime]]:
    """How many of each kind of sign-in there were in each hour, counted in the index."""
    begins = [since + number * HOUR for number in range((until - since) // HOUR + 1)]
    kinds = (EventKind.SIGNED_IN.value, EventKind.SIGN_IN_FAILED.value)
    wanted = [(kind, begin) for kind in kinds for begin in begins]
    found: Counter[tuple[str, datetime]] = Counter()
    for first in range(0, len(wanted), HOURS_PER_STATEMENT):
        some = wanted[first : first + HOURS_PER_STATEMENT]
        counts = (_of_hour(*one, number) for number, one in enumerate(some))
        numbers = db.execute(union_all(*counts))
        found.update({some[number]: count for number, count in numbers})
    return found


def _of_hour(kind: str, begin: datetime, number: int) -> Select[int, int]:
    event = session_events.c
    return select(literal(number), func.count()).where(
        event.kind == kind, event.at >= begin, event.at < begin + HOUR
    )


def _ends(db: Connection, since: datetime) -> Counter[str]:
    rows = db.execute(
        select(session_events.c.end_reason, func.count())
        .where(session_events.c.kind == EventKind.ENDED.value, session_events.c.at >= since)
        .group_by(session_events.c.end_reason)
    )
    return Counter({reason or "": number for reason, number in rows})
