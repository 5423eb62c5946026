"""A production build of the project, and running servers of it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sessions_dashboard.accounts import users
from sessions_dashboard.database import Database
from sessions_dashboard.runtime import utc_now
from tests.support.server import PASSWORD, password_hash

ROOT = Path(__file__).parents[2]
# What a server needs; the rest of the working copy (a .env, a database, a key) stays out.
PROJECT = ("alembic", "alembic.ini", "assets", "reflex.lock", "rxconfig.py", "sessions_dashboard")
BUILD_SECONDS = 300
START_SECONDS = 60
STOP_SECONDS = 10
SECRET_KEY = "only the browser tests sign their cookies with this"
# 256 bits and a signature: what a cookie is.
SIGNED_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{20,}")
API_KEY = re.compile(r"sdk_[A-Za-z0-9_-]{43}")
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Person:
    """An account and how to sign in to it."""

    user_id: int
    email: str
    password: str = PASSWORD


class Dashboard:
    """A running server and its database."""

    def __init__(self, folder: Path, port: int, database_url: str) -> None:
        self.folder = folder
        self.port = port
        self.url = f"http://localhost:{port}"
        self.database = Database(database_url)
        self.log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def runs_as(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def kill(self) -> None:
        """Take the server away without a word, workers and all."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def add_person(self, name: str, *, is_admin: bool = False) -> Person:
        """Make an account: a name gets a number, so that every test has its own; or an address."""
        email = name if "@" in name else f"{name}-{next(_numbers)}@example.com"
        user_id = self.database.write_here(
            lambda db: users.create_user(db, email, password_hash(), utc_now(), is_admin=is_admin)
        )
        return Person(user_id, email)


@contextmanager
def built_and_run(folder: Path, database_url: str) -> Iterator[Dashboard]:
    """What an operator does: `reflex run --env prod` in a copy of the project."""
    _copy_project(ROOT, folder)
    port = _free_port()
    command = [
        *(sys.executable, "-m", "reflex", "run", "--env", "prod"),
        *("--frontend-port", str(port), "--backend-port", str(port)),
    ]
    with _serving(command, folder, port, database_url, BUILD_SECONDS) as dashboard:
        yield dashboard


@contextmanager
def run_again(
    built: Dashboard, folder: Path, database_url: str, **settings: str
) -> Iterator[Dashboard]:
    """Another server of the same build, with a database of its own.

    `reflex run` would build anew, so the application is started as Reflex itself starts it. The
    build knows its server's port, in one file: it is replaced there.
    """
    _copy_project(built.folder, folder)
    port = _free_port()
    pages = folder / ".web" / "build" / "client"
    shutil.copytree(built.folder / ".web" / "build" / "client", pages)
    _replace_port(pages / "assets", built.port, port)
    command = [
        *(sys.executable, "-m", "granian", "--interface", "asgi", "--factory"),
        *("--host", "127.0.0.1", "--port", str(port)),
        "sessions_dashboard.sessions_dashboard:app",
    ]
    extra = {
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        **settings,
    }
    with _serving(command, folder, port, database_url, START_SECONDS, extra) as dashboard:
        yield dashboard


@contextmanager
def serve_behind(
    url: str, built: Dashboard, folder: Path, database_url: str, port: int = 0, **settings: str
) -> Iterator[Dashboard]:
    """What an operator runs behind a proxy at `url`: `serve`, with pages that were built for it."""
    _copy_project(built.folder, folder)
    pages = folder / ".web" / "build" / "client"
    shutil.copytree(built.folder / ".web" / "build" / "client", pages)
    _replace_in_environment(pages / "assets", f"http://localhost:{built.port}", url)
    websocket = url.replace("http", "ws", 1)
    _replace_in_environment(pages / "assets", f"ws://localhost:{built.port}", websocket)
    port = port or _free_port()
    command = [*(sys.executable, "-m", "sessions_dashboard", "serve"), "--port", str(port)]
    extra = {"PUBLIC_URL": url, **settings}
    with _serving(command, folder, port, database_url, START_SECONDS, extra) as dashboard:
        yield dashboard


@contextmanager
def run_in_development(built: Dashboard, folder: Path, database_url: str) -> Iterator[Dashboard]:
    """`reflex run`, as a developer types it: pages and server on ports of their own, no secret."""
    _copy_project(built.folder, folder)
    # The pages' packages are there already: links to them take no time.
    packages = Path(".web") / "node_modules"
    shutil.copytree(
        built.folder / packages, folder / packages, copy_function=os.link, symlinks=True
    )
    port, server_port = _free_port(), _free_port()
    command = [
        *(sys.executable, "-m", "reflex", "run"),
        *("--frontend-port", str(port), "--backend-port", str(server_port)),
    ]
    extra = {"SECRET_KEY": ""}
    with _serving(
        command, folder, port, database_url, BUILD_SECONDS, extra, server_port
    ) as dashboard:
        yield dashboard


def _copy_project(original: Path, folder: Path) -> None:
    unwanted = shutil.ignore_patterns("__pycache__", "external")
    for name in PROJECT:
        source = original / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=unwanted)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / name)


def _replace_port(assets: Path, old: int, new: int) -> None:
    _replace_in_environment(assets, f"localhost:{old}", f"localhost:{new}")


def _replace_in_environment(assets: Path, old: str, new: str) -> None:
    [file] = assets.glob("reflex-env-*.js")
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    # What was compressed before it still says the old one; it is sent as it is then.
    for suffix in ("br", "gz"):
        file.with_name(f"{file.name}.{suffix}").unlink(missing_ok=True)


@contextmanager
def _serving(
    command: list[str],
    folder: Path,
    port: int,
    database_url: str,
    seconds: float,
    extra: dict[str, str] | None = None,
    server_port: int | None = None,
) -> Iterator[Dashboard]:
    dashboard = Dashboard(folder, port, database_url)
    with dashboard.log.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(dashboard.url, database_url) | (extra or {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # A group of its own: Node and the workers are stopped with it.
            start_new_session=True,
        )
    dashboard.runs_as(process)
    try:
        _wait_until_up(process, dashboard, f"http://localhost:{server_port or port}", seconds)
        yield dashboard
    finally:
        _stop(process)
        dashboard.database.close()
    _assert_no_secret(dashboard.log.read_text(errors="replace"))


def _assert_no_secret(log: str) -> None:
    assert PASSWORD not in log, "a password stands in the server's log"
    assert SECRET_KEY not in log, "the key stands in the server's log"
    assert SIGNED_TOKEN.search(log) is None, "a cookie stands in the server's log"
    assert API_KEY.search(log) is None, "an API key stands in the server's log"


def _environment(url: str, database_url: str) -> dict[str, str]:
    ours = re.compile("SESSIONS_|(__)?REFLEX_|SECRET_KEY$|PUBLIC_URL$|DATABASE_URL$|REDIS_URL$")
    inherited = {name: value for name, value in os.environ.items() if not ours.match(name)}
    return inherited | {
        "SECRET_KEY": SECRET_KEY,
        "PUBLIC_URL": url,
        "DATABASE_URL": database_url,
        # Every device of the tests says in X-Forwarded-For where it is.
        "TRUSTED_PROXY_HOPS": "1",
        "SESSIONS_MAX_ANONYMOUS_SOCKETS": "500",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "PYTHONUNBUFFERED": "1",
    }


def _wait_until_up(
    process: subprocess.Popen[bytes], dashboard: Dashboard, server: str, seconds: float
) -> None:
    pause = threading.Event()
    for _try in range(int(seconds / 0.1)):
        if process.poll() is not None:
            break
        try:
            for address in (f"{server}/healthz", f"{dashboard.url}/signin"):
                urllib.request.urlopen(address, timeout=5).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pause.wait(0.1)
        else:
            return
    log = dashboard.log.read_text(errors="replace")[-4000:]
    raise RuntimeError(f"the server did not start: {' '.join(process.args)}\n{log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    except ProcessLookupError:
        return
    with suppress(ProcessLookupError):
        # Whoever of the group is left, with or without its leader.
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
