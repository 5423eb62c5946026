"""A line in gives a line out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sessions_dashboard.devices.stream import describe_lines

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
KEYS = {"browser", "browser_version", "os", "os_version", "kind", "bot", "label"}


def answer(line: str) -> dict[str, Any]:
    (out,) = describe_lines([line])
    assert "\n" not in out
    row: dict[str, Any] = json.loads(out)
    return row


def test_a_plain_line_is_a_user_agent() -> None:
    row = answer(FIREFOX + "\r\n")
    assert row.keys() == KEYS
    assert (row["label"], row["kind"], row["bot"]) == ("Firefox on Linux", "desktop", False)


def test_an_object_may_carry_client_hints() -> None:
    headers = {"sec-ch-ua-platform": "Windows", "sec-ch-ua-platform-version": "15"}
    row = answer(json.dumps({"ua": FIREFOX, "headers": headers}))
    assert (row["os"], row["os_version"]) == ("Windows", "11")
    assert answer(json.dumps({"ua": FIREFOX, "headers": None}))["os"] == "Linux"


def test_lines_keep_their_order_and_number() -> None:
    rows = [json.loads(out) for out in describe_lines(["curl/8.0", "", FIREFOX, "{", "wget/1.2"])]
    assert [row["label"] for row in rows] == [
        "curl (script)", "Unknown device", "Firefox on Linux", "Unknown device", "wget (script)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    ["{", "{}", '{"ua": 5}', '{"ua": "x", "headers": []}', '{"a":' * 50_000, '{"ua": "x"} y'],
)
def test_an_object_that_cannot_be_read_says_so_and_keeps_all_keys(line: str) -> None:
    row = answer(line)
    assert row.keys() == KEYS | {"error"}
    assert row["label"] == "Unknown device"
