"""A cookie that comes from somewhere else: over HTTP, as the policy says."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from sessions_dashboard.accounts import passwords, users
from sessions_dashboard.sessions.policy import Reaction
from tests.http.conftest import HTTPS_URL, MakeSite, Site
from tests.support.people import NOW
from tests.support.server import CHROME, FIREFOX, PASSWORD, password_hash

HOME, ELSEWHERE = "192.0.2.1", "203.0.113.5"
JSON = {"Accept": "application/json"}


class Browser:
    def __init__(self, site: Site, **rules: Reaction) -> None:
        self.site = site
        site.runtime.policy = replace(site.runtime.policy, **rules)
        site.runtime.database.write_here(
            lambda db: users.create_user(db, "ada@example.com", password_hash(), NOW)
        )
        form = {"email": "ada@example.com", "password": PASSWORD}
        answer = asyncio.run(site.post("/auth/sign-in", form, HOME, **{"User-Agent": CHROME}))
        self.keep(answer)

    def keep(self, answer: httpx.Response) -> None:
        self.cookie = answer.headers["set-cookie"].partition(";")[0]

    def headers(self, user_agent: str, **more: str) -> dict[str, str]:
        return {"User-Agent": user_agent, "Cookie": self.cookie, "Origin": HTTPS_URL} | more

    def verify(self, address: str = HOME, user_agent: str = CHROME, **more: str) -> httpx.Response:
        headers = self.headers(user_agent, **more)
        return asyncio.run(self.site.request("GET", "/auth/verify", address, headers=headers))

    def post(self, path: str, form: dict[str, str], address: str) -> httpx.Response:
        headers = self.headers(CHROME, **JSON)
        return asyncio.run(self.site.request("POST", path, address, data=form, headers=headers))


def test_another_network_ends_the_session_where_the_policy_says_so(site: Site) -> None:
    browser = Browser(site, ip_binding=Reaction.END)
    assert browser.verify("192.0.2.99").status_code == 200
    assert browser.verify("::ffff:192.0.2.1").status_code == 200
    assert browser.verify(ELSEWHERE).status_code == 401
    assert browser.verify(HOME).status_code == 401


def test_another_browser_ends_the_session_where_the_policy_says_so(site: Site) -> None:
    browser = Browser(site, user_agent_binding=Reaction.END)
    assert browser.verify(ELSEWHERE).status_code == 200
    assert browser.verify(ELSEWHERE, FIREFOX).status_code == 401
    assert browser.verify(ELSEWHERE).status_code == 401


def test_neither_ends_anything_by_default(site: Site) -> None:
    browser = Browser(site)
    assert browser.verify(ELSEWHERE, FIREFOX).status_code == 200


def test_a_forged_forwarded_address_changes_nothing(site: Site) -> None:
    browser = Browser(site, ip_binding=Reaction.END)
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP"):
        assert browser.verify(HOME, **{name: ELSEWHERE}).status_code == 200
    # Nor does it hide where a thief is.
    assert browser.verify(ELSEWHERE, **{"X-Forwarded-For": HOME}).status_code == 401


def test_behind_a_proxy_the_address_is_the_one_that_it_saw(make_site: MakeSite) -> None:
    browser = Browser(make_site(trusted_proxy_hops=1), ip_binding=Reaction.END)
    proxy = "10.0.0.1"
    # At sign-in no proxy had written anything, so that its own address counted.
    assert browser.verify(proxy, **{"X-Forwarded-For": HOME}).status_code == 200
    assert browser.verify(proxy, **{"X-Forwarded-For": f"{HOME}, {ELSEWHERE}"}).status_code == 401


class TestThePasswordAskedForAgain:
    @pytest.fixture
    def browser(self, site: Site) -> Browser:
        browser = Browser(site, ip_binding=Reaction.STEP_UP)
        assert browser.verify(ELSEWHERE).json() == {"error": "password_needed"}
        return browser

    def test_stands_before_everything(self, browser: Browser) -> None:
        assert browser.verify(HOME).status_code == 401
        form = {"current_password": PASSWORD, "new_password": "a quite unlikely passphrase"}
        refused = browser.post("/auth/password", form, HOME)
        assert (refused.status_code, refused.json()["error"]) == (401, "password_needed")

    def test_is_answered_by_it_alone(self, browser: Browser) -> None:
        wrong = browser.post("/auth/confirm", {"password": "wrong"}, ELSEWHERE)
        assert wrong.status_code == 401
        assert browser.verify(ELSEWHERE).status_code == 401

        right = browser.post("/auth/confirm", {"password": PASSWORD}, ELSEWHERE)
        browser.keep(right)
        assert browser.verify(ELSEWHERE).status_code == 200
        # Where the password was given is the place to be now.
        assert browser.verify(HOME).status_code == 401

    def test_can_not_be_guessed_from_ever_other_addresses(
        self, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever has a copy of the cookie has a network of machines, too."""
        monkeypatch.setattr(passwords, "verify_password", lambda *_: False)
        answers = [
            browser.post("/auth/confirm", {"password": "wrong"}, f"198.51.100.{number}")
            for number in range(25)
        ]
        assert [answer.status_code for answer in answers] == [401] * 20 + [429] * 5
        # It keeps nobody out who signs in.
        monkeypatch.undo()
        form = {"email": "ada@example.com", "password": PASSWORD}
        answer = asyncio.run(browser.site.post("/auth/sign-in", form, HOME, **JSON))
        assert answer.status_code == 200

    def test_lets_a_person_sign_out(self, browser: Browser) -> None:
        assert browser.post("/auth/sign-out", {}, ELSEWHERE).status_code == 200
