"""Lists read whole, as no page does."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from sessions_dashboard.sessions.filters import View
from sessions_dashboard.sessions.listing import ListedSession, Place, page_of
from sessions_dashboard.sessions.policy import Policy


def all_of(
    db: Connection, view: View, policy: Policy, now: datetime, size: int
) -> Iterator[ListedSession]:
    """Everything that matches, read by key a page at a time."""
    place: Place | None = None
    while True:
        page = page_of(db, view, policy, now, place, size)
        yield from page.rows
        if page.older is None:
            return
        place = page.older
