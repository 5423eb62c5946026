"""Account: changing the password."""

import reflex as rx

from sessions_dashboard.accounts.passwords import MAXIMUM_LENGTH, MINIMUM_LENGTH
from sessions_dashboard.components.browser import native_form
from sessions_dashboard.components.controls import button, choice, field
from sessions_dashboard.components.shell import signed_in_page
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words import account as words


def account_page() -> rx.Component:
    return signed_in_page(
        words.TITLE,
        words.LEAD,
        rx.el.section(
            rx.el.h2(words.PASSWORD_TITLE, class_name="section-title"),
            native_form(
                # Password managers look for the account's name beside a new password.
                rx.el.input(
                    type="hidden", name="username", value=PageState.email, auto_complete="username"
                ),
                field(
                    words.CURRENT_PASSWORD,
                    "current_password",
                    "password",
                    auto_complete="current-password",
                    required=True,
                    max_length=MAXIMUM_LENGTH,
                ),
                field(
                    words.NEW_PASSWORD,
                    "new_password",
                    "password",
                    hint=words.NEW_PASSWORD_HINT,
                    auto_complete="new-password",
                    required=True,
                    min_length=MINIMUM_LENGTH,
                    max_length=MAXIMUM_LENGTH,
                ),
                choice(words.SIGN_OUT_OTHERS, "sign_out_others"),
                button(words.SUBMIT, kind="primary", type="submit"),
                action="/auth/password",
                class_name="form form-narrow",
            ),
            class_name="panel panel-form",
        ),
    )
