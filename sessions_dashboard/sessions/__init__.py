"""The domain: sessions, from sign-in to deletion. Knows neither Reflex nor HTTP."""

from sessions_dashboard.sessions.actors import ActiveKey, Actor, Scope
from sessions_dashboard.sessions.administrators import NotAdmin
from sessions_dashboard.sessions.binding import has_moved, note_move
from sessions_dashboard.sessions.ending import (
    EndedSession,
    end_by_token,
    end_from_shell,
    end_if_expired,
    end_if_reused,
    end_to_make_room,
)
from sessions_dashboard.sessions.lifecycle import (
    LimitReached,
    RequestInfo,
    rename,
    start,
    touch,
)
from sessions_dashboard.sessions.names import InvalidName
from sessions_dashboard.sessions.password_change import (
    InvitationOver,
    TokenReplaced,
    change_password,
    choose_password,
    confirm_password,
)
from sessions_dashboard.sessions.policy import EndReason, Policy
from sessions_dashboard.sessions.resume import (
    PUBLIC_ID_FORM,
    ActiveSession,
    NotFound,
    NotSignedIn,
    is_replaced,
    resume,
    resume_by_public_id,
    resume_each,
    resume_each_by_public_id,
)
from sessions_dashboard.sessions.revoking import end, end_others, end_several
from sessions_dashboard.sessions.rotation import note_token_seen, rotate
from sessions_dashboard.sessions.step_up import PasswordNeeded
from sessions_dashboard.sessions.tokens import CookieSigner

__all__ = [
    "PUBLIC_ID_FORM",
    "ActiveKey",
    "ActiveSession",
    "Actor",
    "CookieSigner",
    "EndReason",
    "EndedSession",
    "InvalidName",
    "InvitationOver",
    "LimitReached",
    "NotAdmin",
    "NotFound",
    "NotSignedIn",
    "PasswordNeeded",
    "Policy",
    "RequestInfo",
    "Scope",
    "TokenReplaced",
    "change_password",
    "choose_password",
    "confirm_password",
    "end",
    "end_by_token",
    "end_from_shell",
    "end_if_expired",
    "end_if_reused",
    "end_others",
    "end_several",
    "end_to_make_room",
    "has_moved",
    "is_replaced",
    "note_move",
    "note_token_seen",
    "rename",
    "resume",
    "resume_by_public_id",
    "resume_each",
    "resume_each_by_public_id",
    "rotate",
    "start",
    "touch",
]
