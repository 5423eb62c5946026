"""Signing in, and making the first account."""

import reflex as rx

from sessions_dashboard import navigation
from sessions_dashboard.accounts.passwords import MAXIMUM_LENGTH, MINIMUM_LENGTH
from sessions_dashboard.accounts.users import MAX_EMAIL_LENGTH
from sessions_dashboard.components.browser import browser_fields, native_form, relative_time
from sessions_dashboard.components.controls import button, choice, field, icon, page_link
from sessions_dashboard.components.feedback import done_callout, problem_callout
from sessions_dashboard.components.shell import TYPED_EMAIL, form_page
from sessions_dashboard.states.signin import SetupState, SignInState
from sessions_dashboard.words import recovery as recovery_words
from sessions_dashboard.words import signin as words


def home_page() -> rx.Component:
    """Shown for the moment until the browser is sent on."""
    return rx.el.div(class_name="page")


def signin_page() -> rx.Component:
    return form_page(
        words.TITLE,
        words.LEAD,
        _why_signed_out(),
        done_callout(),
        problem_callout(),
        native_form(
            _email_field(),
            field(
                words.PASSWORD,
                "password",
                "password",
                auto_complete="current-password",
                required=True,
                max_length=MAXIMUM_LENGTH,
            ),
            rx.el.input(type="hidden", name="next", value=SignInState.next_path),
            browser_fields(),
            choice(words.REMEMBER, "remember"),
            button(words.SUBMIT, kind="primary", type="submit"),
            action="/auth/sign-in",
            class_name="form",
        ),
        page_link(recovery_words.FORGOT_LINK, navigation.FORGOT),
        rx.cond(SignInState.can_sign_up, page_link(words.SIGN_UP_LINK, navigation.SIGN_UP)),
    )


def signup_page() -> rx.Component:
    return form_page(
        words.SIGN_UP_TITLE,
        words.SIGN_UP_LEAD,
        problem_callout(),
        native_form(
            _email_field(),
            _new_password_field(),
            browser_fields(),
            button(words.SIGN_UP_SUBMIT, kind="primary", type="submit"),
            action="/auth/sign-up",
            class_name="form",
        ),
        page_link(words.SIGN_UP_OTHERWISE, navigation.SIGN_IN),
    )


def setup_page() -> rx.Component:
    return form_page(
        words.SETUP_TITLE,
        words.SETUP_LEAD,
        problem_callout(),
        native_form(
            _email_field(),
            _new_password_field(),
            rx.cond(
                SetupState.code_wrong,
                field(words.SETUP_CODE, "code", hint=words.SETUP_CODE_HINT, auto_complete="off"),
            ),
            browser_fields(),
            button(words.SETUP_SUBMIT, kind="primary", type="submit"),
            action="/auth/setup",
            class_name="form",
        ),
    )


def _email_field() -> rx.Component:
    return field(
        words.EMAIL,
        "email",
        "email",
        auto_complete="username",
        required=True,
        max_length=MAX_EMAIL_LENGTH,
        auto_focus=True,
        keep=TYPED_EMAIL,
    )


def _new_password_field() -> rx.Component:
    return field(
        words.PASSWORD,
        "password",
        "password",
        hint=words.PASSWORD_HINT,
        auto_complete="new-password",
        required=True,
        min_length=MINIMUM_LENGTH,
        max_length=MAXIMUM_LENGTH,
    )


def _why_signed_out() -> rx.Component:
    return rx.el.div(
        rx.cond(
            SignInState.ended != "",
            rx.el.div(
                icon("log-out"),
                rx.el.div(
                    rx.el.p(
                        SignInState.ended,
                        rx.cond(
                            SignInState.ended_at != "",
                            rx.fragment(", ", relative_time(SignInState.ended_at)),
                        ),
                        ".",
                        class_name="notice-title",
                    ),
                    rx.cond(
                        SignInState.ended_from != "",
                        rx.el.p(f"{words.ENDED_FROM} ", rx.el.bdi(SignInState.ended_from), "."),
                    ),
                    rx.cond(SignInState.suspicious, rx.el.p(words.ENDED_HINT)),
                    class_name="notice-text",
                ),
                class_name="notice notice-neutral",
            ),
        ),
        role="status",
    )
