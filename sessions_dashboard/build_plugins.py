"""What is done to the build so that pages are seen sooner."""

import json
import re
from typing import Any

from reflex_base.plugins.base import Plugin

_MODULE = re.compile(r'<link rel="modulepreload"(?! fetchpriority)')


class FewScripts(Plugin):
    """Puts what several pages share into one file.

    Left alone, the build makes a file of every icon and component that two pages have in common:
    two dozen requests for half a kilobyte each, one after another through one thread.
    """

    _GROUPS = re.compile(r"(groups: \[.*?)(\n\s*\])", re.DOTALL)
    _SHARED = json.dumps({"name": "shared", "minShareCount": 2})

    def pre_compile(self, **context: Any) -> None:
        context["add_modify_task"]("vite.config.js", self._add_group)

    def _add_group(self, config: str) -> str:
        if self._SHARED in config:
            return config
        # Behind Reflex's own groups, so that these keep what they were made for.
        grouped, number = self._GROUPS.subn(rf"\1 {self._SHARED},\2", config)
        if number != 1:
            raise RuntimeError("Reflex's vite.config.js names its groups of modules in another way")
        return grouped


class StylesBeforeScripts(Plugin):
    """Loads a page's scripts behind its styles.

    The pages are built with what they show, so styles are all that they need to be seen. Browsers
    fetch preloaded modules with the same priority: on a slow connection two hundred kilobytes of
    scripts then share the line with eight of styles.
    """

    def post_build(self, **context: Any) -> None:
        for page in context["static_dir"].rglob("*.html"):
            written = page.read_text(encoding="utf-8")
            page.write_text(
                _MODULE.sub('<link rel="modulepreload" fetchpriority="low"', written),
                encoding="utf-8",
            )
