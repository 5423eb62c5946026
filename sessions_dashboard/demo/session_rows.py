"""What the sessions of the demo look like."""

import os
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from heapq import merge
from itertools import product
from typing import Any, NamedTuple, TypeVar

from sessions_dashboard.devices import Device, clean_user_agent, describe
from sessions_dashboard.public_ids import new_public_id
from sessions_dashboard.sessions.addresses import address_key
from sessions_dashboard.sessions.policy import EndReason, Policy, Span

T = TypeVar("T")
# User agents with their weights, roughly as common as on the web.
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
END_REASONS = (
    (EndReason.SIGNED_OUT, 70), (EndReason.REVOKED, 18), (EndReason.LIMIT, 8),
    (EndReason.REVOKED_BY_ADMIN, 4),
)  # fmt: skip
DOCUMENTATION = ("192.0.2", "198.51.100", "203.0.113")
DIGEST_BYTES = 32
# The length of a written moment without its "+00:00".
WITHOUT_ZONE = 26

COLUMNS = (
    *("id", "public_id", "user_id", "token_digest", "ip_address", "ip_key", "user_agent"),
    *("client_hints", "device_label", "device_type", "browser", "browser_version", "os"),
    *("country_code", "country", "city", "remembered", "created_at", "updated_at"),
    *("last_seen_at", "authenticated_at", "ended_at", "end_reason", "new_device", "moved"),
)


class _Start(NamedTuple):
    """Who signed in, and when, in seconds since 1970: faster than datetimes, for millions."""

    created_at: float
    user_id: int
    # One of the few that a newcomer looks at first.
    always_live: bool


def _people(accounts: int, policy: Policy, number: int, now: datetime) -> Iterator[_Start]:
    """Sign-ins in the order of time."""
    chance, end = random.Random(number), now.timestamp()
    # The two accounts that a newcomer signs in as have a handful of devices each.
    handful = sorted(
        _Start(end - _lifetime(policy, user_id) * chance.random() ** 2 * 0.9, user_id, True)
        for user_id in ([1] * 5 + [2] * 7)[:number]
    )
    longest, others = policy.lifetime.total_seconds() * 1.3, accounts - 2
    times = sorted(end - longest * chance.random() ** 2 for _ in range(number - len(handful)))
    return merge(
        handful, (_Start(time, 3 + int(chance.random() * others), False) for time in times)
    )


def _lifetime(policy: Policy, user_id: int) -> float:
    return _span(policy, user_id == 1, True).lifetime.total_seconds()


def _span(policy: Policy, is_first: bool, remembered: bool) -> Span:
    """How long sessions live; the first account is the administrator's."""
    return policy.span(is_admin=is_first, remembered=remembered)


def session_rows(
    accounts: int, number: int, policy: Policy, now: datetime
) -> Iterator[tuple[Any, ...]]:
    """Sessions in the order of time, their values in that of `COLUMNS`."""
    made = _Sessions(policy, now, random.Random(number))
    for id_, start in enumerate(_people(accounts, policy, number, now), 1):
        yield made.row(id_, start)


class _Sessions:
    """Makes the row of a session from who signed in and when."""

    def __init__(self, policy: Policy, now: datetime, chance: random.Random) -> None:
        self._now, self._chance = now.timestamp(), chance
        spans = {one: _span(policy, *one) for one in product((True, False), repeat=2)}
        self._timeouts = {one: span.idle_timeout.total_seconds() for one, span in spans.items()}
        self._lifetimes = {one: span.lifetime.total_seconds() for one, span in spans.items()}
        self._agents = _weighted((_described(agent), weight) for agent, weight in AGENTS)
        self._places = _weighted((place, place[-1]) for place in PLACES)
        self._reasons = _weighted((reason.value, weight) for reason, weight in END_REASONS)

    def row(self, number: int, start: _Start) -> tuple[Any, ...]:
        created, user_id, always_live = start
        chance, some = self._chance, self._chance.random
        (agent, device), place = chance.choice(self._agents), chance.choice(self._places)
        remembered = always_live or some() < 0.9
        seen, ended, reason = self._life(start, remembered)
        address = _address(chance)
        at = _moment(created)
        began, over = written(at), written(_moment(ended)) if ended else None
        return (
            number,
            new_public_id(at),
            user_id,
            # Nobody holds a token to these sessions: the digest is of thrown-away randomness.
            os.urandom(DIGEST_BYTES),
            address,
            address_key(address),
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
            remembered,
            began,
            over or began,
            over or written(_moment(seen)),
            began,
            over,
            reason,
            some() < 0.05,
            some() < 0.03,
        )

    def _life(self, start: _Start, remembered: bool) -> tuple[float, float | None, str | None]:
        """When it was last seen; when and why it ended, if it did."""
        created, user_id, always_live = start
        span = user_id == 1, remembered
        idle = self._timeouts[span] * self._chance.random() ** 2 * (0.9 if always_live else 1.2)
        age = min(self._now - created, self._lifetimes[span])
        seen = created + max(age - idle, 0)
        if always_live or self._chance.random() <= 0.7:
            return seen, None, None
        return seen, created + (seen - created) * 0.99, self._chance.choice(self._reasons)


def _weighted(choices: Iterable[tuple[T, int]]) -> list[T]:
    """Each choice repeated as often as it weighs, to be drawn from evenly."""
    return [one for one, weight in choices for _ in range(weight)]


def _described(agent: str) -> tuple[str, Device]:
    return clean_user_agent(agent), describe(agent)


def _address(chance: random.Random) -> str:
    """Nobody's: from networks set aside for documentation and tests (RFC 2544, 3849, 5737)."""
    kind, number = chance.random(), chance.getrandbits(32)
    host = 1 + (number & 0xFF) % 254
    if kind < 0.6:
        return f"198.{18 + (number >> 31)}.{number >> 8 & 0xFF}.{host}"
    if kind < 0.8:
        return f"{DOCUMENTATION[(number >> 8) % len(DOCUMENTATION)]}.{host}"
    return f"2001:db8:{1 + (number >> 20):x}:{1 + (number >> 16 & 0xF):x}::{number & 0xFFFF | 1:x}"


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def written(moment: datetime) -> str:
    """A moment in UTC as both databases read it."""
    return moment.isoformat(" ", "microseconds")[:WITHOUT_ZONE]
