"""The system's nginx with the project's own configuration, on free loopback ports."""

import getpass
import re
import shutil
import subprocess
import time
from pathlib import Path

import httpx

from tests.support.ports import free_port

HOW_TO_GET_IT = (
    "These tests start nginx, which was not found (Debian: apt-get install nginx-light)."
)
DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "nginx"
START_SECONDS = 10

# What a distribution's nginx.conf has around the files of conf.d.
MAIN = """
daemon off;
# The test's own folders are nobody else's to read.
user {user};
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 1024; }}
http {{
    types {{ text/html html; }}
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {included}
}}
"""


class Nginx:
    """Serves `sessions.conf` and `protected-site.conf`, with ports and paths of its own.

    The protected site once more, with an application instead of files: as its comments say.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.plain_port, self.site_port = free_port(), free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.site_url = f"https://127.0.0.1:{self.site_port}"
        guard_port, self.application_port = free_port(), free_port()
        self._ports = {
            "sessions": self.port,
            "protected-site": self.site_port,
            "protected-application": guard_port,
        }
        self.application_url = f"https://127.0.0.1:{guard_port}"
        self.site = folder / "site"
        self.site.mkdir()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, first_port: int, second_port: int) -> "Nginx":
        binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        assert binary is not None, HOW_TO_GET_IT
        certificate, key = self._make_certificate()
        changed = {
            "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
            "127.0.0.1:3001": f"127.0.0.1:{first_port}",
            "127.0.0.1:3002": f"127.0.0.1:{second_port}",
            "127.0.0.1:8080": f"127.0.0.1:{self.application_port}",
            "/var/log/nginx": str(self.folder),
            "/var/www/wiki": str(self.site),
            "/etc/ssl/sessions.example.com.pem": str(certificate),
            "/etc/ssl/sessions.example.com.key": str(key),
            "/etc/ssl/wiki.example.com.pem": str(certificate),
            "/etc/ssl/wiki.example.com.key": str(key),
        }
        included = []
        for name, port in self._ports.items():
            text = _configuration(name)
            for original, own in {
                **changed,
                "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
            }.items():
                text = text.replace(original, own)
            copy = self.folder / f"{name}.conf"
            copy.write_text(text)
            included.append(f"include {copy};")
        main = self.folder / "nginx.conf"
        main.write_text(
            MAIN.format(
                user=getpass.getuser(), folder=self.folder, included="\n    ".join(included)
            )
        )
        with (self.folder / "output.log").open("wb") as log:
            self._process = subprocess.Popen(
                [binary, "-c", str(main), "-p", str(self.folder)], stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "output.log").read_text()
            assert time.monotonic() < deadline, "nginx does not answer"
            time.sleep(0.02)
        return self

    def _make_certificate(self) -> tuple[Path, Path]:
        certificate, key = self.folder / "certificate.pem", self.folder / "key.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"),
                *("ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
                *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
                *("-keyout", str(key), "-out", str(certificate)),
            ],
            check=True,
            capture_output=True,
        )
        return certificate, key

    def _answers(self) -> bool:
        try:
            httpx.get(self.url + "/ping", verify=False, trust_env=False)
        except httpx.TransportError:
            return False
        return True

    def get(self, path: str, **headers: str) -> httpx.Response:
        """A request to the protected site."""
        with httpx.Client(verify=False, trust_env=False) as client:
            return client.get(self.site_url + path, headers=headers)

    def post(self, path: str, headers: list[tuple[str, str]]) -> httpx.Response:
        """A request to the protected application."""
        with httpx.Client(verify=False, trust_env=False) as client:
            return client.post(self.application_url + path, headers=headers)

    @property
    def log(self) -> list[str]:
        """What it wrote of requests, a line each."""
        return (self.folder / "access.log").read_text().splitlines()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None


def _configuration(name: str) -> str:
    if name != "protected-application":
        return (DEPLOY / f"{name}.conf").read_text()
    text = (DEPLOY / "protected-site.conf").read_text()
    # What stands before the server is there for both.
    server = text[text.index("\nserver {") :]
    server = re.sub(r"^ +root .*\n", "", server, flags=re.MULTILINE)
    return re.sub(r"^( +)#   (proxy_\w+ .*;)$", r"\1\2", server, flags=re.MULTILINE)
