"""Names for devices and places: user agent -> device, IP address -> location."""

from sessions_dashboard.devices.cleaning import MAX_USER_AGENT_LENGTH, clean_user_agent
from sessions_dashboard.devices.describe import describe
from sessions_dashboard.devices.hints import CLIENT_HINT_HEADERS, TOUCH_POINTS
from sessions_dashboard.devices.model import Device, DeviceKind
from sessions_dashboard.devices.places import Place, Places, Scope, Source, scope_of

__all__ = [
    "CLIENT_HINT_HEADERS",
    "MAX_USER_AGENT_LENGTH",
    "TOUCH_POINTS",
    "Device",
    "DeviceKind",
    "Place",
    "Places",
    "Scope",
    "Source",
    "clean_user_agent",
    "describe",
    "scope_of",
]
