"""A session that is used from somewhere else: told once, and answered as the policy says."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, Row

from sessions_dashboard.sessions import (
    ActiveSession,
    EndReason,
    Policy,
    RequestInfo,
    confirm_password,
    has_moved,
    note_move,
    resume,
)
from sessions_dashboard.sessions.binding import Moved, same_address
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.policy import AddressWidth, Reaction
from tests.support.people import (
    NOW,
    POLICY,
    SignedIn,
    add_user,
    lines,
    set_session,
    sign_in,
    stored,
)

HOME, SAME_NETWORK, ELSEWHERE = "192.0.2.1", "192.0.2.77", "203.0.113.5"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/{}.0.0.0 Safari/537.36"
)
CHROME_141, CHROME_142, CHROME_140 = (CHROME.format(n) for n in (141, 142, 140))
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
# The machine of CHROME, taken along in another kind of browser.
CHROME_PHONE = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36"
)
COUNTRIES = {HOME: "DE", SAME_NETWORK: "DE", ELSEWHERE: "FR", "203.0.113.200": "DE"}


def policy(reaction: Reaction, width: AddressWidth = AddressWidth.NETWORK) -> Policy:
    return replace(POLICY, ip_binding=reaction, user_agent_binding=reaction, ip_width=width)


class Browser:
    """A browser that is carried around."""

    def __init__(self, db: Connection, rules: Policy) -> None:
        self.db, self.rules = db, rules
        self.user_id = add_user(db)
        self.signed_in: SignedIn = sign_in(db, self.user_id, ip_address=HOME)
        self.token = self.signed_in.token
        set_session(db, self.signed_in.public_id, user_agent=CHROME_141)

    def comes(self, ip_address: str = HOME, user_agent: str = CHROME_141) -> ActiveSession | None:
        """What every request does."""
        request = RequestInfo(ip_address, user_agent, {})
        session = resume(self.db, self.token, self.rules, NOW)
        if session is not None and has_moved(session, request):
            note_move(self.db, session, request, self.rules, COUNTRIES.get, NOW)
            session = resume(self.db, self.token, self.rules, NOW)
        return session

    def told(self) -> list[tuple[str, str, str, str]]:
        return [
            (
                line.details["what"],
                line.details["from"],
                line.details["to"],
                line.details["reaction"],
            )
            for line in lines(self.db, EventKind.RESUMED_ELSEWHERE)
        ]

    @property
    def row(self) -> Row[Any]:
        return stored(self.db, self.signed_in.public_id)


class TestOff:
    def test_tells_a_new_address_once_and_goes_on(self, db: Connection) -> None:
        browser = Browser(db, policy(Reaction.OFF))
        for address in (ELSEWHERE, HOME, ELSEWHERE, HOME, ELSEWHERE):
            session = browser.comes(address)
            assert session is not None
            assert session.challenge is None
        assert browser.told() == [("ip_address", HOME, ELSEWHERE, "off")]

    def test_remembers_where_it_was_used_from_and_where_it_was_signed_in(
        self, db: Connection
    ) -> None:
        browser = Browser(db, policy(Reaction.OFF))
        browser.comes(ELSEWHERE)
        assert (browser.row.ip_address, browser.row.seen_ip_address) == (HOME, ELSEWHERE)

    def test_tells_an_update_of_the_browser(self, db: Connection) -> None:
        browser = Browser(db, policy(Reaction.OFF))
        browser.comes(HOME, CHROME_142)
        assert browser.told() == [
            ("user_agent", "Chrome on Windows 141", "Chrome on Windows 142", "off")
        ]

    def test_tells_nothing_of_a_user_agent_that_means_the_same(self, db: Connection) -> None:
        browser = Browser(db, policy(Reaction.OFF))
        browser.comes(HOME, CHROME_141.replace("141.0.0.0", "141.0.7390.55"))
        assert browser.told() == []

    def test_nothing_is_asked_for_what_did_not_move(self, db: Connection) -> None:
        browser = Browser(db, policy(Reaction.END))
        session = browser.comes()
        assert session is not None
        assert not has_moved(session, RequestInfo(HOME, CHROME_141, {}))


class TestAnotherAddress:
    def test_is_noted(self, db: Connection) -> None:
        browser = Browser(db, policy(Reaction.NOTE))
        session = browser.comes(ELSEWHERE)
        assert session is not None
        assert session.challenge is None
        assert browser.told() == [("ip_address", HOME, ELSEWHERE, "note")]

    def test_is_noted_each_time(self, db: Connection) -> None:
        browser = Browser(db, policy(Reaction.NOTE))
        for address in (ELSEWHERE, HOME, ELSEWHERE):
            browser.comes(address)
        assert len(browser.told()) == 3

    def test_asks_for_the_password_until_it_is_given(self, db: Connection) -> None:
        browser = Browser(db, policy(Reaction.STEP_UP))
        for _ in range(3):
            session = browser.comes(ELSEWHERE)
            assert session is not None
            assert session.challenge == Moved.IP_ADDRESS
        # Being back at home does not answer the question who was there.
        home = browser.comes(HOME)
        assert home is not None
        assert home.challenge == Moved.IP_ADDRESS
        assert browser.told() == [("ip_address", HOME, ELSEWHERE, "step_up")]

    def test_is_known_once_the_password_was_given_there(self, db: Connection) -> None:
        browser = Browser(db, policy(Reaction.STEP_UP))
        session = browser.comes(ELSEWHERE)
        assert session is not None
        request = RequestInfo(ELSEWHERE, CHROME_141, {})
        browser.token = confirm_password(db, session, browser.token, request, NOW)
        after = browser.comes(ELSEWHERE)
        assert after is not None
        assert (after.challenge, after.seen_ip_address) == (None, ELSEWHERE)
        assert len(browser.told()) == 1

    def test_ends_the_session(self, db: Connection) -> None:
        browser = Browser(db, policy(Reaction.END))
        assert browser.comes(ELSEWHERE) is None
        assert browser.row.end_reason == EndReason.IP_CHANGED
        assert [line.end_reason for line in lines(db, EventKind.ENDED)] == ["ip_changed"]
        assert browser.comes(HOME) is None

    @pytest.mark.parametrize("reaction", list(Reaction))
    def test_within_the_width_is_none(self, db: Connection, reaction: Reaction) -> None:
        browser = Browser(db, policy(reaction))
        session = browser.comes(SAME_NETWORK)
        assert session is not None
        assert session.challenge is None
        assert browser.told() == [("ip_address", HOME, SAME_NETWORK, "off")]

    @pytest.mark.parametrize(
        ("one", "other", "width", "same"),
        [
            (HOME, SAME_NETWORK, AddressWidth.ADDRESS, False),
            (HOME, SAME_NETWORK, AddressWidth.NETWORK, True),
            ("192.0.2.255", "192.0.3.0", AddressWidth.NETWORK, False),
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", AddressWidth.NETWORK, True),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", AddressWidth.NETWORK, False),
            ("2001:db8:1:2::1", HOME, AddressWidth.NETWORK, False),
            ("unknown", HOME, AddressWidth.NETWORK, False),
            ("unknown", "unknown", AddressWidth.NETWORK, True),
            (HOME, ELSEWHERE, AddressWidth.COUNTRY, False),
            (HOME, "203.0.113.200", AddressWidth.COUNTRY, True),
            (HOME, "198.51.100.1", AddressWidth.COUNTRY, False),
        ],
    )
    def test_is_what_the_width_says(
        self, one: str, other: str, width: AddressWidth, same: bool
    ) -> None:
        assert same_address(one, other, width, COUNTRIES.get) is same
        assert same_address(other, one, width, COUNTRIES.get) is same


class TestAnotherBrowser:
    @pytest.mark.parametrize(
        "user_agent",
        [FIREFOX, CHROME_140, CHROME_PHONE, "", "curl/8.16.0"],
        ids=["family", "older", "kind", "none", "program"],
    )
    def test_ends_the_session(self, db: Connection, user_agent: str) -> None:
        browser = Browser(db, policy(Reaction.END))
        assert browser.comes(HOME, user_agent) is None
        assert browser.row.end_reason == EndReason.USER_AGENT_CHANGED

    @pytest.mark.parametrize("reaction", list(Reaction))
    def test_is_none_after_an_update(self, db: Connection, reaction: Reaction) -> None:
        browser = Browser(db, policy(reaction))
        session = browser.comes(HOME, CHROME_142)
        assert session is not None
        assert session.challenge is None
        # And from then on the older one is.
        again = browser.comes(HOME, CHROME_141)
        assert (again is None) == (reaction is Reaction.END)

    def test_asks_for_the_password(self, db: Connection) -> None:
        browser = Browser(db, policy(Reaction.STEP_UP))
        session = browser.comes(HOME, FIREFOX)
        assert session is not None
        assert session.challenge == Moved.USER_AGENT

    def test_and_another_address_at_once_are_two_lines_and_the_stricter_answer(
        self, db: Connection
    ) -> None:
        rules = replace(POLICY, ip_binding=Reaction.STEP_UP, user_agent_binding=Reaction.END)
        browser = Browser(db, rules)
        assert browser.comes(ELSEWHERE, FIREFOX) is None
        assert browser.row.end_reason == EndReason.USER_AGENT_CHANGED
        assert [(what, reaction) for what, _, _, reaction in browser.told()] == [
            ("ip_address", "step_up"),
            ("user_agent", "end"),
        ]
