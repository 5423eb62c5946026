"""The domain: sessions, from sign-in to deletion. Knows neither Reflex nor HTTP."""

from sessions_dashboard.sessions.lifecycle import (
    ActiveSession,
    EndedSession,
    InvalidName,
    NotFound,
    NotSignedIn,
    RequestInfo,
    end,
    end_by_token,
    end_from_shell,
    end_others,
    rename,
    resume,
    resume_by_public_id,
    start,
    touch,
)
from sessions_dashboard.sessions.policy import EndReason, Policy
from sessions_dashboard.sessions.tokens import CookieSigner

__all__ = [
    "ActiveSession",
    "CookieSigner",
    "EndReason",
    "EndedSession",
    "InvalidName",
    "NotFound",
    "NotSignedIn",
    "Policy",
    "RequestInfo",
    "end",
    "end_by_token",
    "end_from_shell",
    "end_others",
    "rename",
    "resume",
    "resume_by_public_id",
    "start",
    "touch",
]
