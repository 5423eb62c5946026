"""Python's search for circles of garbage, in a process that keeps much for long.

A search through everything holds all pages up: with 2,000 pages open, whose states live as long as
they do, it took a second, and came every few seconds while they were opened.
"""

import gc

# Objects more than before until the youngest are searched, and how many such searches until the
# older are. By default 700, 10 and 10.
THRESHOLDS = (10_000, 10, 30)


def search_seldom() -> None:
    """Once everything is imported: what is there now stays, and is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
