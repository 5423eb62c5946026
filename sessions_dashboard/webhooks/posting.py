"""One try to tell an address of an event, with everything bounded that it could do to us."""

import asyncio
import ipaddress
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from sessions_dashboard.devices.cleaning import clean_text
from sessions_dashboard.sessions.deliveries import Failure, Outcome
from sessions_dashboard.sessions.webhook_models import MAX_ANSWER_LENGTH
from sessions_dashboard.sessions.webhook_urls import may_be_called

CONNECT_SECONDS = 5
# How long a try may take; well below the time that a delivery is claimed for.
TRY_SECONDS = 15
# How much of an answer is read, for the log.
ANSWER_BYTES = 2_000
# How many addresses of one name are tried.
MAX_ADDRESSES = 3
# How many names are looked up at once; a silent name server occupies one for a while.
LOOK_UPS = 16
USER_AGENT = "sessions-dashboard-webhooks/1"


class AddressRefused(Exception):
    """The name leads to an address that must not be called."""


class Poster:
    """Posts without following redirects, through no proxy, over a connection for each try.

    The name is looked up here and the address dialled, so that what was checked is what is called:
    a name server that answers differently the second time gets nowhere. Connections are not kept,
    since one that was made for a name must not carry what is meant for another name on that
    address.
    """

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        # Threads of their own, as the event loop's hash passwords.
        self._look_ups = ThreadPoolExecutor(LOOK_UPS, "webhook-names")
        self._client = httpx.AsyncClient(
            verify=httpx.create_ssl_context(),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(TRY_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def close(self) -> None:
        await self._client.aclose()
        self._look_ups.shutdown(wait=False, cancel_futures=True)

    async def post(self, url: str, body: str, headers: dict[str, str]) -> Outcome:
        began = time.monotonic()
        status, answer = None, None
        try:
            async with asyncio.timeout(TRY_SECONDS):
                status, answer = await self._post(httpx.URL(url), body, headers)
            failure = None if 200 <= status < 300 else Failure.STATUS
        except AddressRefused:
            failure = Failure.ADDRESS
        except (TimeoutError, httpx.TimeoutException):
            failure = Failure.TIMEOUT
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            failure = Failure.TLS if _is_about_tls(error) else Failure.UNREACHABLE
        took_ms = int((time.monotonic() - began) * 1000)
        return Outcome(failure, status, answer, took_ms)

    async def _post(self, url: httpx.URL, body: str, headers: dict[str, str]) -> tuple[int, str]:
        addresses = await self._addresses(url)
        for address in addresses[:-1]:
            try:
                return await self._post_to(address, url, body, headers)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._post_to(addresses[-1], url, body, headers)

    async def _addresses(self, url: httpx.URL) -> list[str]:
        found = await asyncio.get_running_loop().run_in_executor(self._look_ups, _look_up, url)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        for address in addresses:
            if not may_be_called(ipaddress.ip_address(address), allow_private=self._allow_private):
                raise AddressRefused
        if not addresses:
            raise OSError
        return addresses[:MAX_ADDRESSES]

    async def _post_to(
        self, address: str, url: httpx.URL, body: str, headers: dict[str, str]
    ) -> tuple[int, str]:
        request = self._client.build_request(
            "POST",
            url.copy_with(host=address),
            content=body.encode(),
            headers={
                "Content-Type": "application/json",
                "User-Agent": USER_AGENT,
                # Nothing that could be small in transit and large here.
                "Accept-Encoding": "identity",
                "Host": url.netloc.decode(),
                **headers,
            },
            # The certificate has to be valid for the name.
            extensions={"sni_hostname": url.host},
        )
        response = await self._client.send(request, stream=True)
        try:
            return response.status_code, await _beginning(response)
        finally:
            await response.aclose()


def _look_up(url: httpx.URL) -> list[Any]:
    return socket.getaddrinfo(url.host, url.port or url.scheme, type=socket.SOCK_STREAM)


async def _beginning(response: httpx.Response) -> str:
    read = b""
    async for part in response.aiter_raw(ANSWER_BYTES):
        read += part
        if len(read) >= ANSWER_BYTES:
            break
    return clean_text(read[:ANSWER_BYTES].decode(errors="replace"), MAX_ANSWER_LENGTH)


def _is_about_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
