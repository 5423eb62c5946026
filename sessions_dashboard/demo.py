"""Believable accounts and sessions, so that a newcomer has something to look at."""

import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection

from sessions_dashboard.accounts.passwords import hash_password
from sessions_dashboard.accounts.users import any_user
from sessions_dashboard.database import Database
from sessions_dashboard.devices import Device, clean_user_agent, describe
from sessions_dashboard.loading import Loader
from sessions_dashboard.public_ids import new_public_id
from sessions_dashboard.sessions.addresses import address_key
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.policy import EndReason, Policy, Span

ADMIN_EMAIL = "ada@example.com"
USER_EMAIL = "grace@example.com"
NAMES = (
    "alan", "barbara", "claude", "donald", "edsger", "frances", "hedy", "ivan", "jean", "katherine",
    "leslie", "margaret", "niklaus", "radia", "shafi", "tim", "vint", "whitfield",
)  # fmt: skip
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
SURNAMES = (
    "adams", "baker", "cohen", "diaz", "evans", "fischer", "garcia", "huang", "ito", "jones",
    "khan", "lopez", "meyer", "nguyen", "okafor", "perez", "quinn", "rossi", "silva", "tanaka",
)  # fmt: skip
# Beyond the accounts that have names of their own, one for so many sessions.
SESSIONS_AN_ACCOUNT = 6
# How many mistype their password first.
MISTYPED = 0.07
# Written down of the renewals of one session, at most.
MAX_RENEWALS = 3


class NotEmpty(Exception):
    """The database has accounts already; the text says so in one line."""


@dataclass(frozen=True, slots=True)
class Made:
    accounts: int
    sessions: int
    admin_email: str
    user_email: str
    password: str


def fill(database: Database, policy: Policy, number: int, now: datetime) -> Made:
    """Make accounts, `number` sessions of all kinds (active, idle, expired, ended), their history.

    Raises:
        NotEmpty: there are accounts already.
    """
    password = secrets.token_urlsafe(12)
    hashed = hash_password(password)
    emails = [ADMIN_EMAIL, USER_EMAIL, *(f"{name}@example.com" for name in NAMES)]
    emails += _more_emails(number // SESSIONS_AN_ACCOUNT - len(emails))

    def work(db: Connection) -> None:
        if any_user(db):
            raise NotEmpty("the database has accounts already; demo fills an empty one only")
        loader = Loader(db)
        _load_accounts(loader, emails, hashed, now)
        history = _History(loader)
        people = _people(random.Random(number), len(emails), policy, number, now)
        with loader.indexes_made_last("sessions", "session_events"):
            loader.load("sessions", SESSION_COLUMNS, _rows(loader, people, policy, now, history))
            loader.load("session_events", EVENT_COLUMNS, history.in_order())
        for table in ("users", "sessions"):
            loader.follow_ids(table)

    database.write_here(work)
    with database.reading() as db:
        # Without statistics PostgreSQL guesses, until it has looked by itself.
        db.exec_driver_sql("ANALYZE")
    return Made(len(emails), number, ADMIN_EMAIL, USER_EMAIL, password)


def _more_emails(number: int) -> Iterator[str]:
    for index in range(number):
        name, surname = NAMES[index % len(NAMES)], SURNAMES[index // len(NAMES) % len(SURNAMES)]
        yield f"{name}.{surname}{index // (len(NAMES) * len(SURNAMES)) or ''}@example.com"


def _load_accounts(loader: Loader, emails: list[str], hashed: str, now: datetime) -> None:
    at = loader.moment(now)
    loader.load(
        "users",
        ("id", "public_id", "email", "password_hash", "is_admin", "created_at", "updated_at"),
        (
            (number, new_public_id(now), email, hashed, email == ADMIN_EMAIL, at, at)
            for number, email in enumerate(emails, 1)
        ),
    )


SESSION_COLUMNS = (
    *("id", "public_id", "user_id", "token_digest", "ip_address", "ip_key", "user_agent"),
    *("client_hints", "device_label", "device_type", "browser", "browser_version", "os"),
    *("country_code", "country", "city", "remembered", "created_at", "updated_at"),
    *("last_seen_at", "authenticated_at", "ended_at", "end_reason", "new_device", "moved"),
)
EVENT_COLUMNS = (
    *("at", "kind", "user_id", "session_id", "device", "ip_address", "ip_key", "end_reason"),
    "details",
)


class _Start(NamedTuple):
    """Who signed in, and when."""

    created_at: datetime
    user_id: int
    # One of the few that a newcomer looks at first.
    always_live: bool


def _people(
    chance: random.Random, accounts: int, policy: Policy, number: int, now: datetime
) -> list[_Start]:
    """Sign-ins in the order of time."""
    # The two accounts that a newcomer signs in as have a handful of devices each.
    handful = ([1] * 5 + [2] * 7)[:number]
    starts = [
        _Start(now - _span(policy, user_id).lifetime * chance.random() ** 2 * 0.9, user_id, True)
        for user_id in handful
    ]
    starts += [
        _Start(
            now - policy.lifetime * chance.random() ** 2 * 1.3, chance.randint(3, accounts), False
        )
        for _ in range(number - len(handful))
    ]
    return sorted(starts)


def _span(policy: Policy, user_id: int) -> Span:
    """How long their sessions live; the first account is the administrator's."""
    return policy.span(is_admin=user_id == 1, remembered=True)


def _rows(
    loader: Loader, starts: list[_Start], policy: Policy, now: datetime, history: "_History"
) -> Iterator[tuple[Any, ...]]:
    chance, moment = random.Random(len(starts)), loader.moment
    agents = chance.choices(
        [agent for agent, _ in AGENTS], [weight for _, weight in AGENTS], k=len(starts)
    )
    places = chance.choices(PLACES, [weight for *_, weight in PLACES], k=len(starts))
    for number, start in enumerate(starts, 1):
        created, user_id, always_live = start
        agent, place = agents[number - 1], places[number - 1]
        device, age = _device(agent), now - created
        timeout = _span(policy, user_id).idle_timeout
        idle = timeout * chance.random() ** 2 * (0.9 if always_live else 1.2)
        seen = now - min(age, idle)
        ended = None if always_live or chance.random() < 0.7 else created + (seen - created) * 0.99
        reason = _end_reason(chance).value if ended else None
        address, began = _address(chance), moment(created)
        key = address_key(address)
        where = (user_id, number, device.label, address, key)
        if chance.random() < MISTYPED:
            history.note_mistyped(where, created - timedelta(seconds=20))
        history.note(where, (created, ended or seen), reason)
        yield (
            number,
            new_public_id(created),
            user_id,
            # Nobody holds a token to these sessions: the digest is of thrown-away randomness.
            secrets.token_bytes(32),
            address,
            key,
            _cleaned(agent),
            "{}",
            device.label,
            device.kind.value,
            device.browser,
            device.browser_version,
            device.os,
            place[2],
            place[1],
            place[0],
            always_live or chance.random() < 0.9,
            began,
            moment(ended) if ended else began,
            moment(min(seen, ended) if ended else seen),
            began,
            moment(ended) if ended else None,
            reason,
            chance.random() < 0.05,
            chance.random() < 0.03,
        )


def _address(chance: random.Random) -> str:
    """Of networks set aside for documentation and tests (RFC 2544, 3849, 5737): nobody's."""
    kind = chance.random()
    if kind < 0.6:
        return f"198.{18 + chance.randrange(2)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"
    if kind < 0.8:
        network = chance.choice(("192.0.2", "198.51.100", "203.0.113"))
        return f"{network}.{chance.randrange(1, 255)}"
    site, subnet, host = (chance.randrange(1, most) for most in (4_096, 16, 65_536))
    return f"2001:db8:{site:x}:{subnet:x}::{host:x}"


class _History:
    """What happened to the sessions, to be written in the order of time."""

    def __init__(self, loader: Loader) -> None:
        self._moment = loader.moment
        self._events: list[tuple[Any, ...]] = []

    def note(
        self, where: tuple[Any, ...], life: tuple[datetime, datetime], reason: str | None
    ) -> None:
        """`where` is the account, the session, its device, its address and that one's key."""
        created, last = life
        self._add(created, EventKind.SIGNED_IN, where, None)
        for day in range(1, min((last - created).days, MAX_RENEWALS) + 1):
            self._add(created + timedelta(days=day), EventKind.ROTATED, where, None)
        if reason is not None:
            self._add(last, EventKind.ENDED, where, reason)

    def note_mistyped(self, where: tuple[Any, ...], at: datetime) -> None:
        account, _session, *rest = where
        self._add(at, EventKind.SIGN_IN_FAILED, (account, None, *rest), None)

    def _add(
        self, at: datetime, kind: EventKind, where: tuple[Any, ...], reason: str | None
    ) -> None:
        self._events.append((self._moment(at), kind.value, *where, reason, "{}"))

    def in_order(self) -> Iterator[tuple[Any, ...]]:
        self._events.sort(key=itemgetter(0))
        return iter(self._events)


@lru_cache(maxsize=64)
def _cleaned(agent: str) -> str:
    return clean_user_agent(agent)


@lru_cache(maxsize=64)
def _device(agent: str) -> Device:
    return describe(agent)


def _end_reason(chance: random.Random) -> EndReason:
    return chance.choices(
        (EndReason.SIGNED_OUT, EndReason.REVOKED, EndReason.LIMIT, EndReason.REVOKED_BY_ADMIN),
        (70, 18, 8, 4),
    )[0]
