"""Confirm that it is you: the password again, where a session is used from somewhere else."""

import reflex as rx

from sessions_dashboard.accounts.passwords import MAXIMUM_LENGTH
from sessions_dashboard.components.browser import native_form
from sessions_dashboard.components.controls import button, field, sign_out_button
from sessions_dashboard.components.feedback import problem_callout
from sessions_dashboard.components.shell import form_page
from sessions_dashboard.states.confirm import ConfirmState
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words import common
from sessions_dashboard.words import confirm as words


def confirm_page() -> rx.Component:
    return form_page(
        common.CONFIRM_TITLE,
        words.LEAD,
        rx.cond(ConfirmState.reason != "", rx.el.p(ConfirmState.reason, class_name="form-note")),
        problem_callout(),
        native_form(
            # Password managers look for the account's name beside a password.
            rx.el.input(
                type="hidden", name="username", value=PageState.email, auto_complete="username"
            ),
            field(
                common.PASSWORD,
                "password",
                "password",
                auto_complete="current-password",
                required=True,
                max_length=MAXIMUM_LENGTH,
                auto_focus=True,
            ),
            rx.el.input(type="hidden", name="next", value=ConfirmState.next_path),
            button(words.SUBMIT, kind="primary", type="submit"),
            action="/auth/confirm",
            class_name="form",
        ),
        rx.el.div(sign_out_button(), class_name="form-aside"),
    )
