"""What the server does by itself: on schedule, or in the background once somebody asked for it.

Work that may concern many rows is done in slices that keep nobody waiting.
"""

from sessions_dashboard.jobs.after_restore import end_what_came_back
from sessions_dashboard.jobs.background_work import BackgroundWork
from sessions_dashboard.jobs.bulk_end import BulkRunner
from sessions_dashboard.jobs.bulk_preview import freeze_rest
from sessions_dashboard.jobs.cleanup import carry_out, run_cleanup
from sessions_dashboard.jobs.policy import PolicyRunner, put_in_force
from sessions_dashboard.jobs.schedule import Schedule

__all__ = [
    "BackgroundWork",
    "BulkRunner",
    "PolicyRunner",
    "Schedule",
    "carry_out",
    "end_what_came_back",
    "freeze_rest",
    "put_in_force",
    "run_cleanup",
]
