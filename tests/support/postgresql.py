"""A private PostgreSQL server from the system's binaries, for as long as the tests run."""

import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.support.ports import free_port

HOW_TO_GET_IT = (
    "These tests run on PostgreSQL too and start a private server from its binaries, "
    "but found no initdb and postgres. Install them (Debian and Ubuntu: apt-get install "
    "postgresql; Fedora: dnf install postgresql-server; macOS: brew install postgresql) "
    "or put their folder in PATH."
)
START_ATTEMPTS = 5
START_SECONDS = 30
# Quicker, where nothing has to outlive the run.
QUICK = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "deadlock_timeout=100ms",
)


class PostgresqlMissing(Exception):
    """No server binaries were found; the text says how to get them."""


class PostgresqlServer:
    """A server on a free loopback port; its own password and its data in a folder.

    In a folder that was a server's before it goes on with what that one left.
    """

    def __init__(self, binaries: Path, folder: Path, *, durable: bool = False) -> None:
        self._binaries = binaries
        self._data = folder / "data"
        self._log = folder / "server.log"
        self._password_file = folder / "password"
        self._password = ""
        self._identity = _unprivileged()
        self._options = ["unix_socket_directories=", "max_connections=200"]
        if not durable:
            self._options += QUICK
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._made = 0
        if "user" in self._identity:
            os.chown(folder, self._identity["user"], self._identity["group"])

    def start(self) -> None:
        if not self._password_file.exists():
            self._password_file.touch(mode=0o600)
            self._password_file.write_text(secrets.token_urlsafe(16))
            self._run_initdb()
        self._password = self._password_file.read_text()
        for _attempt in range(START_ATTEMPTS):
            self._port = free_port()
            if self._serve():
                return
        raise RuntimeError(f"PostgreSQL did not start:\n{self._log.read_text()[-2000:]}")

    def restart(self) -> None:
        self.stop()
        self.start_again()

    def start_again(self) -> None:
        """On the same port, with the same data."""
        assert self._serve(), self._log.read_text()[-2000:]

    def stop(self) -> None:
        if self._process is None:
            return
        # Asks for a fast shutdown, which cuts open connections.
        self._process.send_signal(2)
        try:
            self._process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def create_database(self, template: str | None = None) -> str:
        """Make a database, empty or a copy of the one at the URL `template`; returns its URL."""
        self._made += 1
        name = f"test_{self._made}"
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            original = sql.Identifier(template.rpartition("/")[2])
            statement += sql.SQL(" TEMPLATE {}").format(original)
        with self._as_owner() as connection:
            connection.execute(statement)
        return self._url(name)

    def database_named(self, name: str) -> str:
        """The URL of a database, made if there is none of that name."""
        with self._as_owner() as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,))
            if found.fetchone() is None:
                made = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
                connection.execute(made)
        return self._url(name)

    def drop_database(self, url: str) -> None:
        name = sql.Identifier(url.rpartition("/")[2])
        with self._as_owner() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def _url(self, name: str) -> str:
        return f"postgresql://postgres:{self._password}@127.0.0.1:{self._port}/{name}"

    def _as_owner(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._url("postgres"), autocommit=True, connect_timeout=5)

    def _run_initdb(self) -> None:
        if "user" in self._identity:
            os.chown(self._password_file, self._identity["user"], self._identity["group"])
        made = subprocess.run(
            [
                *(self._binaries / "initdb", "-D", self._data, "--no-sync", "-U", "postgres"),
                *("--auth=scram-sha-256", f"--pwfile={self._password_file}"),
                *("--encoding=UTF8", "--locale=C.UTF-8"),
            ],
            capture_output=True,
            text=True,
            cwd=self._data.parent,
            **self._identity,
        )
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed:\n{made.stderr}")

    def _serve(self) -> bool:
        """Start the server; False when it gave up, because the port was taken say."""
        options = [part for option in self._options for part in ("-c", option)]
        with self._log.open("wb") as log:
            process = subprocess.Popen(
                [
                    *(self._binaries / "postgres", "-D", self._data),
                    *("-h", "127.0.0.1", "-p", str(self._port), *options),
                ],
                stdout=log,
                stderr=log,
                cwd=self._data.parent,
                **self._identity,
            )
        self._process = process
        waited = threading.Event()
        for _try in range(START_SECONDS * 50):
            try:
                self._as_owner().close()
                return True
            except psycopg.OperationalError:
                if process.poll() is not None:
                    return False
                waited.wait(0.02)
        self.stop()
        return False


@contextmanager
def running_server(
    *, durable: bool = False, folder: Path | None = None
) -> Iterator[PostgresqlServer]:
    """A started server, stopped at the end.

    Args:
        durable: keep a commit safe against a power cut, as a real server does; for measuring.
        folder: where its data is kept; without, it is gone at the end.

    Raises:
        PostgresqlMissing: the system has no server binaries.
    """
    binaries = find_binaries()
    with ExitStack() as stack:
        if folder is None:
            temporary = tempfile.TemporaryDirectory(prefix="sessions-postgresql-")
            folder = Path(stack.enter_context(temporary))
        server = PostgresqlServer(binaries, folder, durable=durable)
        stack.callback(server.stop)
        server.start()
        yield server


def find_binaries() -> Path:
    for folder in _candidates():
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    raise PostgresqlMissing(HOW_TO_GET_IT)


def _candidates() -> Iterator[Path]:
    on_path = shutil.which("initdb")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(versions, key=lambda folder: _number(folder.parent.name), reverse=True)
    if shutil.which("pg_config") is not None:
        answer = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True)
        yield Path(answer.stdout.strip())


def _number(version: str) -> float:
    found = re.match(r"\d+(\.\d+)?", version)
    return float(found.group()) if found else 0.0


def _unprivileged() -> dict[str, Any]:
    """Whom the server runs as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL can't run as root, and there is no user postgres or nobody.")
