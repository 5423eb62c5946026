"""What a page tells of its browser with a form: how its person reads, and what it is."""

import json

import pytest
from sqlalchemy import select

from sessions_dashboard.accounts.models import outbox, users
from tests.support.people import stored
from tests.support.server import PASSWORD, Account, DashboardServer

# An iPad says that it is a Mac.
MAC_SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/26.1 Safari/605.1.15"
)
WINDOWS = {"sec-ch-ua-platform": '"Windows"', "sec-ch-ua-platform-version": '"15.0.0"'}


def reading_of(server: DashboardServer, account: Account) -> tuple[str | None, str | None]:
    with server.database.reading() as db:
        row = db.execute(
            select(users.c.locale, users.c.time_zone).where(users.c.email == account.email)
        ).one()
    return row.locale, row.time_zone


def sign_in(server: DashboardServer, account: Account, **more: str) -> None:
    headers = {name: more.pop(name) for name in list(more) if name[0].isupper()}
    answer = server.visitor().post(
        "/auth/sign-in", {"email": account.email, "password": PASSWORD, **more}, **headers
    )
    assert answer.status_code == 303


class TestHowAPersonReads:
    def test_is_kept_at_every_sign_in(self, server: DashboardServer) -> None:
        account = server.add_account()
        assert reading_of(server, account) == (None, None)
        sign_in(server, account, locale="de-DE", time_zone="Europe/Berlin")
        assert reading_of(server, account) == ("de-DE", "Europe/Berlin")
        sign_in(server, account, locale="fr-CA", time_zone="America/Toronto")
        assert reading_of(server, account) == ("fr-CA", "America/Toronto")

    def test_is_what_the_browser_asks_for_where_the_page_says_nothing(
        self, sqlite_server: DashboardServer
    ) -> None:
        account = sqlite_server.add_account()
        sign_in(sqlite_server, account, Accept_Language="xx, pt-BR;q=0.9, en;q=0.5")
        assert reading_of(sqlite_server, account) == ("pt-BR", None)

    @pytest.mark.parametrize(
        ("locale", "time_zone"),
        [
            ("", ""),
            ("xx-XX", "Mars/Olympus"),
            ("../../etc/passwd", "../../etc/passwd"),
            ("d" * 3_000, "E" * 3_000),
            ("de\0", "Europe/Berlin\0"),
        ],
    )
    def test_stays_as_it_was_where_what_is_said_is_not_known(
        self, sqlite_server: DashboardServer, locale: str, time_zone: str
    ) -> None:
        account = sqlite_server.add_account()
        sign_in(sqlite_server, account, locale="de-DE", time_zone="Europe/Berlin")
        sign_in(sqlite_server, account, locale=locale, time_zone=time_zone, Accept_Language="*")
        assert reading_of(sqlite_server, account) == ("de-DE", "Europe/Berlin")

    def test_is_not_changed_by_a_stranger_who_asks_for_a_link(
        self, mailing_server: DashboardServer
    ) -> None:
        account = mailing_server.add_account()
        sign_in(mailing_server, account, locale="de-DE", time_zone="Europe/Berlin")
        form = {"email": account.email, "locale": "ja-JP", "time_zone": "Asia/Tokyo"}
        assert mailing_server.visitor().post("/auth/forgot", form).status_code == 303
        assert reading_of(mailing_server, account) == ("de-DE", "Europe/Berlin")

    def test_of_whoever_asks_for_a_link_goes_with_the_mail(
        self, mailing_server: DashboardServer
    ) -> None:
        account = mailing_server.add_account()
        form = {"email": account.email, "locale": "ja-JP", "time_zone": "Asia/Tokyo"}
        mailing_server.visitor().post("/auth/forgot", form)
        with mailing_server.database.reading() as db:
            details = db.execute(
                select(outbox.c.details).join(users).where(users.c.email == account.email)
            ).scalar_one()
        assert (details["locale"], details["time_zone"]) == ("ja-JP", "Asia/Tokyo")
        assert reading_of(mailing_server, account) == (None, None)


class TestClientHintsFromThePage:
    def named(
        self, server: DashboardServer, hints: object, **headers: str
    ) -> tuple[str, dict[str, str]]:
        visitor = server.visitor()
        account = server.add_account()
        told = hints if isinstance(hints, str) else json.dumps(hints)
        form = {"email": account.email, "password": PASSWORD, "hints": told}
        assert visitor.post("/auth/sign-in", form, **headers).status_code == 303
        with server.database.reading() as db:
            row = stored(db, visitor.session_id)
        return row.device_label, row.client_hints

    def test_tell_an_ipad_from_a_mac(self, sqlite_server: DashboardServer) -> None:
        said = {"max-touch-points": "5"}
        label, hints = self.named(sqlite_server, said, User_Agent=MAC_SAFARI)
        assert label == "Safari on iPad"
        assert hints == said
        assert self.named(sqlite_server, {}, User_Agent=MAC_SAFARI)[0] == "Safari on macOS"

    def test_are_kept_with_the_session(self, sqlite_server: DashboardServer) -> None:
        assert self.named(sqlite_server, WINDOWS)[1] == WINDOWS

    def test_come_after_those_of_the_request(self, sqlite_server: DashboardServer) -> None:
        _label, hints = self.named(sqlite_server, WINDOWS, Sec_CH_UA_Platform_Version='"10.0.0"')
        assert hints == WINDOWS | {"sec-ch-ua-platform-version": '"10.0.0"'}

    @pytest.mark.parametrize(
        "hints",
        [
            "",
            "{",
            "[]",
            '"sec-ch-ua"',
            "[" * 4_000,
            {"cookie": "x", "x-requested-with": "com.facebook.katana", "user-agent": "x"},
            {"sec-ch-ua-model": 5, "sec-ch-ua": ["a"], "sec-ch-ua-platform": None},
            {"sec-ch-ua-model": "x" * 5_000},
        ],
    )
    def test_that_are_none_are_left_out(
        self, sqlite_server: DashboardServer, hints: object
    ) -> None:
        assert self.named(sqlite_server, hints)[1] == {}

    def test_are_cleaned_and_bounded(self, sqlite_server: DashboardServer) -> None:
        _label, hints = self.named(
            sqlite_server, {"sec-ch-ua-model": "Pixel\u202e\0 8" + "x" * 1_000}
        )
        assert hints["sec-ch-ua-model"].startswith("Pixel 8")
        assert len(hints["sec-ch-ua-model"]) == 256
