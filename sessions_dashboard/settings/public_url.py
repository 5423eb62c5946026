"""The address that people type, as PUBLIC_URL names it, and the origins made of it."""

import re
from urllib.parse import SplitResult, urlsplit


def split_public_url(url: str) -> SplitResult:
    """The parts of PUBLIC_URL; a name outside ASCII has to be written as browsers send it."""
    complaint = ValueError("PUBLIC_URL must look like https://sessions.example.com")
    try:
        public = urlsplit(url)
        port = public.port
    except ValueError:
        raise complaint from None
    if public.scheme not in ("http", "https") or not public.hostname or port == 0:
        raise complaint
    if public.username is not None or not re.fullmatch(r"[!-~]+", url):
        raise complaint
    return public


def origin_host(url: str) -> str:
    """The host as it stands in an origin: lower case, IPv6 in brackets."""
    host = (urlsplit(url).hostname or "").lower()
    return f"[{host}]" if ":" in host else host


def origin(scheme: str, host: str, port: int | None) -> str:
    default = 443 if scheme == "https" else 80
    return f"{scheme}://{host}" if port in (None, default) else f"{scheme}://{host}:{port}"
