"""What tells a person how things stand: notices, empty lists, skeletons, a lost connection."""

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors
from reflex_components_core.el.elements.inline import A

from sessions_dashboard.components.browser import (
    idle_warning,
    passing,
    relative_time,
    waiting_or_failed,
    when_offline,
)
from sessions_dashboard.components.controls import button, icon
from sessions_dashboard.states.page import PageState, StayState
from sessions_dashboard.words import common as words


def notices() -> rx.Component:
    """What just happened, above the page, so that it is seen wherever the reader is in it.

    The regions are there from the start, so that readers announce what comes into them. What went
    well passes once the reader goes on.
    """
    return rx.el.div(
        rx.el.div(
            rx.cond(
                PageState.notice != "",
                passing(
                    _notice(PageState.notice, "good", "circle-check"),
                    text=PageState.notice,
                    on_passed=PageState.dismiss_notice,
                ),
            ),
            role="status",
        ),
        rx.el.div(
            rx.cond(PageState.problem != "", _notice(PageState.problem, "bad", "circle-alert")),
            role="alert",
        ),
        class_name="notices",
    )


def _notice(text: rx.Var[str], tone: str, icon_name: str) -> rx.Component:
    return rx.el.div(
        icon(icon_name),
        rx.el.span(text, class_name="notice-text"),
        rx.el.button(
            icon("x", 16),
            type="button",
            aria_label=words.DISMISS,
            class_name="button button-quiet button-icon",
            on_click=PageState.dismiss_notice,
        ),
        class_name=f"notice notice-{tone}",
    )


def callout(text: rx.Var[str], tone: str, icon_name: str, role: str = "status") -> rx.Component:
    """What the reader has to know here; it stays. The region is there from the start."""
    return rx.el.div(
        rx.cond(
            text != "",
            rx.el.div(
                icon(icon_name),
                rx.el.span(text, class_name="notice-text"),
                class_name=f"notice notice-{tone}",
            ),
        ),
        role=role,
        class_name="callout",
    )


def problem_callout() -> rx.Component:
    """Why a form came back, beside the form."""
    return callout(PageState.problem, "bad", "circle-alert", role="alert")


def done_callout() -> rx.Component:
    """What went well before this form, above it."""
    return callout(PageState.notice, "good", "circle-check")


def empty_state(icon_name: str, title: str, text: str) -> rx.Component:
    return rx.el.div(
        rx.el.div(icon(icon_name, 22), class_name="empty-icon"),
        rx.el.p(title, class_name="empty-title"),
        rx.el.p(text, class_name="empty-text"),
        class_name="empty",
    )


def until_loaded(*skeleton: rx.Component) -> rx.Component:
    """Holds the place of what is on its way; where that fails, says so and offers another try."""
    return waiting_or_failed(rx.fragment(*skeleton), _not_loaded(), PageState.failure)


def _not_loaded() -> rx.Component:
    return rx.el.div(
        empty_state("circle-alert", words.NOT_LOADED_TITLE, words.NOT_LOADED),
        # A full load: it helps whatever it was that failed.
        A.create(words.TRY_AGAIN, href="", class_name="button"),
        class_name="panel not-loaded",
    )


def skeleton_rows(number: int) -> rx.Component:
    """Holds the place of a list, in its shape, until it is there."""
    row = rx.el.div(
        rx.el.div(class_name="skeleton skeleton-mark"),
        rx.el.div(
            rx.el.div(class_name="skeleton skeleton-title"),
            rx.el.div(class_name="skeleton skeleton-line"),
            class_name="skeleton-text",
        ),
        class_name="device",
    )
    return rx.el.div(
        rx.el.span(words.LOADING, class_name="visually-hidden"),
        *[row] * number,
        class_name="panel",
        aria_busy="true",
    )


def idle_notice() -> rx.Component:
    """Offers to stay, two minutes before the session runs out for want of activity."""
    return rx.el.div(
        idle_warning(
            rx.el.div(
                icon("clock", 16),
                rx.el.span(words.IDLE_WARNING, " ", relative_time(PageState.idle_end)),
                button(words.STAY, on_click=StayState.stay),
                class_name="idle-notice",
            ),
            expires=PageState.idle_end,
        ),
        role="alert",
    )


def connection_banner() -> rx.Component:
    return rx.el.div(
        when_offline(
            rx.el.div(
                icon("wifi-off", 16), rx.el.span(words.RECONNECTING), class_name="connection-banner"
            ),
            lost=has_connection_errors,
        ),
        role="status",
    )
