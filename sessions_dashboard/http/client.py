"""Where a request comes from."""

import ipaddress
import re
from functools import lru_cache

from starlette.types import Scope

from sessions_dashboard.devices import CLIENT_HINT_HEADERS, clean_user_agent
from sessions_dashboard.sessions import RequestInfo

UNKNOWN_ADDRESS = "unknown"
MAX_CLIENT_HINT_LENGTH = 256
# How much of a user agent or a hint is read; `clean_user_agent` looks at no more.
MAX_READ = 1_024
# Longer than any written address, with brackets, zone and port.
MAX_ADDRESS_READ = 100
# How many are cached: a proxy asks for the same browsers over and over.
REMEMBERED = 1_024
# Some proxies append the port.
_WITH_PORT = re.compile(r"(\[(?P<six>[^]]*)\]|(?P<four>[\d.]+)):\d{1,5}", re.ASCII)
_HINT_NAMES = {name.encode(): name for name in CLIENT_HINT_HEADERS}


def header(scope: Scope, name: bytes) -> str:
    """All values of a header as one, empty when it is not there."""
    values = [value for key, value in scope["headers"] if key == name]
    return b", ".join(values).decode("latin-1")


def client_address(scope: Scope, trusted_proxy_hops: int) -> str:
    """The client's IP address; an IPv4-mapped IPv6 address is the IPv4 address.

    Each trusted proxy appends the address that it saw to X-Forwarded-For, so the entry that many
    places from the end is the one that the outermost of them wrote. Whatever precedes it may be the
    client's invention.
    """
    peer = (scope.get("client") or (UNKNOWN_ADDRESS,))[0]
    if trusted_proxy_hops:
        entries = [entry.strip() for entry in header(scope, b"x-forwarded-for").split(",")]
        entries = [entry for entry in entries if entry]
        if len(entries) >= trusted_proxy_hops:
            return _normalise(entries[-trusted_proxy_hops])
    return _normalise(peer)


def came_directly_from_loopback(scope: Scope) -> bool:
    """Whether the client runs on this very machine, with no proxy in between.

    A proxy on this machine makes everybody look local, so a forwarding header counts as a no.
    """
    forwarded = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"via", b"x-real-ip")
    if any(header(scope, name) for name in forwarded):
        return False
    try:
        return ipaddress.ip_address(client_address(scope, 0)).is_loopback
    except ValueError:
        return False


def request_info(scope: Scope, trusted_proxy_hops: int) -> RequestInfo:
    sent = _by_name(scope)
    agent = sent.get(b"user-agent", b"").decode("utf-8", errors="replace")
    hints = {
        _HINT_NAMES[key]: _clean(value.decode("latin-1")[:MAX_READ])[:MAX_CLIENT_HINT_LENGTH]
        for key, value in sent.items()
        if key in _HINT_NAMES and value
    }
    return RequestInfo(
        ip_address=client_address(scope, trusted_proxy_hops),
        user_agent=_clean(agent[:MAX_READ]),
        client_hints=hints,
    )


def _by_name(scope: Scope) -> dict[bytes, bytes]:
    """All values of each header as one."""
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        found[name] = found[name] + b", " + value if name in found else value
    return found


_clean = lru_cache(REMEMBERED)(clean_user_agent)


def _normalise(address: str) -> str:
    """One spelling for an address; anything else is kept out of the table."""
    return _one_spelling(address) if len(address) <= MAX_ADDRESS_READ else UNKNOWN_ADDRESS


@lru_cache(REMEMBERED)
def _one_spelling(address: str) -> str:
    found = _WITH_PORT.fullmatch(address)
    bare = (found["six"] or found["four"]) if found else address.strip("[]").partition("%")[0]
    try:
        parsed = ipaddress.ip_address(bare)
    except ValueError:
        return UNKNOWN_ADDRESS
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    return str(mapped or parsed)
