"""A page that stands by itself, for when none of the built ones would help."""

from html import escape

from starlette.responses import HTMLResponse


def bare_page(
    title: str, text: str, status: int, *, refresh: int = 0, more: str = ""
) -> HTMLResponse:
    """Args:
    refresh: seconds after which a browser asks again by itself.
    more: HTML that follows the text.
    """
    again = f'<meta http-equiv="refresh" content="{refresh}">' if refresh else ""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"{again}"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<link rel="stylesheet" href="/styles.css"></head>'
        f'<body><main class="form-page"><div class="form-card">'
        f'<h1 class="form-title">{escape(title)}</h1>'
        f"<p>{escape(text)}</p>{more}</div></main></body></html>",
        status,
    )
