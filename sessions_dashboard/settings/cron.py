"""Cron expressions, as crontab(5) reads them."""

import re
from datetime import UTC, datetime

from apscheduler.triggers.cron import CronTrigger

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# A number, a range of them or a star; a step may follow.
_NUMBERS = re.compile(r"(?P<star>\*)|(?P<first>[0-7])(-(?P<last>[0-7]))?")


def cron(expression: str) -> CronTrigger:
    """Read a five-field expression, in the server's time zone.

    Raises:
        ValueError: it is malformed, or never comes due; the text is one line.
    """
    fields = expression.split()
    try:
        trigger = CronTrigger.from_crontab(" ".join([*fields[:4], *map(_by_name, fields[4:])]))
    except ValueError as error:
        raise ValueError(f'"{expression}" is not a cron expression ({error})') from None
    if trigger.get_next_fire_time(None, datetime.now(UTC)) is None:
        raise ValueError(f'"{expression}" names a day that never comes')
    return trigger


def _by_name(weekdays: str) -> str:
    """Days of the week by name: the scheduler counts them from Monday, crontab from Sunday."""
    return ",".join(map(_named, weekdays.split(",")))


def _named(part: str) -> str:
    days, _, step = part.partition("/")
    found = _NUMBERS.fullmatch(days)
    if found is None or (found["star"] and not step) or (step and not step.isdecimal()):
        return part
    first = int(found["first"] or 0)
    last = 6 if found["star"] else int(found["last"] or (6 if step else first))
    if last < first or step == "0":
        raise ValueError(f'"{part}" is no range of days')
    return ",".join(WEEKDAYS[day % 7] for day in range(first, last + 1, int(step or 1)))
