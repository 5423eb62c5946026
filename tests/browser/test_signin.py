"""The sign-in form, where it leads, and the cookie that comes of it."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.dashboard import Person
from tests.browser.devices import (
    IPHONE_SAFARI,
    WINDOWS_CHROME,
    Devices,
    collect_frames,
    fill_in_and_submit,
    leaves_for_sign_in,
    other_devices,
    revoke,
    settle,
)

ELSEWHERE = ("https://evil.example/", "//evil.example/", "/\\evil.example/", "/\t/evil.example/")


def test_a_wrong_password_is_said_clearly_and_the_form_can_be_used_again(
    devices: Devices, person: Person
) -> None:
    page = devices.new().open("/signin")
    fill_in_and_submit(page, person.email, "not the password")
    problem = page.get_by_role("alert").filter(has_text="The email or the password is not right.")
    expect(problem).to_be_visible()
    expect(page.get_by_label("Password")).to_be_focused()

    fill_in_and_submit(page, "nobody@example.com", person.password)
    expect(problem).to_be_visible()

    fill_in_and_submit(page, person.email, person.password)
    expect(page.get_by_role("heading", name="Your devices")).to_be_visible()


def test_what_was_typed_is_still_there_after_a_wrong_password_and_no_longer(
    devices: Devices, person: Person
) -> None:
    page = devices.new().open("/signin")
    fill_in_and_submit(page, person.email, "not the password")
    expect(page.get_by_role("alert").filter(has_text="not right")).to_be_visible()
    expect(page.get_by_label("Email")).to_have_value(person.email)
    expect(page.get_by_label("Password")).to_have_value("")
    assert person.email not in page.url

    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your devices")).to_be_visible()
    settle(page)
    assert person.email not in page.evaluate("JSON.stringify({ ...sessionStorage })")


def test_a_password_can_be_shown(devices: Devices, person: Person) -> None:
    page = devices.new().open("/signin")
    typed = page.get_by_label("Password")
    typed.fill("not the password")
    show = page.get_by_role("button", name="Show password")
    expect(show).to_have_attribute("aria-pressed", "false")
    show.click()
    expect(typed).to_have_attribute("type", "text")
    expect(show).to_have_attribute("aria-pressed", "true")
    show.click()
    expect(typed).to_have_attribute("type", "password")
    size = show.bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 24


def test_signing_in_leads_to_the_page_that_was_asked_for(devices: Devices, admin: Person) -> None:
    device = devices.new()
    page = device.context.new_page()
    page.goto(device.url + "/admin/sessions")
    expect(page).to_have_url(device.url + "/signin?next=%2Fadmin%2Fsessions")
    settle(page)
    # A slip on the way does not lose it.
    fill_in_and_submit(page, admin.email, "not the password")
    expect(page.get_by_role("alert").filter(has_text="not right")).to_be_visible()
    fill_in_and_submit(page, admin.email, admin.password)
    expect(page).to_have_url(device.url + "/admin/sessions")
    expect(page.get_by_role("heading", name="Sessions")).to_be_visible()


def test_who_signs_in_before_the_page_has_loaded_is_led_there_as_well(
    devices: Devices, admin: Person
) -> None:
    device = devices.new(java_script_enabled=False)
    page = device.context.new_page()
    page.goto(f"{device.url}/signin?next=%2Fadmin%2Fsessions")
    fill_in_and_submit(page, admin.email, admin.password)
    page.wait_for_url(f"{device.url}/admin/sessions")


@pytest.mark.parametrize("address", ELSEWHERE)
def test_signing_in_never_leads_to_another_site(
    devices: Devices, person: Person, address: str
) -> None:
    device = devices.new()
    page = device.context.new_page()
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))
    page.goto(f"{device.url}/signin?next={address}")
    settle(page)
    fill_in_and_submit(page, person.email, person.password)
    expect(page).to_have_url(device.url + "/devices")
    page.goto(f"{device.url}/signin?next={address}")
    expect(page).to_have_url(device.url + "/devices")
    assert not [url for url in asked_for if not url.startswith(device.url)]


def test_the_cookie_is_out_of_reach_of_every_script(devices: Devices, person: Person) -> None:
    device = devices.new()
    page = device.open("/signin")
    frames = collect_frames(page)
    fill_in_and_submit(page, person.email, person.password)
    expect(page.get_by_role("heading", name="Your devices")).to_be_visible()
    settle(page)

    cookies = {cookie["name"]: cookie for cookie in device.context.cookies()}
    assert set(cookies) == {"session_token", "session_token_device"}
    assert all(cookie["httpOnly"] for cookie in cookies.values())
    cookie = cookies["session_token"]
    assert cookie["httpOnly"] is True
    assert cookie["sameSite"] == "Lax"
    assert cookie["path"] == "/"
    # Host-only: no other host of the domain gets it.
    assert cookie["domain"] == "localhost"

    assert page.evaluate("document.cookie") == ""
    stored = page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")
    token = cookie["value"].partition(".")[0]
    for text in (stored, page.content(), *frames):
        assert cookie["value"] not in text
        assert token not in text
    in_local, in_session = json.loads(stored)
    assert set(in_local) <= {"theme", "last_compiled_theme"}
    # Reflex's name for the tab: worth nothing without the cookie.
    assert set(in_session) <= {"token", "react-router-scroll-positions"}


def test_it_works_by_the_address_in_numbers_too(devices: Devices, person: Person) -> None:
    on_computer = devices.new(WINDOWS_CHROME, host="127.0.0.1").sign_in_by_form(person)
    on_phone = devices.new(IPHONE_SAFARI, host="localhost").sign_in_by_form(person)
    expect(other_devices(on_computer)).to_contain_text("Safari on iPhone")
    revoke(on_computer, "Safari on iPhone")
    leaves_for_sign_in(on_phone)
    on_computer.get_by_role("banner").get_by_role("button", name="Sign out").click()
    leaves_for_sign_in(on_computer)
    assert on_computer.url.startswith("http://127.0.0.1:")
