"""Caddy and Traefik with what `docs/operations.md` says of them, on free loopback ports."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import httpx

from tests.support.ports import free_port

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
DASHBOARD, WIKI = "sessions.example.com", "wiki.example.com"
START_SECONDS = 20

# What stands around the documentation's blocks, and has nothing to do with the dashboard.
CADDY = """{{
	admin off
	http_port {plain_port}
	https_port {port}
	default_bind 127.0.0.1
	default_sni sessions.example.com
	local_certs
	skip_install_trust
	storage file_system {folder}/certificates
}}
"""
TRAEFIK = """
global: {{ checkNewVersion: false, sendAnonymousUsage: false }}
entryPoints:
  websecure: {{ address: "127.0.0.1:{port}" }}
providers:
  file: {{ directory: "{folder}/dynamic", watch: false }}
"""


class Proxy:
    """One that leads to two servers as the dashboard, and to a site that asks for its session."""

    name: str
    how_to_get_it: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self._plain_port = free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, servers: tuple[int, int], site: int) -> None:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        binary = shutil.which(self.name, path=path)
        assert binary is not None, self.how_to_get_it
        ports = {"3001": servers[0], "3002": servers[1], "8080": site}
        blocks = [
            re.sub(r"(?<=127\.0\.0\.1:)\d+", lambda found: str(ports[found[0]]), block)
            for block in self._documented()
        ]
        arguments = self._configure(blocks)
        with (self.folder / "output.log").open("wb") as log:
            self._process = subprocess.Popen(
                [binary, *arguments],
                stdout=log,
                stderr=log,
                env=os.environ | {"HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)},
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.02)

    def _documented(self) -> list[str]:
        """The documentation's blocks that are for this proxy: the dashboard's and the site's."""
        raise NotImplementedError

    def _configure(self, blocks: list[str]) -> list[str]:
        """Write the configuration, and say what to call the binary with."""
        raise NotImplementedError

    def _options(self, template: str) -> str:
        return template.format(folder=self.folder, port=self.port, plain_port=self._plain_port)

    def _answers(self) -> bool:
        try:
            return self.get(DASHBOARD, "/ping").status_code == 200
        except httpx.TransportError:
            return False

    def get(self, host: str, path: str, **headers: str) -> httpx.Response:
        with httpx.Client(verify=False, trust_env=False, timeout=START_SECONDS) as client:
            return client.get(self.url + path, headers={"Host": host, **headers})

    @property
    def log(self) -> str:
        return (self.folder / "output.log").read_text()

    def stop(self) -> None:
        if self._process is not None:
            # Asked to end, Traefik waits for open websockets.
            self._process.kill()
            self._process.wait()
            self._process = None


class Caddy(Proxy):
    name = "caddy"
    how_to_get_it = "These tests start Caddy, which was not found (Debian: apt-get install caddy)."

    def _documented(self) -> list[str]:
        return _blocks_with("reverse_proxy")

    def _configure(self, blocks: list[str]) -> list[str]:
        file = self.folder / "Caddyfile"
        file.write_text("\n".join([self._options(CADDY), *blocks]))
        return ["run", "--adapter", "caddyfile", "--config", str(file)]


class Traefik(Proxy):
    name = "traefik"
    how_to_get_it = (
        "These tests start Traefik, which was not found (pip install -r requirements.txt)."
    )

    def _documented(self) -> list[str]:
        return _blocks_with("routers:")

    def _configure(self, blocks: list[str]) -> list[str]:
        (self.folder / "dynamic").mkdir()
        for number, block in enumerate(blocks):
            (self.folder / "dynamic" / f"{number}.yaml").write_text(block)
        file = self.folder / "traefik.yaml"
        file.write_text(self._options(TRAEFIK))
        return [f"--configfile={file}"]


def _blocks_with(word: str) -> list[str]:
    fences = re.finditer(r"^( *)```\w*\n(.*?)^\1```", OPERATIONS.read_text(), re.M | re.S)
    found = [textwrap.dedent(fence[2]) for fence in fences if word in fence[2]]
    assert len(found) == 2, f"the documentation has {len(found)} blocks with {word}"
    return found
