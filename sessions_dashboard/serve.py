"""Serves pages that were built before: starts at once, and needs neither Node nor a network."""

import multiprocessing
import os
import socket
from pathlib import Path

from sessions_dashboard.logs import server_log
from sessions_dashboard.metrics_folder import share_metrics
from sessions_dashboard.settings import load_settings

# Each open page holds a connection. More wait in the backlog; once that is full, none is answered.
CONNECTIONS_PER_WORKER = 10_000
BACKLOG = 4_096
# How long a worker that was asked to stop may take to finish what it is doing.
STOP_SECONDS = 20
BUILT = Path(".web/build/client/index.html")


class NotBuilt(Exception):
    """There are no pages to serve."""


class PortTaken(Exception):
    """Nothing can listen there; the text says why in one line."""


def serve(host: str, port: int) -> None:
    """Run the server in production until it is told to stop (SIGTERM, SIGINT).

    A worker that dies is replaced; the others go on.

    Raises:
        PortTaken: something listens there already.
        NotBuilt: the pages were not built.
        SettingsError: a setting is missing or unsafe.
    """
    os.environ["REFLEX_ENV_MODE"] = "prod"
    settings = load_settings()
    _ensure_free(host, port)
    if not BUILT.exists():
        raise NotBuilt("there are no pages yet; build them: reflex export --frontend-only --no-zip")
    for name in ("SKIP_COMPILE", "MOUNT_FRONTEND_COMPILED_APP"):
        os.environ[f"__REFLEX_{name}"] = "true"
    # Otherwise it puts links to the pages' sources into this folder, which may be read-only.
    os.environ["REFLEX_BACKEND_ONLY"] = "true"

    # Each worker imports everything anew: the metrics of this process know of no other workers.
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
        backpressure=CONNECTIONS_PER_WORKER,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_dictconfig=server_log(as_json=settings.log_format == "json"),
    ).serve()


def _ensure_free(host: str, port: int) -> None:
    """Workers share their port, and would share it with a server that was forgotten there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise PortTaken(f"can't listen on {host}, port {port}: {why}") from error
