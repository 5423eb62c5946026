"""Where the workers of one server put their metrics, so that any of them can report all."""

import atexit
import os
import shutil
import tempfile

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def share_metrics() -> None:
    """Make the folder for this process and those that it starts, unless there is one.

    It is removed when this process ends. Call this before `metrics` is imported: the library reads
    the variable then.
    """
    if os.environ.get(VARIABLE):
        return
    folder = tempfile.mkdtemp(prefix="sessions-dashboard-metrics-")
    os.environ[VARIABLE] = folder
    atexit.register(_remove, folder, os.getpid())


def _remove(folder: str, owner: int) -> None:
    # Forked workers inherit this exit handler.
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
