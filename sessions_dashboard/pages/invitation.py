"""Choosing a password with a one-time link."""

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from sessions_dashboard import navigation
from sessions_dashboard.accounts.passwords import MAXIMUM_LENGTH, MINIMUM_LENGTH
from sessions_dashboard.components.browser import browser_fields, native_form
from sessions_dashboard.components.controls import button, field
from sessions_dashboard.components.feedback import empty_state, problem_callout
from sessions_dashboard.components.shell import form_page
from sessions_dashboard.states.invitation import InvitationState
from sessions_dashboard.words import invitation as words


def invitation_page() -> rx.Component:
    return form_page(
        words.TITLE,
        words.LEAD,
        rx.cond(
            InvitationState.is_hydrated,
            rx.cond(InvitationState.invited != "", _form(), _over()),
            rx.el.div(class_name="skeleton skeleton-title", aria_busy="true"),
        ),
    )


def _form() -> rx.Component:
    return rx.fragment(
        problem_callout(),
        native_form(
            field(
                words.EMAIL,
                "username",
                "email",
                value=InvitationState.invited,
                read_only=True,
                auto_complete="username",
            ),
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
            rx.el.input(type="hidden", name="token", value=InvitationState.token),
            browser_fields(),
            button(words.SUBMIT, kind="primary", type="submit"),
            action="/auth/invitation",
            class_name="form",
        ),
    )


def _over() -> rx.Component:
    return rx.fragment(
        empty_state("link-2-off", words.OVER_TITLE, words.OVER),
        ReactRouterLink.create(words.TO_SIGN_IN, to=navigation.SIGN_IN, class_name="button"),
    )
