"""Believable accounts and sessions, so that a newcomer has something to look at."""

from sessions_dashboard.demo.filling import ADMIN_EMAIL, USER_EMAIL, NotEmpty, fill

__all__ = ["ADMIN_EMAIL", "USER_EMAIL", "NotEmpty", "fill"]
