"""Failed sign-ins count on all workers together; without Redis on each alone."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from sessions_dashboard.accounts import shared_counts
from sessions_dashboard.accounts.shared_counts import SharedCounts
from sessions_dashboard.accounts.throttle import (
    RESET_REQUESTS,
    Attempt,
    RequestThrottle,
    SignInThrottle,
    TooManyAttempts,
)
from tests.support.redis import RedisServer
from tests.support.server import DashboardServer

KEY = b"k" * 32
ADA = Attempt("ada@example.com", "192.0.2.1", known_address=False)
ALLOWED = 10


def worker(redis_server: RedisServer) -> SignInThrottle:
    return SignInThrottle(SharedCounts(redis_server.url, KEY))


def fails(throttle: SignInThrottle, attempt: Attempt = ADA) -> bool:
    """Fail once; whether the attempt was let through at all."""
    try:
        with throttle.trying(attempt):
            return True
    except TooManyAttempts:
        return False


def succeed(throttle: SignInThrottle) -> None:
    with suppress(TooManyAttempts), throttle.trying(ADA) as trial:
        trial.succeeded = True


def test_failures_on_one_worker_count_on_the_other(redis_server: RedisServer) -> None:
    first, second = worker(redis_server), worker(redis_server)
    let_through = [fails(one) for _ in range(ALLOWED) for one in (first, second)]
    assert let_through.count(True) == ALLOWED


def test_tries_at_the_same_instant_on_many_workers_are_counted_one_by_one(
    redis_server: RedisServer,
) -> None:
    workers = [worker(redis_server) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        let_through = list(threads.map(lambda number: fails(workers[number % 8]), range(80)))
    assert let_through.count(True) == ALLOWED


def test_what_is_under_way_on_one_worker_counts_on_the_other(redis_server: RedisServer) -> None:
    first, second = worker(redis_server), worker(redis_server)
    for _ in range(ALLOWED - 1):
        assert fails(first)
    with first.trying(ADA):
        assert not fails(second)


def test_signing_in_clears_what_failed_and_costs_nothing(redis_server: RedisServer) -> None:
    first, second = worker(redis_server), worker(redis_server)
    for _ in range(ALLOWED - 1):
        fails(first)
    succeed(second)
    assert [fails(first) for _ in range(ALLOWED + 1)].count(True) == ALLOWED
    for _ in range(100):
        succeed(worker(redis_server))


def test_a_new_password_forgives_what_failed_on_any_worker(redis_server: RedisServer) -> None:
    first, second = worker(redis_server), worker(redis_server)
    for _ in range(ALLOWED):
        fails(first)
    second.forgive(ADA.email, ADA.ip_address)
    assert fails(first)


def test_a_refused_try_is_not_counted_in_any_count(redis_server: RedisServer) -> None:
    """Or one account that is refused would use up what its whole address may fail."""
    one = worker(redis_server)
    for _ in range(200):
        fails(one)
    assert fails(one, Attempt("grace@example.com", ADA.ip_address, known_address=False))


def test_requests_for_mail_count_on_all_workers_together(redis_server: RedisServer) -> None:
    workers = [
        RequestThrottle(RESET_REQUESTS, SharedCounts(redis_server.url, KEY)) for _ in range(2)
    ]
    asked = [one.allows(ADA.ip_address) for _ in range(ALLOWED) for one in workers]
    assert asked.count(True) == ALLOWED


def test_without_redis_a_worker_counts_alone_and_has_forgotten_nothing(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    one = worker(redis_server)
    for _ in range(ALLOWED - 2):
        fails(one)
    redis_server.stop()
    assert [fails(one) for _ in range(4)] == [True, True, False, False]
    assert caplog.text.count("counted by each worker alone") == 1


def test_counts_are_shared_again_once_redis_is_back(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_counts, "PAUSE_SECONDS", 0)
    first, second = worker(redis_server), worker(redis_server)
    redis_server.stop()
    assert fails(first)
    redis_server.start()
    assert [fails(one) for _ in range(ALLOWED) for one in (first, second)].count(True) == ALLOWED


def test_a_guesser_gains_nothing_by_going_to_the_other_server(
    two_servers: tuple[DashboardServer, DashboardServer],
) -> None:
    first, second = two_servers
    account = first.add_account()
    guesser = first.visitor()
    for _ in range(ALLOWED):
        assert guesser.sign_in(account.email, "wrong").headers["location"].endswith("invalid")
    elsewhere = second.visitor(address=guesser.address)
    assert elsewhere.sign_in(account.email).headers["location"].endswith("throttled")
