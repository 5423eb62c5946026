"""The Content-Security-Policy of every page: no script runs but those of the build.

Reflex's pages carry a few inline scripts. Each is allowed by its hash, so that `unsafe-inline`
is not needed (CSP level 3, section 6.7.3.3).
"""

import base64
import hashlib
import re
from pathlib import Path

INLINE_SCRIPT = re.compile(r"<script\b(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
FALLBACKS = ("404.html", "__spa-fallback.html")


class ContentSecurity:
    def __init__(
        self, pages: Path | None, origins: tuple[str, ...], onward: tuple[str, ...] = ()
    ) -> None:
        """`pages` is the folder of the built pages; in development another server has them.

        `onward` are other sites that a form may lead to after it was answered here.
        """
        # Older browsers don't count a socket as 'self'. None takes an IPv6 address here.
        named = [origin for origin in origins if "[" not in origin]
        sockets = " ".join(origin.replace("http", "ws", 1) for origin in named)
        # In development the style sheet comes from there, too.
        own = " ".join(["'self'", *([] if pages is not None else named)])
        targets = " ".join(["'self'", *onward])
        self._rules = (
            f"default-src 'self'; img-src {own} data:; object-src 'none'; base-uri 'none'; "
            # For the styles that React sets on elements; they run no script.
            f"style-src {own} 'unsafe-inline'; "
            f"form-action {targets}; frame-ancestors 'none'; connect-src 'self' {sockets}; "
        )
        self._hashes = _hashes_by_path(pages) if pages is not None else {}
        fallbacks = " ".join(self._hashes.get(f"/{name}", "") for name in FALLBACKS).split()
        self._fallback = " ".join(dict.fromkeys(fallbacks))

    def policy(self, path: str) -> str:
        hashes = self._hashes.get(path.rstrip("/") or "/", self._fallback)
        return f"{self._rules}script-src 'self' {hashes}".strip()


def _hashes_by_path(pages: Path) -> dict[str, str]:
    """The hashes of the inline scripts of each built page, by the address it is served under."""
    found = {}
    for file in pages.rglob("*.html"):
        name = "/" + file.relative_to(pages).as_posix().removesuffix("index.html").rstrip("/")
        scripts = INLINE_SCRIPT.findall(file.read_text())
        found[name.rstrip("/") or "/"] = " ".join(dict.fromkeys(map(_source_hash, scripts)))
    return found


def _source_hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
