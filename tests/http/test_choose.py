"""A sign-in that finds no room: the person chooses which device to sign out, and goes on."""

import asyncio
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import select

from sessions_dashboard.accounts import users
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.sessions.policy import AtLimit
from tests.http.conftest import Site
from tests.support.people import NOW, set_session, set_user, stored
from tests.support.server import PASSWORD, password_hash

JSON = {"Accept": "application/json"}
PENDING = "__Host-pending_sign_in"


@pytest.fixture
def asking(site: Site) -> Site:
    runtime = site.runtime
    runtime.policy = replace(runtime.policy, max_sessions=2, at_limit=AtLimit.ASK)
    for name in ("ada", "bob"):
        runtime.database.write_here(
            lambda db, name=name: users.create_user(db, f"{name}@example.com", password_hash(), NOW)
        )
    return site


def sign_in(site: Site, name: str = "ada", password: str = PASSWORD, **more: str) -> httpx.Response:
    form = {"email": f"{name}@example.com", "password": password, **more}
    return asyncio.run(site.post("/auth/sign-in", form, **JSON))


def choose(site: Site, cookie: str, public_id: str) -> httpx.Response:
    return asyncio.run(site.post("/auth/sign-in/choose", {"end": public_id}, Cookie=cookie, **JSON))


def cookie_of(answer: httpx.Response) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


def session_ids(site: Site, *, live: bool = True) -> list[str]:
    query = select(sessions.c.public_id).order_by(sessions.c.id)
    if live:
        query = query.where(sessions.c.ended_at.is_(None))
    with site.runtime.database.reading() as db:
        return list(db.scalars(query))


def held_up(site: Site) -> str:
    """The cookie of a sign-in that waits."""
    for _ in range(2):
        assert sign_in(site).status_code == 200
    answer = sign_in(site, next="/activity", remember="no")
    assert (answer.status_code, answer.json()["location"]) == (409, "/choose")
    return cookie_of(answer)


def test_nobody_is_signed_in_or_out_before_the_choice(asking: Site) -> None:
    cookie = held_up(asking)
    assert cookie.startswith(f"{PENDING}=")
    assert len(session_ids(asking)) == len(session_ids(asking, live=False)) == 2


def test_the_cookie_that_waits_is_httponly_and_short_lived(asking: Site) -> None:
    for _ in range(2):
        sign_in(asking)
    line = sign_in(asking).headers["set-cookie"].lower()
    for part in ("httponly", "secure", "samesite=lax", "max-age=300", "path=/"):
        assert part in line


def test_the_chosen_device_ends_and_the_sign_in_goes_on_where_it_wanted(asking: Site) -> None:
    cookie = held_up(asking)
    first, second = session_ids(asking)

    answer = choose(asking, cookie, first)

    assert (answer.status_code, answer.json()) == (200, {"location": "/activity"})
    lines = answer.headers.get_list("set-cookie")
    assert any(line.startswith("__Host-session_token=") for line in lines)
    assert any(line.startswith(f'{PENDING}="";') and "Max-Age=0" in line for line in lines)
    assert session_ids(asking)[0] == second
    assert len(session_ids(asking)) == 2
    with asking.runtime.database.reading() as db:
        assert stored(db, first).end_reason == "limit"
        assert stored(db, session_ids(asking)[1]).remembered is False


def test_a_device_that_is_over_already_makes_room_as_well(asking: Site) -> None:
    cookie = held_up(asking)
    first, _second = session_ids(asking)
    asking.runtime.database.write_here(
        lambda db: set_session(db, first, ended_at=NOW, end_reason="revoked")
    )
    assert choose(asking, cookie, first).status_code == 200
    assert len(session_ids(asking)) == 2


def test_after_the_limit_was_lowered_several_have_to_go(asking: Site) -> None:
    cookie = held_up(asking)
    first, second = session_ids(asking)
    asking.runtime.policy = replace(asking.runtime.policy, max_sessions=1)

    assert choose(asking, cookie, first).json()["error"] == "limit"
    assert session_ids(asking) == [second]
    assert choose(asking, cookie, second).status_code == 200
    assert len(session_ids(asking)) == 1


def test_another_accounts_device_is_not_to_be_chosen(asking: Site) -> None:
    sign_in(asking, "bob")
    (bobs,) = session_ids(asking)
    cookie = held_up(asking)

    assert choose(asking, cookie, bobs).json()["error"] == "limit"

    assert bobs in session_ids(asking)


@pytest.mark.parametrize("public_id", ["", "x", "\x00", "019cec37-b600-7b44-a467-dde20e4ea868"])
def test_what_is_no_device_changes_nothing(asking: Site, public_id: str) -> None:
    cookie = held_up(asking)
    before = session_ids(asking)
    assert choose(asking, cookie, public_id).json()["error"] == "limit"
    assert session_ids(asking) == before


class TestTheCookieThatWaits:
    def refused(self, site: Site, cookie: str) -> bool:
        before = session_ids(site)
        answer = choose(site, cookie, before[0])
        assert session_ids(site) == before
        return (answer.status_code, answer.json()["error"]) == (401, "sign_in_again")

    def test_is_good_for_one_sign_in(self, asking: Site) -> None:
        cookie = held_up(asking)
        assert choose(asking, cookie, session_ids(asking)[0]).status_code == 200
        assert self.refused(asking, cookie)

    def test_is_needed(self, asking: Site) -> None:
        held_up(asking)
        assert self.refused(asking, "")

    def test_is_worth_nothing_changed_by_a_byte(self, asking: Site) -> None:
        cookie = held_up(asking)
        assert self.refused(asking, cookie[:-2] + ("A" if cookie[-2] != "A" else "B") + cookie[-1])

    def test_is_void_after_a_new_password(self, asking: Site) -> None:
        cookie = held_up(asking)
        asking.runtime.database.write_here(lambda db: set_user(db, 1, password_hash="another"))
        assert self.refused(asking, cookie)

    def test_is_void_once_the_account_is_disabled(self, asking: Site) -> None:
        cookie = held_up(asking)
        asking.runtime.database.write_here(lambda db: set_user(db, 1, disabled_at=NOW))
        assert self.refused(asking, cookie)

    def test_is_void_after_five_minutes(
        self, asking: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cookie = held_up(asking)
        real = __import__("time").time
        monkeypatch.setattr("itsdangerous.timed.time.time", lambda: real() + 302)
        assert self.refused(asking, cookie)

    def test_is_not_made_for_a_wrong_password(self, asking: Site) -> None:
        held_up(asking)
        answer = sign_in(asking, password="wrong")
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid")
        assert "set-cookie" not in answer.headers
