"""The administrators' first page: live counts, and bars that lead to what they count."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import reflex as rx

from sessions_dashboard import navigation
from sessions_dashboard.devices.countries import COUNTRY_NAMES
from sessions_dashboard.live.access import Access, accessible_to, current_tab
from sessions_dashboard.live.bus import OVERVIEW
from sessions_dashboard.live.tabs import Topic
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions import EndReason
from sessions_dashboard.sessions.cleanup_runs import last_done
from sessions_dashboard.sessions.filters import written_moment
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.overview import DAY, HOUR, Overview, SignIns, overview
from sessions_dashboard.settings.cron import cron
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words import admin_overview as words
from sessions_dashboard.words.admin import REASONS
from sessions_dashboard.words.devices import device_kind
from sessions_dashboard.words.reading import number as in_digits

# Beyond this many bars, the rest share one.
MAX_BARS = 7
# A scale of numbers over time goes up to at least this: a single failed sign-in is no alarm.
LEAST_TOP = 10
# What it may end with, times a power of ten: the scale stays as it is while the numbers tick.
ROUND_TOPS = (1, 2, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True)
class Bar:
    # What it counts; or when that began, in ISO 8601, for a page to write.
    label: str = ""
    count: int = 0
    # The same as the reader writes it.
    number: str = ""
    # Where what it counts is listed; empty where no list can be narrowed to it.
    address: str = ""


@accessible_to(Access.ADMIN, passive=("refresh",))
class AdminOverviewState(PageState):
    sessions: str = ""
    users: str = ""
    last_cleanup: str = ""
    next_cleanup: str = ""
    by_hour: list[Bar] = []
    failed_by_hour: list[Bar] = []
    by_day: list[Bar] = []
    failed_by_day: list[Bar] = []
    # The totals of these four, and where their scales end, by the name of the variable.
    totals: dict[str, str] = {}
    tops: dict[str, int] = {}
    by_browser: list[Bar] = []
    by_os: list[Bar] = []
    by_kind: list[Bar] = []
    by_country: list[Bar] = []
    ends: list[Bar] = []
    # Which answer is shown.
    _number: int = 0

    @rx.event
    async def load(self) -> None:
        tab = current_tab()
        tab.topic, tab.refresh = Topic.ALL_SESSIONS, AdminOverviewState.refresh
        self._show_actor()
        await self._reload()
        if not current().overview.is_good:
            self._remind()

    @rx.event
    async def refresh(self) -> None:
        """Count again, or once that is due; enqueued by the server."""
        self._show_expiry()
        before = self._number
        await self._reload()
        if self._number == before:
            # It came from memory, and lacks what has changed since.
            self._remind()

    def _remind(self) -> None:
        runtime = current()
        runtime.in_background(
            runtime.overview.remind(_count, lambda: runtime.bus.publish(OVERVIEW))
        )

    async def _reload(self) -> None:
        found = await current().overview.get(_count)
        self._number = current().overview.number
        self.sessions, self.users = in_digits(found.sessions), in_digits(found.users)
        self.by_hour = _times(found.by_hour, HOUR, failed=False)
        self.failed_by_hour = _times(found.by_hour, HOUR, failed=True)
        self.by_day = _times(found.by_day, DAY, failed=False)
        self.failed_by_day = _times(found.by_day, DAY, failed=True)
        numbers = {
            "by_hour": [one.succeeded for one in found.by_hour],
            "failed_by_hour": [one.failed for one in found.by_hour],
            "by_day": [one.succeeded for one in found.by_day],
            "failed_by_day": [one.failed for one in found.by_day],
        }
        self.totals = {name: in_digits(sum(counted)) for name, counted in numbers.items()}
        self.tops = {name: _top(counted) for name, counted in numbers.items()}
        self.by_browser = _bars(found.by_browser, _narrowed("browser"))
        self.by_os = _bars(found.by_os, _narrowed("os"))
        self.by_kind = _bars(found.by_kind, _narrowed("kind"), device_kind)
        self.by_country = _bars(
            found.by_country, _narrowed("country"), lambda code: COUNTRY_NAMES.get(code, code)
        )
        since = written_moment(found.by_day[0].begin)
        self.ends = _bars(
            found.ends,
            lambda reason: _address(navigation.ADMIN_EVENTS, reason=reason, **{"from": since}),
            lambda reason: REASONS[EndReason(reason)] if reason else "",
            at_most=len(EndReason),
        )
        await self._show_cleanup()

    async def _show_cleanup(self) -> None:
        last = await current().database.read(last_done)
        self.last_cleanup = last.isoformat() if last is not None else ""
        schedule = cron(current().settings.sessions_cleanup_schedule)
        due = schedule.get_next_fire_time(None, utc_now())
        self.next_cleanup = due.astimezone(UTC).isoformat() if due is not None else ""


async def _count() -> Overview:
    return await current().database.scan(lambda db: overview(db, current().policy, utc_now()))


def _bars(
    counted: Counter[str],
    address: Callable[[str], str],
    label: Callable[[str], str] = str,
    at_most: int = MAX_BARS,
) -> list[Bar]:
    """The most frequent values, and the rest together."""
    most = counted.most_common()
    if len(most) == at_most + 1:
        # Alone, the last one needs no bar for the rest.
        at_most += 1
    shown, others = most[:at_most], most[at_most:]
    bars = [
        _bar(label(value) or words.UNKNOWN, number, address(value) if value else "")
        for value, number in shown
    ]
    if others:
        bars.append(_bar(words.others(len(others)), sum(number for _value, number in others)))
    return bars


def _times(counted: list[SignIns], length: timedelta, *, failed: bool) -> list[Bar]:
    address = _failures if failed else _sign_ins
    return [
        _bar(
            one.begin.isoformat(),
            one.failed if failed else one.succeeded,
            address(one.begin, length),
        )
        for one in counted
    ]


def _top(numbers: list[int]) -> int:
    """Where the scale of these numbers ends: at a round number."""
    most = max(LEAST_TOP, *numbers)
    power: int = 10 ** (len(str(most)) - 1)
    return next(step * power for step in ROUND_TOPS if step * power >= most)


def _bar(label: str, count: int, address: str = "") -> Bar:
    return Bar(label, count, in_digits(count), address)


def _narrowed(parameter: str) -> Callable[[str], str]:
    return lambda value: _address(navigation.ADMIN_SESSIONS, **{parameter: value})


def _sign_ins(begin: datetime, length: timedelta) -> str:
    since, until = written_moment(begin), written_moment(begin + length)
    return _address(navigation.ADMIN_SESSIONS, status="all", started_from=since, started_to=until)


def _failures(begin: datetime, length: timedelta) -> str:
    kind, moments = EventKind.SIGN_IN_FAILED.value, (begin, begin + length)
    since, until = (written_moment(moment) for moment in moments)
    return _address(navigation.ADMIN_EVENTS, kind=kind, **{"from": since, "to": until})


def _address(page: str, **parameters: str) -> str:
    return f"{page}?{urlencode(parameters)}"
