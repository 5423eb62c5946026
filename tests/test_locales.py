"""Numbers and moments as readers write them, and what counts as a reader's locale."""

from datetime import UTC, datetime

import pytest

from sessions_dashboard.locales import (
    NOBODY_KNOWN,
    Reader,
    known_locale,
    known_time_zone,
    preferred_locale,
    write_moment,
    write_number,
)

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tag", "known"),
    [
        ("de", "de"),
        ("de-DE", "de-DE"),
        ("DE-de", "de-DE"),
        ("zh-TW", "zh-Hant-TW"),
        ("en-US-u-hc-h23", "en-US"),
        *((tag, None) for tag in ("", "xx", "*", "../../etc/passwd", "de_DE", "d" * 5_000, None)),
        *((tag, None) for tag in ("de-DE\n", "de\0", "<b>", "١٢", "C", "-u-hc-h23")),
    ],
)
def test_a_locale_is_one_that_there_is_data_for(tag: str | None, known: str | None) -> None:
    assert known_locale(tag) == known


@pytest.mark.parametrize(
    ("header", "preferred"),
    [
        ("de-CH,de;q=0.9,en;q=0.8", "de-CH"),
        ("en;q=0.8, fr ; q=0.9", "fr"),
        ("xx, pt-BR;q=0.2", "pt-BR"),
        ("de;q=0, en;q=0.1", "en"),
        ("de;q=2, en;q=0.1", "en"),
        *((header, None) for header in ("", "*", ",;q=,", ";" * 10_000, "xx-" * 10_000)),
    ],
)
def test_the_language_that_a_browser_asks_for_first_is_taken(
    header: str, preferred: str | None
) -> None:
    assert preferred_locale(header) == preferred


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/Argentina/Ushuaia", "UTC"])
def test_a_time_zone_is_one_that_there_is_data_for(name: str) -> None:
    assert known_time_zone(name) == name


@pytest.mark.parametrize(
    "name", ["", None, "localtime", "../etc/localtime", "Mars/Olympus", "CET6"]
)
def test_what_is_no_time_zone_is_not_known(name: str | None) -> None:
    assert known_time_zone(name) is None


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en-GB", "1,204,567"),
        ("de-DE", "1.204.567"),
        ("fr-FR", "1\u202f204\u202f567"),
        ("hi-IN", "12,04,567"),
        ("ar-EG", "١٬٢٠٤٬٥٦٧"),
    ],
)
def test_a_number_is_grouped_as_the_reader_does(locale: str, written: str) -> None:
    assert write_number(1_204_567, locale) == written


def test_a_share_has_the_readers_point() -> None:
    assert write_number(3.26, "en-GB", 1) == "3.3"
    assert write_number(3.26, "de-DE", 1) == "3,3"


def test_without_a_share_a_number_has_none() -> None:
    assert write_number(63.035, "en-GB") == "63"
    assert write_number(12_345_678 / 1e6, "de-DE") == "12"


@pytest.mark.parametrize(
    ("reader", "written"),
    [
        (NOBODY_KNOWN, "14 March 2026, 12:00 UTC"),
        (Reader("de-DE", "Europe/Berlin"), "14. März 2026, 13:00 MEZ"),
        (Reader("en-US", "America/New_York"), "March 14, 2026, 8:00\u202fAM EDT"),
        # No short name: the long one.
        (Reader("en-GB", "Asia/Tehran"), "14 March 2026, 15:30 Iran Standard Time"),
        (Reader("ja-JP", "Asia/Tokyo"), "2026年3月14日 21:00 JST"),
    ],
)
def test_a_moment_is_the_readers_and_names_its_zone(reader: Reader, written: str) -> None:
    assert write_moment(NOON, reader) == written


def test_a_moment_is_in_the_time_that_its_day_has() -> None:
    reader = Reader("en-GB", "Europe/London")
    assert write_moment(NOON, reader) == "14 March 2026, 12:00 GMT"
    assert write_moment(NOON.replace(month=7), reader) == "14 July 2026, 13:00 BST"
