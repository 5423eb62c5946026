"""How long a session lives, to the microsecond."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_dashboard.sessions.policy import EndReason, Policy
from tests.support.people import NOW

INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)
policy = Policy(lifetime=30 * DAY, idle_timeout=14 * DAY)
span = policy.span(is_admin=False, remembered=True)
moments = st.integers(min_value=-100 * 86_400, max_value=100 * 86_400).map(
    lambda seconds: NOW + timedelta(seconds=seconds)
)


class TestDefaults:
    def test_are_thirty_days_fourteen_idle_and_a_touch_a_minute(self) -> None:
        default = Policy()

        assert default.lifetime == 30 * DAY
        assert default.idle_timeout == 14 * DAY
        assert default.retention == 30 * DAY
        assert default.touch_interval == timedelta(minutes=1)


class TestExpired:
    def test_a_new_session_is_active(self) -> None:
        assert span.expired(NOW, NOW, NOW) is None

    def test_idle_at_exactly_the_timeout_and_not_before(self) -> None:
        limit = NOW + policy.idle_timeout

        assert span.expired(NOW, NOW, limit - INSTANT) is None
        assert span.expired(NOW, NOW, limit) is EndReason.IDLE

    def test_over_at_exactly_the_lifetime_however_busy(self) -> None:
        limit = NOW + policy.lifetime

        assert span.expired(NOW, limit - INSTANT, limit - INSTANT) is None
        assert span.expired(NOW, limit, limit) is EndReason.LIFETIME

    def test_names_the_limit_that_was_met_first(self) -> None:
        long_after = NOW + 365 * DAY

        assert span.expired(NOW, NOW, long_after) is EndReason.IDLE
        assert span.expired(NOW, NOW + 15 * DAY, long_after) is EndReason.IDLE
        assert span.expired(NOW, NOW + 16 * DAY, long_after) is EndReason.LIFETIME
        assert span.expired(NOW, NOW + 20 * DAY, long_after) is EndReason.LIFETIME

    @pytest.mark.parametrize("ahead", [100 * DAY, 365 * DAY, 10_000 * DAY])
    def test_a_last_seen_in_the_future_does_not_outlive_the_lifetime(
        self, ahead: timedelta
    ) -> None:
        assert span.expired(NOW, NOW + ahead, NOW + policy.lifetime) is EndReason.LIFETIME

    @given(created=moments, seen=moments, now=moments)
    def test_agrees_with_expires_at(self, created: datetime, seen: datetime, now: datetime) -> None:
        over = span.expired(created, seen, now) is not None

        assert over == (now >= span.expires_at(created, seen))

    @given(created=moments, seen=moments, now=moments, later=st.timedeltas(timedelta(0), 99 * DAY))
    def test_what_is_over_stays_over(
        self, created: datetime, seen: datetime, now: datetime, later: timedelta
    ) -> None:
        if span.expired(created, seen, now) is not None:
            assert span.expired(created, seen, now + later) is not None


class TestTouchDue:
    def test_once_a_minute_has_passed_and_not_before(self) -> None:
        minute = timedelta(minutes=1)

        assert not policy.touch_due(NOW, NOW)
        assert not policy.touch_due(NOW, NOW + minute - INSTANT)
        assert policy.touch_due(NOW, NOW + minute)

    def test_not_while_the_last_one_lies_in_the_future(self) -> None:
        assert not policy.touch_due(NOW + DAY, NOW)
