"""IP addresses as text that sorts as they do, so that a network is one range of an index."""

import ipaddress
import socket
from collections.abc import Iterator
from typing import NamedTuple

MAX_KEY_LENGTH = 33


class KeyRange(NamedTuple):
    """The first and the last key of a network."""

    first: str
    last: str


def address_key(address: str) -> str | None:
    """The IP version, then the address in hexadecimal digits; None if it is no address."""
    is_six = ":" in address
    try:
        # Ten times faster than `ipaddress`, which below reads the rest: with zones
        # ("fe80::1%eth0").
        packed = socket.inet_pton(socket.AF_INET6 if is_six else socket.AF_INET, address)
        return ("6" if is_six else "4") + packed.hex()
    except (OSError, ValueError):
        pass
    try:
        return _key(ipaddress.ip_address(address))
    except ValueError:
        return None


def network_range(text: str) -> KeyRange:
    """The keys of an address ("192.0.2.7") or a network ("192.0.2.0/24", "2001:db8::/32").

    Host bits may be set: somebody copies an address and appends the length.

    Raises:
        ValueError: it is neither.
    """
    network = ipaddress.ip_network(text, strict=False)
    return KeyRange(_key(network.network_address), _key(network.broadcast_address))


def _key(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    return f"4{int(address):08x}" if address.version == 4 else f"6{int(address):032x}"


class _Form(NamedTuple):
    """How the numbers of a version's addresses are written, and how their keys are."""

    version: str
    numbers: int
    base: int
    letter: str
    digits: int

    @property
    def most(self) -> int:
        return int(16**self.digits - 1)

    def read(self, text: str) -> int | None:
        """A number that is written as it always is; None for anything else."""
        try:
            number = int(text, self.base)
        except ValueError:
            return None
        return number if format(number, self.letter) == text and number <= self.most else None

    def beginning_with(self, text: str) -> Iterator[tuple[int, int]]:
        """The numbers, from and to, that are written with these digits first."""
        if not text:
            yield 0, self.most
            return
        number = self.read(text)
        if number is None:
            return
        first = last = number
        while first <= self.most:
            yield first, min(last, self.most)
            if number == 0:
                return
            first, last = first * self.base, last * self.base + self.base - 1


_FOUR = _Form("4", numbers=4, base=10, letter="d", digits=2)
_SIX = _Form("6", numbers=8, base=16, letter="x", digits=4)


def prefix_ranges(text: str) -> list[KeyRange]:
    """The ranges in which the keys of all addresses that are written with `text` first lie.

    For an unshortened beginning ("198.51.1") they hold no others; for "2001:db8::1" they may.
    """
    if ":" not in text:
        return list(_ranges(_FOUR, text.split(".")))
    before, shortened, _after = text.partition("::")
    if shortened or text == ":":
        # What "::" leaves out are zeros.
        return list(_ranges(_SIX, [*filter(None, before.removesuffix(":").split(":")), "0"]))
    return list(_ranges(_SIX, text.split(":")))


def _ranges(form: _Form, parts: list[str]) -> Iterator[KeyRange]:
    *whole, begun = parts
    known = [form.read(part) for part in whole]
    following = form.numbers - len(parts)
    if following < 0 or None in known:
        return
    digits = form.digits
    start = form.version + "".join(f"{number:0{digits}x}" for number in known)
    for first, last in form.beginning_with(begun):
        yield KeyRange(
            start + f"{first:0{digits}x}" + "0" * digits * following,
            start + f"{last:0{digits}x}" + "f" * digits * following,
        )
