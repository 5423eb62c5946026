"""Which addresses may be told of events: none that reaches into the server's own network."""

import ipaddress
from enum import StrEnum
from urllib.parse import urlsplit

from sessions_dashboard.sessions.webhook_models import MAX_URL_LENGTH

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
# IPv6 addresses that lead to the IPv4 address in their last 32 bits (RFC 6052).
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# The part of IPv6 that the Internet routes. Much of the rest leads to an IPv4 address that can't be
# derived from it (RFC 8215), or is unassigned, and Python takes it for public.
INTERNET = ipaddress.ip_network("2000::/3")
# Private networks of sites (RFC 4193). Python's own list of private networks grew with its
# versions, by address translators among others.
UNIQUE_LOCAL = ipaddress.ip_network("fc00::/7")
# The clouds' metadata services that are not link-local: Amazon's, Google's, Azure's, Alibaba's and
# Oracle's.
METADATA = frozenset(
    ipaddress.ip_address(address)
    for address in (
        "fd00:ec2::254",
        "fd20:ce::254",
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
    )
)


class UrlProblem(StrEnum):
    NOT_AN_ADDRESS = "not_an_address"
    NOT_HTTPS = "not_https"
    PRIVATE = "private"


class InvalidUrl(Exception):
    def __init__(self, problem: UrlProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def checked_url(text: str, *, allow_private: bool) -> str:
    """The address, trimmed, if events may be sent there as far as can be told without a look-up.

    Raises:
        InvalidUrl: it is malformed, is not https (except on this machine), or leads inside.
    """
    url = text.strip()
    host = _host(url)
    is_https = urlsplit(url).scheme == "https"
    address = literal_address(host)
    here = host == "localhost" or host.endswith(".localhost")
    inside = address is not None and not may_be_called(address, allow_private=allow_private)
    if inside or (here and not allow_private):
        raise InvalidUrl(UrlProblem.PRIVATE)
    if not is_https and not (here or (address is not None and address.is_loopback)):
        raise InvalidUrl(UrlProblem.NOT_HTTPS)
    return url


def literal_address(host: str) -> IpAddress | None:
    """The address that a host is written as; None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def may_be_called(address: IpAddress, *, allow_private: bool) -> bool:
    """Whether events may go there: to the public Internet, and inside only where that is allowed.

    Never to link-local addresses and the like, where a cloud's metadata service answers.
    """
    inner = _carried(address)
    if inner is not None:
        return may_be_called(inner, allow_private=allow_private)
    if address.is_multicast or address.is_unspecified or address.is_link_local:
        return False
    if address in METADATA:
        return False
    if address.is_global:
        return address.version == 4 or address in INTERNET
    inside = address.is_private if address.version == 4 else address in UNIQUE_LOCAL
    return allow_private and (inside or address.is_loopback)


def _carried(address: IpAddress) -> IpAddress | None:
    """The IPv4 address that an IPv6 address leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.teredo is not None:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        # Read for the error that a malformed port raises.
        _port = parts.port
    except ValueError:
        raise InvalidUrl(UrlProblem.NOT_AN_ADDRESS) from None
    written = url.isascii() and url.isprintable() and not set(url) & set(' \\"<>')
    known = parts.scheme in ("https", "http") and bool(parts.hostname)
    if not written or not known or "@" in parts.netloc or "#" in url or len(url) > MAX_URL_LENGTH:
        raise InvalidUrl(UrlProblem.NOT_AN_ADDRESS)
    return (parts.hostname or "").rstrip(".").lower()
