"""Devices for a program that reads lines: user agents in, JSON Lines out."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict

from sessions_dashboard.devices.describe import describe


def describe_lines(lines: Iterable[str]) -> Iterator[str]:
    """One JSON object (without its line break) for each line, in order, whatever the line holds.

    A line is a user agent, or a JSON object with `ua` and, if there are any, `headers`: the
    client hints. An object that can't be read as such gives an unknown device and an `error`.
    """
    for line in lines:
        yield json.dumps(_describe_line(line.strip()))


def _describe_line(line: str) -> dict[str, object]:
    if not line.startswith("{"):
        return asdict(describe(line))
    try:
        user_agent, headers = _read(line)
    except (ValueError, RecursionError) as error:
        return asdict(describe(None)) | {"error": str(error)}
    return asdict(describe(user_agent, headers))


def _read(line: str) -> tuple[str | None, Mapping[str, str] | None]:
    row = json.loads(line)
    if "ua" not in row:
        raise ValueError("the object has no 'ua'")
    user_agent, headers = row["ua"], row.get("headers")
    if not isinstance(user_agent, str | None):
        raise ValueError("'ua' is not text")
    if not isinstance(headers, dict | None):
        raise ValueError("'headers' is not an object")
    return user_agent, headers
