"""What a browser gets for a page while the database is away."""

from starlette.responses import HTMLResponse

from sessions_dashboard.http.bare_page import bare_page
from sessions_dashboard.words import http as words

RETRY_SECONDS = 5


def unavailable_page() -> HTMLResponse:
    """A page that reloads by itself, and so goes away once the database is back."""
    page = bare_page(
        words.UNAVAILABLE_TITLE, words.REFUSALS["unavailable"], 503, refresh=RETRY_SECONDS
    )
    page.headers["Retry-After"] = str(RETRY_SECONDS)
    return page
