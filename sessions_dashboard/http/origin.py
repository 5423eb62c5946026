"""Refusing what another site makes a browser send."""

from starlette.types import Scope

from sessions_dashboard.http.client import header


def is_own_request(scope: Scope, own_origins: tuple[str, ...]) -> bool:
    """Whether an unsafe request comes from a page of this site, or from no browser at all.

    Every browser sends Origin with a POST. A request without Origin and without Sec-Fetch-Site
    is a program's, which holds no cookies of a person's (the reasoning of Go's
    http.CrossOriginProtection).
    """
    origin = header(scope, b"origin")
    if origin:
        return origin in own_origins
    return header(scope, b"sec-fetch-site") in ("", "same-origin", "none")
