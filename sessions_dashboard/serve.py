"""Serves pages that were built before: starts at once, and needs neither Node nor a network."""

import multiprocessing
import os
from pathlib import Path

from sessions_dashboard.logs import server_log
from sessions_dashboard.metrics_folder import share_metrics
from sessions_dashboard.settings import load_settings

# Each open page holds a connection. What is beyond waits in the backlog, and then nothing answers.
CONNECTIONS_A_WORKER = 10_000
BACKLOG = 4_096
# How long a worker may finish what it is at once it was asked to stop.
STOP_SECONDS = 20
BUILT = Path(".web/build/client/index.html")


class NotBuilt(Exception):
    """There are no pages to serve."""


def serve(host: str, port: int) -> None:
    """Run the server in production until it is told to stop (SIGTERM, SIGINT).

    A worker that dies is replaced; the others go on.

    Raises:
        NotBuilt: the pages were not built.
        SettingsError: a setting is missing or unsafe.
    """
    os.environ["REFLEX_ENV_MODE"] = "prod"
    settings = load_settings()
    if not BUILT.exists():
        raise NotBuilt("there are no pages yet; build them: reflex export --frontend-only --no-zip")
    for name in ("SKIP_COMPILE", "MOUNT_FRONTEND_COMPILED_APP"):
        os.environ[f"__REFLEX_{name}"] = "true"

    # Each worker starts from nothing: what this process has imported knows no other workers.
    multiprocessing.set_start_method("spawn", force=True)
    if settings.workers > 1:
        share_metrics()

    from granian.constants import Interfaces
    from granian.server import Server

    Server(
        "sessions_dashboard.sessions_dashboard:app",
        factory=True,
        interface=Interfaces.ASGI,
        address=host,
        port=port,
        workers=settings.workers,
        backlog=BACKLOG,
        backpressure=CONNECTIONS_A_WORKER,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_dictconfig=server_log(as_json=settings.log_format == "json"),
    ).serve()
