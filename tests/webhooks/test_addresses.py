"""Which addresses may be told: nothing inside, unless that is allowed."""

import asyncio
import ipaddress
import socket
import threading
from typing import Any

import pytest

from sessions_dashboard.sessions.webhook_urls import (
    InvalidUrl,
    UrlProblem,
    checked_url,
    may_be_called,
)
from sessions_dashboard.webhooks.posting import Poster

PUBLIC = ("93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822")
PRIVATE = (
    "127.0.0.1",
    "127.9.9.9",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "::1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
)
NEVER = (
    "0.0.0.0",
    "169.254.169.254",
    "fe80::1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "224.0.0.1",
    "ff02::1",
    "::",
    # Translators of one's own read the IPv4 address from any place in these (RFC 8215).
    "64:ff9b:1:7f00:0:100:808:808",
    "64:ff9b:1::808:808",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "fec0::1",
    # Clouds' metadata services that are not link-local.
    "fd00:ec2::254",
    "168.63.129.16",
    "100.100.100.200",
    "::ffff:168.63.129.16",
)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet_may_be_told(address: str) -> None:
    assert may_be_called(ipaddress.ip_address(address), allow_private=False)


@pytest.mark.parametrize("address", [*PRIVATE, "100.64.0.1", *NEVER])
def test_nothing_inside_may_be_told(address: str) -> None:
    assert not may_be_called(ipaddress.ip_address(address), allow_private=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_inside_may_be_told_where_that_is_allowed(address: str) -> None:
    assert may_be_called(ipaddress.ip_address(address), allow_private=True)


@pytest.mark.parametrize("address", NEVER)
def test_metadata_services_and_groups_never_are(address: str) -> None:
    assert not may_be_called(ipaddress.ip_address(address), allow_private=True)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com/",
        "https://",
        "https://user:password@example.com/",
        "https://example.com/#part",
        "https://example.com:99999/",
        "https://[::1/",
        "https://exa mple.com/",
        "https://example.com/\r\nX: y",
        "https://exämple.com/",
        "https://example.com/" + "x" * 500,
        "javascript:alert(1)",
        "\ud800",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrl) as refused:
        checked_url(url, allow_private=True)
    assert refused.value.problem is UrlProblem.NOT_AN_ADDRESS


@pytest.mark.parametrize("url", ["http://example.com/", "http://93.184.216.34/"])
def test_only_https_leaves_the_machine(url: str) -> None:
    for allow_private in (True, False):
        with pytest.raises(InvalidUrl) as refused:
            checked_url(url, allow_private=allow_private)
        assert refused.value.problem is UrlProblem.NOT_HTTPS
    with pytest.raises(InvalidUrl):
        checked_url("http://10.0.0.1/", allow_private=True)


@pytest.mark.parametrize(
    "url", ["http://localhost:8000/", "http://127.0.0.1/x", "http://[::1]:9/", "https://localhost/"]
)
def test_this_machine_may_be_told_where_that_is_allowed(url: str) -> None:
    assert checked_url(url, allow_private=True) == url
    with pytest.raises(InvalidUrl) as refused:
        checked_url(url, allow_private=False)
    assert refused.value.problem is UrlProblem.PRIVATE


def test_an_address_is_kept_as_it_was_written() -> None:
    assert checked_url(" https://example.com/a?b=c ", allow_private=False) == (
        "https://example.com/a?b=c"
    )


def test_a_name_server_that_says_nothing_holds_nobody_else_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Passwords are hashed in the threads in which names are looked up by default."""
    silent = threading.Event()

    def look_up(*_arguments: Any, **_options: Any) -> Any:
        silent.wait(20)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    async def story() -> None:
        poster = Poster(allow_private=False)
        told = [
            asyncio.create_task(poster.post(f"https://{number}.example/", "{}", {}))
            for number in range(80)
        ]
        await asyncio.sleep(0.1)
        try:
            await asyncio.wait_for(asyncio.to_thread(lambda: None), 5)
        finally:
            silent.set()
            await asyncio.gather(*told)
            await poster.close()

    asyncio.run(story())
