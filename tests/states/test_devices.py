"""Your devices: what the page is told, and arguments that no page would send."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from sessions_dashboard.sessions import NotSignedIn, queries
from sessions_dashboard.sessions.models import sessions
from sessions_dashboard.states.device_details import DeviceDetailsState
from sessions_dashboard.states.devices import DevicesState
from sessions_dashboard.words import devices as words
from tests.states.conftest import Pages
from tests.support.people import (
    add_many_sessions,
    add_user,
    sign_in,
    stored,
)

Run = Callable[[Any], Any]
ANYTHING: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, float("nan"), "", " ", "x", "x" * 100_000, "\x00", "\ud800", "'--"),
    *([], ["x"], {}, {"id": "x"}, (), b"x", ...),
    *("00000000-0000-0000-0000-000000000000", "%", "*"),
)


@pytest.fixture
def page(pages: Pages, run: Run) -> Any:
    """The page of somebody with two other devices, loaded."""
    pages.sign_in()
    pages.add_device()
    pages.add_device()
    run(pages.call(DevicesState, "load"))
    return pages.state(DevicesState)


def live(pages: Pages) -> int:
    with pages.runtime.database.reading() as db:
        query = select(func.count()).select_from(sessions).where(sessions.c.ended_at.is_(None))
        return int(db.execute(query).scalar_one())


class TestWhatItShows:
    def test_this_device_apart_and_the_others(self, pages: Pages, page: Any) -> None:
        assert pages.me is not None
        assert page.this_device.id == pages.me.public_id
        assert page.this_device.title == "Chrome on Windows"
        assert page.this_device.place == "near Berlin, Germany"
        assert page.email == "ada@example.com"
        assert [row.title for row in page.others] == ["Firefox on Linux"] * 2
        assert page.this_device.id not in [row.id for row in page.others]

    def test_a_kind_that_the_place_says_already_is_not_said_twice(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        assert page.this_device.kind_words == "Computer"
        assert pages.me is not None
        pages.change(pages.me, city=None, country=None, ip_address="127.0.0.1")
        run(pages.call(DevicesState, "load"))
        here = page.this_device
        assert (here.kind, here.kind_words, here.place) == ("desktop", "", "This computer")

    def test_nothing_secret_and_no_row_number(self, pages: Pages, page: Any) -> None:
        assert pages.me is not None
        for row in (page.this_device, *page.others):
            with pages.runtime.database.reading() as db:
                kept = stored(db, row.id)
            told = repr(row)
            assert pages.me.token not in told
            assert kept.token_digest.hex() not in told
            assert kept.user_agent not in told
            assert not hasattr(row, "user_id")

    def test_nobody_elses_and_none_that_is_over(self, pages: Pages, page: Any, run: Run) -> None:
        with pages.runtime.database.begin() as db:
            sign_in(db, add_user(db, "bob"), pages.now())
        over, idle = pages.add_device(), pages.add_device()
        pages.change(over, ended_at=pages.now(), end_reason="revoked")
        pages.change(idle, last_seen_at=pages.now() - timedelta(days=15))
        run(pages.call(DevicesState, "refresh"))
        shown = {row.id for row in page.others}
        assert len(shown) == 2
        assert over.public_id not in shown
        assert idle.public_id not in shown

    def test_how_many_there_are_where_they_are_too_many(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        assert pages.me is not None
        now = pages.now()
        with pages.runtime.database.begin() as db:
            add_many_sessions(db, pages.me.actor.user_id, 120, created_at=now, last_seen_at=now)
        run(pages.call(DevicesState, "refresh"))
        assert len(page.others) <= queries.MAX_DEVICES
        assert page.not_shown == 123 - queries.MAX_DEVICES
        assert page.not_shown_words == "23 more devices are not shown."
        assert page.this_device.id == pages.me.public_id


class TestRevoke:
    def test_asks_about_the_device_and_then_ends_it(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        other = page.others[0]
        run(pages.call(DevicesState, "ask_revoke", device_id=other.id))
        assert page.revoke_question == "Revoke Firefox on Linux?"
        assert page.revoke_consequence.startswith("Firefox on Linux is signed out at once.")
        run(pages.call(DevicesState, "revoke"))
        assert page.notice == "Firefox on Linux was signed out."
        assert page.revoking.id == ""
        assert other.id not in [row.id for row in page.others]
        with pages.runtime.database.reading() as db:
            assert stored(db, other.id).end_reason == "revoked"

    def test_says_so_when_it_is_gone_already(self, pages: Pages, page: Any, run: Run) -> None:
        other = page.others[0]
        run(pages.call(DevicesState, "ask_revoke", device_id=other.id))
        with pages.runtime.database.begin() as db:
            db.execute(
                sessions.update()
                .where(sessions.c.public_id == other.id)
                .values(ended_at=pages.now(), end_reason="signed_out")
            )
        run(pages.call(DevicesState, "revoke"))
        assert (page.notice, page.problem) == ("", words.GONE)

    def test_of_anything_else_does_nothing(self, pages: Pages, page: Any, run: Run) -> None:
        before = live(pages)
        for argument in ANYTHING:
            run(pages.call(DevicesState, "ask_revoke", device_id=argument))
            assert page.revoking.id == ""
            run(pages.call(DevicesState, "revoke"))
            assert page.problem == words.GONE, argument
        assert live(pages) == before

    def test_of_a_strangers_or_the_own_device_does_nothing(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        with pages.runtime.database.begin() as db:
            stranger = sign_in(db, add_user(db, "bob"), pages.now())
        before = live(pages)
        for session_id in (stranger.public_id, page.this_device.id):
            run(pages.call(DevicesState, "ask_revoke", device_id=session_id))
            assert page.revoking.id == ""
            run(pages.call(DevicesState, "revoke"))
        assert live(pages) == before

    def test_by_somebody_whose_session_ended_a_moment_ago_does_nothing(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        """The gate let the event through, and then the session ended."""
        assert pages.me is not None
        other = page.others[0]
        run(pages.call(DevicesState, "ask_revoke", device_id=other.id))
        me = pages.me

        async def story() -> None:
            pages.runtime.resume_by_public_id = _always(me.actor)  # type: ignore[method-assign]
            pages.change(me, ended_at=pages.now(), end_reason="revoked")
            for name in ("revoke", "sign_out_others"):
                with pytest.raises(NotSignedIn):
                    await pages.call(DevicesState, name)

        run(story())
        with pages.runtime.database.reading() as db:
            assert stored(db, other.id).ended_at is None


def _always(actor: Any) -> Callable[[str], Any]:
    async def resume(_public_id: str) -> Any:
        return actor

    return resume


class TestSignOutOthers:
    @pytest.mark.parametrize(
        ("others", "notice"),
        [
            (0, "No other devices were signed in."),
            (1, "1 other device was signed out."),
            (3, "3 other devices were signed out."),
        ],
    )
    def test_says_how_many(self, pages: Pages, run: Run, others: int, notice: str) -> None:
        me = pages.sign_in()
        for _ in range(others):
            pages.add_device()
        run(pages.call(DevicesState, "load"))
        page = pages.state(DevicesState)
        run(pages.call(DevicesState, "ask_sign_out_others"))
        assert page.signing_out_others is True
        assert page.sign_out_others_consequence.startswith(
            f"{others} device{'' if others == 1 else 's'} "
        )
        run(pages.call(DevicesState, "sign_out_others"))
        assert page.notice == notice
        assert page.others == []
        assert page.signing_out_others is False
        with pages.runtime.database.reading() as db:
            assert stored(db, me.public_id).ended_at is None

    def test_asks_for_the_password_when_it_was_entered_long_ago(
        self, pages: Pages, run: Run
    ) -> None:
        me = pages.sign_in()
        other = pages.add_device()
        pages.change(me, authenticated_at=pages.now() - timedelta(days=2))
        run(pages.call(DevicesState, "load"))
        run(pages.call(DevicesState, "sign_out_others"))
        assert pages.state(DevicesState).confirming is True
        with pages.runtime.database.reading() as db:
            assert stored(db, other.public_id).ended_at is None


class TestRename:
    def rename(self, pages: Pages, run: Run, device_id: str, name: Any) -> None:
        run(pages.call(DevicesState, "ask_rename", device_id=device_id))
        run(pages.call(DevicesState, "rename", form={"name": name}))

    def test_names_this_device_and_others(self, pages: Pages, page: Any, run: Run) -> None:
        other = page.others[0].id
        self.rename(pages, run, page.this_device.id, " At  home ")
        assert page.this_device.title == "At home"
        assert page.this_device.label == "Chrome on Windows"
        assert page.notice == "The device is now called At home."
        assert page.renaming.id == ""
        self.rename(pages, run, other, "At work")
        assert [row.title for row in page.others if row.id == other] == ["At work"]

    def test_an_empty_name_brings_the_browsers_own_back(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        self.rename(pages, run, page.this_device.id, "At home")
        self.rename(pages, run, page.this_device.id, "  ")
        assert page.this_device.title == "Chrome on Windows"
        assert page.notice == "The device is now called Chrome on Windows."

    def test_a_name_that_is_too_long_is_a_problem_in_the_dialog_which_stays(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        self.rename(pages, run, page.this_device.id, "x" * 65)
        assert page.rename_problem == words.NAME_TOO_LONG
        assert page.renaming.id == page.this_device.id
        run(pages.call(DevicesState, "close_dialog"))
        assert (page.rename_problem, page.renaming.id) == ("", "")

    def test_a_name_of_odd_characters_is_stored_safely(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        for name in ("\u202eevil", "a\x00b", "\ud800x", "a\nb", "<b>x</b>"):
            self.rename(pages, run, page.this_device.id, name)
            assert page.this_device.title.isprintable()
            page.this_device.title.encode()

    def test_a_form_that_is_none_does_nothing(self, pages: Pages, page: Any, run: Run) -> None:
        run(pages.call(DevicesState, "ask_rename", device_id=page.this_device.id))
        for value in ANYTHING:
            run(pages.call(DevicesState, "rename", form=value))
            if not isinstance(value, str):
                run(pages.call(DevicesState, "rename", form={"name": value}))
        assert page.this_device.title == "Chrome on Windows"
        assert page.notice == ""

    def test_a_device_that_is_none_of_theirs_is_not_renamed(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        for device_id in ANYTHING:
            self.rename(pages, run, device_id, "Taken over")
            assert page.problem == words.GONE, device_id
        with pages.runtime.database.reading() as db:
            names = db.execute(select(sessions.c.name)).scalars().all()
        assert set(names) == {None}


class TestSeveral:
    def test_end_after_one_question(self, pages: Pages, page: Any, run: Run) -> None:
        first, second = page.others
        for row in (first, second):
            run(pages.call(DevicesState, "select", device_id=row.id))
        assert page.selected_words == "2 selected"
        run(pages.call(DevicesState, "ask_revoke_selected"))
        assert page.revoking_selected is True
        assert page.revoke_selected_question == "Revoke 2 devices?"
        run(pages.call(DevicesState, "revoke_selected"))
        assert page.notice == "2 devices were signed out."
        assert (page.others, page.selected, page.selecting) == ([], [], False)
        assert live(pages) == 1

    def test_of_anything_else_end_nothing(self, pages: Pages, page: Any, run: Run) -> None:
        with pages.runtime.database.begin() as db:
            stranger = sign_in(db, add_user(db, "bob"), pages.now())
        before = live(pages)
        for argument in (*ANYTHING, stranger.public_id, page.this_device.id):
            run(pages.call(DevicesState, "select", device_id=argument))
            assert page.selected == [], argument
        run(pages.call(DevicesState, "revoke_selected"))
        assert page.problem == words.GONE
        assert live(pages) == before

    def test_older_ones_ask_a_young_session_for_the_password(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        old = pages.add_device()
        pages.change(old, created_at=pages.now() - timedelta(days=3))
        run(pages.call(DevicesState, "refresh"))
        run(pages.call(DevicesState, "select", device_id=old.public_id))
        run(pages.call(DevicesState, "ask_revoke_selected"))
        run(pages.call(DevicesState, "revoke_selected"))
        assert page.confirming is True
        with pages.runtime.database.reading() as db:
            assert stored(db, old.public_id).ended_at is None

    def test_are_no_longer_selected_once_they_are_gone(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        first, second = page.others
        run(pages.call(DevicesState, "select_all"))
        with pages.runtime.database.begin() as db:
            db.execute(
                sessions.update()
                .where(sessions.c.public_id == first.id)
                .values(ended_at=pages.now(), end_reason="signed_out")
            )
        run(pages.call(DevicesState, "refresh"))
        assert page.selected == [second.id]


class TestNarrowing:
    def test_is_offered_where_there_are_many_or_something_is_narrowed(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        assert page.kinds == []
        for _ in range(3):
            pages.add_device()
        run(pages.call(DevicesState, "refresh"))
        assert [(row.id, row.number) for row in page.kinds] == [
            ("all", 5),
            ("inactive", 0),
            ("new", 5),
            ("unconfirmed", 0),
        ]

    def test_advice_tells_the_true_number_and_leads_there(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        idle = pages.add_device()
        pages.change(idle, last_seen_at=pages.now() - timedelta(days=7, minutes=1))
        run(pages.call(DevicesState, "refresh"))
        assert page.advice == "1 device has not been used for 7 days or longer."
        run(pages.call(DevicesState, "review"))
        assert [row.id for row in page.others] == [idle.public_id]
        assert (page.kind, page.selecting, page.advice) == ("inactive", True, "")
        run(pages.call(DevicesState, "narrow", kind="all"))
        assert len(page.others) == 3

    def test_by_what_there_is_not_changes_nothing(self, pages: Pages, page: Any, run: Run) -> None:
        for value in ANYTHING:
            run(pages.call(DevicesState, "narrow", kind=value))
            assert page.kind == "all"
        run(pages.call(DevicesState, "narrow", kind="inactive"))
        assert (page.kind, len(page.others)) == ("all", 2)


class TestDetails:
    def test_say_what_the_browser_said_and_fold_again(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        other = page.others[0]
        run(pages.call(DevicesState, "ask_rename", device_id=other.id))
        run(pages.call(DevicesState, "rename", form={"name": "Desk"}))
        run(pages.call(DeviceDetailsState, "unfold", device_id=other.id))
        details = pages.state(DeviceDetailsState)
        assert (details.device_id, details.user_agent) == (other.id, "Firefox/140")
        assert [row.text for row in details.changes] == ["Firefox on Linux was renamed to Desk"]
        run(pages.call(DeviceDetailsState, "unfold", device_id=other.id))
        assert (details.device_id, details.user_agent) == ("", "")

    def test_of_a_strangers_or_of_nothing_are_not_told(
        self, pages: Pages, page: Any, run: Run
    ) -> None:
        with pages.runtime.database.begin() as db:
            stranger = sign_in(db, add_user(db, "bob"), pages.now())
        details = pages.state(DeviceDetailsState)
        for value in (*ANYTHING, stranger.public_id):
            run(pages.call(DeviceDetailsState, "unfold", device_id=value))
            assert (details.device_id, details.user_agent, details.changes) == ("", "", [])
