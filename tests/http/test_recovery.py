"""A forgotten password and "This wasn't me", over a real server and a real mail server."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from sessions_dashboard.accounts.models import outbox
from sessions_dashboard.accounts.throttle import ACCOUNT_FROM_ADDRESS, RESET_REQUESTS
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.links import Purpose, issue
from tests.support.mail_server import Mailbox
from tests.support.people import lines, stored
from tests.support.server import FIREFOX, DashboardServer, Visitor, now

JSON = {"Accept": "application/json"}
NEW_PASSWORD = "seven purple umbrellas dancing"


def asks(server: DashboardServer, email: str, **headers: str) -> httpx.Response:
    return server.visitor().post("/auth/forgot", {"email": email}, **headers)


def chooses(visitor: Visitor, token: str, password: str = NEW_PASSWORD) -> httpx.Response:
    return visitor.post("/auth/reset", {"token": token, "new_password": password}, **JSON)


def link(server: DashboardServer, user_id: int, purpose: Purpose = Purpose.RESET_PASSWORD) -> str:
    token = server.database.write_here(lambda db: issue(db, user_id, purpose, now()))
    server.secrets.add(token)
    return token


class TestAForgottenPassword:
    def test_is_chosen_anew_over_the_mailed_link(
        self, mailing_server: DashboardServer, mailbox: Mailbox
    ) -> None:
        account = mailing_server.add_account()
        elsewhere = mailing_server.visitor().signed_in(account)

        answer = asks(mailing_server, f" {account.email.upper()} ")
        assert answer.status_code == 303
        assert answer.headers["location"] == f"{mailing_server.url}/forgot?sent=1"
        mail = mailbox.wait_for(account.email)
        mailing_server.secrets.add(mail.token)
        assert f"{mailing_server.url}/reset#" in mail.text

        visitor = mailing_server.visitor()
        answer = chooses(visitor, mail.token)
        assert (answer.status_code, answer.json()) == (200, {"location": "/signin?reset=done"})
        assert answer.headers["cache-control"] == "no-store"
        # Nobody is signed in by it.
        assert visitor.cookie is None
        assert elsewhere.verify().status_code == 401
        assert visitor.sign_in(account.email).headers["location"].endswith("error=invalid")
        assert visitor.sign_in(account.email, NEW_PASSWORD).headers["location"].endswith("/devices")
        told = mailbox.wait_for(account.email, 2)
        assert told.message["Subject"] == "Your password was changed"

    def test_is_followed_by_a_sign_in_however_often_the_old_one_was_tried(
        self, mailing_server: DashboardServer
    ) -> None:
        account = mailing_server.add_account()
        visitor = mailing_server.visitor()
        for _ in range(ACCOUNT_FROM_ADDRESS.amount):
            visitor.sign_in(account.email, "what was it again")
        assert visitor.sign_in(account.email).headers["location"].endswith("error=throttled")

        chooses(visitor, link(mailing_server, account.id))

        assert visitor.signed_in_with(account, NEW_PASSWORD)

    def test_a_link_works_once(self, mailing_server: DashboardServer) -> None:
        account = mailing_server.add_account()
        token = link(mailing_server, account.id)
        assert chooses(mailing_server.visitor(), token).status_code == 200

        answer = chooses(mailing_server.visitor(), token, "another long passphrase of words")

        assert (answer.status_code, answer.json()["error"]) == (410, "link")
        assert mailing_server.visitor().signed_in_with(account, NEW_PASSWORD)

    def test_two_clicks_at_once_set_one_password(self, mailing_server: DashboardServer) -> None:
        for _ in range(5):
            account = mailing_server.add_account()
            token = link(mailing_server, account.id)
            wishes = [f"{NEW_PASSWORD} number {n}" for n in range(4)]

            with ThreadPoolExecutor(4) as threads:
                answers = list(
                    threads.map(
                        lambda wish, token=token: chooses(mailing_server.visitor(), token, wish),
                        wishes,
                    )
                )

            statuses = [answer.status_code for answer in answers]
            assert sorted(statuses) == [200, 410, 410, 410]
            winner = wishes[statuses.index(200)]
            assert mailing_server.visitor().signed_in_with(account, winner)

    def test_a_password_that_will_not_do_leaves_the_link_as_it_was(
        self, mailing_server: DashboardServer
    ) -> None:
        account = mailing_server.add_account()
        token = link(mailing_server, account.id)
        for password in ("short", "", account.email, "password1234"):
            answer = chooses(mailing_server.visitor(), token, password)
            assert (answer.status_code, answer.json()["error"]) == (422, "password")

        assert chooses(mailing_server.visitor(), token).status_code == 200

    @pytest.mark.parametrize("token", ["", "x", "a" * 43, "\x00", "%", "ü" * 43])
    def test_what_is_no_link_is_refused_before_any_hashing(
        self, mailing_server: DashboardServer, token: str
    ) -> None:
        began = time.perf_counter()
        answer = chooses(mailing_server.visitor(), token)
        assert (answer.status_code, answer.json()["error"]) == (410, "link")
        assert time.perf_counter() - began < 1

    def test_a_link_of_the_other_kind_is_none(self, mailing_server: DashboardServer) -> None:
        account = mailing_server.add_account()
        not_me = link(mailing_server, account.id, Purpose.NOT_ME)
        assert chooses(mailing_server.visitor(), not_me).status_code == 410

    def test_nothing_happens_when_a_link_is_opened(self, mailing_server: DashboardServer) -> None:
        account = mailing_server.add_account()
        token = link(mailing_server, account.id)
        for path in ("/auth/reset", "/auth/not-me", "/auth/forgot", "/reset", "/not-me"):
            mailing_server.visitor().get(f"{path}?token={token}")
        mailing_server.secrets.discard(token)

        assert chooses(mailing_server.visitor(), token).status_code == 200


class TestAskingForALink:
    def test_is_answered_alike_for_a_known_an_unknown_and_a_disabled_account(
        self, mailing_server: DashboardServer, mailbox: Mailbox
    ) -> None:
        known = mailing_server.add_account()
        emails = {
            "known": known.email,
            "known, again": known.email,
            "unknown": "nobody@example.com",
            "disabled": mailing_server.add_account(disabled=True).email,
        }
        for headers in ({}, JSON):
            answers = [asks(mailing_server, email, **headers) for email in emails.values()]
            for answer in answers:
                for name in ("date", "x-request-id"):
                    del answer.headers[name]
            told = {
                (answer.status_code, answer.text, tuple(sorted(answer.headers.items())))
                for answer in answers
            }
            assert len(told) == 1, told

        mailbox.wait_for(known.email)
        time.sleep(3)
        assert len(mailbox.to(known.email)) == 1
        assert mailbox.to(emails["unknown"]) == mailbox.to(emails["disabled"]) == []

    def test_is_told_in_the_history_with_where_it_came_from(
        self, mailing_server: DashboardServer
    ) -> None:
        account = mailing_server.add_account()
        visitor = mailing_server.visitor(user_agent=FIREFOX)
        visitor.post("/auth/forgot", {"email": account.email})

        with mailing_server.database.reading() as db:
            [line] = lines(db, EventKind.PASSWORD_RESET_REQUESTED, user_id=account.id)
        assert (line.device, line.ip_address) == ("Firefox on Linux", visitor.address)

    def test_does_not_wait_for_the_mail_server(
        self, mailing_server: DashboardServer, mailbox: Mailbox
    ) -> None:
        account = mailing_server.add_account()
        usual = mailbox.answer

        def slow(_recipient: str) -> str:
            time.sleep(1)
            return "250 OK"

        mailbox.answer = slow
        try:
            began = time.perf_counter()
            asks(mailing_server, account.email)
            assert time.perf_counter() - began < 0.9
            mailbox.wait_for(account.email)
        finally:
            mailbox.answer = usual

    def test_from_one_address_is_slowed_down_whoever_is_asked_for(
        self, mailing_server: DashboardServer
    ) -> None:
        account = mailing_server.add_account()
        visitor = mailing_server.visitor()
        for n in range(RESET_REQUESTS.amount):
            assert visitor.post("/auth/forgot", {"email": f"n{n}@example.com"}).status_code == 303

        for email in (account.email, "nobody@example.com"):
            answer = visitor.post("/auth/forgot", {"email": email}, **JSON)
            assert (answer.status_code, answer.json()["error"]) == (429, "throttled")
            assert answer.headers["retry-after"] == "300"
        # Somebody else's is not.
        assert asks(mailing_server, account.email).headers["location"].endswith("sent=1")

    @pytest.mark.parametrize("email", ["", "ada", "a@b@c", "a b@example.com", "x" * 300 + "@b.c"])
    def test_for_what_is_no_address_is_said_so(
        self, mailing_server: DashboardServer, email: str
    ) -> None:
        answer = asks(mailing_server, email, **JSON)
        assert (answer.status_code, answer.json()["error"]) == (422, "email")

    def test_where_no_mail_is_sent_is_refused_and_leaves_nothing(
        self, sqlite_server: DashboardServer
    ) -> None:
        account = sqlite_server.add_account()
        answer = asks(sqlite_server, account.email, **JSON)
        assert (answer.status_code, answer.json()["error"]) == (503, "no_mail")
        with sqlite_server.database.reading() as db:
            found = select(outbox.c.id).where(outbox.c.user_id == account.id)
            assert db.execute(found).first() is None


class TestThisWasNotMe:
    def test_signs_everybody_out_and_leads_to_a_new_password(
        self, mailing_server: DashboardServer, mailbox: Mailbox
    ) -> None:
        account = mailing_server.add_account()
        owner = mailing_server.visitor().signed_in(account)
        thief = mailing_server.visitor(user_agent=FIREFOX).signed_in(account)
        mail = mailbox.wait_for(account.email)
        mailing_server.secrets.add(mail.token)
        assert mail.message["Subject"] == "New sign-in: Firefox on Linux"
        assert thief.address in mail.text

        for browser in (owner, thief):
            assert browser.verify().status_code == 200
        answer = mailing_server.visitor().post("/auth/not-me", {"token": mail.token}, **JSON)

        page, _, onward = answer.json()["location"].partition("#")
        mailing_server.secrets.add(onward)
        assert (answer.status_code, page) == (200, "/reset")
        for browser in (owner, thief):
            assert browser.verify().status_code == 401
        assert chooses(mailing_server.visitor(), onward).status_code == 200
        assert mailing_server.visitor().signed_in_with(account, NEW_PASSWORD)

    def test_says_why_to_the_ended_browsers(self, mailing_server: DashboardServer) -> None:
        account = mailing_server.add_account()
        session = mailing_server.add_session(account)
        token = link(mailing_server, account.id, Purpose.NOT_ME)

        answer = mailing_server.visitor().post("/auth/not-me", {"token": token}, **JSON)

        mailing_server.secrets.add(answer.json()["location"].partition("#")[2])
        with mailing_server.database.reading() as db:
            assert stored(db, session.public_id).end_reason == "revoked_by_email"

    def test_two_clicks_at_once_give_one_link(self, mailing_server: DashboardServer) -> None:
        account = mailing_server.add_account()
        token = link(mailing_server, account.id, Purpose.NOT_ME)

        def click(_n: int) -> httpx.Response:
            return mailing_server.visitor().post("/auth/not-me", {"token": token}, **JSON)

        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(click, range(4)))

        assert sorted(answer.status_code for answer in answers) == [200, 410, 410, 410]
        onward = {answer.json().get("location", "").partition("#")[2] for answer in answers}
        assert len(onward) == 2
        mailing_server.secrets |= onward - {""}

    def test_takes_the_open_tabs_away_at_once(self, mailing_server: DashboardServer) -> None:
        account = mailing_server.add_account()
        tab = mailing_server.visitor(mailing_server.add_session(account)).page()
        token = link(mailing_server, account.id, Purpose.NOT_ME)

        answer = mailing_server.visitor().post("/auth/not-me", {"token": token}, **JSON)

        mailing_server.secrets.add(answer.json()["location"].partition("#")[2])
        assert tab.wait_to_leave() == "/signin?reason=revoked_by_email"


class TestTheDeviceCookie:
    def test_is_set_at_sign_in_and_stays_through_sign_out(
        self, mailing_server: DashboardServer
    ) -> None:
        account = mailing_server.add_account()
        visitor = mailing_server.visitor().signed_in(account)
        first = visitor.device_cookie
        assert first
        visitor.post("/auth/sign-out")
        assert visitor.device_cookie == first

        visitor.signed_in(account)

        assert visitor.device_cookie == first
        with mailing_server.database.reading() as db:
            assert lines(db, EventKind.NEW_DEVICE, user_id=account.id) == []

    def test_that_was_made_up_is_replaced(self, mailing_server: DashboardServer) -> None:
        account = mailing_server.add_account()
        mailing_server.visitor().signed_in(account)
        forger = mailing_server.visitor()
        session = mailing_server.add_session(account)
        # A session's signature is not a device's.
        forger.device_cookie = session.cookie

        forger.signed_in(account)

        assert forger.device_cookie != session.cookie
        with mailing_server.database.reading() as db:
            assert len(lines(db, EventKind.NEW_DEVICE, user_id=account.id)) == 1

    def test_opens_nothing(self, mailing_server: DashboardServer) -> None:
        visitor = mailing_server.visitor().signed_in(mailing_server.add_account())
        visitor.cookie = visitor.device_cookie

        assert visitor.verify().status_code == 401

    def test_is_host_only_httponly_and_lasts_400_days(self, https_server: DashboardServer) -> None:
        answer = https_server.visitor().sign_in(https_server.add_account().email)

        [line] = [c for c in answer.headers.get_list("set-cookie") if "_device=" in c]
        name, _, attributes = line.partition("=")
        assert name == "__Host-session_token_device"
        for wanted in (
            "HttpOnly",
            "Secure",
            "Path=/",
            f"Max-Age={400 * 24 * 3600}",
            "SameSite=lax",
        ):
            assert wanted in attributes
        assert "Domain" not in attributes

    def test_of_a_failed_sign_in_is_not_set(self, mailing_server: DashboardServer) -> None:
        visitor = mailing_server.visitor()
        visitor.sign_in(mailing_server.add_account().email, "wrong")
        assert visitor.device_cookie is None

    def test_of_a_browser_that_changed_its_address_and_agent_still_counts(
        self, mailing_server: DashboardServer
    ) -> None:
        account = mailing_server.add_account()
        mailing_server.visitor().signed_in(account)
        second = mailing_server.visitor().signed_in(account)
        second.cookie, second.user_agent, second.address = None, FIREFOX, "203.0.113.77"

        second.signed_in(account)

        with mailing_server.database.reading() as db:
            assert len(lines(db, EventKind.NEW_DEVICE, user_id=account.id)) == 1


def test_a_sign_in_does_not_wait_for_its_mail(
    mailing_server: DashboardServer, mailbox: Mailbox
) -> None:
    account = mailing_server.add_account()
    mailing_server.visitor().signed_in(account)
    usual, mailbox.answer = mailbox.answer, lambda _: "451 Not now"
    try:
        answer = mailing_server.visitor().sign_in(account.email)
        assert answer.elapsed < timedelta(seconds=2)
        mailing_server.wait_for(lambda: "could not be sent: SMTP" in mailing_server.log)
    finally:
        mailbox.answer = usual
    assert account.email not in mailing_server.log


def test_a_changed_password_is_mailed_even_to_whoever_wants_no_mails(
    mailing_server: DashboardServer, mailbox: Mailbox
) -> None:
    account = mailing_server.add_account()
    mailing_server.set_account(account, mail_new_devices=False)
    visitor = mailing_server.visitor().signed_in(account)
    mailing_server.visitor().signed_in(account)
    visitor.post(
        "/auth/password",
        {"current_password": "correct horse battery staple", "new_password": NEW_PASSWORD},
    )

    mail = mailbox.wait_for(account.email)

    assert mail.message["Subject"] == "Your password was changed"
    assert "Device: Chrome on Windows" in mail.text
    assert len(mailbox.to(account.email)) == 1
