"""What a generator yields, made by a process of its own while the last of it is still worked on."""

import multiprocessing
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, TypeVar

T = TypeVar("T")


class CutOff(Exception):
    """That process ended too soon; why stands in what it wrote to standard error."""


def made_aside(make: Callable[..., Iterator[T]], *wanted: Any) -> Generator[T, None, None]:
    """The items of `make(*wanted)`: pickled, and none of them None.

    Raises:
        CutOff: not all of them came.
    """
    # Nothing of this process goes along: no thread, no open database.
    fresh = multiprocessing.get_context("spawn")
    here, there = fresh.Pipe(duplex=False)
    maker = fresh.Process(target=_send_all, args=(there, make, wanted), daemon=True)
    maker.start()
    there.close()
    try:
        while (item := here.recv()) is not None:
            yield item
    except EOFError:
        raise CutOff from None
    finally:
        here.close()
        maker.join()


def _send_all(
    there: Connection, make: Callable[..., Iterator[Any]], wanted: tuple[Any, ...]
) -> None:
    # Ctrl-C reaches both; that one is told by the pipe, which this one closes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(BrokenPipeError):
        for item in make(*wanted):
            there.send(item)
        there.send(None)
