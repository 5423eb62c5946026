"""Names for devices and places: user agent -> device, IP address -> location."""

from .cleaning import MAX_USER_AGENT_LENGTH, clean_user_agent
from .describe import describe
from .hints import CLIENT_HINT_HEADERS, TOUCH_POINTS
from .model import Device, DeviceKind
from .places import Place, Places, Scope, scope_of

__all__ = [
    "CLIENT_HINT_HEADERS",
    "MAX_USER_AGENT_LENGTH",
    "TOUCH_POINTS",
    "Device",
    "DeviceKind",
    "Place",
    "Places",
    "Scope",
    "clean_user_agent",
    "describe",
    "scope_of",
]
