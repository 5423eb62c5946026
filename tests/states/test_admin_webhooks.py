"""The webhooks' page: what it shows, does and refuses."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from sessions_dashboard.sessions import NotAdmin, NotSignedIn, webhooks
from sessions_dashboard.sessions.deliveries import Failure, Outcome, claim, note
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.webhook_models import webhook_deliveries, webhook_endpoints
from sessions_dashboard.states.admin_webhooks import AdminWebhooksState
from sessions_dashboard.words import admin_webhooks as words
from tests.states.conftest import Pages
from tests.states.test_devices import ANYTHING
from tests.support.people import lines, set_user

Run = Callable[[Any], Any]
URL = "https://hooks.example.com/in/secret-path"


@pytest.fixture
def page(pages: Pages, run: Run) -> Any:
    pages.sign_in("chief", is_admin=True)
    run(pages.call(AdminWebhooksState, "load"))
    return pages.state(AdminWebhooksState)


@pytest.fixture
def add(pages: Pages, page: Any, run: Run) -> Callable[..., str]:
    """Add an endpoint by hand, and close the dialog with its secret; its id."""

    def one(url: str = URL, **ticked: str) -> str:
        run(pages.call(AdminWebhooksState, "ask_add"))
        ticked = ticked or {"everything": "on"}
        run(pages.call(AdminWebhooksState, "save", form={"url": url, **ticked}))
        assert page.secret.startswith("whsec_"), page.form_problem
        run(pages.call(AdminWebhooksState, "close_dialog"))
        return str(page.endpoints[-1].id)

    return one


def table(pages: Pages, which: Any = webhook_endpoints) -> list[Any]:
    with pages.runtime.database.reading() as db:
        return list(db.execute(select(which).order_by(which.c.id)))


def history(pages: Pages) -> list[tuple[str, str | None]]:
    with pages.runtime.database.reading() as db:
        found = [line for line in lines(db) if line.kind.startswith("webhook_")]
    return [(line.kind, line.details.get("what")) for line in found]


def make_stale(pages: Pages) -> None:
    assert pages.me is not None
    long_ago = pages.now() - 2 * pages.runtime.policy.step_up_after
    pages.change(pages.me, authenticated_at=long_ago)


class TestAdding:
    def test_shows_the_secret_once(self, pages: Pages, page: Any, run: Run, add: Any) -> None:
        add()

        assert page.secret == ""
        [row] = page.endpoints
        assert (row.url, row.host, row.told_of) == (URL, "hooks.example.com", "everything")
        assert history(pages) == [("webhook_added", None)]
        with pages.runtime.database.reading() as db:
            [line] = lines(db, EventKind.WEBHOOK_ADDED)
        assert "secret-path" not in repr(line)

    def test_takes_the_kinds_that_were_ticked(
        self, pages: Pages, page: Any, run: Run, add: Any
    ) -> None:
        add(kind_signed_in="on", kind_ended="on", kind_nonsense="on")

        assert table(pages)[0].kinds == ["ended", "signed_in"]
        assert page.endpoints[0].told_of == "ends of sessions, sign-ins"

    def test_asks_for_at_least_one_kind(self, pages: Pages, page: Any, run: Run) -> None:
        run(pages.call(AdminWebhooksState, "ask_add"))
        run(pages.call(AdminWebhooksState, "save", form={"url": URL}))

        assert page.form_problem == words.NO_KINDS
        assert table(pages) == []

    @pytest.mark.parametrize("url", ["http://example.com/", "https://10.0.0.1/", "nonsense"])
    def test_refuses_a_wrong_address_and_keeps_the_form(
        self, pages: Pages, page: Any, run: Run, url: str
    ) -> None:
        run(pages.call(AdminWebhooksState, "ask_add"))
        run(pages.call(AdminWebhooksState, "save", form={"url": url, "everything": "on"}))

        assert page.url_problem in words.URL_PROBLEMS.values()
        assert page.form == "add"
        assert table(pages) == []

    def test_stops_at_the_most_there_may_be(
        self, pages: Pages, page: Any, run: Run, add: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(webhooks, "MAX_ENDPOINTS", 1)
        add()
        run(pages.call(AdminWebhooksState, "ask_add"))
        run(pages.call(AdminWebhooksState, "save", form={"url": URL, "everything": "on"}))

        assert page.problem == words.TOO_MANY
        assert len(table(pages)) == 1


class TestDeeds:
    @pytest.mark.parametrize("deed", list(words.DEEDS))
    def test_are_asked_about_and_written_down(
        self, pages: Pages, page: Any, run: Run, add: Any, deed: str
    ) -> None:
        endpoint = add()
        run(pages.call(AdminWebhooksState, "ask", deed=deed, endpoint_id=endpoint))
        assert "hooks.example.com" in page.consequence
        assert len(history(pages)) == 1
        run(pages.call(AdminWebhooksState, "confirm"))

        expected = {
            "rotate": ("webhook_changed", "secret"),
            "disable": ("webhook_changed", "disabled"),
            "enable": ("webhook_changed", "enabled"),
            "delete": ("webhook_deleted", None),
        }
        assert history(pages)[1:] == [expected[deed]]
        assert page.asking == ""
        assert bool(page.secret) == (deed == "rotate")
        assert len(page.endpoints) == (0 if deed == "delete" else 1)

    def test_kinds_are_chosen_anew(self, pages: Pages, page: Any, run: Run, add: Any) -> None:
        endpoint = add()
        run(pages.call(AdminWebhooksState, "ask_kinds", endpoint_id=endpoint))
        assert page.target.everything is True
        run(pages.call(AdminWebhooksState, "save", form={"kind_ended": "on"}))

        assert table(pages)[0].kinds == ["ended"]
        assert table(pages)[0].url == URL
        assert history(pages)[1:] == [("webhook_changed", "kinds")]

    def test_a_test_is_put_and_sent_again(
        self, pages: Pages, page: Any, run: Run, add: Any
    ) -> None:
        endpoint = add(kind_ended="on")
        run(pages.call(AdminWebhooksState, "send_test", endpoint_id=endpoint))

        [row] = page.deliveries
        assert (row.what, row.state, row.can_be_sent) == ("Test", "Waiting", True)
        assert row.type == "test"
        run(pages.call(AdminWebhooksState, "send_again", delivery_id=row.id))
        assert page.notice == words.DONE["again"]


class TestTheLog:
    def test_says_what_came_of_it(self, pages: Pages, page: Any, run: Run, add: Any) -> None:
        add()
        add(URL + "/2", kind_ended="on")
        database, now = pages.runtime.database, pages.now()
        outcome = Outcome(Failure.STATUS, 500, "<b>no</b>", 1234)

        def fail(db: Any) -> None:
            batch = claim(db, table(pages)[0].id, now, 1)
            assert batch is not None
            note(db, batch.deliveries[0], outcome, now)

        database.write_here(fail)
        run(pages.call(AdminWebhooksState, "refresh"))

        assert len(page.deliveries) == 2
        row = page.deliveries[-1]
        assert (row.state, row.tone, row.took) == ("Failed", "bad", "1.2 s")
        assert row.outcome == "Not accepted · 500 · <b>no</b>"
        assert row.next_try > now.isoformat()

    def test_is_paged_by_key(self, pages: Pages, page: Any, run: Run, add: Any) -> None:
        add()
        with pages.runtime.database.begin() as db:
            for _ in range(49):
                record(db, EventKind.CONFIRMED, pages.now(), user_id=pages.me.actor.user_id)
        run(pages.call(AdminWebhooksState, "refresh"))
        seen = [row.id for row in page.deliveries]
        while page.has_next:
            run(pages.call(AdminWebhooksState, "next_page"))
            seen += [row.id for row in page.deliveries]

        assert len(set(seen)) == len(seen) == 50
        run(pages.call(AdminWebhooksState, "previous_page"))
        run(pages.call(AdminWebhooksState, "previous_page"))
        assert [row.id for row in page.deliveries] == seen[:20]
        assert page.has_previous is False


class TestRefusals:
    CALLS = (
        ("save", {"form": {"url": URL, "everything": "on"}}),
        ("send_test", {"endpoint_id": "ENDPOINT"}),
        ("send_again", {"delivery_id": "DELIVERY"}),
        *(("confirm", {"deed": deed}) for deed in words.DEEDS),
    )

    def prepare(self, pages: Pages, run: Run, add: Any, call: tuple[str, Any]) -> Any:
        endpoint = add()
        delivery = table(pages, webhook_deliveries)[0].public_id
        name, payload = call
        ids = {"ENDPOINT": endpoint, "DELIVERY": delivery}
        payload = {
            key: ids.get(value, value) if isinstance(value, str) else value
            for key, value in payload.items()
        }
        if name == "confirm":
            deed = payload.pop("deed")
            run(pages.call(AdminWebhooksState, "ask", deed=deed, endpoint_id=endpoint))
        elif name == "save":
            run(pages.call(AdminWebhooksState, "ask_add"))
        return name, payload

    def everything(self, pages: Pages) -> Any:
        return table(pages), table(pages, webhook_deliveries), history(pages)

    @pytest.mark.parametrize("call", CALLS, ids=str)
    def test_whoever_is_no_administrator_any_more_does_nothing(
        self, pages: Pages, page: Any, run: Run, add: Any, call: tuple[str, Any]
    ) -> None:
        name, payload = self.prepare(pages, run, add, call)
        before = self.everything(pages)
        with pages.runtime.database.begin() as db:
            set_user(db, pages.me.actor.user_id, is_admin=False)

        with pytest.raises(NotAdmin):
            run(pages.call(AdminWebhooksState, name, **payload))

        assert self.everything(pages) == before
        assert page.secret == ""

    @pytest.mark.parametrize("call", CALLS, ids=str)
    def test_a_session_that_has_ended_does_nothing(
        self,
        pages: Pages,
        page: Any,
        run: Run,
        add: Any,
        call: tuple[str, Any],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        name, payload = self.prepare(pages, run, add, call)
        before = self.everything(pages)
        # It ends between the gate and the write.
        monkeypatch.setattr(
            "sessions_dashboard.states.admin_webhooks.current_actor", lambda: pages.me.actor
        )
        pages.change(pages.me, ended_at=pages.now(), end_reason="revoked")

        with pytest.raises(NotSignedIn):
            run(pages.call(AdminWebhooksState, name, **payload))

        assert self.everything(pages) == before

    @pytest.mark.parametrize("call", CALLS, ids=str)
    def test_the_password_is_asked_for_first_and_then_it_is_done(
        self, pages: Pages, page: Any, run: Run, add: Any, call: tuple[str, Any]
    ) -> None:
        name, payload = self.prepare(pages, run, add, call)
        before = self.everything(pages)
        make_stale(pages)
        run(pages.call(AdminWebhooksState, name, **payload))
        assert page.confirming is True
        assert self.everything(pages) == before

        pages.change(pages.me, authenticated_at=pages.now() - timedelta(seconds=1))
        run(pages.call(AdminWebhooksState, "confirm"))
        assert page.confirming is False
        assert page.notice or page.secret

    @pytest.mark.parametrize("value", ANYTHING)
    def test_what_no_page_sends_changes_nothing(
        self, pages: Pages, page: Any, run: Run, add: Any, value: Any
    ) -> None:
        add()
        before = self.everything(pages)
        for name, payload in (
            ("ask", {"deed": value, "endpoint_id": value}),
            ("ask_kinds", {"endpoint_id": value}),
            ("send_test", {"endpoint_id": value}),
            ("send_again", {"delivery_id": value}),
            ("ask_add", {}),
            ("save", {"form": value}),
            ("save", {"form": {"url": value}}),
            ("confirm", {}),
        ):
            run(pages.call(AdminWebhooksState, name, **payload))
        assert self.everything(pages) == before

    def test_nothing_is_done_without_the_question(
        self, pages: Pages, page: Any, run: Run, add: Any
    ) -> None:
        add()
        before = self.everything(pages)
        run(pages.call(AdminWebhooksState, "confirm"))
        run(pages.call(AdminWebhooksState, "save", form={"url": URL}))
        assert self.everything(pages) == before
