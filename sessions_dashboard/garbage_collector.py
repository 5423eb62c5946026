"""Python's cyclic garbage collector, in a process whose objects mostly live long.

A full collection holds up every page: with 2,000 pages open, whose states live as long as they do,
one took a second, and they came every few seconds while the pages were being opened.
"""

import gc

# How many new objects start a collection of the youngest generation, and how many collections of
# one generation start one of the next. Python's own are 700, 10 and 10.
THRESHOLDS = (10_000, 10, 30)


def search_seldom() -> None:
    """Call once everything is imported: what exists by then is never examined again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
