"""What a label says about the browser and the system, where only the label was written down.

A label says less than was known of the device. An iPad's is read as iPadOS, though before 2019 it
ran iOS; a television's without a name says nothing of its system.
"""

import re
from collections.abc import Collection

from sessions_dashboard.devices.labels import ON, SPOKEN_BROWSERS, SPOKEN_KINDS, television
from sessions_dashboard.devices.model import DeviceKind
from sessions_dashboard.devices.systems import NAMED_SYSTEMS

# What people call machines by, with the system that runs on each.
_MACHINES = (
    (re.compile(r"iPad"), "iPadOS"),
    (re.compile(r"iPhone|iPod"), "iOS"),
    (re.compile(r"Apple ?Watch"), "watchOS"),
    (re.compile(r"Apple ?TV"), "tvOS"),
    (re.compile(r"PlayStation [0-9]"), "PlayStation"),
    (re.compile(r"Nintendo [A-Za-z0-9_]+"), "Nintendo"),
    (re.compile(r"Xbox"), "Windows"),
    (re.compile(r"Android tablet"), "Android"),
)
# The name of a phone, of two words at least, where it told one: only Android's are shown.
_MODEL = re.compile(r"[A-Za-z]+ [A-Za-z0-9_ +().-]{1,30}")
_AUTOMATON = "|".join((DeviceKind.BOT, DeviceKind.SCRIPT))


def browser_pattern(browser: str) -> str:
    """A regular expression, for Python and both databases, of the labels that say it."""
    spoken = re.escape(SPOKEN_BROWSERS.get(browser, browser))
    return rf"^{spoken}({ON}.*| \(({_AUTOMATON})\))?$"


def system_pattern(system: str) -> str:
    """The same of a system; for Android with any that may be the model of a phone."""
    models = rf"|.*{ON}{_MODEL.pattern}" if system == "Android" else ""
    return rf"^((.*{ON})?({_places(system)}){models})$"


def no_model_pattern(systems: Collection[str] = ()) -> str:
    """The same of all that are no model of a phone; `systems` are more that are known to be some.

    By itself: PostgreSQL takes long to look ahead.
    """
    others = sorted({*systems, *NAMED_SYSTEMS} - {"Android"})
    return rf"{ON}({'|'.join([*map(_places, others), *map(re.escape, SPOKEN_KINDS.values())])})$"


def _places(system: str) -> str:
    machines = [machine.pattern for machine, of in _MACHINES if of == system]
    others = [machine for machine, of in _MACHINES if of != system]
    names = [
        re.escape(name)
        for name in (system, television(system))
        # What is called like a machine is that machine, whatever it runs.
        if not any(machine.fullmatch(name) for machine in others)
    ]
    return "|".join([*names, *machines]) or "$."
