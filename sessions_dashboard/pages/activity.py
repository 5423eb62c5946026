"""Activity: the security history of an account."""

import reflex as rx

from sessions_dashboard.components.browser import day_heading, relative_time
from sessions_dashboard.components.controls import icon, paging
from sessions_dashboard.components.feedback import empty_state, skeleton_rows
from sessions_dashboard.components.shell import signed_in_page
from sessions_dashboard.states.activity import ActivityRow, ActivityState
from sessions_dashboard.words import activity as words


def activity_page() -> rx.Component:
    return signed_in_page(
        words.TITLE,
        words.LEAD,
        rx.cond(
            ActivityState.is_hydrated,
            rx.cond(
                ActivityState.rows.length() > 0,
                rx.fragment(
                    rx.el.ul(rx.foreach(ActivityState.rows, _line), class_name="history"),
                    paging(
                        words.NEWER,
                        words.OLDER,
                        has_newer=ActivityState.has_newer,
                        has_older=ActivityState.has_older,
                        on_newer=ActivityState.newer,
                        on_older=ActivityState.older,
                    ),
                ),
                rx.el.div(
                    empty_state("history", words.EMPTY_TITLE, words.EMPTY), class_name="panel"
                ),
            ),
            skeleton_rows(5),
        ),
    )


def _line(row: rx.Var[ActivityRow]) -> rx.Component:
    return rx.el.li(
        day_heading(row.at, row.above, words.TODAY, words.YESTERDAY),
        rx.el.div(
            rx.el.span(_mark(row), class_name="history-mark"),
            rx.el.div(
                rx.el.p(
                    rx.el.bdi(row.text),
                    rx.cond(row.done_from != "", rx.fragment(" ", rx.el.bdi(row.done_from))),
                ),
                rx.el.p(
                    rx.el.span(relative_time(row.at)),
                    rx.cond(row.ip_address != "", rx.el.span(row.ip_address, class_name="address")),
                    class_name="facts facts-quiet",
                ),
                class_name="device-text",
            ),
            class_name=rx.cond(row.alarming, "history-line history-alarming", "history-line"),
        ),
    )


def _mark(row: rx.Var[ActivityRow]) -> rx.Component:
    return rx.match(
        row.kind,
        ("signed_in", icon("log-in")),
        ("sign_in_failed", icon("triangle-alert")),
        ("renamed", icon("pencil")),
        ("password_changed", icon("key-round")),
        ("ended", icon("log-out")),
        icon("refresh-cw"),
    )
