"""The `user-agents` package, handed the parses of ua-parser's present API.

By itself it calls ua-parser's legacy API, with no fast resolver and a cache that empties at once.
"""

import ua_parser
from user_agents import parsers


class Agent(parsers.UserAgent):
    """`user_agents.parsers.UserAgent`, except for where the parse comes from."""

    def __init__(self, user_agent: str) -> None:
        result = ua_parser.parse(user_agent).with_defaults()
        browser, system, device = result.user_agent, result.os, result.device
        self.ua_string = user_agent
        self.browser = parsers.parse_browser(
            browser.family, browser.major, browser.minor, browser.patch
        )
        self.os = parsers.parse_operating_system(
            system.family, system.major, system.minor, system.patch
        )
        self.device = parsers.parse_device(device.family, device.brand, device.model)
