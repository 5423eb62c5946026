"""What a process of its own makes arrives whole, or the one who waits for it is told."""

import multiprocessing
import os
from collections.abc import Iterator

import pytest

from sessions_dashboard.made_aside import CutOff, made_aside


def numbers(end: int) -> Iterator[tuple[int, int]]:
    for number in range(end):
        yield number, os.getpid()


def breaks_off(end: int) -> Iterator[int]:
    yield from range(end)
    raise ValueError


def dies() -> Iterator[int]:
    yield 1
    os._exit(1)


def test_all_comes_in_its_order_from_another_process() -> None:
    came = list(made_aside(numbers, 5_000))
    assert [number for number, _ in came] == list(range(5_000))
    [maker] = {pid for _, pid in came}
    assert maker != os.getpid()


def test_whoever_waits_is_told_that_the_rest_does_not_come() -> None:
    with pytest.raises(CutOff):
        list(made_aside(breaks_off, 3))
    with pytest.raises(CutOff):
        list(made_aside(dies))


def test_the_process_ends_when_nobody_takes_any_more() -> None:
    items = made_aside(numbers, 1_000_000)
    next(items)
    assert multiprocessing.active_children()
    items.close()
    assert not multiprocessing.active_children()
