"""How things stand: who is signed in now, on what, and what happened lately."""

from collections import Counter
from dataclasses import dataclass, field
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
HOURS_A_STATEMENT = 200


@dataclass(frozen=True, slots=True)
class SignIns:
    """Of an hour or a day that begins at `begin`."""

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
    by_browser: Counter[str] = field(default_factory=Counter)
    by_os: Counter[str] = field(default_factory=Counter)
    by_kind: Counter[str] = field(default_factory=Counter)
    # By the country's code.
    by_country: Counter[str] = field(default_factory=Counter)
    # Ends of the last days, by reason.
    ends: Counter[str] = field(default_factory=Counter)


def overview(db: Connection, policy: Policy, now: datetime) -> Overview:
    """Two passes over the live sessions; of the last days' events an index alone is read."""
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
    found = Overview(
        sessions=0,
        users=_users(db, policy, now),
        by_hour=[SignIns(at, counts[signed_in, at], counts[failed, at]) for at in hours],
        by_day=[SignIns(at, per_day[signed_in, at], per_day[failed, at]) for at in days],
        ends=_ends(db, since),
    )
    return _with_devices(db, policy, now, found)


def _users(db: Connection, policy: Policy, now: datetime) -> int:
    counted = select(func.count(sessions.c.user_id.distinct()))
    return db.execute(counted.where(live_unjoined(policy, now))).scalar_one()


def _with_devices(db: Connection, policy: Policy, now: datetime, found: Overview) -> Overview:
    columns = (
        sessions.c.browser,
        sessions.c.os,
        sessions.c.device_type,
        sessions.c.country_code,
    )
    rows = db.execute(
        select(*columns, func.count()).where(live_unjoined(policy, now)).group_by(*columns)
    ).all()
    for browser, os, kind, code, number in rows:
        found.by_browser[browser or ""] += number
        found.by_os[os or ""] += number
        found.by_kind[kind or ""] += number
        found.by_country[code or ""] += number
    return Overview(
        sum(found.by_kind.values()),
        found.users,
        found.by_hour,
        found.by_day,
        found.by_browser,
        found.by_os,
        found.by_kind,
        found.by_country,
        found.ends,
    )


def _by_hour(db: Connection, since: datetime, until: datetime) -> Counter[tuple[str, datetime]]:
    """How many of each kind of sign-in there were in each hour, counted in the index."""
    begins = [since + number * HOUR for number in range((until - since) // HOUR + 1)]
    kinds = (EventKind.SIGNED_IN.value, EventKind.SIGN_IN_FAILED.value)
    wanted = [(kind, begin) for kind in kinds for begin in begins]
    found: Counter[tuple[str, datetime]] = Counter()
    for first in range(0, len(wanted), HOURS_A_STATEMENT):
        some = wanted[first : first + HOURS_A_STATEMENT]
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
