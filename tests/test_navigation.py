"""Which page a browser belongs on, and which addresses it may be sent to."""

import itertools
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_dashboard.navigation import (
    ADMIN_PAGES,
    CONFIRM,
    DEVICES,
    PAGES,
    PERSONAL_PAGES,
    RECOVERY_PAGES,
    SETUP,
    SIGN_IN,
    redirect_for,
    safe_next,
    sign_in_address,
)

HERE = "https://sessions.example.com"
# What address parsers disagree about, and some letters.
ODD = st.text(st.sampled_from("/\\.:?#@%&=;[]evil\t\n\r\x00 \u202e\u2028htps"), max_size=30)


def as_a_browser_reads_it(address: str) -> str:
    """The URL standard drops tabs and line breaks and reads a backslash as a slash."""
    stripped = address.strip("".join(map(chr, range(0x21))))
    for dropped in "\t\n\r":
        stripped = stripped.replace(dropped, "")
    return urljoin(HERE + "/signin", stripped.replace("\\", "/"))


class TestSafeNext:
    @given(ODD)
    def test_whatever_it_lets_through_stays_on_this_site(self, address: str) -> None:
        for candidate in (address, "/" + address):
            kept = safe_next(candidate)
            if kept is not None:
                assert kept == candidate
                read = urlsplit(as_a_browser_reads_it(kept))
                assert (read.scheme, read.netloc) == ("https", "sessions.example.com")

    @pytest.mark.parametrize("address", ["/devices", "/a?b=c#d", "/admin/users/7", "/ü"])
    def test_a_path_passes(self, address: str) -> None:
        assert safe_next(address) == address

    @pytest.mark.parametrize(
        "address", [None, "", "devices", "//x", "/\\x", "/\tx", "x:y", "/.//x", "/%2e//x"]
    )
    def test_what_is_none_does_not(self, address: str | None) -> None:
        assert safe_next(address) is None

    def test_its_length_is_bounded(self) -> None:
        assert safe_next("/" + "a" * 1_023)
        assert safe_next("/" + "a" * 1_024) is None


class TestSignInAddress:
    def test_says_why_and_where_to_go_on(self) -> None:
        assert sign_in_address() == "/signin"
        assert sign_in_address(next_path=DEVICES) == "/signin"
        assert sign_in_address(next_path="/admin/sessions", error="invalid") == (
            "/signin?error=invalid&next=%2Fadmin%2Fsessions"
        )
        assert sign_in_address(next_path="//evil.example") == "/signin"

    @given(ODD)
    def test_any_next_stays_one_parameter(self, address: str) -> None:
        made = sign_in_address(next_path="/" + address, reason="idle")
        assert made.startswith("/signin?reason=idle")
        assert made.count("&") <= 1
        assert "\n" not in made


NOBODY = {"has_account": False, "signed_in": False, "is_admin": False, "challenged": False}
WHO = [
    NOBODY | {"has_account": True, "signed_in": signed_in, "is_admin": is_admin}
    for signed_in, is_admin in ((False, False), (True, False), (True, True))
]
CHALLENGED = WHO[1] | {"challenged": True}


class TestRedirectFor:
    @pytest.mark.parametrize("path", PAGES)
    def test_without_an_account_everything_leads_to_setup(self, path: str) -> None:
        assert redirect_for(path, "", **NOBODY) == (None if path == SETUP else SETUP)

    @pytest.mark.parametrize("path", PERSONAL_PAGES)
    def test_a_personal_page_is_for_nobody_who_is_not_signed_in(self, path: str) -> None:
        assert (redirect_for(path, "", **WHO[0]) or "").startswith(SIGN_IN)
        assert (redirect_for(path + "/", "", **WHO[0]) or "").startswith(SIGN_IN)

    @pytest.mark.parametrize("path", ADMIN_PAGES)
    def test_an_administrators_page_is_for_administrators(self, path: str) -> None:
        assert redirect_for(path, "", **WHO[1]) == DEVICES
        assert redirect_for(path, "", **WHO[2]) is None

    @pytest.mark.parametrize("path", PAGES)
    def test_a_challenged_session_gets_no_page_but_the_password_and_those_without_it(
        self, path: str
    ) -> None:
        """Who forgot it has those alone; and what is behind the # would follow a redirect."""
        elsewhere = redirect_for(path, "", **CHALLENGED)
        if path in (CONFIRM, *RECOVERY_PAGES):
            assert elsewhere is None
        else:
            assert (elsewhere or "").startswith(CONFIRM)

    def test_a_challenged_session_goes_on_to_where_it_wanted(self) -> None:
        assert redirect_for("/activity", "", **CHALLENGED) == "/confirm?next=%2Factivity"
        assert redirect_for(CONFIRM, "/activity", **WHO[1]) == "/activity"

    def test_every_page_is_somebodys(self) -> None:
        for path in PAGES:
            if path != "/":
                everybody = [*WHO, NOBODY, CHALLENGED, WHO[0] | {"open_sign_up": True}]
                assert None in [redirect_for(path, "", **who) for who in everybody], path

    def test_nobody_is_sent_in_circles(self) -> None:
        for path, who, onward in itertools.product(
            PAGES, [*WHO, CHALLENGED], ("", "/signin", "/", "/setup", "//x")
        ):
            visited = [path]
            following = redirect_for(path, onward, **who)
            while following is not None:
                assert len(visited) < 5, visited
                visited.append(following)
                following = redirect_for(following.partition("?")[0], "", **who)
