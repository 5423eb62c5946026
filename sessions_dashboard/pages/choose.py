"""Choose which device to sign out: where a sign-in finds no room."""

import reflex as rx

from sessions_dashboard import navigation
from sessions_dashboard.components.browser import browser_fields, native_form, relative_time
from sessions_dashboard.components.controls import button
from sessions_dashboard.components.feedback import once_loaded, problem_callout, skeleton_rows
from sessions_dashboard.components.marks import device_mark
from sessions_dashboard.components.places_credit import places_credit
from sessions_dashboard.components.shell import form_page
from sessions_dashboard.states.choose import ChooseState
from sessions_dashboard.states.rows import DeviceRow
from sessions_dashboard.words import choose as words


def choose_page() -> rx.Component:
    return form_page(
        words.TITLE,
        rx.cond(ChooseState.rows.length() > 0, ChooseState.lead, ""),
        problem_callout(),
        once_loaded(
            ChooseState.rows.length() > 0,
            rx.el.ul(rx.foreach(ChooseState.rows, _device), class_name="choices"),
            skeleton_rows(2),
        ),
        places_credit(),
        rx.el.div(
            rx.el.a(words.INSTEAD, href=navigation.SIGN_IN, class_name="link"),
            class_name="form-aside",
        ),
    )


def _device(row: rx.Var[DeviceRow]) -> rx.Component:
    return rx.el.li(
        device_mark(row),
        rx.el.div(
            rx.el.bdi(row.title, class_name="device-title"),
            rx.el.p(
                rx.el.span(words.LAST_ACTIVE, " ", relative_time(row.last_active)),
                rx.cond(row.place != "", rx.el.span(row.place)),
                class_name="facts facts-quiet",
            ),
            class_name="device-text",
        ),
        native_form(
            rx.el.input(type="hidden", name="end", value=row.id),
            browser_fields(),
            button(words.SIGN_OUT, type="submit", aria_label=f"{words.SIGN_OUT}: " + row.title),
            action="/auth/sign-in/choose",
        ),
        class_name="choice-row",
    )
