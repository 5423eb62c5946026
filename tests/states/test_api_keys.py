"""API keys on the page Account: made, shown once, revoked."""

from collections.abc import Callable
from typing import Any

import pytest

from sessions_dashboard.sessions import api_keys
from sessions_dashboard.states.api_keys import ApiKeysState
from sessions_dashboard.words import api_keys as words
from tests.states.conftest import Pages
from tests.states.test_admin_webhooks import make_stale
from tests.states.test_devices import ANYTHING

Run = Callable[[Any], Any]
FORM = {"name": "Backup", "days": "30", "scope_own:read": "on"}


@pytest.fixture
def page(pages: Pages, run: Run) -> Any:
    pages.sign_in("somebody")
    run(pages.call(ApiKeysState, "load_keys"))
    return pages.state(ApiKeysState)


def make(pages: Pages, run: Run, **form: Any) -> None:
    run(pages.call(ApiKeysState, "ask_key"))
    run(pages.call(ApiKeysState, "make_key", form=FORM | form))


def test_a_new_key_is_shown_once_and_works(pages: Pages, page: Any, run: Run) -> None:
    make(pages, run)

    key = page.new_key
    with pages.runtime.database.reading() as db:
        assert api_keys.resume_key(db, key, pages.now()) is not None
    [row] = page.keys
    assert (row.name, row.ending, row.used) == ("Backup", key[-4:], "")
    run(pages.call(ApiKeysState, "close_keys"))
    assert page.new_key == ""
    assert key not in repr(page.keys)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": " "}, words.NO_NAME),
        ({"name": "x" * 99}, words.LONG_NAME),
        ({"scope_own:read": ""}, words.NO_SCOPE),
        ({"scope_admin:read": "on"}, words.ADMINS_ONLY),
    ],
)
def test_what_is_wrong_with_the_form_is_said(
    pages: Pages, page: Any, run: Run, form: dict[str, str], said: str
) -> None:
    make(pages, run, **form)
    assert (page.key_problem, page.new_key, page.keys) == (said, "", [])


@pytest.mark.parametrize("days", ["0", "99999", "", "-1", None, 30])
def test_nobody_chooses_another_lifetime(pages: Pages, page: Any, run: Run, days: Any) -> None:
    make(pages, run, days=days)
    assert (page.new_key, page.keys) == ("", [])


def test_the_password_is_asked_for_and_the_form_is_not_lost(
    pages: Pages, page: Any, run: Run
) -> None:
    make_stale(pages)
    make(pages, run)
    assert page.confirming
    assert page.new_key == ""
    pages.change(pages.me, authenticated_at=pages.now())
    run(pages.call(ApiKeysState, "make_key_now"))
    assert page.new_key
    assert not page.confirming


def test_a_key_is_revoked_after_a_question(pages: Pages, page: Any, run: Run) -> None:
    make(pages, run)
    key = page.new_key
    run(pages.call(ApiKeysState, "ask_revoke", key_id=page.keys[0].id))
    assert page.revoke_question == words.revoke_question("Backup")
    run(pages.call(ApiKeysState, "revoke_key"))
    assert page.keys == []
    with pages.runtime.database.reading() as db:
        assert api_keys.resume_key(db, key, pages.now()) is None


@pytest.mark.parametrize("value", ANYTHING)
def test_forged_arguments_change_nothing(pages: Pages, page: Any, run: Run, value: Any) -> None:
    run(pages.call(ApiKeysState, "make_key", form=value))
    run(pages.call(ApiKeysState, "ask_key"))
    run(pages.call(ApiKeysState, "make_key", form=value))
    run(pages.call(ApiKeysState, "ask_revoke", key_id=value))
    run(pages.call(ApiKeysState, "revoke_key"))
    assert (page.keys, page.new_key) == ([], "")
