"""What a browser gets for a page while the database is away."""

from html import escape

from starlette.responses import HTMLResponse

from sessions_dashboard.words import http as words

RETRY_SECONDS = 5


def unavailable_page() -> HTMLResponse:
    """A page that asks again by itself, and so is gone once the database is back."""
    title, text = escape(words.UNAVAILABLE_TITLE), escape(words.REFUSALS["unavailable"])
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="refresh" content="{RETRY_SECONDS}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<link rel="stylesheet" href="/styles.css"></head>'
        f'<body><main class="form-page"><div class="form-card"><h1>{title}</h1><p>{text}</p>'
        "</div></main></body></html>",
        503,
        headers={"Retry-After": str(RETRY_SECONDS)},
    )
