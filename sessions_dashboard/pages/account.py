"""Account: changing the password, what emails are sent, and keys for programs."""

import reflex as rx

from sessions_dashboard.accounts.passwords import MAXIMUM_LENGTH, MINIMUM_LENGTH
from sessions_dashboard.components.api_keys import api_keys_section
from sessions_dashboard.components.browser import loaded_or_waiting, native_form
from sessions_dashboard.components.controls import button, choice, field
from sessions_dashboard.components.feedback import callout
from sessions_dashboard.components.shell import signed_in_page
from sessions_dashboard.states.account import AccountState
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words import account as words
from sessions_dashboard.words import new_devices as new_device_words


def account_page() -> rx.Component:
    return signed_in_page(
        words.TITLE,
        words.LEAD,
        callout(AccountState.advice, "good", "circle-check"),
        _password(),
        api_keys_section(),
        # Whether it is shown is known late: here it moves nothing, and comes together with the
        # keys.
        loaded_or_waiting(
            _emails(),
            *[rx.fragment()] * 3,
            loaded=AccountState.can_mail,
            fresh=PageState.is_hydrated,
            failure=PageState.failure,
        ),
    )


def _password() -> rx.Component:
    return rx.el.section(
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
    )


def _emails() -> rx.Component:
    return rx.el.section(
        rx.el.h2(new_device_words.MAILS_TITLE, class_name="section-title"),
        rx.el.label(
            rx.el.input(
                type="checkbox",
                checked=AccountState.mail_new_devices,
                on_change=AccountState.want_mails,
                aria_describedby="mails-hint",
                class_name="checkbox",
            ),
            new_device_words.MAILS,
            class_name="choice",
        ),
        rx.el.p(new_device_words.MAILS_HINT, id="mails-hint", class_name="field-hint"),
        rx.el.p(AccountState.mails_saved, role="status", class_name="field-saved"),
        class_name="panel panel-form",
    )
