"""Whose page it is, and that it stays theirs."""

from datetime import datetime, timedelta

import pytest

from sessions_dashboard.states.admin_sessions import AdminSessionsState
from sessions_dashboard.states.devices import DevicesState
from tests.support.event_socket import HYDRATE, event_name
from tests.support.people import stored
from tests.support.server import FIREFOX, DashboardServer, now

LOAD = event_name(DevicesState, "load")


class TestTheNextPersonInTheSameTab:
    """The browser keeps the client token; the server must keep nothing by it."""

    @pytest.mark.parametrize("the_first_page_is", ["still open", "closed"])
    def test_gets_nothing_of_the_one_before(
        self, server: DashboardServer, the_first_page_is: str
    ) -> None:
        ada, bob = server.add_account("wilhelmina"), server.add_account("bob")
        server.add_session(ada, FIREFOX)
        elsewhere = server.add_session(ada, FIREFOX)
        visitor = server.visitor().signed_in(ada)
        adas_id = visitor.session_id
        adas_page = visitor.page(client_token="the tab's")
        adas_page.send(event_name(DevicesState, "ask_rename"), {"device_id": adas_id})
        adas_page.send(event_name(DevicesState, "rename"), {"form": {"name": "Ada's own laptop"}})
        adas_page.wait_for_value("notice", bool)
        assert elsewhere.ip_address in adas_page.text
        if the_first_page_is == "closed":
            adas_page.close()
        visitor.post("/auth/sign-out")
        visitor.signed_in(bob)
        bobs_page = visitor.page(client_token="the tab's")
        bobs_page.settle()
        assert bobs_page.value("email") == bob.email
        for personal in (
            ada.email,
            "wilhelmina",
            "Ada's own laptop",
            adas_id,
            elsewhere.ip_address,
            "Firefox",
        ):
            assert personal not in bobs_page.text, personal

    def test_gets_nothing_in_between_either(self, server: DashboardServer) -> None:
        ada = server.add_account("ada")
        visitor = server.visitor().signed_in(ada)
        adas_id = visitor.session_id
        visitor.page(client_token="the tab's").close()
        old_cookie = visitor.cookie
        visitor.post("/auth/sign-out")
        for cookie in (None, old_cookie):
            visitor.cookie = cookie
            page = visitor.tab("/signin", client_token="the tab's")
            page.settle()
            assert ada.email not in page.text
            # The browser that holds the cookie of an ended session knows its id no better.
            assert adas_id not in page.text


class TestARefresh:
    """What one page does shows on others, each under its own identity.

    An event that a handler enqueues for another client makes that client's state adopt the
    caller's cookie, address and token: it becomes the caller.
    """

    def test_keeps_the_identity_of_the_page_that_it_reaches(self, server: DashboardServer) -> None:
        user = server.add_account("user")
        mine = server.add_session(user)
        other = server.add_session(user, FIREFOX)
        page = server.visitor(mine, user_agent="My own browser").page()
        headers = page.value("rx_router_headers")
        assert len(page.value("others")) == 1

        admin = server.add_account("chief", is_admin=True)
        console = server.visitor(server.add_session(admin), user_agent="The chief's browser").page(
            f"/admin/sessions?search={user.email}"
        )
        console.wait_for_value("total_words", lambda words: words == "2 sessions")
        console.send(event_name(AdminSessionsState, "ask_revoke"), {"session_id": other.public_id})
        console.send(event_name(AdminSessionsState, "revoke"))
        page.wait_for_value("others", lambda others: others == [])
        console.wait_for_value("notice", bool)

        for name in (LOAD, HYDRATE):
            page.send(name)
        page.settle()
        assert page.value("email") == user.email
        assert page.value("this_device")["id"] == mine.public_id
        assert page.value("rx_router_headers")["user_agent"] == headers["user_agent"]
        for foreign in (admin.email, "chief", console.value("rx_router_session")["client_token"]):
            assert foreign not in page.text
        assert user.email in console.text
        assert "My own browser" not in console.text

    def test_shows_a_sign_in_a_rename_and_a_sign_out_without_reload(
        self, server: DashboardServer
    ) -> None:
        account = server.add_account()
        page = server.visitor(server.add_session(account)).page()
        other = server.visitor(user_agent=FIREFOX).signed_in(account)
        page.wait_for_value(
            "others", lambda others: [row["title"] for row in others] == ["Firefox on Linux"]
        )
        others_page = other.page()
        others_page.send(event_name(DevicesState, "ask_rename"), {"device_id": other.session_id})
        others_page.send(event_name(DevicesState, "rename"), {"form": {"name": "Workshop"}})
        page.wait_for_value(
            "others", lambda others: [row["title"] for row in others] == ["Workshop"]
        )
        other.post("/auth/sign-out")
        page.wait_for_value("others", lambda others: others == [])

    def test_shows_an_administrator_what_others_do(self, server: DashboardServer) -> None:
        console = server.visitor(server.add_session(server.add_account(is_admin=True))).page(
            "/admin/sessions"
        )
        newcomer = server.visitor().signed_in(server.add_account())
        newcomer_id = newcomer.session_id
        console.wait_for_value("news", lambda news: news == "1 new")
        console.send(event_name(AdminSessionsState, "show_news"), page="/admin/sessions")
        console.wait_for_value("rows", lambda rows: newcomer_id in [row["id"] for row in rows])
        newcomer.post("/auth/sign-out")
        console.wait_for_value(
            "rows",
            lambda rows: [row["status"] for row in rows if row["id"] == newcomer_id] == ["ended"],
        )

    def test_of_a_page_that_nobody_looks_at_is_no_activity(self, server: DashboardServer) -> None:
        """Or an open tab would keep its session alive for ever."""
        account = server.add_account()
        session = server.add_session(account)
        page = server.visitor(session).page()
        earlier = now() - timedelta(hours=1)
        server.set_session(session, last_seen_at=earlier)
        other = server.visitor(user_agent=FIREFOX).signed_in(account)
        page.wait_for_value("others", lambda others: len(others) == 1)
        assert _seen(server, session.public_id) == earlier
        page.send(LOAD)
        server.wait_for(lambda: _seen(server, session.public_id) > earlier)
        assert other.verify().status_code == 200


def _seen(server: DashboardServer, public_id: str) -> datetime:
    with server.database.reading() as db:
        seen: datetime = stored(db, public_id).last_seen_at
    return seen
