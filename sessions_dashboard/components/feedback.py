"""What tells a person how things stand: notices, empty lists, skeletons, a lost connection."""

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors
from reflex_components_core.el.elements.inline import A

from sessions_dashboard.components.browser import (
    idle_warning,
    loaded_or_waiting,
    passing,
    relative_time,
    when_offline,
)
from sessions_dashboard.components.controls import button, icon
from sessions_dashboard.states.page import PageState, StayState
from sessions_dashboard.words import common as words


def notices() -> rx.Component:
    """What just happened, above the page, so that it is seen wherever the reader has scrolled to.

    The regions are there from the start, so that screen readers announce what comes into them. Good
    news disappears once the reader goes on.
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
    """What the reader has to know here, which stays. The region is there from the start."""
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


def once_loaded(
    loaded: rx.Var[bool], content: rx.Component, *skeleton: rx.Component
) -> rx.Component:
    """The content, whose place a skeleton holds until it is there. If that takes long or fails, the
    reader is told and offered another try."""
    return loaded_or_waiting(
        content,
        rx.fragment(*skeleton),
        _slow(),
        _not_loaded(),
        loaded=loaded,
        fresh=PageState.is_hydrated,
        failure=PageState.failure,
    )


def _slow() -> rx.Component:
    return rx.el.div(
        icon("clock"),
        rx.el.p(words.SLOW, class_name="advice-text"),
        _try_again(),
        class_name="advice slow",
    )


def _not_loaded() -> rx.Component:
    return rx.el.div(
        empty_state("circle-alert", words.NOT_LOADED_TITLE, words.NOT_LOADED),
        _try_again(),
        class_name="panel not-loaded",
    )


def _try_again() -> rx.Component:
    """A full load, which helps whatever it was that failed."""
    return A.create(words.TRY_AGAIN, href="", class_name="button")


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
    return _skeleton_panel(row, number)


def skeleton_cards(number: int, *, current: bool = False) -> rx.Component:
    """Holds the place of device cards: as many facts, which break their lines as those do."""
    fact = rx.el.span(rx.el.span(class_name="skeleton skeleton-words"))
    card = rx.el.div(
        rx.el.div(class_name="skeleton skeleton-mark"),
        rx.el.div(
            rx.el.p(fact, fact if current else rx.fragment(), class_name="device-heading"),
            rx.el.p(fact, fact, fact, class_name="facts"),
            rx.el.p(fact, fact, fact, class_name="facts facts-quiet"),
            class_name="device-text",
        ),
        rx.el.div(skeleton_button(), class_name="device-actions"),
        class_name="device",
    )
    return _skeleton_panel(card, number)


def skeleton_button() -> rx.Component:
    return rx.el.span(class_name="skeleton skeleton-button")


def _skeleton_panel(row: rx.Component, number: int) -> rx.Component:
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
                rx.el.span(
                    words.IDLE_WARNING, " ", relative_time(PageState.idle_end, to_come=True)
                ),
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
            _banner("wifi-off", words.NO_NETWORK),
            _banner("refresh-cw", words.RECONNECTING),
            lost=has_connection_errors,
        ),
        role="status",
    )


def _banner(icon_name: str, text: str) -> rx.Component:
    return rx.el.div(icon(icon_name, 16), rx.el.span(text), class_name="connection-banner")
