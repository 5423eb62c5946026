"""The question about a browser that is new to the account."""

import reflex as rx

from sessions_dashboard.components.browser import relative_time
from sessions_dashboard.components.controls import button
from sessions_dashboard.components.marks import device_mark
from sessions_dashboard.states.new_devices import NewDevicesState, QuestionRow
from sessions_dashboard.words import devices as device_words
from sessions_dashboard.words import new_devices as words

Row = rx.Var[QuestionRow]


def new_device_questions() -> rx.Component:
    """The region is there from the start, so that screen readers announce what comes into it."""
    return rx.el.section(
        rx.foreach(NewDevicesState.questions, _question),
        aria_label=words.NEW_SIGN_INS,
        aria_live="polite",
        class_name="questions",
    )


def _question(row: Row) -> rx.Component:
    return rx.el.div(
        device_mark(row),
        rx.el.div(
            rx.el.p(f"{words.NEW_SIGN_IN}: ", rx.el.bdi(row.device), class_name="device-title"),
            rx.el.p(
                rx.el.span(relative_time(row.at)),
                rx.cond(row.place != "", rx.el.span(row.place)),
                rx.el.span(
                    rx.el.span(device_words.ADDRESS + " ", class_name="visually-hidden"),
                    row.ip_address,
                    class_name="address",
                ),
                class_name="facts",
            ),
            rx.el.p(words.QUESTION, class_name="question-text"),
            rx.el.div(
                button(
                    words.YES,
                    aria_label=f"{words.YES}: " + row.device,
                    on_click=NewDevicesState.it_was_me(row.id),
                ),
                button(
                    words.NO,
                    kind="danger",
                    aria_label=f"{words.NO}: " + row.device,
                    on_click=NewDevicesState.it_was_not_me(row.id),
                ),
                class_name="question-actions",
            ),
            class_name="device-text",
        ),
        class_name="panel question",
        key=row.id,
        tab_index=-1,
        custom_attrs={"data-card": ""},
    )
