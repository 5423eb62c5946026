"""A signed-in browser that a site sends back over and over, and what it is shown instead.

The site's proxy finds no session where the dashboard does, most often because an application there
sets a cookie of the same name, and two of one name count as none. The browser would give up after
some twenty redirects, without saying anything helpful.
"""

import hashlib
import logging
import re
from html import escape
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from sessions_dashboard.http.bare_page import bare_page
from sessions_dashboard.http.cookies import (
    host_cookie_attributes,
    host_cookie_name,
    read_cookie,
)
from sessions_dashboard.settings import Settings
from sessions_dashboard.words import http as words
from sessions_dashboard.words.common import TRY_AGAIN

logger = logging.getLogger(__name__)

# How often a browser is led to one address, each time this soon after the last.
ROUNDS = 3
SOON_SECONDS = 10
# The round, and a digest of the address.
VALUE = re.compile(r"([1-9])\.([0-9a-f]{32})", re.ASCII)


class Rounds:
    """Counted in a cookie that lasts for seconds: forging it gets nobody any further."""

    def __init__(self, settings: Settings) -> None:
        self._session_cookie_name = settings.cookie_name
        self._name = host_cookie_name(settings, "onward")
        self._attributes = host_cookie_attributes(settings)

    def lead(self, scope: Scope, to: str) -> Response:
        """Redirect to the trusted address `to`, or explain, once that has sent the browser back too
        often."""
        address = hashlib.sha256(to.encode()).hexdigest()[:32]
        before = VALUE.fullmatch(read_cookie(scope, self._name) or "")
        number = int(before[1]) + 1 if before is not None and before[2] == address else 1
        if number > ROUNDS:
            return self._explain(to)
        response = RedirectResponse(to, 303)
        value = f"{number}.{address}"
        response.set_cookie(self._name, value, max_age=SOON_SECONDS, **self._attributes)
        return response

    def _explain(self, to: str) -> Response:
        site, name = urlsplit(to).netloc, self._session_cookie_name
        logger.warning(
            "%s sends a signed-in browser back again and again: its proxy passes no cookie on to "
            "/auth/verify, or an application there has one named %s too. SESSIONS_COOKIE_NAME "
            "gives the session's another name",
            site,
            name,
        )
        again = f'<a class="button button-primary" href="{escape(to)}">{escape(TRY_AGAIN)}</a>'
        response = bare_page(words.SENT_BACK_TITLE, words.sent_back(site, name), 409, more=again)
        response.delete_cookie(self._name, **self._attributes)
        return response
