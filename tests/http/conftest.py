from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp

from sessions_dashboard.http.routes import all_routes
from sessions_dashboard.http.verify import VerifyFirst
from sessions_dashboard.runtime import Runtime
from sessions_dashboard.settings import Settings
from tests.support.servers import (
    HTTPS_URL,
    frail_server,
    https_server,
    mailbox,
    mailboxes,
    mailing_server,
    make_server,
    server,
    sign_up_server,
    sqlite_server,
)

__all__ = [
    "frail_server",
    "https_server",
    "mailbox",
    "mailboxes",
    "mailing_server",
    "make_server",
    "make_site",
    "server",
    "sign_up_server",
    "site",
    "sqlite_server",
]


# Every route that changes something, whichever are added.
UNSAFE = [
    route.path
    for route in all_routes(Runtime(Settings(_env_file=None, secret_key="k" * 32), ()))  # type: ignore[call-arg]
    if "POST" in (route.methods or ())
]


@dataclass(frozen=True)
class Site:
    """The routes in this process: for a look inside, and for settings that no server needs."""

    runtime: Runtime
    app: ASGIApp

    async def post(
        self, path: str, form: dict[str, str], address: str = "192.0.2.1", **headers: str
    ) -> httpx.Response:
        return await self.request(
            "POST", path, address, data=form, headers={"Origin": HTTPS_URL} | headers
        )

    async def request(
        self, method: str, path: str, address: str = "192.0.2.1", **options: object
    ) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app, client=(address, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url=HTTPS_URL) as client:
            return await client.request(method, path, **options)  # type: ignore[arg-type]


MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(database_url: str) -> Iterator[MakeSite]:
    made: list[Runtime] = []

    def make(**changed: object) -> Site:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            **{
                "secret_key": "k" * 32,
                "database_url": database_url,
                "public_url": HTTPS_URL,
                "reflex_env_mode": "prod",
                **changed,
            },
        )
        runtime = Runtime(settings, settings.allowed_origins())
        runtime.open()
        made.append(runtime)
        routes = Starlette(routes=all_routes(runtime))
        return Site(runtime, VerifyFirst(routes, runtime, headers=[]))

    yield make
    for runtime in made:
        runtime.database.close()


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    return make_site()
