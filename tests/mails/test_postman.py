"""Mails on their way to a real mail server: what they say, tries, and what is never said."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from sessions_dashboard.accounts.models import account_links, outbox, users
from sessions_dashboard.accounts.outbox import MailKind, put
from sessions_dashboard.mails.postman import Postman
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import Scope
from sessions_dashboard.sessions.links import LinkSpent, Purpose, find
from sessions_dashboard.settings import Settings
from sessions_dashboard.words.api_keys import SCOPE_CHOICES
from tests.support.mail_server import ACCEPTED, Mailbox, running_mailbox
from tests.support.people import add_user, set_user

SITE = "https://sessions.example.com"
DETAILS = {
    "at": "2026-03-14T12:00:00+00:00",
    "device": "Firefox on Windows",
    "city": "Berlin",
    "country": "Germany",
    "ip_address": "203.0.113.7",
}
ADA = "ada@example.com"


class Office:
    """A postman, the outbox that they empty, and somebody to write to."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.database = runtime.database
        self.user_id = self.database.write_here(lambda db: add_user(db))
        self.postman = Postman(runtime)

    def put(self, kind: MailKind = MailKind.NEW_DEVICE, **details: str | None) -> None:
        said = DETAILS | details
        self.database.write_here(
            lambda db: put(db, kind, self.user_id, utc_now(), session_id=7, details=said)
        )

    def work(self, postmen: int = 1) -> None:
        """Send all that is due."""

        async def one(postman: Postman) -> None:
            while await postman.send_next():
                pass

        async def all_of_them() -> None:
            others = [Postman(self.runtime) for _ in range(postmen - 1)]
            await asyncio.gather(*(one(postman) for postman in (self.postman, *others)))

        asyncio.run(all_of_them())

    def rows(self) -> list[Row[Any]]:
        with self.database.reading() as db:
            return list(db.execute(select(outbox).order_by(outbox.c.id)))

    def let_time_pass(self, by: timedelta = timedelta(minutes=10)) -> None:
        def work(db: Any) -> None:
            row = db.execute(select(outbox).where(outbox.c.finished_at.is_(None))).one()
            earlier = {"due_at": row.due_at - by, "created_at": row.created_at - by}
            db.execute(update(outbox).where(outbox.c.id == row.id).values(**earlier))

        self.database.write_here(work)

    def works(self, token: str, purpose: Purpose) -> bool:
        with self.database.reading() as db:
            try:
                return find(db, token, purpose, utc_now()).user_id == self.user_id
            except LinkSpent:
                return False


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with running_mailbox() as running:
        yield running


MakeOffice = Callable[..., Office]


@pytest.fixture
def make_office(database_url: str) -> Iterator[MakeOffice]:
    made: list[Runtime] = []

    def make(**changed: str) -> Office:
        values: dict[str, Any] = {
            "secret_key": "k" * 32,
            "database_url": database_url,
            "public_url": SITE,
            "reflex_env_mode": "prod",
            **changed,
        }
        runtime = Runtime(Settings(_env_file=None, **values), ())
        runtime.open()
        made.append(runtime)
        return Office(runtime)

    yield make
    for runtime in made:
        runtime.database.close()


@pytest.fixture
def office(make_office: MakeOffice, mailbox: Mailbox) -> Office:
    return make_office(smtp_url=mailbox.url)


class TestAMail:
    def test_about_a_new_device_says_device_place_and_time_and_has_one_link(
        self, office: Office, mailbox: Mailbox
    ) -> None:
        office.put()

        office.work()

        [mail] = mailbox.mails
        assert mail.recipients == [ADA]
        assert mail.message["To"] == ADA
        assert mail.sender == "no-reply@sessions.example.com"
        assert mail.message["Subject"] == "New sign-in: Firefox on Windows"
        for text in (mail.text, mail.html):
            for fact in (
                ADA,
                "Firefox on Windows",
                "near Berlin, Germany",
                "203.0.113.7",
                "14 March 2026, 12:00 UTC",
            ):
                assert fact in text
            assert text.count("/not-me#") == 1
            assert f"{SITE}/not-me#{mail.token}" in text
        assert office.works(mail.token, Purpose.NOT_ME)
        assert mail.message["Auto-Submitted"] == "auto-generated"
        assert mail.message["Date"]
        assert mail.message["Message-ID"]

    @pytest.mark.parametrize(
        ("locale", "time_zone", "plain", "html"),
        [
            (
                "de-DE",
                "Europe/Berlin",
                "Time: 14. März 2026, 13:00 MEZ\n",
                "<bdi lang='de-DE'>14. März 2026, 13:00 MEZ</bdi>",
            ),
            # Against the direction of the sentence around it: kept apart in both.
            (
                "he-IL",
                None,
                "Time: \u206814 במרץ 2026, 12:00 UTC\u2069\n",
                "<bdi lang='he-IL'>14 במרץ 2026, 12:00 UTC</bdi>",
            ),
            (
                None,
                "Europe/Berlin",
                "Time: 14 March 2026, 13:00 CET\n",
                "<bdi lang='en-GB'>14 March 2026, 13:00 CET</bdi>",
            ),
        ],
    )
    def test_tells_the_time_as_its_reader_does(
        self,
        office: Office,
        mailbox: Mailbox,
        locale: str | None,
        time_zone: str | None,
        plain: str,
        html: str,
    ) -> None:
        with office.runtime.database.begin() as db:
            db.execute(update(users).values(locale=locale, time_zone=time_zone))
        office.put()

        office.work()

        [mail] = mailbox.mails
        assert plain in mail.text.replace("\r\n", "\n")
        assert html in mail.html
        assert "\u2068" not in mail.html

    def test_about_a_forgotten_password_has_a_link_that_works(
        self, office: Office, mailbox: Mailbox
    ) -> None:
        office.put(MailKind.RESET_PASSWORD)

        office.work()

        [mail] = mailbox.mails
        assert mail.message["Subject"] == "Choose a new password"
        assert mail.page.startswith("/reset#")
        assert office.works(mail.token, Purpose.RESET_PASSWORD)

    def test_about_a_changed_password_has_no_secret(self, office: Office, mailbox: Mailbox) -> None:
        office.put(MailKind.PASSWORD_CHANGED)

        office.work()

        [mail] = mailbox.mails
        assert mail.message["Subject"] == "Your password was changed"
        assert mail.page == "/forgot"

    def test_about_a_new_key_says_what_it_may_and_the_way_out_and_not_the_key(
        self, office: Office, mailbox: Mailbox
    ) -> None:
        scopes = "admin:write own:read"
        office.put(MailKind.API_KEY_MADE, key="<b>Backup</b>", scopes=scopes)

        office.work()

        [mail] = mailbox.mails
        assert mail.message["Subject"] == "An API key was made"
        assert mail.page == "/forgot"
        assert "Key: <b>Backup</b>" in mail.text
        assert "&lt;b&gt;Backup" in mail.html
        for scope in (Scope.OWN_READ, Scope.ADMIN_WRITE):
            assert SCOPE_CHOICES[scope] in mail.text
        assert SCOPE_CHOICES[Scope.ADMIN_READ] not in mail.text

    def test_says_nothing_of_a_place_that_is_not_known(
        self, office: Office, mailbox: Mailbox
    ) -> None:
        office.put(city=None, country=None)

        office.work()

        assert "Place: not known (IP address 203.0.113.7)" in mailbox.mails[0].text

    def test_holds_what_a_browser_claims_as_text_alone(
        self, office: Office, mailbox: Mailbox
    ) -> None:
        office.put(device="<b>Fire</b> & fox", city="<script>")

        office.work()

        [mail] = mailbox.mails
        assert mail.message["Subject"] == "New sign-in: <b>Fire</b> & fox"
        assert "&lt;b&gt;Fire&lt;/b&gt; &amp; fox" in mail.html
        assert "<script>" not in mail.html

    def test_comes_from_the_address_that_is_set(
        self, make_office: MakeOffice, mailbox: Mailbox
    ) -> None:
        office = make_office(smtp_url=mailbox.url, mail_from="accounts@example.org")
        office.put()

        office.work()

        [mail] = mailbox.mails
        assert mail.sender == "accounts@example.org"
        assert mail.message["From"] == "Session dashboard <accounts@example.org>"


class TestSending:
    def test_is_done_once_whatever_number_of_workers_there_are(
        self, office: Office, mailbox: Mailbox
    ) -> None:
        for n in range(12):
            office.put(device=f"Browser {n}")

        office.work(postmen=4)

        subjects = sorted(str(mail.message["Subject"]) for mail in mailbox.mails)
        assert subjects == sorted(f"New sign-in: Browser {n}" for n in range(12))
        office.work(postmen=4)
        assert len(mailbox.mails) == 12

    def test_is_tried_again_with_a_new_link_until_the_server_takes_it(
        self, office: Office, mailbox: Mailbox
    ) -> None:
        office.put()
        mailbox.answer = lambda _: "451 Try again later"
        office.work()
        office.work()
        assert mailbox.tries == 1

        office.let_time_pass()
        office.work()
        assert (mailbox.tries, mailbox.mails) == (2, [])

        mailbox.answer = lambda _: ACCEPTED
        office.let_time_pass()
        office.work()

        [mail] = mailbox.mails
        assert office.works(mail.token, Purpose.NOT_ME)
        [row] = office.rows()
        assert (row.attempts, row.error) == (3, None)
        assert row.finished_at is not None

    def test_goes_on_after_the_server_was_away(self, make_office: MakeOffice) -> None:
        with running_mailbox() as gone:
            port = gone.port
        office = make_office(smtp_url=f"smtp://127.0.0.1:{port}")
        office.put()

        office.work()

        [row] = office.rows()
        assert row.finished_at is None
        assert row.due_at > utc_now()

    def test_goes_on_after_a_restart(
        self, make_office: MakeOffice, office: Office, mailbox: Mailbox
    ) -> None:
        """What a worker had claimed when it died is sent by the next one."""
        office.put()
        office.database.write_here(
            lambda db: db.execute(
                update(outbox).values(due_at=utc_now() - timedelta(seconds=1), attempts=1)
            )
        )

        asyncio.run(Postman(office.runtime).send_next())

        assert len(mailbox.mails) == 1

    def test_is_given_up_where_the_server_refuses_the_address(
        self, office: Office, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
    ) -> None:
        mailbox.answer = lambda _: "550 No such user"
        office.put()

        office.work()

        [row] = office.rows()
        assert row.finished_at is not None
        assert row.error == "the mail server refused the address"
        assert "is given up" in caplog.text

    def test_is_given_up_when_it_is_not_worth_it_any_more(
        self, office: Office, mailbox: Mailbox
    ) -> None:
        mailbox.answer = lambda _: "451 Try again later"
        office.put(MailKind.RESET_PASSWORD)
        office.work()
        office.let_time_pass(timedelta(hours=1))

        office.work()

        [row] = office.rows()
        assert row.finished_at is not None
        assert row.error == "SMTPRecipientsRefused"

    def test_one_that_can_not_go_out_holds_no_other_up(
        self, office: Office, mailbox: Mailbox
    ) -> None:
        mailbox.answer = lambda to: "451 Later" if to == ADA else ACCEPTED
        office.put()
        bob = office.database.write_here(lambda db: add_user(db, "bob"))
        office.database.write_here(
            lambda db: put(db, MailKind.NEW_DEVICE, bob, utc_now(), details=DETAILS)
        )

        office.work()

        assert [mail.recipients for mail in mailbox.mails] == [["bob@example.com"]]

    def test_skips_an_account_that_was_disabled(self, office: Office, mailbox: Mailbox) -> None:
        office.put(MailKind.RESET_PASSWORD)
        office.database.write_here(lambda db: set_user(db, office.user_id, disabled_at=utc_now()))

        office.work()

        assert mailbox.tries == 0
        assert office.rows()[0].finished_at is not None
        with office.database.reading() as db:
            assert db.execute(select(account_links)).all() == []

    @pytest.mark.parametrize(
        "address", ["a,eve@example.com", "a>\r\nrcpt to:<eve@x.com", "a b@example.com", "<a>@b.com"]
    )
    def test_writes_to_no_address_that_would_be_another(
        self, office: Office, mailbox: Mailbox, address: str
    ) -> None:
        office.put()
        office.database.write_here(lambda db: set_user(db, office.user_id, email=address))

        office.work()

        assert mailbox.tries == 0
        assert office.rows()[0].error == "the address can't be written to"

    # The test's server would rather have TLS; this is loopback.
    @pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")
    def test_signs_in_to_a_server_that_asks_for_it(self, make_office: MakeOffice) -> None:
        with running_mailbox("p@ss:word/") as mailbox:
            office = make_office(
                smtp_url=f"smtp://mailer:p%40ss%3Aword%2F@127.0.0.1:{mailbox.port}"
            )
            office.put()

            office.work()

            assert mailbox.logins == [("mailer", "p@ss:word/")]
            assert len(mailbox.mails) == 1


class TestTheLog:
    @pytest.mark.parametrize("answer", [ACCEPTED, "451 ada@example.com: later", "550 ada: no"])
    def test_names_neither_address_nor_link(
        self, office: Office, mailbox: Mailbox, caplog: pytest.LogCaptureFixture, answer: str
    ) -> None:
        caplog.set_level(logging.INFO)
        mailbox.answer = lambda _: answer
        office.put(MailKind.RESET_PASSWORD)

        office.work()

        said = "\n".join(
            f"{record.getMessage()} {record.exc_info}"
            for record in caplog.records
            if record.name.startswith(("sessions_dashboard", "aiosmtplib"))
        )
        assert "mail 1 (reset_password)" in said
        assert "ada" not in said
        assert "#" not in said
        assert all("@" not in str(row.error) for row in office.rows())

    def test_has_the_mail_itself_in_development_without_a_server(
        self, make_office: MakeOffice, caplog: pytest.LogCaptureFixture
    ) -> None:
        office = make_office(reflex_env_mode="dev", public_url="http://localhost:3000")
        office.put(MailKind.RESET_PASSWORD)

        office.work()

        assert "http://localhost:3000/reset#" in caplog.text
        assert office.rows()[0].error is None

    def test_has_nothing_of_it_in_production(
        self, make_office: MakeOffice, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        office = make_office()
        office.put(MailKind.RESET_PASSWORD)

        office.work()

        assert "reset#" not in caplog.text
        assert office.rows()[0].error == "no mail server is set"


def test_the_database_holds_no_link_that_works(office: Office, mailbox: Mailbox) -> None:
    office.put()
    office.work()

    token = mailbox.mails[0].token
    with office.database.reading() as db:
        for table in ("outbox", "account_links", "session_events"):
            assert token not in repr(db.exec_driver_sql(f"SELECT * FROM {table}").all())
