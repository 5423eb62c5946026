import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sessions_dashboard.live.redis_bus import CHANNEL
from tests.support.redis import RedisMissing, RedisServer, binaries
from tests.support.server import DashboardServer
from tests.support.servers import make_server, new_database

__all__ = ["make_server"]

Pair = tuple[DashboardServer, DashboardServer]


@pytest.fixture(scope="session", params=binaries())
def shared_redis(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RedisServer]:
    try:
        server = RedisServer(request.param, tmp_path_factory.mktemp("redis"))
    except RedisMissing as missing:
        pytest.fail(str(missing), pytrace=False)
    yield server
    server.stop()


@pytest.fixture
def redis_server(shared_redis: RedisServer) -> RedisServer:
    """Redis, and Valkey where the system has it; a test may take it away."""
    if not shared_redis.running:
        shared_redis.start()
    shared_redis.go_on()
    with shared_redis.client() as client:
        client.flushall()
    return shared_redis


@pytest.fixture(scope="session")
def shared_pair(
    request: pytest.FixtureRequest,
    shared_redis: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Pair]:
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
    servers = make_pair(folders, new_database("sqlite", request, folders[0]), shared_redis)
    yield servers
    for server in servers:
        server.close()
    assert [server.secrets_in_log() for server in servers] == [[], []]


@pytest.fixture
def two_servers(shared_pair: Pair, redis_server: RedisServer) -> Pair:
    """Two servers, each a process and a port, that share a database, a key and a Redis."""
    wait_connected(redis_server, 2)
    return shared_pair


def make_pair(
    folders: list[Path], database_url: str, redis_server: RedisServer, **settings: str
) -> Pair:
    settings = {"REDIS_URL": redis_server.url, **settings}
    first = DashboardServer(folders[0], database_url, **settings)
    shared = {name: first.settings[name] for name in ("PUBLIC_URL", "SECRET_KEY")}
    second = DashboardServer(folders[1], database_url, **settings | shared)
    first.secrets.add(redis_server.password)
    second.secrets = first.secrets
    first.start()
    first.add_account(is_admin=True)
    return first, second.start()


def wait_connected(redis_server: RedisServer, workers: int, database: int = 0) -> None:
    """Until so many workers listen."""
    channel = f"{CHANNEL}:{database}"
    with redis_server.client() as client:
        wait_until(lambda: client.pubsub_numsub(channel)[0][1] == workers)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)
