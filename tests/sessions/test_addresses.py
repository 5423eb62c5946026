"""Addresses as keys that sort, and the stretches of keys that a network or a prefix is."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_dashboard.sessions.addresses import address_key, network_range, prefix_ranges

ANY = st.ip_addresses()
# Zeros, so that some are shortened.
SPARSE = st.lists(st.sampled_from((0, 0, 0, 1, 0x10, 0xDB8, 0xFFFF)), min_size=8, max_size=8).map(
    lambda groups: ipaddress.IPv6Address(":".join(f"{group:x}" for group in groups))
)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@given(ANY | SPARSE)
def test_the_key_of_an_address_is_the_one_of_its_network(address: Address) -> None:
    key = address_key(str(address))
    assert network_range(str(address)) == (key, key)


def test_an_address_of_a_zone_has_the_key_of_the_address() -> None:
    assert address_key("fe80::1%eth0") == address_key("fe80::1")


@pytest.mark.parametrize("text", ["", "unknown", "1.2.3", "01.2.3.4", "1.2.3.4.5", ":", "\x00"])
def test_what_is_no_address_has_no_key(text: str) -> None:
    assert address_key(text) is None


@given(ANY | SPARSE, st.integers(1, 45))
def test_every_address_is_among_those_of_its_beginning(address: Address, length: int) -> None:
    text = str(address)[:length]
    if "." in text or ":" in text:
        key = address_key(str(address)) or ""
        assert any(first <= key <= last for first, last in prefix_ranges(text))


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("198.51.", ["198.51.0.0/16"]),
        ("198.51.100", ["198.51.100.0/24"]),
        ("198.51.0", ["198.51.0.0/24"]),
        ("10.0.0.25", ["10.0.0.25", "10.0.0.250/31", "10.0.0.252/30"]),
        ("2001:db8:", ["2001:db8::/32"]),
        ("2001:db8::", ["2001:db8::/48"]),
        ("2001:db8::7", ["2001:db8::/48"]),
        ("2001:db8:1", ["2001:db8:1::/48", "2001:db8:10::/44", "2001:db8:100::/40"]),
        ("::1", ["0::/16"]),
        (":", ["0::/16"]),
        ("198..1", []),
        ("198.051.", []),
        ("300.1", []),
        ("1.2.3.4.", []),
        (":1", []),
        ("2001:0db8:", []),
        ("1:2:3:4:5:6:7:8:9", []),
        (".", []),
        ("ab.", []),
    ],
)  # fmt: skip
def test_a_beginning_is_a_few_networks(text: str, networks: list[str]) -> None:
    found = prefix_ranges(text)
    assert sum(int(last, 16) - int(first, 16) + 1 for first, last in found) >= len(networks)
    for network in networks:
        first, last = network_range(network)
        assert any(one <= first and last <= other for one, other in found)
    assert bool(found) == bool(networks)
