"""Choosing a password with a one-time link."""

import reflex as rx

from sessions_dashboard import navigation
from sessions_dashboard.accounts.passwords import MAXIMUM_LENGTH, MINIMUM_LENGTH
from sessions_dashboard.components.browser import browser_fields, fetch_form, link_token
from sessions_dashboard.components.controls import button, field, page_link
from sessions_dashboard.components.shell import recovery_page
from sessions_dashboard.words import invitation as words


def invitation_page() -> rx.Component:
    return recovery_page(
        words.TITLE,
        words.LEAD,
        fetch_form(
            link_token("token"),
            field(
                words.PASSWORD,
                "password",
                "password",
                hint=words.PASSWORD_HINT,
                auto_complete="new-password",
                required=True,
                min_length=MINIMUM_LENGTH,
                max_length=MAXIMUM_LENGTH,
                auto_focus=True,
            ),
            browser_fields(),
            button(words.SUBMIT, kind="primary", type="submit"),
            action="/auth/invitation",
            follow=True,
            class_name="form",
        ),
        page_link(words.TO_SIGN_IN, navigation.SIGN_IN),
    )
