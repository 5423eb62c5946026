"""From an IP address to a place, without asking anybody over the network."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

import iptocc
import maxminddb

from sessions_dashboard.devices.cleaning import clean_text
from sessions_dashboard.devices.countries import COUNTRY_NAMES

Scope = Literal["public", "private", "loopback"]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_MAX_NAME_LENGTH = 100

# Shared address space (RFC 6598, carriers and overlay networks): neither public nor, to
# `ipaddress`, private.
_SHARED = ipaddress.ip_network("100.64.0.0/10")

# Set aside to stand for public addresses in examples (RFC 5737, RFC 3849).
_DOCUMENTATION = tuple(
    ipaddress.ip_network(network)
    for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)


class Source(StrEnum):
    """Whose data a file holds, if its licence asks for credit: how its `database_type` begins."""

    DB_IP = "DBIP"
    MAXMIND = "GEOLITE"
    IPINFO = "IPINFO"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address probably is.

    The city is soft: good databases agree on it for a third of all addresses. Decide nothing
    about security on it.
    """

    city: str | None
    region: str | None
    country_code: str | None
    country: str | None
    network: str | None
    scope: Scope


class Places:
    """A location database, opened once and read by any thread.

    Raises `OSError` or `maxminddb.InvalidDatabaseError` when a path is given that can't be
    read: an operator who names a file wants to know. Without a path, the country alone comes
    from the registries' allocations that `iptocc` carries.
    """

    def __init__(self, mmdb_path: Path | None = None) -> None:
        self._reader = maxminddb.open_database(mmdb_path) if mmdb_path else None
        self.source = self._find_source()

    def locate(self, ip_address: str) -> Place:
        """The place of an address as text; an empty one for what is unknown or no address."""
        address = _parse(ip_address)
        if address is None:
            return _empty("public")
        scope = _scope(address)
        if scope != "public":
            return _empty(scope)
        if self._reader is None:
            return _in_country(iptocc.country_code(str(address)))
        return self._look_up(self._reader, address)

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()

    def _look_up(self, reader: maxminddb.Reader, address: Address) -> Place:
        try:
            record = reader.get(address)
        except (ValueError, maxminddb.InvalidDatabaseError):
            # An IPv4-only file raises on an IPv6 address, a damaged one on some.
            return _empty("public")
        return _from_record(record) if isinstance(record, dict) else _empty("public")

    def _find_source(self) -> Source | None:
        if self._reader is None:
            return None
        kind = self._reader.metadata().database_type.upper()
        return next((source for source in Source if kind.startswith(source)), None)


def scope_of(ip_address: str) -> Scope:
    """Whether an address is this very computer's, one of a private network, or anybody's."""
    address = _parse(ip_address)
    return _scope(address) if address is not None else "public"


def _parse(ip_address: str) -> Address | None:
    try:
        address = ipaddress.ip_address(ip_address.strip().partition("%")[0])
    except (ValueError, AttributeError):
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _scope(address: Address) -> Scope:
    if address.is_loopback:
        return "loopback"
    if any(address in network for network in _DOCUMENTATION):
        return "public"
    if address.is_private or address.is_link_local or address in _SHARED:
        return "private"
    return "public"


def _empty(scope: Scope) -> Place:
    return Place(None, None, None, None, None, scope)


def _in_country(code: str | None) -> Place:
    return Place(None, None, code, COUNTRY_NAMES.get(code or ""), None, "public")


def _from_record(record: Mapping[str, object]) -> Place:
    """Read MaxMind's and DB-IP's nested records, and the flat ones of IPinfo and others."""
    code, country = _country(record)
    return Place(
        city=_name(record.get("city")),
        region=_region(record),
        country_code=code,
        country=country,
        network=_network(record),
        scope="public",
    )


def _country(record: Mapping[str, object]) -> tuple[str | None, str | None]:
    country = record.get("country") or record.get("registered_country")
    if isinstance(country, dict):
        code, name = _text(country.get("iso_code")), _name(country)
    else:
        code, name = _text(record.get("country_code")), _text(country)
        if code is None and name and len(name) == 2:
            code, name = name, None
        name = _text(record.get("country_name")) or name
    code = code.upper() if code else None
    return code, COUNTRY_NAMES.get(code or "") or name


def _region(record: Mapping[str, object]) -> str | None:
    subdivisions = record.get("subdivisions")
    if isinstance(subdivisions, list) and subdivisions:
        return _name(subdivisions[0])
    return _name(record.get("region") or record.get("state1"))


def _network(record: Mapping[str, object]) -> str | None:
    traits = record.get("traits")
    for fields in (record, traits if isinstance(traits, dict) else {}):
        for key in ("autonomous_system_organization", "as_name", "isp", "organization"):
            if owner := _text(fields.get(key)):
                return owner
    return None


def _name(value: object) -> str | None:
    if not isinstance(value, dict):
        return _text(value)
    names = value.get("names")
    if isinstance(names, dict):
        return _text(names.get("en")) or next(filter(None, map(_text, names.values())), None)
    return _text(value.get("name"))


def _text(value: object) -> str | None:
    return clean_text(value, _MAX_NAME_LENGTH) or None if isinstance(value, str) else None
