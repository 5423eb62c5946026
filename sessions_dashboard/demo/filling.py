"""Fills an empty database with accounts, their sessions and the history of these."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from sessions_dashboard.accounts.passwords import hash_password
from sessions_dashboard.accounts.users import any_user
from sessions_dashboard.database import Database
from sessions_dashboard.demo.history import write_history
from sessions_dashboard.demo.loading import Loader, written_once
from sessions_dashboard.demo.session_rows import COLUMNS, session_rows, written
from sessions_dashboard.public_ids import new_public_id
from sessions_dashboard.sessions.policy import Policy

ADMIN_EMAIL = "ada@example.com"
USER_EMAIL = "grace@example.com"
NAMES = (
    "alan", "barbara", "claude", "donald", "edsger", "frances", "hedy", "ivan", "jean", "katherine",
    "leslie", "margaret", "niklaus", "radia", "shafi", "tim", "vint", "whitfield",
)  # fmt: skip
SURNAMES = (
    "adams", "baker", "cohen", "diaz", "evans", "fischer", "garcia", "huang", "ito", "jones",
    "khan", "lopez", "meyer", "nguyen", "okafor", "perez", "quinn", "rossi", "silva", "tanaka",
)  # fmt: skip
# Beyond the accounts that are named here, one more for this many sessions.
SESSIONS_PER_ACCOUNT = 6
BETWEEN_ACCOUNTS = timedelta(minutes=3)


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
    emails += _more_emails(number // SESSIONS_PER_ACCOUNT - len(emails))

    def work(db: Connection) -> None:
        if any_user(db):
            raise NotEmpty("the database has accounts already; demo fills an empty one only")
        loader = Loader(db)
        _load_accounts(loader, emails, hashed, now - policy.lifetime * 2)
        with loader.indexes_made_last("sessions", "session_events"):
            loader.load("sessions", COLUMNS, session_rows(len(emails), number, policy, now))
            write_history(db)
        for table in ("users", "sessions"):
            loader.follow_ids(table)

    with written_once(database.reading):
        database.write_here(work)
    return Made(len(emails), number, ADMIN_EMAIL, USER_EMAIL, password)


def _more_emails(number: int) -> Iterator[str]:
    for index in range(number):
        name, surname = NAMES[index % len(NAMES)], SURNAMES[index // len(NAMES) % len(SURNAMES)]
        yield f"{name}.{surname}{index // (len(NAMES) * len(SURNAMES)) or ''}@example.com"


def _load_accounts(loader: Loader, emails: list[str], hashed: str, last: datetime) -> None:
    """Made one after another until `last`, which is before the oldest sign-in."""
    first = last - BETWEEN_ACCOUNTS * len(emails)
    loader.load(
        "users",
        ("id", "public_id", "email", "password_hash", "is_admin", "created_at", "updated_at"),
        (
            (number, new_public_id(at), email, hashed, email == ADMIN_EMAIL, *[told] * 2)
            for number, email in enumerate(emails, 1)
            for at in [first + BETWEEN_ACCOUNTS * number]
            for told in [written(at)]
        ),
    )
