"""What has to be done after a backup was restored, in slices that keep nobody waiting."""

import time
from collections import Counter
from functools import partial

from sessions_dashboard.database import Database
from sessions_dashboard.jobs.slices import FIRST_SLICE_ROWS, next_size
from sessions_dashboard.runtime import utc_now
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.restored import Position, Walk, end_slice, newest


def end_what_came_back(database: Database, policy: Policy) -> Counter[Walk]:
    """End every session, key and link there is; how many of each.

    Each slice is a short transaction, followed by a pause that is as long.
    """
    with database.reading() as db:
        last = newest(db)
    done: Counter[Walk] = Counter()
    position: Position | None = Position()
    rows = FIRST_SLICE_ROWS
    while position is not None:
        began = time.perf_counter()
        work = partial(
            end_slice, last=last, policy=policy, now=utc_now(), position=position, limit=rows
        )
        this = database.write_here(work)
        took = time.perf_counter() - began
        done[position.walk] += this.done
        position = this.next
        rows = next_size(rows, took)
        time.sleep(took)
    return done
