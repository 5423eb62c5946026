"""What is done to the built pages so that they are seen sooner."""

import re
from typing import Any

from reflex_base.plugins.base import Plugin

_MODULE = re.compile(r'<link rel="modulepreload"(?! fetchpriority)')


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
