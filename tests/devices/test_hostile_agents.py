"""Whatever is sent costs little, raises nothing and misleads nobody."""

from __future__ import annotations

import random
import re
import time

import pytest

from sessions_dashboard.devices import MAX_USER_AGENT_LENGTH, clean_user_agent, describe

ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Mobile Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"

# Each repeats what a pattern could backtrack over.
REPEATED = [
    "a", "-", "a-", "1.", "(", "; ", "@a", "www.", "Safari/", "Browser/", "xBrowser", "FBAN/",
    "Android 9; ", "compatible;", "Mac OS X ", "Mozilla/5.0 (", "TAB", "x y ", "Tizen 1;", "é",
]  # fmt: skip


def test_control_and_format_characters_are_stripped() -> None:
    assert clean_user_agent("Chrome\u202e\u200b\x00\x1b[31m\ufeff on\r\n\tWindows") == (
        "Chrome[31m on Windows"
    )


def test_surrogates_are_stripped_so_that_the_text_can_be_encoded() -> None:
    assert clean_user_agent("a\ud800b\udfff").encode() == b"ab"


def test_white_space_is_collapsed() -> None:
    assert clean_user_agent("  a \u00a0\u2003 b  ") == "a b"


def test_the_length_is_bounded() -> None:
    assert len(clean_user_agent("x" * 100_000)) == MAX_USER_AGENT_LENGTH
    assert len(clean_user_agent("é\u202e" * 100_000)) <= MAX_USER_AGENT_LENGTH


def test_no_agent_is_an_empty_text() -> None:
    assert clean_user_agent(None) == clean_user_agent("") == clean_user_agent("\x00\u202e") == ""


@pytest.mark.parametrize(
    ("agent", "hints"),
    [
        ("evil.example/1.0", {}),
        ("Sign in at evil.example/1.0", {}),
        ("Your account is locked and all that is in it lost/1.0", {}),
        ("Call 0800 123 4567 now/1.0", {}),
        (ANDROID, {"sec-ch-ua": '"Go to evil.example";v="1"'}),
        (ANDROID, {"sec-ch-ua-platform": '"evil.example"'}),
        (ANDROID, {"sec-ch-ua-platform": '"Android"', "sec-ch-ua-model": '"Call +1 555 0100 123"'}),
        (ANDROID, {"sec-ch-ua-platform": '"Android"', "sec-ch-ua-model": '"Go evil.example"'}),
    ],
)
def test_a_label_is_a_name_and_no_message(agent: str, hints: dict[str, str]) -> None:
    """It stands in mails: anybody can have one sent to anybody by asking for a new password."""
    label = describe(agent, hints).label
    assert not re.search(r"evil|call|0800|555|account", label, re.IGNORECASE), label


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        ("node.js/20.1", "node.js (script)"),
        ("Go-http-client/2.0", "Go-http-client (script)"),
        ("python-requests/2.31", "python-requests (script)"),
    ],
)
def test_a_label_keeps_a_programs_own_name(agent: str, label: str) -> None:
    assert describe(agent).label == label


def test_a_bidirectional_override_reaches_no_field() -> None:
    device = describe("\u202e" + FIREFOX.replace("Firefox", "Fire\u2066fox"))
    assert device == describe(FIREFOX)


def test_the_tail_of_an_overlong_agent_changes_nothing() -> None:
    assert describe(FIREFOX + " " * 2000 + "curl/8") == describe(FIREFOX)


@pytest.mark.parametrize("part", REPEATED)
def test_a_hostile_agent_of_100_kilobytes_takes_milliseconds(part: str) -> None:
    describe("warm up")
    # Of this process alone: what else runs on the machine says nothing. One that backtracks takes
    # minutes.
    start = time.process_time()
    describe("Mozilla/5.0 " + part * (100_000 // len(part)))
    assert time.process_time() - start < 0.5


def test_random_bytes_raise_nothing() -> None:
    noise = random.Random(7)
    pieces = [
        *REPEATED,
        "iPhone",
        "Version/",
        "OS 1_1",
        "Chrome/",
        "wv)",
        "\x00",
        "²",
        "٣",
        "\ud800",
    ]
    for _ in range(1000):
        device = describe("".join(noise.choices(pieces, k=noise.randrange(1, 60))))
        assert device.label
        assert device.label.isprintable()
