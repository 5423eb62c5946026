"""From a user agent and client hints to a device."""

import re
from collections.abc import Mapping
from functools import lru_cache

from sessions_dashboard.devices.bots import name_automaton
from sessions_dashboard.devices.browsers import name_browser
from sessions_dashboard.devices.cleaning import clean_user_agent
from sessions_dashboard.devices.engine import Agent
from sessions_dashboard.devices.hints import Hints, believable, read
from sessions_dashboard.devices.kinds import name_kind
from sessions_dashboard.devices.labels import UNKNOWN_LABEL, make_label
from sessions_dashboard.devices.model import Device, DeviceKind
from sessions_dashboard.devices.systems import name_system

_CACHE_SIZE = 4096
_UNKNOWN = Device(None, None, None, None, DeviceKind.UNKNOWN, False, UNKNOWN_LABEL)

# A robot's name as the engine gives it, when it isn't a piece of an address.
_PLAIN_NAME = re.compile(r"(?!Other$)[A-Za-z][\w !+&'-]{1,40}")
_PREAMBLE = re.compile(r"^Mozilla/\d\.\d\W*(?:compatible; ?)?")
_NAME_AND_VERSION = re.compile(
    r"\W*(\w[\w .!+&:@'-]{0,39}?)(?:/v?(\d+(?:\.\d+)?)|[/;()]| https?:|$|(?<=.{39}))"
)

_MACHINE = re.compile(r"iPad|iPhone|iPod|Apple ?Watch|Apple ?TV|PlayStation [345]|Nintendo \w+")


def describe(user_agent: str | None, client_hints: Mapping[str, object] | None = None) -> Device:
    """Name the device. Never raises, whatever is sent.

    Client hints are headers by name, in any case; see also `hints` for what a page can add. They
    are believed before the user agent, which browsers freeze.
    """
    text = clean_user_agent(user_agent)
    return _describe(text, believable(read(client_hints), text))


@lru_cache(maxsize=_CACHE_SIZE)
def _describe(text: str, hints: Hints) -> Device:
    if not text and not hints.platform:
        return _UNKNOWN
    agent = Agent(text)
    automaton = name_automaton(text, agent, hints) if text else None
    if automaton is not None:
        return _automaton(text, agent, automaton)
    browser = name_browser(text, agent, hints)
    system = name_system(text, agent, hints)
    kind = name_kind(text, agent, hints, system.name)
    return Device(
        browser=browser.name,
        browser_version=browser.version,
        os=system.name,
        os_version=system.version,
        kind=kind,
        bot=False,
        label=make_label(browser.name, system.name, kind, _machine(text, system.name, hints)),
    )


def _automaton(text: str, agent: Agent, kind: DeviceKind) -> Device:
    name, version = _own_name(text)
    if kind is DeviceKind.BOT and _PLAIN_NAME.fullmatch(agent.browser.family):
        name, version = agent.browser.family, ".".join(map(str, agent.browser.version[:2]))
    return Device(
        browser=name,
        browser_version=version or None,
        os=None,
        os_version=None,
        kind=kind,
        bot=kind is DeviceKind.BOT,
        label=make_label(name, None, kind, None),
    )


def _own_name(text: str) -> tuple[str | None, str | None]:
    """What stands before the first version, without the token that every browser begins with."""
    match = _NAME_AND_VERSION.match(_PREAMBLE.sub("", text))
    return (match[1].strip(), match[2]) if match else (None, None)


def _machine(text: str, system: str | None, hints: Hints) -> str | None:
    """The name that people call the machine by, if it is better known than its system."""
    if system == "iPadOS":
        return "iPad"
    if system == "Android":
        # Two words are a name ("Pixel 8"), one is a code ("SM-S918B").
        return hints.model if re.fullmatch(r"[A-Za-z]+ [\w +().-]{1,30}", hints.model) else None
    if "Xbox" in text or hints.model == "Xbox":
        return "Xbox"
    match = _MACHINE.search(text)
    return match[0] if match and system not in {"Windows", "Linux"} else None
