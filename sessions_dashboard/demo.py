"""Believable accounts and sessions, so that a newcomer has something to look at."""

import hashlib
import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import Connection, insert

from sessions_dashboard.accounts.passwords import hash_password
from sessions_dashboard.accounts.users import any_user, create_user
from sessions_dashboard.database import Database
from sessions_dashboard.devices import Device, clean_user_agent, describe
from sessions_dashboard.public_ids import new_public_id
from sessions_dashboard.sessions.models import sessions
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
# Networks set aside for documentation (RFC 5737, RFC 3849): they belong to nobody.
NETWORKS = ("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:1:2::")
ROWS_A_STATEMENT = 5_000


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
    """Make accounts and about `number` sessions of all kinds: active, idle, expired and ended.

    Raises:
        NotEmpty: there are accounts already.
    """
    password = secrets.token_urlsafe(12)
    hashed = hash_password(password)
    emails = [ADMIN_EMAIL, USER_EMAIL, *(f"{name}@example.com" for name in NAMES)]

    def work(db: Connection) -> None:
        user_ids = _make_accounts(db, emails, hashed, now)
        rows = _rows(user_ids, policy, number, now)
        while batch := list(islice(rows, ROWS_A_STATEMENT)):
            db.execute(insert(sessions), batch)

    database.write_here(work)
    return Made(len(emails), number, ADMIN_EMAIL, USER_EMAIL, password)


def _make_accounts(db: Connection, emails: list[str], hashed: str, now: datetime) -> list[int]:
    if any_user(db):
        raise NotEmpty("the database has accounts already; demo fills an empty one only")
    return [create_user(db, email, hashed, now, is_admin=email == ADMIN_EMAIL) for email in emails]


def _rows(
    user_ids: list[int], policy: Policy, number: int, now: datetime
) -> Iterator[dict[str, Any]]:
    chance = random.Random(number)
    # The two accounts that a newcomer signs in as have a handful of devices each.
    handful = [user_ids[0]] * 5 + [user_ids[1]] * 7
    for index in range(number):
        user_id = handful[index] if index < len(handful) else chance.choice(user_ids[2:])
        span = policy.span(is_admin=user_id == user_ids[0], remembered=True)
        yield _row(user_id, span, now, chance, always_live=index < len(handful))


def _row(
    user_id: int, span: Span, now: datetime, chance: random.Random, *, always_live: bool
) -> dict[str, Any]:
    agent = chance.choices([agent for agent, _ in AGENTS], [weight for _, weight in AGENTS])[0]
    device = _device(agent)
    age = span.lifetime * (chance.random() ** 2) * (0.9 if always_live else 1.3)
    created = now - age
    idle = min(age, span.idle_timeout * (chance.random() ** 4) * (0.9 if always_live else 1.2))
    seen = now - idle
    ended = None if always_live or chance.random() < 0.7 else created + (seen - created) * 0.99
    network = chance.choice(NETWORKS)
    host = chance.randrange(1, 255)
    return {
        "public_id": new_public_id(created),
        "user_id": user_id,
        # Nobody holds a token to these sessions: the digest is of thrown-away randomness.
        "token_digest": hashlib.sha256(secrets.token_bytes(32)).digest(),
        "ip_address": f"{network}{host:x}" if ":" in network else f"{network}{host}",
        "user_agent": clean_user_agent(agent),
        "client_hints": {},
        "device_label": device.label,
        "device_type": device.kind.value,
        "browser": device.browser,
        "browser_version": device.browser_version,
        "os": device.os,
        "remembered": True,
        "created_at": created,
        "updated_at": ended or created,
        "last_seen_at": min(seen, ended) if ended else seen,
        "authenticated_at": created,
        "ended_at": ended,
        "end_reason": _end_reason(chance).value if ended else None,
    }


@lru_cache(maxsize=64)
def _device(agent: str) -> Device:
    return describe(agent)


def _end_reason(chance: random.Random) -> EndReason:
    return chance.choices((EndReason.SIGNED_OUT, EndReason.REVOKED), (4, 1))[0]
