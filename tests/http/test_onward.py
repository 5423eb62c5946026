"""The way back to a protected site: to hosts that get the session's cookie anyhow, to no other."""

import asyncio
from collections.abc import Iterable
from html import escape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sessions_dashboard.accounts.users import create_user
from sessions_dashboard.http.content_security import ContentSecurity
from sessions_dashboard.http.onward import is_trusted, trusted_sites
from sessions_dashboard.http.rounds import ROUNDS
from sessions_dashboard.settings import Settings
from sessions_dashboard.words import http as words
from tests.http.conftest import MakeSite, Site
from tests.support.people import NOW
from tests.support.server import PASSWORD, password_hash
from tests.support.servers import HTTPS_URL

SITE = "https://wiki.example.com"
TRUSTED = (
    SITE,
    "https://example.com/",
    f"{SITE}:8443/page",
    f"{SITE}/page?a=1&b=2&to=3",
    f"{SITE}/%C3%A9?q=%2F",
    "HTTPS://WIKI.EXAMPLE.COM/",
    "https://a.b.example.com?x",
)
NOT_TRUSTED = (
    "",
    "/devices",
    "//wiki.example.com",
    "http://wiki.example.com/",
    "https://evil.example",
    "https://evilexample.com",
    "https://example.com.evil.example",
    "https://wiki.example.com@evil.example/",
    "https://user:word@wiki.example.com/",
    "https://evil.example/.wiki.example.com",
    "https://evil.example\\.wiki.example.com",
    "https://evil.example#.example.com",
    "https://evil.example?.example.com",
    "https:wiki.example.com",
    "https:/wiki.example.com",
    "https:///wiki.example.com",
    "https://.example.com.",
    "https://wiki.example.com\t.evil.example",
    "https://wiki.example.com:99999999@evil.example",
    "javascript://wiki.example.com/%0aalert(1)",
    f"{SITE}/\\evil",
    f"{SITE}/a b",
    f"{SITE}/é",
    f"{SITE}:\u0663/",
)


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    return make_site(sessions_cookie_domain="example.com")


def onward(site: Site, address: str, cookie: str = "") -> httpx.Response:
    url = httpx.URL(HTTPS_URL).copy_with(raw_path=f"/auth/onward?to={address}".encode())
    return asyncio.run(site.request("GET", str(url), headers={"Cookie": cookie} if cookie else {}))


def sign_in(site: Site, onward_to: str) -> httpx.Response:
    form = {"email": "ada@example.com", "password": PASSWORD, "next": onward_to}
    return asyncio.run(site.post("/auth/sign-in", form))


def cookie_of(answer: httpx.Response) -> str:
    [cookie] = [one for one in answer.headers.get_list("set-cookie") if "session_token=" in one]
    return cookie.partition(";")[0]


@pytest.fixture
def cookie(site: Site) -> str:
    with site.runtime.database.begin() as db:
        create_user(db, "ada@example.com", password_hash(), NOW)
    return cookie_of(sign_in(site, ""))


def trusts(address: str) -> bool:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        secret_key="k" * 32,
        public_url=HTTPS_URL,
        sessions_cookie_domain="Example.com",
    )
    return is_trusted(address, settings)


@pytest.mark.parametrize("address", TRUSTED)
def test_hosts_under_the_domain_of_the_cookie_are_trusted(address: str) -> None:
    assert trusts(address)


@pytest.mark.parametrize("address", NOT_TRUSTED)
def test_no_other_is(address: str) -> None:
    assert not trusts(address)


def test_a_signed_in_browser_goes_where_it_was_going_and_nowhere_else(
    site: Site, cookie: str
) -> None:
    address = f"{SITE}/page?a=1&b=2"
    answer = onward(site, address, cookie)
    assert (answer.status_code, answer.headers["location"]) == (303, address)
    assert answer.headers["cache-control"] == "no-store"
    for held in ("", cookie):
        assert onward(site, "https://evil.example/", held).headers["location"] == "/devices"


def test_without_a_domain_for_the_cookie_no_other_site_is_trusted(make_site: MakeSite) -> None:
    site = make_site()
    assert onward(site, SITE).headers["location"] == "/devices"
    own = onward(site, f"{HTTPS_URL}/wiki/page")
    assert own.headers["location"].startswith("/signin?next=%2Fauth%2Fonward")
    assert trusted_sites(site.runtime.settings) == ()
    assert "form-action 'self';" in ContentSecurity(None, ()).policy("/signin")


def test_over_the_sign_in_page_one_comes_back_to_the_very_address(site: Site, cookie: str) -> None:
    address = f"{SITE}/search?q=a%26b&page=2&next=/devices"
    first = onward(site, address)
    assert first.headers["location"].startswith("/signin?next=%2Fauth%2Fonward")
    [next_path] = parse_qs(urlsplit(first.headers["location"]).query)["next"]
    signed_in = sign_in(site, next_path)
    assert signed_in.headers["location"] == f"{HTTPS_URL}{next_path}"
    again = onward(site, next_path.partition("to=")[2], cookie_of(signed_in))
    assert again.headers["location"] == address


def test_an_address_too_long_to_be_kept_leads_to_the_dashboard(site: Site) -> None:
    assert onward(site, f"{SITE}/{'a' * 2_000}").headers["location"] == "/signin"


class TestASiteThatSendsASignedInBrowserBack:
    """As one does that keeps a cookie of the session's name: two of one name are none."""

    def follow(self, site: Site, cookie: str, addresses: Iterable[str]) -> list[httpx.Response]:
        """As a browser does, that shows the cookies it was given."""
        answers, jar = [], dict([cookie.split("=", 1)])
        for address in addresses:
            line = "; ".join(f"{name}={value}" for name, value in jar.items())
            answer = onward(site, address, line)
            jar |= answer.cookies
            for name in [name for name in jar if f'{name}=""; ' in str(answer.headers)]:
                del jar[name]
            answers.append(answer)
        return answers

    def test_is_told_of_before_the_browser_gives_up_and_can_be_tried_again(
        self, site: Site, cookie: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        address = f"{SITE}:8443/page?a=1&b='"
        *on, told, again = self.follow(site, cookie, [address] * (ROUNDS + 2))
        assert [answer.headers.get("location") for answer in (*on, again)] == [address] * 4
        # Chromium and Firefox follow twenty redirects, of which a round takes two.
        assert 2 * len(on) < 20
        assert (told.status_code, told.headers["cache-control"]) == (409, "no-store")
        assert escape(words.sent_back("wiki.example.com:8443", "session_token")) in told.text
        assert f'href="{escape(address)}"' in told.text
        assert "wiki.example.com" in caplog.text
        assert "SESSIONS_COOKIE_NAME" in caplog.text

    def test_is_not_one_of_several_that_are_opened_at_once(self, site: Site, cookie: str) -> None:
        pages = [f"{SITE}/{number}" for number in range(3)] * ROUNDS
        assert {one.status_code for one in self.follow(site, cookie, pages)} == {303}

    def test_nothing_that_a_browser_makes_up_is_counted(self, site: Site, cookie: str) -> None:
        for made_up in ("", "x", "9" * 5_000, "9.", "-1.x", "٣." + "0" * 32):
            line = f"{cookie}; __Host-onward={made_up}".encode("latin-1", "replace").decode()
            assert onward(site, SITE, line).status_code == 303


def test_a_form_may_lead_to_the_sites_that_are_trusted(site: Site) -> None:
    sites = trusted_sites(site.runtime.settings)
    policy = ContentSecurity(None, (), sites).policy("/signin")
    assert "form-action 'self' https://example.com:* https://*.example.com:*;" in policy
