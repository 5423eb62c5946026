"""Sessions shaped for the pages: text and times, no secret and no row number."""

from dataclasses import dataclass

from sessions_dashboard.devices import scope_of
from sessions_dashboard.devices.marks import browser_mark, system_mark
from sessions_dashboard.sessions.queries import DeviceSession
from sessions_dashboard.words import devices as words


@dataclass(frozen=True)
class DeviceRow:
    id: str = ""
    email: str = ""
    # What the page calls it: the user's name for it, or the browser's.
    title: str = ""
    # The browser's own name, where the user gave another.
    label: str = ""
    name: str = ""
    kind: str = ""
    kind_words: str = ""
    # Their marks in the file of marks; empty where there is none.
    browser_mark: str = ""
    os_mark: str = ""
    # Whether nobody has said yet that it was them.
    in_question: bool = False
    place: str = ""
    ip_address: str = ""
    # Times are ISO 8601 in UTC; the browser turns them into the reader's own.
    first_seen: str = ""
    started: str = ""
    last_active: str = ""
    expires: str = ""


def device_row(session: DeviceSession) -> DeviceRow:
    place = words.place(session.city, session.country, scope_of(session.ip_address))
    return DeviceRow(
        id=session.public_id,
        email=session.email,
        title=session.name or session.device_label,
        label=session.device_label if session.name else "",
        name=session.name or "",
        kind=session.device_type,
        kind_words=words.kind_beside(place, session.device_type),
        browser_mark=browser_mark(session.browser),
        os_mark=system_mark(session.os),
        in_question=session.in_question,
        place=place,
        ip_address=session.ip_address,
        first_seen=session.first_seen_at.isoformat(),
        started=session.created_at.isoformat(),
        last_active=session.last_seen_at.isoformat(),
        expires=session.expires_at.isoformat(),
    )
