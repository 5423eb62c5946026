"""Views kept by administrators: each their own."""

import pytest
from sqlalchemy import Connection

from sessions_dashboard.sessions import NotSignedIn, saved_views
from sessions_dashboard.sessions.saved_views import TooManyViews, forget_view, keep_view, views_of
from tests.support.people import NOW, SignedIn, add_user, set_session, sign_in


@pytest.fixture
def admin(db: Connection) -> SignedIn:
    return sign_in(db, add_user(db, "chief", is_admin=True))


def names(db: Connection, admin: SignedIn) -> list[str]:
    return [view.name for view in views_of(db, admin.actor.user_id)]


def test_are_kept_by_name_and_the_newest_of_a_name_counts(db: Connection, admin: SignedIn) -> None:
    keep_view(db, admin.actor, "Phones", {"kind": "phone"}, NOW)
    keep_view(db, admin.actor, "admins", {"role": "admin"}, NOW)
    keep_view(db, admin.actor, "Phones", {"kind": "tablet"}, NOW)
    first, second = views_of(db, admin.actor.user_id)
    assert (first.name, first.parameters) == ("admins", {"role": "admin"})
    assert (second.name, second.parameters) == ("Phones", {"kind": "tablet"})
    gone = forget_view(db, admin.actor, "admins")
    assert gone == first
    assert forget_view(db, admin.actor, "nonsense") is None
    assert names(db, admin) == ["Phones"]


def test_are_nobody_elses(db: Connection, admin: SignedIn) -> None:
    other = sign_in(db, add_user(db, "grace", is_admin=True))
    keep_view(db, admin.actor, "Phones", {"kind": "phone"}, NOW)
    assert names(db, other) == []
    forget_view(db, other.actor, "Phones")
    assert names(db, admin) == ["Phones"]


def test_there_is_an_end_to_them(
    db: Connection, admin: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_views, "MAX_VIEWS", 2)
    for name in ("a", "b", "a"):
        keep_view(db, admin.actor, name, {}, NOW)
    with pytest.raises(TooManyViews):
        keep_view(db, admin.actor, "c", {}, NOW)


def test_a_session_that_is_over_keeps_and_forgets_none(db: Connection, admin: SignedIn) -> None:
    keep_view(db, admin.actor, "a", {}, NOW)
    set_session(db, admin.public_id, ended_at=NOW, end_reason="revoked")
    with pytest.raises(NotSignedIn):
        keep_view(db, admin.actor, "b", {}, NOW)
    with pytest.raises(NotSignedIn):
        forget_view(db, admin.actor, "a")
    assert names(db, admin) == ["a"]
