"""Measure `GET /auth/verify`, which a proxy asks before every request to a site behind it.

    python benchmarks/verify.py [--databases sqlite postgresql]

Each contender is one worker of the same web server (granian). Beside the dashboard stand a bare
Starlette route that answers with as many bytes, and a Django view that answers who is signed in,
from Django's database-backed session on a database of the same kind. On PostgreSQL there is also
better-auth's `getSession` on Node, on a database of the same server. `wrk` keeps a number of
connections busy; the contenders take turns, and the median of the rounds is shown.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.ports import free_port  # noqa: E402
from tests.support.postgresql import running_server  # noqa: E402
from tests.support.server import DashboardServer  # noqa: E402

DASHBOARD, BARE, DJANGO = "GET /auth/verify", "a bare Starlette route", "Django session and user"
BETTER_AUTH = "better-auth, getSession"
KEY = "a key for measuring, of more than 32 bytes"

BARE_PROGRAM = """
import json, sys
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

ANSWER = json.load(open("answer.json"))

async def answer(request):
    return JSONResponse(ANSWER)

app = Starlette(routes=[Route("/auth/verify", answer)])
"""

DJANGO_PROGRAM = """
import json, sys
import django
from django.conf import settings
settings.configure(
    SECRET_KEY="%(key)s", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, USE_TZ=True,
    DATABASES=json.load(open("databases.json")),
    INSTALLED_APPS=[
        "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.db",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

def answer(request):
    user = request.user
    if not user.is_authenticated:
        return JsonResponse({"error": "not_signed_in"}, status=401)
    return JsonResponse({"user": {"id": user.pk, "email": user.email}})

urlpatterns = [path("auth/verify", answer)]
app = get_wsgi_application()

if __name__ == "__main__":
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    call_command("migrate", verbosity=0)
    user = User.objects.create_user("user", "user@example.com", "password")
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    print(store.session_key)
"""

# npm's own files; what they need stands in the lock that npm writes.
BETTER_AUTH_PACKAGES = {
    "private": True,
    "type": "module",
    "dependencies": {"better-auth": "1.7.25", "pg": "8.23.1"},
}
BETTER_AUTH_PROGRAM = """
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import pg from "pg";

const [databaseUrl, port] = process.argv.slice(2);
const options = {
  baseURL: `http://127.0.0.1:${port}`,
  secret: "%(key)s",
  database: new pg.Pool({ connectionString: databaseUrl }),
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
};
await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);
const { headers } = await auth.api.signUpEmail({
  body: { name: "user", email: "user@example.com", password: "correct horse battery" },
  returnHeaders: true,
});
const cookie = headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");

createServer(async (request, response) => {
  const asked = new Headers({ cookie: request.headers.cookie ?? "" });
  const found = await auth.api.getSession({ headers: asked });
  response.writeHead(found ? 200 : 401, { "content-type": "application/json" });
  response.end(JSON.stringify(found ?? { error: "not_signed_in" }));
}).listen(Number(port), "127.0.0.1", () => console.log(cookie));
"""


@dataclass(frozen=True, slots=True)
class Target:
    url: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Speed:
    per_second: float
    median_ms: float
    p99_ms: float


@contextmanager
def program(folder: Path, text: str, interface: str) -> Iterator[str]:
    """A program's text as a server of its own; its address."""
    (folder / "program.py").write_text(text)
    port = free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", interface, "--no-ws"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "1", "program:app"),
    ]
    with (folder / "program.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx.get(address + "/", trust_env=False)
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline, (folder / "program.log").read_text()
                time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait()


def dashboard(folder: Path, database_url: str, stack: ExitStack) -> tuple[Target, object]:
    server = DashboardServer(folder, database_url, TRUSTED_PROXY_HOPS="0").start()
    stack.callback(server.close)
    server.add_account(is_admin=True)
    session = server.add_session(server.add_account())
    cookie = f"{server.cookie_name}={session.cookie}"
    answer = server.request("GET", "/auth/verify", headers={"Cookie": cookie})
    return Target(server.url, cookie), answer.json()


def django_settings(kind: str, folder: Path, url: str) -> dict[str, object]:
    if kind == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(folder / "django.db"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {"init_command": "PRAGMA journal_mode = WAL"},
        }
    parts = psycopg.conninfo.conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts["dbname"],
        "USER": parts["user"],
        "PASSWORD": parts["password"],
        "HOST": parts["host"],
        "PORT": parts["port"],
        "CONN_MAX_AGE": None,
    }


def django(folder: Path, kind: str, url: str, stack: ExitStack) -> Target:
    settings = {"default": django_settings(kind, folder, url)}
    (folder / "databases.json").write_text(json.dumps(settings))
    text = DJANGO_PROGRAM % {"key": KEY}
    (folder / "program.py").write_text(text)
    made = subprocess.run(
        [sys.executable, "program.py"], cwd=folder, capture_output=True, text=True, check=True
    )
    address = stack.enter_context(program(folder, text, "wsgi"))
    return Target(address, f"sessionid={made.stdout.strip()}")


def better_auth(folder: Path, url: str, stack: ExitStack) -> Target:
    """Node and npm come with the requirements; npm fetches the packages."""
    folder.mkdir()
    (folder / "package.json").write_text(json.dumps(BETTER_AUTH_PACKAGES))
    (folder / "program.js").write_text(BETTER_AUTH_PROGRAM % {"key": KEY})
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": tools, "NODE_ENV": "production"}
    install = ["npm", "install", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(install, cwd=folder, env=environment, check=True)
    port = free_port()
    parts = psycopg.conninfo.conninfo_to_dict(url)
    database_url = "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**parts)
    with (folder / "program.log").open("wb") as log:
        process = subprocess.Popen(
            ["node", "program.js", database_url, str(port)],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    stack.callback(process.wait)
    stack.callback(process.terminate)
    assert process.stdout is not None
    cookie = process.stdout.readline().strip()
    assert cookie, (folder / "program.log").read_text()
    return Target(f"http://127.0.0.1:{port}", cookie)


def bare(folder: Path, answer: object, stack: ExitStack) -> Target:
    (folder / "answer.json").write_text(json.dumps(answer))
    return Target(stack.enter_context(program(folder, BARE_PROGRAM, "asgi")), "none=")


def measure(target: Target, seconds: int, connections: int) -> Speed:
    answer = httpx.get(
        target.url + "/auth/verify", headers={"Cookie": target.cookie}, trust_env=False
    )
    assert answer.status_code == 200, answer.text
    done = subprocess.run(
        [
            *("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"),
            *("-H", f"Cookie: {target.cookie}", target.url + "/auth/verify"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Non-2xx" not in done.stdout, done.stdout
    return Speed(
        float(re.findall(r"Requests/sec:\s+([\d.]+)", done.stdout)[0]),
        *(_milliseconds(done.stdout, part) for part in ("50%", "99%")),
    )


def _milliseconds(text: str, part: str) -> float:
    [(number, unit)] = re.findall(rf"{part}\s+([\d.]+)(us|ms|s)\b", text)
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def show(kind: str, connections: int, taken: dict[str, list[Speed]]) -> None:
    medians = {
        name: [statistics.median(getattr(one, field) for one in speeds) for field in FIELDS]
        for name, speeds in taken.items()
    }
    print(f"\n{kind}, {connections} connections")
    print(f"{'':28}{'a second':>10}{'median ms':>11}{'99 % ms':>9}{'x bare':>8}{'x Django':>10}")
    for name, (per_second, median, p99) in medians.items():
        of_bare, of_django = (per_second / medians[one][0] for one in (BARE, DJANGO))
        print(f"{name:28}{per_second:10.0f}{median:11.2f}{p99:9.2f}{of_bare:8.2f}{of_django:10.2f}")


FIELDS = ("per_second", "median_ms", "p99_ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument(
        "--better-auth",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="measure better-auth on Node as well, which npm fetches",
    )
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("error: this needs wrk (Debian: apt-get install wrk)")
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    for kind in options.databases:
        with ExitStack() as stack:
            root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sessions-bench-")))
            folders = {name: root / name for name in ("dashboard", "bare", "django")}
            for folder in folders.values():
                folder.mkdir()
            urls = [f"sqlite:///{root / 'ours.db'}", ""]
            if kind == "postgresql":
                server = stack.enter_context(running_server(durable=True))
                urls = [server.create_database(), server.create_database()]
            ours, answer = dashboard(folders["dashboard"], urls[0], stack)
            targets = {
                DASHBOARD: ours,
                BARE: bare(folders["bare"], answer, stack),
                DJANGO: django(folders["django"], kind, urls[1], stack),
            }
            if kind == "postgresql" and options.better_auth:
                targets[BETTER_AUTH] = better_auth(
                    root / "better-auth", server.create_database(), stack
                )
            taken: dict[str, list[Speed]] = {name: [] for name in targets}
            # The first round warms up, and is not counted.
            for number in range(options.rounds + 1):
                for name in random.sample(list(targets), len(targets)):
                    speed = measure(targets[name], options.seconds, options.connections)
                    if number:
                        taken[name].append(speed)
            show(kind, options.connections, taken)


if __name__ == "__main__":
    main()
