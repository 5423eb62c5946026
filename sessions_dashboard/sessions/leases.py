"""How long a process has what it claimed to itself, as long as it says no more."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_

# A process that works on something says so again this soon; later, another may take it over.
LEASE = timedelta(seconds=15)
# The clocks of two machines are no further apart. What was claimed later than that from now was
# claimed before a clock was set back, and would else be nobody's until then.
CLOCKS_APART = timedelta(minutes=5)


def is_free(claimed_until: ColumnElement[datetime], now: datetime) -> ColumnElement[bool]:
    return or_(
        claimed_until.is_(None),
        claimed_until < now,
        claimed_until > now + LEASE + CLOCKS_APART,
    )
