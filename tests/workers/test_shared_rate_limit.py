"""The API's requests count on all workers together; without Redis on each alone."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from sessions_dashboard.api import shared_window
from sessions_dashboard.api.rate_limit import REQUESTS, RateLimit
from sessions_dashboard.api.routes import PREFIX
from sessions_dashboard.api.shared_window import SharedWindow, Standing
from tests.support.redis import RedisServer
from tests.support.server import DashboardServer, Visitor

KEY = b"k" * 32
ADA = "01890a5d-ac96-774b-bcce-b302099a8057"
LIMIT = REQUESTS.amount


def told(story: Callable[[RateLimit, RateLimit], Awaitable[Any]], redis_server: RedisServer) -> Any:
    """What a story of two workers tells."""

    async def work() -> Any:
        return await story(*(RateLimit(SharedWindow(redis_server.url, KEY)) for _ in range(2)))

    return asyncio.run(work())


def test_requests_to_one_worker_count_on_the_other_even_at_the_same_instant(
    redis_server: RedisServer,
) -> None:
    async def story(first: RateLimit, second: RateLimit) -> list[Standing]:
        asked = [one.count(ADA) for _ in range(LIMIT // 20) for one in (first, second) * 11]
        return await asyncio.gather(*asked)

    standings = told(story, redis_server)
    assert sorted(one.left for one in standings if one.allowed) == list(range(LIMIT))
    refused = [one for one in standings if not one.allowed]
    assert len(refused) == len(standings) - LIMIT
    assert all((one.left, 50 < one.seconds <= 60) == (0, True) for one in refused)


def test_no_account_is_named_in_redis_and_no_count_outlives_its_minute(
    redis_server: RedisServer,
) -> None:
    told(lambda first, _second: first.count(ADA), redis_server)
    with redis_server.client() as client:
        [name] = client.keys("*")
        assert ADA.encode() not in name
        assert 0 < client.ttl(name) <= 60


def test_without_redis_a_worker_counts_alone_and_has_forgotten_nothing(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(first: RateLimit, second: RateLimit) -> list[int]:
        await first.count(ADA)
        await second.count(ADA)
        redis_server.stop()
        return [(await first.count(ADA)).left for _ in range(3)]

    assert told(story, redis_server) == [LIMIT - 2, LIMIT - 3, LIMIT - 4]
    assert caplog.text.count("counted by each worker alone") == 1


def test_a_redis_that_hangs_holds_up_one_request_and_is_used_again_once_it_is_back(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_window, "PAUSE_SECONDS", 0.5)

    async def story(first: RateLimit, second: RateLimit) -> tuple[float, int]:
        await first.count(ADA)
        redis_server.hang()
        began = time.monotonic()
        for _ in range(10):
            await second.count(ADA)
        took = time.monotonic() - began
        redis_server.go_on()
        await asyncio.sleep(0.6)
        return took, (await second.count(ADA)).left

    took, left = told(story, redis_server)
    assert took < 2
    assert left >= LIMIT - 3


def test_the_headers_tell_of_all_servers_together(
    two_servers: tuple[DashboardServer, DashboardServer],
) -> None:
    account = two_servers[0].add_account()
    session = two_servers[0].add_session(account)
    visitors = [server.visitor(session) for server in two_servers]

    def left(visitor: Visitor) -> int:
        answer: httpx.Response = visitor.get(f"{PREFIX}/sessions")
        assert answer.status_code == 200
        found = re.fullmatch(r'"account";r=(\d+);t=(\d+)', answer.headers["ratelimit"])
        assert found is not None
        assert 1 <= int(found[2]) <= 60
        assert "retry-after" not in answer.headers
        return int(found[1])

    assert [left(one) for one in visitors * 2] == [LIMIT - 1, LIMIT - 2, LIMIT - 3, LIMIT - 4]
