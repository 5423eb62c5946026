"""What `docs/operations.md` and `deploy/` say, as far as it can be tried without a proxy."""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.support.ports import free_port
from tests.support.server import PROJECT, START_SECONDS, bare_environment

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


def test_nginx_in_compose_differs_in_where_its_servers_and_certificates_are_alone() -> None:
    """The tests run `sessions.conf`; the nginx of a distribution is too old for the other."""
    after = "# A websocket is passed on"
    parts = [
        (PROJECT / f"deploy/nginx/{name}.conf").read_text().partition(after)[2]
        for name in ("sessions", "compose")
    ]
    assert parts[0]
    assert parts[1].replace("/etc/ssl/sessions/", "/etc/ssl/") == parts[0]


def test_a_server_needs_what_the_image_has_and_writes_nothing_into_its_folder(
    tmp_path: Path,
) -> None:
    """The image's folder is another user's, and in compose read-only."""
    folder = tmp_path / "app"
    _copy_as_the_image_has_it(folder)
    before = sorted(folder.rglob("*"))
    port = str(free_port())
    settings = {
        "SECRET_KEY": "k" * 32,
        "PUBLIC_URL": f"http://localhost:{port}",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'sessions.db'}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with (tmp_path / "server.log").open("wb") as log:
        running = subprocess.Popen(
            [sys.executable, "-m", "sessions_dashboard", "serve", "--port", port],
            stdout=log,
            stderr=log,
            cwd=folder,
            env=bare_environment() | settings,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not (is_ready := _is_ready(port)) and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        running.terminate()
        running.wait()
    assert is_ready, (tmp_path / "server.log").read_text()
    assert sorted(folder.rglob("*")) == before


def _copy_as_the_image_has_it(folder: Path) -> None:
    last_stage = (PROJECT / "deploy/Dockerfile").read_text().rpartition("\nFROM ")[2]
    for sources, target in re.findall(r"^COPY (.*) (\S+)$", last_stage, re.MULTILINE):
        for source in sources.split():
            if (PROJECT / source).is_dir():
                shutil.copytree(PROJECT / source, folder / target)
            elif (PROJECT / source).is_file():
                folder.mkdir(exist_ok=True)
                shutil.copy(PROJECT / source, folder / target)
        if target.startswith(".web/"):
            (folder / target).mkdir(parents=True)
    # What building makes of pages.
    pages = folder / ".web/build/client"
    pages.mkdir()
    (pages / "index.html").write_text("")
    if (told := folder / ".web/backend").exists():
        (told / "stateful_pages.json").write_text("[]")


def _is_ready(port: str) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
