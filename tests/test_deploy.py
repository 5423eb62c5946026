"""What `docs/operations.md` and `deploy/` say, as far as it can be tried without a proxy."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import PROJECT, bare_environment

OPERATIONS = (PROJECT / "docs/operations.md").read_text()


def test_the_block_for_one_server_works_as_it_stands(tmp_path: Path) -> None:
    """All but installing and building: `serve` has every setting, and misses the pages alone."""
    block = OPERATIONS.partition("## One server")[2].partition("```sh\n")[2].partition("```")[0]
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "-c", "pip() { :; }\nreflex() { :; }\n" + block],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=bare_environment() | {"PYTHONPATH": str(PROJECT), "PATH": path},
        timeout=60,
    )
    assert done.stderr.startswith("error: there are no pages yet"), done.stderr
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("{session}", ""),
        ("{session}; theme=dark", "theme=dark"),
        ("theme=dark; {session}", "theme=dark; "),
        ("theme=dark; {session}; lang=de", "theme=dark; lang=de"),
        ("theme=dark;{session};lang=de", "theme=dark;lang=de"),
        ("a=1; {session}; {plain}; b=2; {session}; c=3", "a=1; b=2; c=3"),
        ("xsession_token=1; {session}; my__Host-session_token=2; session_token_b=3",) * 2,
        ("note=session_token=1; {session}; a=b=; empty=",) * 2,
    ],
)
def test_caddy_takes_the_sessions_cookie_alone(sent: str, seen: str) -> None:
    found = re.search(r'header_up Cookie "(.*)" "(.*)"', OPERATIONS)
    assert found is not None
    pattern, replacement = found[1], found[2].replace("$1", r"\1")
    line = sent.format(session="__Host-session_token=SECRET", plain="session_token=SECRET")
    assert re.sub(pattern, replacement, line) == seen.replace("{session}; ", "")


def test_nginx_in_compose_differs_in_where_its_servers_and_certificates_are_alone() -> None:
    """The tests run `sessions.conf`; the nginx of a distribution is too old for the other."""
    after = "# A websocket is passed on"
    parts = [
        (PROJECT / f"deploy/nginx/{name}.conf").read_text().partition(after)[2]
        for name in ("sessions", "compose")
    ]
    assert parts[0]
    assert parts[1].replace("/etc/ssl/sessions/", "/etc/ssl/") == parts[0]
