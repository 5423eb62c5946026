"""The real server in a process of its own, without Node: `reflex run --env prod --backend-only`."""

import contextlib
import itertools
import os
import resource
import secrets
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import delete, select

from sessions_dashboard import sessions
from sessions_dashboard.accounts.models import users
from sessions_dashboard.accounts.users import create_user
from sessions_dashboard.database import Database
from sessions_dashboard.devices import describe
from sessions_dashboard.sessions import CookieSigner, RequestInfo
from sessions_dashboard.sessions.models import sessions as sessions_table
from sessions_dashboard.settings import Settings
from tests.support.event_socket import HYDRATE_AND_LOAD, TIMEOUT_SECONDS, Tab, event
from tests.support.people import BERLIN, POLICY, set_session, set_user
from tests.support.ports import free_port

T = TypeVar("T")

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
STOP_SECONDS = 20
PASSWORD = "correct horse battery staple"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
# What `reflex run` does once pages are built, with the server that it chooses.
SERVE = """
import sys
from reflex.utils.exec import run_granian_backend_prod
from reflex_base.constants import LogLevel
from reflex_base.environment import environment
environment.REFLEX_SKIP_COMPILE.set(True)
run_granian_backend_prod("127.0.0.1", int(sys.argv[1]), LogLevel.INFO)
"""
# RFC 2544's network: an address of its own for everybody who visits.
_addresses = (f"198.18.{high}.{low}" for high, low in itertools.product(range(256), range(1, 255)))


@cache
def password_hash() -> str:
    """Of `PASSWORD`, as cheap to check as can be: the parameters stand in the hash."""
    return Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@dataclass(frozen=True, slots=True)
class Account:
    id: int
    email: str


@dataclass(frozen=True, slots=True)
class Session:
    public_id: str
    token: str
    cookie: str
    ip_address: str


class DashboardServer:
    """A server with a folder, a database and a secret key of its own, on a free loopback port.

    Its visitors have addresses of their own, because it believes one proxy in front unless told
    otherwise.
    """

    def __init__(self, folder: Path, database_url: str, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = {
            "DATABASE_URL": database_url,
            "PUBLIC_URL": self.url,
            "SECRET_KEY": secrets.token_urlsafe(32),
            "TRUSTED_PROXY_HOPS": "1",
            "REFLEX_ENV_MODE": "prod",
            "GRANIAN_WORKERS": "1",
            **settings,
        }
        # What Python runs, as the server.
        self.command = ["-c", SERVE, str(self.port)]
        self.database = Database(database_url, pool_size=2)
        self.signer = CookieSigner(self.settings["SECRET_KEY"].split(","))
        # What must never stand in the log.
        self.secrets = {PASSWORD, *self.settings["SECRET_KEY"].split(",")}
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "server.log"
        self._names = itertools.count(1)
        # A connection for each request: none is half closed by the one before.
        self._transport = httpx.HTTPTransport(
            verify=False, limits=httpx.Limits(max_keepalive_connections=0)
        )
        # Reflex takes its configuration from the folder it is started in.
        for name in ("rxconfig.py", "sessions_dashboard", "assets"):
            if name == "assets":
                (folder / name).mkdir(exist_ok=True)
            else:
                (folder / name).symlink_to(PROJECT / name)

    def start(self) -> "DashboardServer":
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self.command],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=bare_environment() | self.settings,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"the server did not start:\n{self.log}")
            time.sleep(0.02)
        return self

    def _answers(self) -> bool:
        try:
            return self.request("GET", "/ping").status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """Ask it to end, as an operator does."""
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """Take it away without a word, workers and all."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    @property
    def running(self) -> bool:
        return self._process is not None

    def close(self) -> None:
        self.stop()
        self._transport.close()
        self.database.close()

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request; no cookie is kept and no redirect followed."""
        client = httpx.Client(
            transport=self._transport, base_url=self.url, trust_env=False, timeout=START_SECONDS
        )
        return client.request(method, path, **options)

    @property
    def memory(self) -> int:
        """What its processes hold, in bytes (Linux)."""
        assert self._process is not None
        pages = 0
        for status in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = status.read_text().rpartition(")")[2].split()
                if int(fields[2]) == self._process.pid:
                    pages += int(fields[21])
        return pages * resource.getpagesize()

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def secrets_in_log(self) -> list[str]:
        log = self.log
        return [secret for secret in self.secrets if secret in log]

    @property
    def cookie_name(self) -> str:
        return self._typed_settings.cookie_name

    @property
    def device_cookie_name(self) -> str:
        return self._typed_settings.device_cookie_name

    @property
    def _typed_settings(self) -> Settings:
        return Settings(
            _env_file=None, **{name.lower(): value for name, value in self.settings.items()}
        )

    def add_account(
        self, name: str = "", *, is_admin: bool = False, disabled: bool = False
    ) -> Account:
        """An account whose password is `PASSWORD`."""
        email = f"{name or 'person'}{next(self._names)}@example.com"

        def work(db: Any) -> int:
            user_id = create_user(db, email, password_hash(), now(), is_admin=is_admin)
            if disabled:
                set_user(db, user_id, disabled_at=now())
            return user_id

        return Account(self.database.write_here(work), email)

    def account_id(self, account: Account) -> str:
        """What tells the account apart in addresses."""
        query = select(users.c.public_id).where(users.c.id == account.id)
        with self.database.reading() as db:
            return str(db.execute(query).scalar_one())

    def add_session(
        self, account: Account, user_agent: str = CHROME, ip_address: str = ""
    ) -> Session:
        """A session as a sign-in makes it, without one."""
        ip_address = ip_address or f"2001:db8:5e55:{next(self._names):x}::1"
        request = RequestInfo(ip_address, user_agent, {})
        public_id, token = self.database.write_here(
            lambda db: sessions.start(
                db, account.id, request, describe(user_agent), BERLIN, POLICY, now()
            )
        )
        cookie = self.signer.sign(token)
        self.secrets |= {token, cookie}
        return Session(public_id, token, cookie, ip_address)

    def set_session(self, session: Session, **values: object) -> None:
        """Change the row directly, so that nothing is announced."""
        self.database.write_here(lambda db: set_session(db, session.public_id, **values))

    def set_account(self, account: Account, **values: object) -> None:
        """Change the row directly, so that nothing is announced."""
        self.database.write_here(lambda db: set_user(db, account.id, **values))

    def delete_session(self, session: Session) -> None:
        matching = sessions_table.c.public_id == session.public_id
        self.database.write_here(lambda db: db.execute(delete(sessions_table).where(matching)))

    def delete_account(self, account: Account) -> None:
        self.database.write_here(
            lambda db: db.execute(delete(users).where(users.c.id == account.id))
        )

    def wait_for(self, condition: Callable[[], T]) -> T:
        """The condition's value once it is true: what the server does by itself takes a moment."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not (value := condition()):
            assert time.monotonic() < deadline, f"it never came true:\n{self.log}"
            time.sleep(0.02)
        return value

    def visitor(
        self, session: Session | None = None, *, cookie: str | None = None, **options: Any
    ) -> "Visitor":
        return Visitor(self, session.cookie if session else cookie, **options)


@dataclass
class Visitor:
    """One browser. It keeps its cookies as a browser does, and says where it comes from."""

    server: DashboardServer
    cookie: str | None = None
    device_cookie: str | None = None
    user_agent: str = CHROME
    address: str = field(default_factory=lambda: next(_addresses))
    _tabs: list[Tab] = field(default_factory=list)

    def headers(self, **overrides: str | None) -> dict[str, str]:
        """What a browser sends with a form; None takes a header away."""
        headers: dict[str, str | None] = {
            "Origin": self.server.settings["PUBLIC_URL"],
            "User-Agent": self.user_agent,
            "X-Forwarded-For": self.address,
            "Cookie": "; ".join(self._cookies()) or None,
            **{name.replace("_", "-"): value for name, value in overrides.items()},
        }
        return {name: value for name, value in headers.items() if value is not None}

    def _cookies(self) -> list[str]:
        kept = {
            self.server.cookie_name: self.cookie,
            self.server.device_cookie_name: self.device_cookie,
        }
        return [f"{name}={value}" for name, value in kept.items() if value]

    def get(self, path: str, **headers: str | None) -> httpx.Response:
        return self.server.request("GET", path, headers=self.headers(Origin=None, **headers))

    def post(
        self,
        path: str,
        form: dict[str, str] | None = None,
        *,
        content: bytes | None = None,
        **headers: str | None,
    ) -> httpx.Response:
        body = {"content": content} if content is not None else {"data": form or {}}
        answer = self.server.request("POST", path, headers=self.headers(**headers), **body)
        self._keep_cookie(answer)
        return answer

    def _keep_cookie(self, answer: httpx.Response) -> None:
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            if name == self.server.cookie_name:
                self.cookie = value.strip('"') or None
            elif name == self.server.device_cookie_name:
                self.device_cookie = value.strip('"') or None
        for kept in (self.cookie, self.device_cookie):
            if kept:
                self.server.secrets |= {kept, kept.partition(".")[0]}

    def sign_in(self, email: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        return self.post("/auth/sign-in", {"email": email, "password": password, **more})

    def signed_in(self, account: Account) -> "Visitor":
        answer = self.sign_in(account.email)
        assert answer.status_code == 303, answer.text
        assert self.cookie is not None
        return self

    def signed_in_with(self, account: Account, password: str) -> bool:
        """Whether this password is the account's."""
        return self.sign_in(account.email, password).headers["location"].endswith("/devices")

    def verify(self) -> httpx.Response:
        return self.get("/auth/verify")

    @property
    def session_id(self) -> str:
        """The public id of the session that the cookie stands for."""
        return str(self.verify().json()["session"]["id"])

    def socket(self, client_token: str = "", **headers: str | None) -> Tab:
        """A websocket on which nothing was said yet, of a tab of its own unless it is named."""
        return self._socket(client_token, {}, headers)

    def socket_at(self, path: str, **headers: str | None) -> Tab:
        return self._socket("", {"path": path}, headers)

    def _socket(
        self, client_token: str, options: dict[str, Any], headers: dict[str, str | None]
    ) -> Tab:
        tab = Tab(
            self.server.url,
            list(self.headers(**headers).items()),
            client_token=client_token or str(uuid.uuid4()),
            **options,
        )
        self._tabs.append(tab)
        return tab

    def tab(self, page: str = "/devices", client_token: str = "") -> Tab:
        """A page that has connected and sent its first event."""
        return self.socket(client_token).connect(self.first_event(page))

    def first_event(self, page: str) -> dict[str, Any]:
        return event(HYDRATE_AND_LOAD, page=page)

    def page(self, page: str = "/devices", client_token: str = "") -> Tab:
        """A page that has loaded what it shows."""
        tab = self.tab(page, client_token)
        tab.wait_for_value("is_hydrated", lambda value: value is True)
        return tab

    def close(self) -> None:
        for tab in self._tabs:
            tab.close()


def now() -> datetime:
    return datetime.now(UTC)


def bare_environment() -> dict[str, str]:
    """This process's environment without anything that is a setting."""
    settings = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in os.environ.items() if name.upper() not in settings}
