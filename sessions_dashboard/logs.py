"""What the server writes: lines of text, or of JSON, each with the id of its request.

No line may hold a token, a cookie or a password: a line says what happened, and names people by
their public id or address at most.
"""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

# The id of the present request, in this log and in that of the proxy in front.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if name := request_id.get():
            line["request_id"] = name
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class TextLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        name = request_id.get()
        return f"{super().format(record)} [{name}]" if name else super().format(record)


def configure_logs(*, as_json: bool) -> None:
    """Write what this program and its libraries log to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else TextLines("%(levelname)s %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger("sessions_dashboard").setLevel(logging.INFO)


def server_log(*, as_json: bool) -> dict[str, Any] | None:
    """The same for the lines of the web server itself; None leaves them as they are."""
    if not as_json:
        return None
    json_lines = {"()": "sessions_dashboard.logs.JsonLines"}
    return {"formatters": {"generic": json_lines, "access": json_lines}}
