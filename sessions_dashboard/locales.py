"""How a reader writes numbers and moments, by the Unicode locale data (CLDR), and in which zone."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_datetime_format, get_timezone
from babel.dates import get_timezone_name as zone_name
from babel.numbers import format_decimal

# For a reader we know nothing of: day before month and 24 hours, which nobody misreads.
DEFAULT_LOCALE = "en-GB"
DEFAULT_TIME_ZONE = "UTC"
MAX_LENGTH = 64
MAX_ACCEPT_LANGUAGE_LENGTH = 512
# How many of the languages that a browser asks for are looked at.
MAX_LANGUAGES = 20

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_QUALITY = re.compile(r"q=([01](?:\.\d{0,3})?)")
# The code point of the digit zero in each numbering system that a locale writes by default.
_ZEROS = {"arab": 0x660, "arabext": 0x6F0, "beng": 0x9E6, "deva": 0x966, "mymr": 0x1040}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who something is written for: a locale as BCP 47 writes it, and an IANA time zone."""

    locale: str = DEFAULT_LOCALE
    time_zone: str = DEFAULT_TIME_ZONE


NOBODY_KNOWN = Reader()


def known_locale(tag: str | None) -> str | None:
    """The locale in one spelling ("de-DE"), if there is data for it."""
    bare = re.split(r"-[a-z0-9]-", tag or "", maxsplit=1)[0]
    if len(bare) > MAX_LENGTH or not _TAG.fullmatch(bare):
        return None
    try:
        locale = Locale.parse(bare, sep="-")
    except (UnknownLocaleError, ValueError):
        return None
    parts = (locale.language, locale.script, locale.territory)
    return "-".join(part for part in parts if part)


def preferred_locale(accept_language: str) -> str | None:
    """The first of the languages that a browser asks for (RFC 9110, 12.5.4) that is known."""
    asked = []
    for entry in accept_language[:MAX_ACCEPT_LANGUAGE_LENGTH].split(",")[:MAX_LANGUAGES]:
        tag, _, rest = entry.strip().partition(";")
        quality = _QUALITY.fullmatch(rest.strip())
        weight = float(quality[1]) if quality else 0.0 if rest else 1.0
        if weight:
            asked.append((-weight, tag.strip()))
    known = (known_locale(tag) for _weight, tag in sorted(asked, key=lambda one: one[0]))
    return next((locale for locale in known if locale is not None), None)


def known_time_zone(name: str | None) -> str | None:
    return name if name in _time_zones() else None


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    # "localtime" and "posixrules" are this machine's own.
    return frozenset(zone for zone in available_timezones() if "/" in zone or zone == "UTC")


def write_number(number: float, locale: str, digits: int = 0) -> str:
    """The number as the locale writes it, with `digits` decimal places."""
    parsed = _locale(locale)
    pattern = f"#,##0.{'0' * digits}" if digits else None
    written = format_decimal(
        number if digits else round(number),
        format=pattern,
        locale=parsed,
        numbering_system=_numbering(parsed),
    )
    return written.translate(_digits(parsed))


def write_moment(at: datetime, reader: Reader) -> str:
    """ "14. März 2026 um 13:00 MEZ": a day, a time of day, and the zone by its name."""
    locale, zone = _locale(reader.locale), get_timezone(reader.time_zone)
    local = at.astimezone(zone)
    day = format_date(local, "long", locale=locale)
    time = format_time(local, "short", tzinfo=zone, locale=locale)
    shape = str(get_datetime_format("long", locale=locale)).replace("'", "")
    moment = shape.replace("{0}", time).replace("{1}", day).translate(_digits(locale))
    return f"{moment} {_zone(local, locale)}"


def is_right_to_left(locale: str) -> bool:
    return _locale(locale).text_direction == "rtl"


def _zone(local: datetime, locale: Locale) -> str:
    if local.tzinfo is UTC or str(local.tzinfo) == DEFAULT_TIME_ZONE:
        return DEFAULT_TIME_ZONE
    short = zone_name(local, width="short", locale=locale)
    # Without a short name for it CLDR writes the distance from UTC.
    return short if short.isalpha() else zone_name(local, width="long", locale=locale)


def _numbering(locale: Locale) -> str:
    own = locale.default_numbering_system
    return own if own in locale.number_symbols else "latn"


def _digits(locale: Locale) -> dict[int, int]:
    zero = _ZEROS.get(locale.default_numbering_system, ord("0"))
    return {ord("0") + digit: zero + digit for digit in range(10)}


@lru_cache(maxsize=256)
def _locale(tag: str) -> Locale:
    return Locale.parse(tag, sep="-")
