"""Cron expressions: what they mean, and what is none."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sessions_dashboard.settings.cron import cron
from tests.support.server import DashboardServer, bare_environment

SATURDAY = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


class TestExpressions:
    @pytest.mark.parametrize(
        ("weekdays", "days"),
        [
            ("0", "Sun"),
            ("7", "Sun"),
            ("1", "Mon"),
            ("6", "Sat"),
            ("sun", "Sun"),
            ("1-5", "Mon Tue Wed Thu Fri"),
            ("5-7", "Sun Fri Sat"),
            ("0-2", "Sun Mon Tue"),
            ("0-6", "Sun Mon Tue Wed Thu Fri Sat"),
            ("mon-fri", "Mon Tue Wed Thu Fri"),
            ("*/2", "Sun Tue Thu Sat"),
            ("1-5/2", "Mon Wed Fri"),
            ("1,3,sat", "Mon Wed Sat"),
            ("*", "Sun Mon Tue Wed Thu Fri Sat"),
        ],
    )
    def test_weekdays_count_from_sunday_as_in_crontab(self, weekdays: str, days: str) -> None:
        """The scheduler underneath counts from Monday: 0 was a day late."""
        trigger = cron(f"0 3 * * {weekdays}")
        trigger.timezone = ZoneInfo("UTC")
        week = [SATURDAY + timedelta(days=1 + day) for day in range(7)]
        fires = [
            day.strftime("%a")
            for day in week
            if trigger.get_next_fire_time(None, day.replace(hour=0)).date() == day.date()
        ]
        assert " ".join(fires) == days

    @pytest.mark.parametrize(
        "expression",
        ["", "x", "0 3 * *", "0 3 * * * *", "60 * * * *", "0 24 * * *", "0 3 * * 8", "0 3 * * 5-2"]
        + ["@daily", "0 3 * * 1/0", "0 3 30 2 *", "0 3 31 4 *", "\n", "0 3 * * ;"],
    )
    def test_what_is_none_or_never_comes_is_refused_in_one_line(self, expression: str) -> None:
        with pytest.raises(ValueError, match="cron expression|never comes") as refused:
            cron(expression)
        assert "Traceback" not in str(refused.value)

    @pytest.mark.parametrize("expression", ["every day", "0 3 30 2 *"])
    def test_the_operator_reads_it_in_one_line_when_the_server_starts(
        self, tmp_path: Path, expression: str
    ) -> None:
        server = DashboardServer(
            tmp_path,
            f"sqlite:///{tmp_path / 'sessions.db'}",
            SESSIONS_CLEANUP_SCHEDULE=expression,
        )
        server.close()
        started = subprocess.run(
            [sys.executable, "-m", "reflex", "run", "--env", "prod"],
            cwd=tmp_path,
            env=bare_environment() | server.settings,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert started.returncode == 1
        assert started.stderr.startswith(f'error: SESSIONS_CLEANUP_SCHEDULE: "{expression}"')
        assert started.stderr.count("\n") == 1
