"""A form that is none."""

import pytest

from tests.http.conftest import UNSAFE
from tests.support.server import DashboardServer

JSON = {"Accept": "application/json"}
FORM = "application/x-www-form-urlencoded"

REFUSED = {
    "too large": (b"email=" + b"x" * 20_000, FORM, 413, "too_large"),
    "JSON": (b'{"email": "a@b"}', "application/json", 415, "form"),
    "many parts": (b"--x\r\n", "multipart/form-data; boundary=x", 415, "form"),
    "plain text": (b"email=a", "text/plain", 415, "form"),
    "without a type": (b"email=a", None, 415, "form"),
    "too many fields": (b"&".join(b"a=b" for _ in range(30)), FORM, 400, "form"),
    "not UTF-8": (b"email=%ff%fe", FORM, 400, "form"),
    "not UTF-8 either": (b"email=\xff\xfe", FORM, 400, "form"),
    "half a surrogate pair": (b"email=%ed%a0%80", FORM, 400, "form"),
}


@pytest.mark.parametrize("path", UNSAFE)
@pytest.mark.parametrize(("body", "kind", "status", "code"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_with_a_reason(
    sqlite_server: DashboardServer,
    path: str,
    body: bytes,
    kind: str | None,
    status: int,
    code: str,
) -> None:
    visitor = sqlite_server.visitor()
    page = visitor.post(path, content=body, Content_Type=kind)
    program = visitor.post(path, content=body, Content_Type=kind, **JSON)
    assert page.status_code == 303
    # Back to its own form, on a page of this site.
    assert page.headers["location"].startswith(f"{sqlite_server.url}/")
    assert f"error={code}" in page.headers["location"]
    assert (program.status_code, program.json()["error"]) == (status, code)


def test_a_body_of_unknown_length_is_read_no_further_than_the_limit(
    sqlite_server: DashboardServer,
) -> None:
    def chunks():  # type: ignore[no-untyped-def]
        for _ in range(40):
            yield b"x" * 1_000

    answer = sqlite_server.request(
        "POST",
        "/auth/sign-in",
        content=chunks(),
        headers=sqlite_server.visitor().headers(Content_Type=FORM, **JSON),
    )
    assert answer.status_code == 413


def test_of_two_fields_of_one_name_the_last_counts_and_nothing_breaks(
    sqlite_server: DashboardServer,
) -> None:
    answer = sqlite_server.visitor().post(
        "/auth/sign-in", content=b"email=a@b&email=c@d&password=&&=&", Content_Type=FORM, **JSON
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("kind", [FORM.upper(), f"{FORM}; charset=utf-8", f" {FORM} "])
def test_the_type_may_be_spelled_as_servers_allow(
    sqlite_server: DashboardServer, kind: str
) -> None:
    answer = sqlite_server.request(
        "POST",
        "/auth/sign-in",
        content=b"email=a&password=b",
        headers=sqlite_server.visitor().headers(**JSON) | {"Content-Type": kind.strip()},
    )
    assert answer.status_code == 401
