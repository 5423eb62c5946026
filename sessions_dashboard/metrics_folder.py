"""Where the workers of one server put their metrics, so that any of them can tell all."""

import atexit
import os
import shutil
import tempfile

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def share_metrics() -> None:
    """Make the folder, for this process and those that it starts, unless there is one.

    It goes when this process ends. Called before `metrics` is imported: the library looks for the
    variable then.
    """
    if os.environ.get(VARIABLE):
        return
    folder = tempfile.mkdtemp(prefix="sessions-dashboard-metrics-")
    os.environ[VARIABLE] = folder
    atexit.register(_remove, folder, os.getpid())


def _remove(folder: str, owner: int) -> None:
    # Workers that were forked inherit this.
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
