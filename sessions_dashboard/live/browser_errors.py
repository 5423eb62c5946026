"""Errors that pages report."""

import logging

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from sessions_dashboard.devices.cleaning import clean_text

logger = logging.getLogger(__name__)

MAX_REPORT_LENGTH = 1_000
REPORTS = RateLimitItemPerMinute(20)

_limiter = FixedWindowRateLimiter(MemoryStorage())


def log_browser_error(exception: Exception) -> None:
    """Log it as what it is, a stranger's words: one bounded line, and only so many a minute."""
    if _limiter.hit(REPORTS):
        logger.warning("a page reports: %s", clean_text(str(exception), MAX_REPORT_LENGTH))
