"""Guessing is slowed down; a person who knows their password is not kept out."""

import time
from contextlib import ExitStack, suppress

import pytest
from limits.storage import memory

from sessions_dashboard.accounts.throttle import Attempt, SignInThrottle, TooManyAttempts

HOME = "192.0.2.1"
FIVE_MINUTES = 5 * 60
HOUR = 60 * 60


@pytest.fixture
def throttle() -> SignInThrottle:
    return SignInThrottle()


class Clock:
    """Stands in for the wall clock that the counts are kept by."""

    def __init__(self) -> None:
        self.now = time.time()

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stand_in = Clock()
    monkeypatch.setattr(memory, "time", stand_in)
    return stand_in


def attempt(email: str = "ada@example.com", ip: str = HOME, *, known: bool = False) -> Attempt:
    return Attempt(email, ip, known)


def failed(throttle: SignInThrottle, one: Attempt) -> bool:
    """Fail once; whether the attempt was let through at all."""
    try:
        with throttle.trying(one):
            return True
    except TooManyAttempts:
        return False


def succeed(throttle: SignInThrottle, one: Attempt) -> None:
    """Sign in, if that is let through."""
    with suppress(TooManyAttempts), throttle.trying(one) as trial:
        trial.succeeded = True


def tries_until_refused(throttle: SignInThrottle, one: Attempt, most: int = 200) -> int:
    for count in range(most):
        if not failed(throttle, one):
            return count
    return most


class TestAnAccountFromOneAddress:
    def test_may_fail_ten_times_in_five_minutes(self, throttle: SignInThrottle) -> None:
        assert tries_until_refused(throttle, attempt()) == 10

    def test_stays_refused_while_it_goes_on_trying(
        self, throttle: SignInThrottle, clock: Clock
    ) -> None:
        tries_until_refused(throttle, attempt())
        for _ in range(20):
            clock.now += 10
            assert not failed(throttle, attempt())

    def test_may_try_again_once_the_window_has_passed(
        self, throttle: SignInThrottle, clock: Clock
    ) -> None:
        """A refused try is not counted, so trying on does not lengthen the wait."""
        tries_until_refused(throttle, attempt())
        clock.now += FIVE_MINUTES - 1
        assert not failed(throttle, attempt())

        clock.now += 2

        assert failed(throttle, attempt())

    def test_leaves_other_accounts_and_addresses_alone(self, throttle: SignInThrottle) -> None:
        tries_until_refused(throttle, attempt())

        assert failed(throttle, attempt(email="bob@example.com"))
        assert failed(throttle, attempt(ip="192.0.2.2"))

    def test_counts_no_more_against_who_then_signed_in(self, throttle: SignInThrottle) -> None:
        for _ in range(9):
            failed(throttle, attempt())
        succeed(throttle, attempt())

        assert tries_until_refused(throttle, attempt()) == 10


class TestOneAddress:
    def test_may_fail_fifty_times_in_five_minutes_over_all_accounts(
        self, throttle: SignInThrottle
    ) -> None:
        taken = [failed(throttle, attempt(email=f"user{n}@example.com")) for n in range(60)]

        assert taken == [True] * 50 + [False] * 10

    def test_may_sign_in_any_number_of_people(self, throttle: SignInThrottle) -> None:
        """An office, a school, a phone network: many people behind one address."""
        for n in range(200):
            succeed(throttle, attempt(email=f"user{n}@example.com"))

        assert failed(throttle, attempt(email="late@example.com"))

    def test_gets_no_more_tries_by_signing_in_to_an_account_of_its_own(
        self, throttle: SignInThrottle
    ) -> None:
        taken = 0
        for n in range(60):
            taken += failed(throttle, attempt(email=f"user{n}@example.com"))
            succeed(throttle, attempt(email="mallory@example.com"))

        assert taken == 50

    def test_leaves_other_addresses_alone(self, throttle: SignInThrottle) -> None:
        for n in range(60):
            failed(throttle, attempt(email=f"user{n}@example.com"))

        assert failed(throttle, attempt(ip="192.0.2.2"))

    def test_of_ipv6_is_the_network_of_one_subscriber(self, throttle: SignInThrottle) -> None:
        taken = [
            failed(throttle, attempt(email=f"user{n}@example.com", ip=f"2001:db8:0:7::{n:x}"))
            for n in range(60)
        ]

        assert sum(taken) == 50
        assert failed(throttle, attempt(ip="2001:db8:0:8::1"))

    def test_of_ipv4_written_as_ipv6_is_that_one_address(self, throttle: SignInThrottle) -> None:
        """A socket that takes both families shows every IPv4 client so."""
        for n in range(60):
            failed(throttle, attempt(email=f"user{n}@example.com", ip="::ffff:192.0.2.1"))

        assert not failed(throttle, attempt(email="someone@example.com", ip="192.0.2.1"))
        assert failed(throttle, attempt(email="someone@example.com", ip="::ffff:192.0.2.2"))

    @pytest.mark.parametrize("ip", ["", "unknown", "testclient", "fe80::1%eth0", "999.1.1.1"])
    def test_may_be_none_that_can_be_read(self, throttle: SignInThrottle, ip: str) -> None:
        assert tries_until_refused(throttle, attempt(ip=ip)) == 10


class TestAnAccountFromStrangers:
    def strange(self, n: int) -> Attempt:
        return attempt(ip=f"198.51.{n // 250}.{n % 250 + 1}")

    def test_may_be_failed_fifty_times_an_hour(
        self, throttle: SignInThrottle, clock: Clock
    ) -> None:
        taken = [failed(throttle, self.strange(n)) for n in range(60)]
        assert taken == [True] * 50 + [False] * 10

        clock.now += HOUR + 1

        assert failed(throttle, self.strange(99))

    def test_never_keeps_out_who_comes_from_an_address_known_to_the_account(
        self, throttle: SignInThrottle
    ) -> None:
        for n in range(200):
            failed(throttle, self.strange(n))

        assert not failed(throttle, attempt(ip="203.0.113.9"))
        assert failed(throttle, attempt(ip=HOME, known=True))

    def test_is_not_counted_down_by_a_sign_in(self, throttle: SignInThrottle) -> None:
        """Else a guesser's count would start anew each time the owner signs in."""
        for n in range(49):
            failed(throttle, self.strange(n))
        succeed(throttle, attempt(ip="203.0.113.9"))

        assert failed(throttle, self.strange(60))
        assert not failed(throttle, self.strange(61))


class TestATry:
    def test_a_refused_try_is_counted_nowhere(self, throttle: SignInThrottle) -> None:
        tries_until_refused(throttle, attempt())
        for _ in range(100):
            failed(throttle, attempt())

        # Ten of the address's fifty are used, not a hundred and ten.
        taken = [failed(throttle, attempt(email=f"user{n}@example.com")) for n in range(60)]
        assert sum(taken) == 40

    def test_those_under_way_count_as_failures_until_they_are_none(
        self, throttle: SignInThrottle
    ) -> None:
        with ExitStack() as under_way:
            trials = [under_way.enter_context(throttle.trying(attempt())) for _ in range(10)]
            assert not failed(throttle, attempt())
            for trial in trials:
                trial.succeeded = True

        assert tries_until_refused(throttle, attempt()) == 10

    def test_one_that_breaks_off_is_a_failure(self, throttle: SignInThrottle) -> None:
        for _ in range(10):
            with pytest.raises(KeyboardInterrupt), throttle.trying(attempt()):
                raise KeyboardInterrupt

        assert not failed(throttle, attempt())

    def test_two_processes_count_apart(self) -> None:
        tries_until_refused(SignInThrottle(), attempt())

        assert failed(SignInThrottle(), attempt())
