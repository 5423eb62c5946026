"""Searches for garbage are seldom, and leave out what was there when the server started."""

import gc
from collections.abc import Iterator

import pytest

from sessions_dashboard.garbage_collector import search_seldom


@pytest.fixture
def thresholds() -> Iterator[tuple[int, int, int]]:
    before = gc.get_threshold()
    yield before
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_there_is_left_out_and_the_rest_is_searched_less_often(
    thresholds: tuple[int, int, int],
) -> None:
    search_seldom()
    assert gc.get_freeze_count() > 10_000
    assert gc.isenabled()
    often, seldom = (one[0] * one[1] * one[2] for one in (thresholds, gc.get_threshold()))
    assert seldom > 10 * often
