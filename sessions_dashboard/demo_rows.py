"""What the sessions of the demo and their history look like."""

import math
import os
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from sessions_dashboard.devices import Device, clean_user_agent, describe
from sessions_dashboard.public_ids import new_public_id
from sessions_dashboard.sessions.addresses import address_key
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.policy import EndReason, Policy, Span

T = TypeVar("T")
# With how common each is, roughly as on the web.
AGENTS: tuple[tuple[str, int], ...] = (
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/142.0.0.0 Safari/537.36",
        24,
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
        20,
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/142.0.0.0 Mobile Safari/537.36",
        18,
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Version/26.1 Safari/605.1.15",
        8,
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 "
        "(KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
        8,
    ),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", 6),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", 4),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
        7,
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
        3,
    ),
    (
        "Mozilla/5.0 (Linux; Android 15; SM-S938B) AppleWebKit/537.36 (KHTML, like Gecko) "
        "SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36",
        3,
    ),
    (
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/142.0.0.0 Safari/537.36",
        2,
    ),
    ("curl/8.16.0", 1),
)
# Cities with their country, and how many people are there.
PLACES: tuple[tuple[str | None, str, str, int], ...] = (
    ("Berlin", "Germany", "DE", 14), ("Munich", "Germany", "DE", 8), ("Paris", "France", "FR", 12),
    ("London", "United Kingdom", "GB", 12), ("New York", "United States", "US", 15),
    ("Austin", "United States", "US", 7), ("Toronto", "Canada", "CA", 5),
    ("Lisbon", "Portugal", "PT", 5), ("Warsaw", "Poland", "PL", 6), ("Tokyo", "Japan", "JP", 8),
    ("Nairobi", "Kenya", "KE", 3),
    (None, "Brazil", "BR", 4), (None, "Iceland", "IS", 1),
)  # fmt: skip
# How many mistype their password first.
MISTYPED = 0.07
# Written down of the renewals of one session, at most.
MAX_RENEWALS = 5
END_REASONS = (
    (EndReason.SIGNED_OUT, 70), (EndReason.REVOKED, 18), (EndReason.LIMIT, 8),
    (EndReason.REVOKED_BY_ADMIN, 4),
)  # fmt: skip
DOCUMENTATION = ("192.0.2", "198.51.100", "203.0.113")
DAY = 24 * 60 * 60
DIGEST_BYTES = 32
# The length of a written moment without what is behind it in UTC: "+00:00".
WITHOUT_ZONE = 26

COLUMNS = {
    "sessions": (
        *("id", "public_id", "user_id", "token_digest", "ip_address", "ip_key", "user_agent"),
        *("client_hints", "device_label", "device_type", "browser", "browser_version", "os"),
        *("country_code", "country", "city", "remembered", "created_at", "updated_at"),
        *("last_seen_at", "authenticated_at", "ended_at", "end_reason", "new_device", "moved"),
    ),
    "session_events": (
        *("at", "kind", "user_id", "session_id", "device", "ip_address", "ip_key"),
        *("end_reason", "details"),
    ),
}
# A table's name and rows of it, whose values are in the order of `COLUMNS`.
Rows = tuple[str, Iterator[tuple[Any, ...]]]


class _Start(NamedTuple):
    """Who signed in, and when: times are in seconds since 1970, which is quicker at size."""

    created_at: float
    user_id: int
    # One of the few that a newcomer looks at first.
    always_live: bool


def _people(accounts: int, policy: Policy, number: int, now: datetime) -> list[_Start]:
    """Sign-ins in the order of time."""
    chance, end = random.Random(number), now.timestamp()
    # The two accounts that a newcomer signs in as have a handful of devices each.
    handful = ([1] * 5 + [2] * 7)[:number]
    starts = [
        _Start(end - _lifetime(policy, user_id) * chance.random() ** 2 * 0.9, user_id, True)
        for user_id in handful
    ]
    longest, others = policy.lifetime.total_seconds() * 1.3, accounts - 2
    starts += [
        _Start(end - longest * chance.random() ** 2, 3 + int(chance.random() * others), False)
        for _ in range(number - len(handful))
    ]
    return sorted(starts)


def _lifetime(policy: Policy, user_id: int) -> float:
    return _span(policy, user_id).lifetime.total_seconds()


def _span(policy: Policy, user_id: int) -> Span:
    """How long their sessions live; the first account is the administrator's."""
    return policy.span(is_admin=user_id == 1, remembered=True)


def rows_by_table(accounts: int, number: int, policy: Policy, now: datetime) -> Iterator[Rows]:
    """Sessions and their history in the order of time; read each table's rows before the next.

    A day's sessions, then what has happened by then, so that little is waiting at any time.
    """
    starts = _people(accounts, policy, number, now)
    history = _History()
    made = _Sessions(policy, now, random.Random(number), history)
    numbered = enumerate(starts, 1)
    for day, those in groupby(numbered, key=lambda one: one[1].created_at // DAY):
        yield "session_events", history.before(day)
        yield "sessions", (made.row(*one) for one in those)
    yield "session_events", history.before(math.inf)


class _Sessions:
    """Makes rows, and notes what happened to each."""

    def __init__(
        self, policy: Policy, now: datetime, chance: random.Random, history: "_History"
    ) -> None:
        self._now, self._chance, self._history = now.timestamp(), chance, history
        self._timeouts = {
            is_first: _span(policy, 1 if is_first else 2).idle_timeout.total_seconds()
            for is_first in (True, False)
        }
        self._agents = _weighted((_described(agent), weight) for agent, weight in AGENTS)
        self._places = _weighted((place, place[-1]) for place in PLACES)
        self._reasons = _weighted((reason.value, weight) for reason, weight in END_REASONS)

    def row(self, number: int, start: _Start) -> tuple[Any, ...]:
        created, user_id, always_live = start
        chance, some = self._chance, self._chance.random
        (agent, device), place = chance.choice(self._agents), chance.choice(self._places)
        idle = self._timeouts[user_id == 1] * some() ** 2 * (0.9 if always_live else 1.2)
        seen = self._now - min(self._now - created, idle)
        ended = reason = None
        if not always_live and some() > 0.7:
            ended, reason = created + (seen - created) * 0.99, chance.choice(self._reasons)
        address = _address(chance)
        key, began = address_key(address), written(created)
        over = written(ended) if ended else None
        where = (user_id, number, device.label, address, key)
        self._history.note(where, created, ended or seen, reason)
        if some() < MISTYPED:
            self._history.note_mistyped(where, created - 20)
        return (
            number,
            new_public_id(datetime.fromtimestamp(created, UTC)),
            user_id,
            # Nobody holds a token to these sessions: the digest is of thrown-away randomness.
            os.urandom(DIGEST_BYTES),
            address,
            key,
            agent,
            "{}",
            device.label,
            device.kind.value,
            device.browser,
            device.browser_version,
            device.os,
            place[2],
            place[1],
            place[0],
            always_live or some() < 0.9,
            began,
            over or began,
            over or written(seen),
            began,
            over,
            reason,
            some() < 0.05,
            some() < 0.03,
        )


def _weighted(choices: Iterable[tuple[T, int]]) -> list[T]:
    """Each as often as it weighs."""
    return [one for one, weight in choices for _ in range(weight)]


def _described(agent: str) -> tuple[str, Device]:
    return clean_user_agent(agent), describe(agent)


def _address(chance: random.Random) -> str:
    """Of networks set aside for documentation and tests (RFC 2544, 3849, 5737): nobody's."""
    kind, number = chance.random(), chance.getrandbits(32)
    host = 1 + (number & 0xFF) % 254
    if kind < 0.6:
        return f"198.{18 + (number >> 31)}.{number >> 8 & 0xFF}.{host}"
    if kind < 0.8:
        return f"{DOCUMENTATION[(number >> 8) % len(DOCUMENTATION)]}.{host}"
    return f"2001:db8:{1 + (number >> 20):x}:{1 + (number >> 16 & 0xF):x}::{number & 0xFFFF | 1:x}"


def written(seconds: float) -> str:
    """A moment as both databases read it, whose time zone is UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(" ", "microseconds")[:WITHOUT_ZONE]


class _History:
    """What happened to the sessions, to be written in the order of time."""

    def __init__(self) -> None:
        self._days: dict[float, list[tuple[Any, ...]]] = defaultdict(list)

    def note(self, where: tuple[Any, ...], created: float, last: float, reason: str | None) -> None:
        """`where` is the account, the session, its device, its address and that one's key."""
        self._add(created, EventKind.SIGNED_IN, where, None)
        for day in range(1, min(int((last - created) // DAY), MAX_RENEWALS) + 1):
            self._add(created + day * DAY, EventKind.ROTATED, where, None)
        if reason is not None:
            self._add(last, EventKind.ENDED, where, reason)

    def note_mistyped(self, where: tuple[Any, ...], at: float) -> None:
        account, _session, *rest = where
        self._add(at, EventKind.SIGN_IN_FAILED, (account, None, *rest), None)

    def _add(self, at: float, kind: EventKind, where: tuple[Any, ...], reason: str | None) -> None:
        self._days[at // DAY].append((at, kind, where, reason))

    def before(self, day: float) -> Iterator[tuple[Any, ...]]:
        """The lines of earlier days; nobody who signs in on that day adds any to them.

        But for the evening before, when somebody mistyped their password just before midnight.
        """
        for past in sorted(one for one in self._days if one < day - 1):
            for at, kind, where, reason in sorted(self._days.pop(past), key=itemgetter(0)):
                yield (written(at), kind.value, *where, reason, "{}")
