"""The policy in the database: every change is kept, with who made it and when."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select

from sessions_dashboard.database import AnyRow
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.models import policy_versions
from sessions_dashboard.sessions.policy import (
    AddressWidth,
    AtLimit,
    Former,
    Policy,
    Reaction,
    Succeeding,
)

MINUTE, DAY = 60.0, 86_400.0
# The least and the most of each value, in seconds; a count for `max_sessions`.
RANGES: dict[str, tuple[float, float]] = {
    "lifetime": (5 * MINUTE, 400 * DAY),
    "idle_timeout": (2 * MINUTE, 400 * DAY),
    "admin_lifetime": (5 * MINUTE, 400 * DAY),
    "admin_idle_timeout": (2 * MINUTE, 400 * DAY),
    "unremembered_lifetime": (5 * MINUTE, 400 * DAY),
    "max_sessions": (0, 1_000),
    "young_for": (0, 30 * DAY),
    "retention": (0, 3_650 * DAY),
    "history_retention": (0, 3_650 * DAY),
    "rotate_every": (MINUTE, 400 * DAY),
    "rotation_grace": (0, 600),
    "step_up_after": (MINUTE, 30 * DAY),
    "touch_interval": (1, 3_600),
}
# The values that are one of a few words.
CHOICES: dict[str, type[StrEnum]] = {
    "at_limit": AtLimit,
    "ip_binding": Reaction,
    "ip_width": AddressWidth,
    "user_agent_binding": Reaction,
}
# What decides how long a session lives.
SPANS = (
    "lifetime",
    "idle_timeout",
    "admin_lifetime",
    "admin_idle_timeout",
    "unremembered_lifetime",
)
# A value that must not be longer than another.
NOT_LONGER = {"idle_timeout": "lifetime", "admin_idle_timeout": "admin_lifetime"}


class InvalidPolicy(Exception):
    """A policy that is refused whole; `problems` has a sentence for every field at fault."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in problems.items()))
        self.problems = problems


def policy_from(values: Mapping[str, Any]) -> Policy:
    """The policy with these values: durations in seconds, everything else by default.

    Raises:
        InvalidPolicy: an unknown name, no number, out of range, an unknown word, or at odds with
            another value.
    """
    problems: dict[str, str] = {}
    typed: dict[str, Any] = {}
    for name, value in values.items():
        problem = _problem(name, value)
        if problem is not None:
            problems[name] = problem
        else:
            typed[name] = _typed(name, value)
    policy = Policy(**typed)
    for shorter, longer in NOT_LONGER.items():
        at_fault = problems.keys() & {shorter, longer}
        seconds = [getattr(policy, name).total_seconds() for name in (shorter, longer)]
        if not at_fault and seconds[0] > seconds[1]:
            problems[shorter] = (
                f"must not be longer than {longer}: "
                f"it is {seconds[0]:.0f} seconds, {longer} {seconds[1]:.0f}"
            )
    if problems:
        raise InvalidPolicy(problems)
    return policy


def _problem(name: str, value: Any) -> str | None:
    if name in CHOICES:
        words = [word.value for word in CHOICES[name]]
        return None if value in words else f"must be one of: {', '.join(words)}"
    if name not in RANGES:
        return "there is no such value"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "must be a number"
    least, most = RANGES[name]
    if not least <= value <= most:
        unit = "" if name == "max_sessions" else " seconds"
        return f"must be between {least:.0f} and {most:.0f}{unit}"
    if name == "max_sessions" and value != int(value):
        return "must be a whole number"
    return None


def _typed(name: str, value: Any) -> Any:
    if name in CHOICES:
        return CHOICES[name](value)
    return int(value) if name == "max_sessions" else timedelta(seconds=float(value))


def values_of(policy: Policy) -> dict[str, float | str]:
    """What is stored: the inverse of `policy_from`."""
    return {field.name: _plain(getattr(policy, field.name)) for field in fields(Policy)}


def _plain(value: timedelta | StrEnum | int) -> float | str:
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.value if isinstance(value, StrEnum) else value


def current_policy(db: Connection) -> Policy | None:
    """The newest version; None before the first was stored.

    It knows those before it as long as not all is ended that ran out under them.
    """
    newest = select(policy_versions.c["rules", "created_at", "applied_at"])
    newest = newest.order_by(policy_versions.c.id.desc())
    row = db.execute(newest.limit(1)).first()
    if row is None or row.applied_at is not None:
        return policy_from(row.rules) if row is not None else None
    former = _former(db.execute(newest.where(policy_versions.c.id >= _last_carried_through())))
    policy = policy_from(row.rules)
    values = {name.name: getattr(policy, name.name) for name in fields(Policy)}
    return Succeeding(**values, former=former) if former else policy


def _last_carried_through() -> ColumnElement[int]:
    number, applied_at = policy_versions.c.id, policy_versions.c.applied_at
    last = select(func.max(number)).where(applied_at.is_not(None)).scalar_subquery()
    return func.coalesce(last, 0)


def _former(rows: Iterable[AnyRow]) -> tuple[Former, ...]:
    """The versions before the newest; of those under which a session lives as long, the last."""
    found: dict[tuple[timedelta, ...], Former] = {}
    for later, earlier in pairwise(rows):
        policy = policy_from(earlier.rules)
        spans = tuple(getattr(policy, name) for name in SPANS)
        known = found.get(spans)
        if known is None or known.until < later.created_at:
            found[spans] = Former(policy, later.created_at)
    return tuple(found.values())


def store_policy(
    db: Connection, policy: Policy, now: datetime, changed_by_user_id: int | None = None
) -> None:
    """Make this the policy from now on; what it ends, and what had run out, is ended by whoever
    carries out `policy_work`.

    Raises:
        InvalidPolicy: see `policy_from`.
    """
    values = values_of(policy)
    policy_from(values)
    take_turns(db)
    before = current_policy(db)
    db.execute(
        insert(policy_versions).values(
            created_at=now,
            created_by_user_id=changed_by_user_id,
            rules=values,
            # Of the first there is nothing before it to go by.
            applied_at=now if before is None else None,
        )
    )
    old = values_of(before) if before is not None else {}
    changes = {name: value for name, value in values.items() if old.get(name) != value}
    replaced = {name: old[name] for name in changes if name in old}
    record(
        db,
        EventKind.POLICY_CHANGED,
        now,
        actor_user_id=changed_by_user_id,
        details={"changes": changes, "before": replaced},
    )


def ensure_policy(db: Connection, first: Policy, now: datetime) -> Policy:
    """The stored policy; the very first start stores the settings' values.

    Of several workers that start at once one stores its values, and all go by them.
    """
    stored = current_policy(db)
    if stored is None:
        take_turns(db)
        stored = current_policy(db)
    if stored is None:
        store_policy(db, first, now)
    return stored or first


def take_turns(db: Connection) -> None:
    """Let one change at a time compare itself with the one before; SQLite has one writer anyway."""
    if db.dialect.name == "postgresql":
        db.exec_driver_sql("LOCK TABLE policy_versions IN SHARE ROW EXCLUSIVE MODE")
