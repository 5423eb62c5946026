"""A forgotten password, and where mailed links lead. Opening one does nothing by itself."""

import reflex as rx

from sessions_dashboard import navigation
from sessions_dashboard.accounts.passwords import MAXIMUM_LENGTH, MINIMUM_LENGTH
from sessions_dashboard.accounts.users import MAX_EMAIL_LENGTH
from sessions_dashboard.components.browser import (
    browser_fields,
    fetch_form,
    link_token,
    native_form,
)
from sessions_dashboard.components.controls import button, field, icon, page_link
from sessions_dashboard.components.feedback import problem_callout
from sessions_dashboard.components.shell import TYPED_EMAIL, form_page, recovery_page
from sessions_dashboard.states.recovery import ForgotState
from sessions_dashboard.words import account as account_words
from sessions_dashboard.words import recovery as words
from sessions_dashboard.words import signin as signin_words


def forgot_page() -> rx.Component:
    return form_page(
        words.FORGOT_TITLE,
        words.FORGOT_LEAD,
        problem_callout(),
        rx.cond(
            ForgotState.can_send,
            rx.cond(ForgotState.sent, _sent(), _ask()),
            rx.el.p(words.NO_MAIL),
        ),
        page_link(words.BACK, navigation.SIGN_IN),
    )


def _ask() -> rx.Component:
    return native_form(
        field(
            signin_words.EMAIL,
            "email",
            "email",
            auto_complete="username",
            required=True,
            max_length=MAX_EMAIL_LENGTH,
            auto_focus=True,
            keep=TYPED_EMAIL,
        ),
        browser_fields(),
        button(words.FORGOT_SUBMIT, kind="primary", type="submit"),
        action="/auth/forgot",
        class_name="form",
    )


def _sent() -> rx.Component:
    return rx.el.div(
        icon("mail"),
        rx.el.div(
            rx.el.p(words.SENT_TITLE, class_name="notice-title"),
            rx.el.p(words.SENT),
            rx.el.p(words.SENT_HINT),
            class_name="notice-text",
        ),
        role="status",
        class_name="notice notice-neutral",
    )


def reset_page() -> rx.Component:
    return recovery_page(
        words.RESET_TITLE,
        words.RESET_LEAD,
        fetch_form(
            link_token("token"),
            field(
                account_words.NEW_PASSWORD,
                "new_password",
                "password",
                hint=account_words.NEW_PASSWORD_HINT,
                auto_complete="new-password",
                required=True,
                min_length=MINIMUM_LENGTH,
                max_length=MAXIMUM_LENGTH,
                auto_focus=True,
            ),
            button(words.RESET_SUBMIT, kind="primary", type="submit"),
            action="/auth/reset",
            follow=True,
            class_name="form",
        ),
        page_link(words.RESET_AGAIN, navigation.FORGOT),
    )


def not_me_page() -> rx.Component:
    return recovery_page(
        words.NOT_ME_TITLE,
        words.NOT_ME_LEAD,
        fetch_form(
            link_token("token"),
            button(words.NOT_ME_SUBMIT, kind="danger", type="submit"),
            rx.el.p(words.NOT_ME_HINT, class_name="field-hint"),
            action="/auth/not-me",
            follow=True,
            class_name="form",
        ),
        page_link(words.NOT_ME_OTHERWISE, navigation.FORGOT),
    )
