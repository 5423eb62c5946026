"""Activity: the security history of an account."""

import reflex as rx

from sessions_dashboard.components.controls import paging
from sessions_dashboard.components.feedback import empty_state, skeleton_rows
from sessions_dashboard.components.history import history_line
from sessions_dashboard.components.shell import signed_in_page
from sessions_dashboard.states.activity import ActivityState
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
                    rx.el.ul(rx.foreach(ActivityState.rows, history_line), class_name="history"),
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
