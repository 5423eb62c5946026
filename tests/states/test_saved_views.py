"""The views that an administrator keeps, and the one that was deleted by mistake."""

from collections.abc import Callable
from typing import Any

import pytest

from sessions_dashboard.sessions import saved_views
from sessions_dashboard.states.saved_views import SavedViewsState
from sessions_dashboard.words import admin as words
from tests.states.conftest import Pages

Run = Callable[[Any], Any]
ADDRESS = "/admin/sessions?os=Linux&sort=-seen&hide=place"


@pytest.fixture
def page(pages: Pages, run: Run) -> Any:
    """With one view."""
    pages.sign_in("chief", is_admin=True)
    pages.at(ADDRESS)
    run(pages.call(SavedViewsState, "load"))
    run(pages.call(SavedViewsState, "keep", form={"name": "Linux"}))
    return pages.state(SavedViewsState)


def addresses(page: Any) -> dict[str, str]:
    return {view.name: view.address for view in page.views}


def test_what_was_deleted_is_brought_back_as_it_was(pages: Pages, page: Any, run: Run) -> None:
    assert addresses(page) == {"Linux": ADDRESS}
    run(pages.call(SavedViewsState, "forget", name="Linux"))
    # It does not say any more that the view is saved.
    assert (page.views, page.notice) == ([], "")
    assert page.forgotten_words == words.view_forgotten("Linux")
    # What is shown by now is not what was kept.
    pages.at("/admin/sessions")
    run(pages.call(SavedViewsState, "bring_back"))
    assert (addresses(page), page.forgotten) == ({"Linux": ADDRESS}, "")
    assert page.notice == words.view_back("Linux")


def test_a_new_one_of_the_same_name_stays(pages: Pages, page: Any, run: Run) -> None:
    run(pages.call(SavedViewsState, "forget", name="Linux"))
    pages.at("/admin/sessions?os=Windows")
    run(pages.call(SavedViewsState, "keep", form={"name": "Linux"}))
    run(pages.call(SavedViewsState, "bring_back"))
    assert addresses(page) == {"Linux": "/admin/sessions?os=Windows"}


def test_without_room_it_says_so(
    pages: Pages, page: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(pages.call(SavedViewsState, "forget", name="Linux"))
    monkeypatch.setattr(saved_views, "MAX_VIEWS", 0)
    run(pages.call(SavedViewsState, "bring_back"))
    assert (page.views, page.problem) == ([], words.TOO_MANY_VIEWS)
    monkeypatch.undo()
    run(pages.call(SavedViewsState, "bring_back"))
    assert (addresses(page), page.problem) == ({"Linux": ADDRESS}, "")


def test_nothing_is_brought_back_that_was_not_deleted(pages: Pages, page: Any, run: Run) -> None:
    for deed in ({}, {"name": "nonsense"}):
        if deed:
            run(pages.call(SavedViewsState, "forget", **deed))
        run(pages.call(SavedViewsState, "bring_back"))
        assert addresses(page) == {"Linux": ADDRESS}
    run(pages.call(SavedViewsState, "forget", name="Linux"))
    run(pages.call(SavedViewsState, "load"))
    run(pages.call(SavedViewsState, "bring_back"))
    assert addresses(page) == {}
