"""Measure device names against a corpus of real user agents, stock `user-agents` beside ours.

    python benchmarks/device_names.py [CORPUS] [--part all|train|held-out] [--misses WHAT]

CORPUS is a JSON Lines file of rows with ``source``, ``ua``, ``headers``, ``browser``, ``os`` and
``device`` (null where the source doesn't say). The rules were written while looking at the rows of
the ``train`` part; the ``held-out`` third is there to see whether they hold elsewhere.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import user_agents

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sessions_dashboard.devices import DeviceKind, describe  # noqa: E402

DEFAULT_CORPUS = ROOT.parent / "shared" / "corpora" / "user_agents.jsonl"
QUESTIONS = ("browser", "os", "device")

# The corpus has one short name for what sources and parsers call differently.
BROWSER_NAMES = {
    "amazon silk": "silk",
    "android": "android browser",
    "android webview": "webview",
    "chrome mobile": "chrome",
    "chrome mobile ios": "chrome",
    "chrome mobile webview": "webview",
    "chromium": "chrome",
    "edge mobile": "edge",
    "facebook messenger": "messenger",
    "firefox ios": "firefox",
    "firefox mobile": "firefox",
    "google": "gsa",
    "google app": "gsa",
    "headlesschrome": "chrome",
    "ie mobile": "ie",
    "internet explorer": "ie",
    "mobile safari": "safari",
    "mobile safari ui/wkwebview": "webview",
    "opera gx": "opera",
    "opera mini": "opera",
    "opera mobile": "opera",
    "opera touch": "opera",
    "qq browser mobile": "qq",
    "samsung internet": "samsung",
    "uc browser": "uc",
    "yandex browser": "yandex",
    "yandexsearch": "yandex",
}
OS_NAMES = {
    "arch linux": "linux",
    "centos": "linux",
    "chrome os": "chromeos",
    "debian": "linux",
    "fedora": "linux",
    "fire os": "android",
    "ipados": "ios",
    "mac os x": "macos",
    "ubuntu": "linux",
    "web0s": "webos",
    "windows mobile": "winmobile",
    "windows phone": "winmobile",
}


@dataclass(frozen=True)
class Answer:
    browser: str | None
    os: str | None
    device: str | None
    automaton: bool


def main() -> None:
    options = parse_arguments()
    if not options.corpus.is_file():
        sys.exit(f"no corpus at {options.corpus}: nothing was measured")
    rows = list(read_rows(options.corpus, options.part))
    if options.misses:
        print_misses(rows, options.misses)
        return
    print(f"{len(rows)} rows ({options.part}) of {options.corpus}\n")
    for name, parse in (("stock user-agents", ask_stock), ("ours", ask_ours)):
        report(name, rows, parse)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("corpus", nargs="?", type=Path, default=DEFAULT_CORPUS)
    parser.add_argument("--part", choices=("all", "train", "held-out"), default="all")
    parser.add_argument("--misses", choices=(*QUESTIONS, "bots", "people"))
    return parser.parse_args()


def read_rows(corpus: Path, part: str) -> Iterator[dict[str, Any]]:
    with corpus.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            held_out = zlib.crc32(row["ua"].encode(errors="replace")) % 3 == 0
            if part == "all" or held_out == (part == "held-out"):
                yield row


def ask_stock(row: dict[str, Any]) -> Answer:
    agent = user_agents.parse(row["ua"])
    kinds = (("tablet", agent.is_tablet), ("phone", agent.is_mobile), ("desktop", agent.is_pc))
    device = next((kind for kind, found in kinds if found), None)
    return Answer(agent.browser.family, agent.os.family, device, agent.is_bot)


def ask_ours(row: dict[str, Any]) -> Answer:
    device = describe(row["ua"], row["headers"])
    automaton = device.bot or device.kind is DeviceKind.SCRIPT
    return Answer(device.browser, device.os, device.kind.value, automaton)


def holds_bots(row: dict[str, Any]) -> bool:
    return row["source"].endswith("-bot") or row["source"] == "crawler-ua"


def is_script(row: dict[str, Any]) -> bool:
    """A program by its source's own word: who calls it one wrongs nobody."""
    return bool(row["browser"] == "http library")


def is_right(question: str, row: dict[str, Any], answer: Answer) -> bool:
    said = getattr(answer, question)
    if question == "browser":
        return same(row["browser"], said, BROWSER_NAMES)
    if question == "os":
        return same(row["os"], said, OS_NAMES)
    return bool(row["device"] == said)


def same(truth: str, said: str | None, names: dict[str, str]) -> bool:
    said = (said or "").lower()
    return bare(names.get(said, said)) == bare(truth)


def bare(name: str) -> str:
    return re.sub(r"[^a-z0-9+]|browser$", "", name)


def report(
    name: str, rows: list[dict[str, Any]], parse: Callable[[dict[str, Any]], Answer]
) -> None:
    right: dict[str, Counter[str]] = defaultdict(Counter)
    asked: dict[str, Counter[str]] = defaultdict(Counter)
    parse(rows[0])
    start = time.perf_counter()
    answers = [parse(row) for row in rows]
    microseconds = (time.perf_counter() - start) / len(rows) * 1e6
    for row, answer in zip(rows, answers, strict=True):
        for source in (row["source"], "all"):
            for question, verdict in verdicts(row, answer):
                asked[source][question] += 1
                right[source][question] += verdict
    columns = (*QUESTIONS, "bots found", "scripts found", "people wronged")
    print(f"{name}: {microseconds:.0f} us a parse")
    print(f"  {'source':14}" + "".join(f"{column:>22}" for column in columns))
    for source in sorted(asked, key=lambda source: (source == "all", source)):
        cells = (cell(right[source][column], asked[source][column]) for column in columns)
        print(f"  {source:14}" + "".join(f"{text:>22}" for text in cells))
    print()


def verdicts(row: dict[str, Any], answer: Answer) -> Iterable[tuple[str, bool]]:
    if holds_bots(row):
        yield "bots found", answer.automaton
        return
    yield "scripts found" if is_script(row) else "people wronged", answer.automaton
    for question in QUESTIONS:
        if row[question] is not None:
            yield question, is_right(question, row, answer)


def cell(right: int, asked: int) -> str:
    return f"{100 * right / asked:.2f} % ({right}/{asked})" if asked else "-"


def print_misses(rows: list[dict[str, Any]], what: str) -> None:
    for row in rows:
        answer = ask_ours(row)
        if what in ("bots", "people"):
            automaton = holds_bots(row) or is_script(row)
            if automaton == (what == "bots") and answer.automaton != automaton:
                print(row["source"], row["browser"], row["ua"], sep=" | ")
        elif not holds_bots(row) and row[what] is not None and not is_right(what, row, answer):
            print(row["source"], row[what], getattr(answer, what), row["ua"], sep=" | ")


if __name__ == "__main__":
    main()
