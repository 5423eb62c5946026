"""A private Redis or Valkey server from the system's binaries, that a test may take away."""

import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

import redis

from tests.support.ports import free_port

HOW_TO_GET_IT = (
    "These tests start a private server from the binary redis-server, which was not found "
    "(Debian and Ubuntu: apt-get install redis-server; Fedora: dnf install redis; "
    "macOS: brew install redis)."
)
START_SECONDS = 10


def binaries() -> list[str]:
    """What the system has: Redis, Valkey or both; Redis is missed where it is not there."""
    found = [name for name in ("redis-server", "valkey-server") if shutil.which(name)]
    return found or ["redis-server"]


class RedisMissing(Exception):
    """No server binary was found; the text says how to get one."""


class RedisServer:
    """On a port of its own for as long as it lives, with a password, keeping nothing on disk."""

    def __init__(self, binary: str, folder: Path) -> None:
        path = shutil.which(binary)
        if path is None:
            raise RedisMissing(HOW_TO_GET_IT)
        self._binary = path
        self._folder = folder
        self.password = secrets.token_urlsafe(16)
        self.port = free_port()
        scheme = binary.removesuffix("-server")
        self.url = f"{scheme}://:{self.password}@127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "RedisServer":
        options = {
            "port": self.port,
            "bind": "127.0.0.1",
            "save": "",
            "appendonly": "no",
            "dir": self._folder,
            "requirepass": self.password,
        }
        arguments = [str(part) for name, value in options.items() for part in (f"--{name}", value)]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen([self._binary, *arguments], stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, "the Redis server did not start"
            assert time.monotonic() < deadline, "the Redis server does not answer"
            time.sleep(0.02)
        return self

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, password=self.password, socket_timeout=1)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None

    def hang(self) -> None:
        """It takes connections and says nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    @property
    def running(self) -> bool:
        return self._process is not None

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def cut(self) -> None:
        """Close everybody's connection, and live on."""
        with self.client() as client:
            for kind in ("normal", "pubsub"):
                client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
