"""How things stand: who is signed in now, on what, and what happened lately."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from sessions_dashboard.accounts.models import users
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.models import session_events, sessions
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.queries import live

HOURS = 24
DAYS = 14
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


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
    country_names: dict[str, str] = field(default_factory=dict)
    # Ends of the last days, by reason.
    ends: Counter[str] = field(default_factory=Counter)


def overview(db: Connection, policy: Policy, now: datetime) -> Overview:
    """One pass over the live sessions and two over the last days' events."""
    signed_in = EventKind.SIGNED_IN.value
    lately = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = lately - (DAYS - 1) * DAY
    counts = _by_hour(db, since)
    this_hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
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
    counted = select(func.count(sessions.c.user_id.distinct())).join_from(
        sessions, users, users.c.id == sessions.c.user_id
    )
    return db.execute(counted.where(live(policy, now))).scalar_one()


def _with_devices(db: Connection, policy: Policy, now: datetime, found: Overview) -> Overview:
    columns = (
        sessions.c.browser,
        sessions.c.os,
        sessions.c.device_type,
        sessions.c.country_code,
        sessions.c.country,
    )
    rows = db.execute(
        select(*columns, func.count())
        .join_from(sessions, users, users.c.id == sessions.c.user_id)
        .where(live(policy, now))
        .group_by(*columns)
    ).all()
    for browser, os, kind, code, country, number in rows:
        found.by_browser[browser or ""] += number
        found.by_os[os or ""] += number
        found.by_kind[kind or ""] += number
        found.by_country[code or ""] += number
        if code:
            found.country_names[code] = country or code
    return Overview(
        sum(found.by_kind.values()),
        found.users,
        found.by_hour,
        found.by_day,
        found.by_browser,
        found.by_os,
        found.by_kind,
        found.by_country,
        found.country_names,
        found.ends,
    )


def _by_hour(db: Connection, since: datetime) -> Counter[tuple[str, datetime]]:
    """How many of each kind of sign-in began in each hour, in UTC."""
    if db.dialect.name == "sqlite":
        # A time is kept as text, in UTC.
        hour = func.strftime("%Y-%m-%dT%H", session_events.c.at)
    else:
        hour = func.to_char(func.timezone("UTC", session_events.c.at), 'YYYY-MM-DD"T"HH24')
    kinds = (EventKind.SIGNED_IN.value, EventKind.SIGN_IN_FAILED.value)
    rows = db.execute(
        select(session_events.c.kind, hour, func.count())
        .where(session_events.c.kind.in_(kinds), session_events.c.at >= since)
        .group_by(session_events.c.kind, hour)
    )
    return Counter(
        {
            (kind, datetime.strptime(text, "%Y-%m-%dT%H").replace(tzinfo=UTC)): number
            for kind, text, number in rows
        }
    )


def _ends(db: Connection, since: datetime) -> Counter[str]:
    rows = db.execute(
        select(session_events.c.end_reason, func.count())
        .where(session_events.c.kind == EventKind.ENDED.value, session_events.c.at >= since)
        .group_by(session_events.c.end_reason)
    )
    return Counter({reason or "": number for reason, number in rows})
