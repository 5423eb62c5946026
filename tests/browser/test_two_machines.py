"""Two servers behind nginx, as on two machines, in front of real browsers; one of them dies."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.dashboard import Dashboard, Person, serve_behind
from tests.browser.devices import (
    LINUX_FIREFOX,
    WINDOWS_CHROME,
    leaves_for_sign_in,
    other_devices,
    rename,
    revoke,
    settle,
    this_device,
)
from tests.support.nginx import Nginx
from tests.support.postgresql import PostgresqlServer
from tests.support.redis import RedisServer, binaries

RECONNECTED_MS = 20_000


@dataclass(frozen=True)
class Machines:
    servers: list[Dashboard]
    url: str
    browser: Browser

    def sign_in(self, person: Person, user_agent: str) -> Page:
        context = self.browser.new_context(user_agent=user_agent, ignore_https_errors=True)
        context.set_default_timeout(10_000)
        answer = context.request.post(
            f"{self.url}/auth/sign-in",
            form={"email": person.email, "password": person.password},
            max_redirects=0,
        )
        assert answer.headers["location"] == "/devices"
        return self.open(context.new_page())

    def open(self, page: Page) -> Page:
        page.goto(f"{self.url}/devices")
        settle(page)
        return page


@pytest.fixture
def machines(
    browser: Browser, built: Dashboard, postgresql_server: PostgresqlServer, tmp_path: Path
) -> Iterator[Machines]:
    database_url = postgresql_server.create_database()
    (tmp_path / "nginx").mkdir()
    with ExitStack() as stack:
        redis_server = RedisServer(binaries()[-1], tmp_path).start()
        stack.callback(redis_server.stop)
        nginx = Nginx(tmp_path / "nginx")
        settings = {"REDIS_URL": redis_server.url, "GRANIAN_WORKERS": "2"}
        servers = [
            stack.enter_context(
                serve_behind(nginx.url, built, tmp_path / name, database_url, **settings)
            )
            for name in ("first", "second")
        ]
        servers[0].add_person("first", is_admin=True)
        stack.callback(nginx.stop)
        nginx.start(*(server.port for server in servers))
        yield Machines(servers, nginx.url, browser)
        for context in browser.contexts:
            context.close()


def test_browsers_on_both_are_one_site_and_outlive_the_loss_of_one(machines: Machines) -> None:
    person = machines.servers[0].add_person("ada")
    on_windows = machines.sign_in(person, WINDOWS_CHROME)
    on_linux = machines.sign_in(person, LINUX_FIREFOX)
    # nginx shares connections out, so that of several tabs of each browser both servers have some.
    windows = [on_windows, *(machines.open(on_windows.context.new_page()) for _ in range(3))]
    linux = [on_linux, *(machines.open(on_linux.context.new_page()) for _ in range(3))]
    for page in windows:
        expect(other_devices(page)).to_have_count(1)

    machines.servers[1].kill()
    for page in windows:
        # A page notices, and connects to the other server by itself; it is still who it was.
        expect(page.get_by_role("status").filter(has_text="connection")).to_be_hidden(
            timeout=RECONNECTED_MS
        )
        expect(this_device(page)).to_contain_text("Chrome on Windows")
    rename(windows[0], "Chrome on Windows", "the tower")
    for page in linux:
        expect(other_devices(page)).to_contain_text("the tower", timeout=RECONNECTED_MS)

    revoke(windows[1], "Firefox on Linux")
    leaves_for_sign_in(*linux)
    for page in windows:
        expect(page.get_by_text("No other devices")).to_be_visible()
        assert page.context.request.get(f"{machines.url}/auth/verify").status == 200
