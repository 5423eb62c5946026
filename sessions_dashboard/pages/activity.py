"""Activity: the security history of an account."""

import reflex as rx
from reflex_components_core.el.elements.inline import A

from sessions_dashboard import navigation
from sessions_dashboard.components.browser import relative_time
from sessions_dashboard.components.controls import paging
from sessions_dashboard.components.device_card import history_link
from sessions_dashboard.components.feedback import empty_state, once_loaded, skeleton_rows
from sessions_dashboard.components.history import history_line
from sessions_dashboard.components.marks import device_mark
from sessions_dashboard.components.shell import signed_in_page
from sessions_dashboard.states.activity import ActivityState, EndedRow
from sessions_dashboard.words import activity as words


def activity_page() -> rx.Component:
    return signed_in_page(
        words.TITLE,
        words.LEAD,
        once_loaded(
            ActivityState.loaded,
            rx.fragment(
                _narrowed(),
                _history(),
                rx.cond(ActivityState.ended.length() > 0, _signed_out()),
            ),
            skeleton_rows(5),
        ),
    )


def _history() -> rx.Component:
    return rx.cond(
        ActivityState.rows.length() > 0,
        rx.fragment(
            rx.el.ul(rx.foreach(ActivityState.rows, history_line), class_name="history"),
            paging(
                words.NEWER,
                words.OLDER,
                has_newer=ActivityState.has_previous,
                has_older=ActivityState.has_next,
                on_newer=ActivityState.previous_page,
                on_older=ActivityState.next_page,
            ),
        ),
        rx.el.div(empty_state("history", words.EMPTY_TITLE, words.EMPTY), class_name="panel"),
    )


def _narrowed() -> rx.Component:
    return rx.cond(
        ActivityState.only != "",
        rx.el.p(
            f"{words.ONLY} ",
            rx.el.bdi(ActivityState.only),
            ". ",
            # A full load, as the page reads its address only when it loads.
            A.create(words.SHOW_ALL, href=navigation.ACTIVITY, class_name="link"),
            class_name="narrowed",
        ),
    )


def _signed_out() -> rx.Component:
    return rx.el.section(
        rx.el.h2(words.ENDED_TITLE, class_name="section-title"),
        rx.el.ul(rx.foreach(ActivityState.ended, _ended), class_name="panel"),
        paging(
            words.NEWER,
            words.OLDER,
            has_newer=ActivityState.has_newer_ended,
            has_older=ActivityState.has_older_ended,
            on_newer=ActivityState.newer_ended,
            on_older=ActivityState.older_ended,
        ),
        class_name="section",
    )


def _ended(row: rx.Var[EndedRow]) -> rx.Component:
    return rx.el.li(
        device_mark(row),
        rx.el.div(
            rx.el.p(
                rx.el.bdi(row.text),
                rx.cond(row.done_from != "", rx.fragment(" ", rx.el.bdi(row.done_from))),
            ),
            rx.el.p(rx.el.span(relative_time(row.at)), class_name="facts facts-quiet"),
            class_name="device-text",
        ),
        rx.el.div(history_link(row.id, row.title), class_name="device-actions"),
        class_name="device",
    )
