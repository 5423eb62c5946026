"""The rules hold on real agents, where the corpus is at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sessions_dashboard.devices import DeviceKind, describe

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "user_agents.jsonl"
AUTOMATA = {DeviceKind.BOT, DeviceKind.SCRIPT}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    if not CORPUS.is_file():
        pytest.skip(f"the corpus of user agents is not at {CORPUS}: only our own cases were run")
    return [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]


def holds_bots(row: dict[str, Any]) -> bool:
    return row["source"].endswith("-bot") or row["source"] == "crawler-ua"


def test_at_least_97_of_100_robots_and_scripts_are_found(rows: list[dict[str, Any]]) -> None:
    bots = [row for row in rows if holds_bots(row)]
    found = sum(describe(row["ua"]).kind in AUTOMATA for row in bots)
    assert found / len(bots) >= 0.97


def test_at_most_1_person_in_1000_is_taken_for_a_robot(rows: list[dict[str, Any]]) -> None:
    # The corpus has HTTP libraries among them, under that name; we call them scripts.
    people = [row for row in rows if not holds_bots(row) and row["browser"] != "http library"]
    wronged = [row["ua"] for row in people if describe(row["ua"], row["headers"]).kind in AUTOMATA]
    assert len(wronged) / len(people) <= 0.001, wronged


def test_real_traffic_gets_the_right_kind_of_device_and_system(rows: list[dict[str, Any]]) -> None:
    names = {"iPadOS": "ios"}
    traffic = [row for row in rows if row["source"] == "intoli"]
    for row in traffic:
        device = describe(row["ua"])
        system = names.get(device.os or "", (device.os or "").lower())
        assert (device.kind, system) == (row["device"], row["os"]), row["ua"]


def test_no_frozen_version_is_shown(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        device = describe(row["ua"])
        frozen = (("Windows NT 10.0", "Windows"), ("Mac OS X 10_15_7", "macOS"))
        if any(sign in row["ua"] and device.os == system for sign, system in frozen):
            assert device.os_version is None, row["ua"]
