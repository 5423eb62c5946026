"""What Prometheus reads at `/metrics`, added up over all workers of one server.

With several workers the values are kept in files of one folder, which PROMETHEUS_MULTIPROC_DIR
names. The variable has to be set before this module is imported.
"""

import os
from collections import Counter as Tally
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from sessions_dashboard.metrics_folder import VARIABLE

_registry = CollectorRegistry()
_events = Counter(
    "sessions_dashboard_events",
    "Lines of the security history: sign-ins by outcome, ends by reason and the rest.",
    ("kind", "reason"),
    registry=_registry,
)
throttled = Counter(
    "sessions_dashboard_sign_ins_throttled",
    "Passwords that were not looked at, because too many before them were wrong.",
    registry=_registry,
)
resumes = Counter(
    "sessions_dashboard_resumes",
    "Cookies that were turned into a session, or were not.",
    ("outcome",),
    registry=_registry,
)
revoke_to_cut = Histogram(
    "sessions_dashboard_revoke_to_cut_seconds",
    "From the end of a session until one of its open pages was sent away.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30),
    registry=_registry,
)
cleaned_up = Counter(
    "sessions_dashboard_cleanup_rows",
    "Rows that the clean-up deleted.",
    registry=_registry,
)
open_pages = Gauge(
    "sessions_dashboard_open_pages",
    "Pages that hold a connection.",
    multiprocess_mode="livesum",
    registry=_registry,
)


def count_events(happened: Tally[tuple[str, str]]) -> None:
    """Count lines of the history, by kind and reason, once they are committed."""
    for (kind, reason), number in happened.items():
        _events.labels(kind, reason).inc(number)


class _Facts(Collector):
    """Values of one answer. A gauge would keep them in the workers' folder and repeat them."""

    def __init__(self, facts: Iterable[tuple[str, str, float]]) -> None:
        self._facts = list(facts)

    def collect(self) -> Iterable[Metric]:
        return [GaugeMetricFamily(name, text, value=value) for name, text, value in self._facts]


def exposition(facts: Iterable[tuple[str, str, float]]) -> bytes:
    """All metrics as Prometheus reads them.

    Args:
        facts: name, help text and value of what was looked up for this answer alone.
    """
    looked_up = CollectorRegistry()
    looked_up.register(_Facts(facts))
    shared = _registry
    folder = os.environ.get(VARIABLE)
    if folder is not None:
        _forget_the_dead(Path(folder))
        shared = CollectorRegistry()
        MultiProcessCollector(shared, folder)  # type: ignore[no-untyped-call]
    return generate_latest(shared) + generate_latest(looked_up)


def _forget_the_dead(folder: Path) -> None:
    """A worker that was killed holds no page any more."""
    for file in folder.glob("gauge_live*_*.db"):
        number = int(file.stem.rpartition("_")[2])
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            mark_process_dead(number, str(folder))  # type: ignore[no-untyped-call]
        except PermissionError:
            continue
