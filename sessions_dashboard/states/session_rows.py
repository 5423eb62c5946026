"""Sessions and filters shaped for the administrator's pages: text and times, no row number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sessions_dashboard.devices import scope_of
from sessions_dashboard.devices.marks import browser_mark, system_mark
from sessions_dashboard.navigation import account_address
from sessions_dashboard.sessions.filters import MOMENTS, Status, View, parameters_of, read_moment
from sessions_dashboard.sessions.listing import ListedSession
from sessions_dashboard.words import admin as words
from sessions_dashboard.words.devices import place


@dataclass(frozen=True)
class SessionRow:
    id: str = ""
    email: str = ""
    # Where the page of the account is.
    account: str = ""
    is_admin: bool = False
    title: str = ""
    # The browser's own name, where the user gave another.
    label: str = ""
    kind: str = ""
    browser_mark: str = ""
    os_mark: str = ""
    place: str = ""
    ip_address: str = ""
    status: str = ""
    status_words: str = ""
    reason: str = ""
    is_live: bool = False
    # Whether it has ended: what has only run out can be ended yet.
    is_over: bool = False
    # Times are ISO 8601 in UTC; the browser turns them into the reader's own.
    started: str = ""
    last_active: str = ""
    ended: str = ""
    # Whether it changed while it was being looked at.
    changed: bool = False


@dataclass(frozen=True)
class Chip:
    """One active filter."""

    name: str = ""
    text: str = ""
    # Told behind the text; ISO 8601 in UTC.
    moment: str = ""


def session_row(session: ListedSession, now: datetime, *, changed: bool = False) -> SessionRow:
    status = session.status(now)
    return SessionRow(
        id=session.public_id,
        email=session.email,
        account=account_address(session.user_public_id),
        is_admin=session.is_admin,
        title=session.name or session.device_label,
        label=session.device_label if session.name else "",
        kind=session.device_type,
        browser_mark=browser_mark(session.browser),
        os_mark=system_mark(session.os),
        place=place(session.city, session.country, scope_of(session.ip_address)),
        ip_address=session.ip_address,
        status=status.value,
        status_words=words.STATUSES[status],
        reason=words.REASONS[session.end_reason] if session.end_reason else "",
        is_live=status in (Status.ACTIVE, Status.IDLE),
        is_over=status is Status.ENDED,
        started=session.created_at.isoformat(),
        last_active=session.last_seen_at.isoformat(),
        ended=_ended(session, status),
        changed=changed,
    )


def _ended(session: ListedSession, status: Status) -> str:
    if session.ended_at is not None:
        return session.ended_at.isoformat()
    return session.expires_at.isoformat() if status is Status.EXPIRED else ""


def chips(view: View) -> list[Chip]:
    """The filters besides the status, which is shown by itself."""
    said = {name: text for name, text in words.filter_words(view).items() if name != "status"}
    return chips_of(said, words.NAMES, parameters_of(view), MOMENTS)


def chips_of(
    said: Mapping[str, str],
    names: Mapping[str, str],
    parameters: Mapping[str, str],
    moments: Sequence[str],
) -> list[Chip]:
    """What is looked for, by parameter; the page tells moments in the reader's own zone."""
    return [
        Chip(name, f"{names[name]}:", read_moment(parameters[name]).isoformat())
        if name in moments
        else Chip(name, text)
        for name, text in said.items()
    ]


def field_values(parameters: Mapping[str, str]) -> dict[str, str]:
    """The values of all fields of the form, empty where nothing is asked for."""
    return {name: parameters.get(name, "") for name in words.NAMES}
