"""A person's other devices as a list: what it can be narrowed to, and what is worth a look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sessions_dashboard.sessions.policy import Span
from sessions_dashboard.sessions.queries import DeviceSession
from sessions_dashboard.words import devices as words

# Fewer are seen at a glance.
MIN_TO_NARROW = 5
NEW_FOR = timedelta(days=7)
MONTH = timedelta(days=30)


class Kind(StrEnum):
    ALL = "all"
    INACTIVE = "inactive"
    NEW = "new"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True)
class KindRow:
    """One way to narrow the list, with how many it would leave."""

    id: str = ""
    text: str = ""
    number: int = 0


def inactive_after(span: Span) -> timedelta:
    """A month, or half the idle limit where that is less: by the limit itself it would be gone."""
    half = span.idle_timeout / 2
    # In whole days, which is how it is said.
    return min(MONTH, timedelta(days=half.days) if half.days else half)


def of_kind(
    devices: Sequence[DeviceSession], kind: Kind, inactive: timedelta, now: datetime
) -> list[DeviceSession]:
    match kind:
        case Kind.ALL:
            return list(devices)
        case Kind.INACTIVE:
            return [device for device in devices if device.last_seen_at <= now - inactive]
        case Kind.NEW:
            return [device for device in devices if device.first_seen_at > now - NEW_FOR]
        case Kind.UNCONFIRMED:
            return [device for device in devices if device.in_question]


def kind_rows(
    devices: Sequence[DeviceSession], shown: Kind, inactive: timedelta, now: datetime
) -> list[KindRow]:
    """The kinds to offer; none while there are few devices and all of them are shown."""
    if len(devices) < MIN_TO_NARROW and shown is Kind.ALL:
        return []
    numbers = {kind: len(of_kind(devices, kind, inactive, now)) for kind in Kind}
    return [
        KindRow(kind.value, words.kind(kind.value, inactive, number), number)
        for kind, number in numbers.items()
    ]
