"""Narrowing the list of devices, choosing several of them, and what is worth a look."""

import reflex as rx

from sessions_dashboard.components.controls import button, icon
from sessions_dashboard.states.device_list import KindRow
from sessions_dashboard.states.devices import DevicesState
from sessions_dashboard.states.rows import DeviceRow
from sessions_dashboard.words import devices as words

Row = rx.Var[DeviceRow]


def advice() -> rx.Component:
    """Below the list, as it is about the last devices there."""
    return rx.cond(
        DevicesState.advice != "",
        rx.el.aside(
            icon("lightbulb"),
            rx.el.p(DevicesState.advice, class_name="advice-text"),
            button(words.REVIEW, on_click=DevicesState.review),
            aria_label=words.ADVICE,
            class_name="advice",
        ),
    )


def kinds() -> rx.Component:
    """What the list can be narrowed to. It is placed where it moves nothing, because whether there
    is one is known only with the list."""
    return rx.cond(
        DevicesState.kinds.length() > 0,
        rx.el.select(
            rx.foreach(DevicesState.kinds, _kind),
            value=DevicesState.kind,
            on_change=DevicesState.narrow,
            aria_label=words.NARROW,
            class_name="input select section-select",
        ),
    )


def _kind(row: rx.Var[KindRow]) -> rx.Component:
    return rx.el.option(row.text, value=row.id, disabled=row.number == 0)


def choosing_bar() -> rx.Component:
    """What to do with several. The region is always there, so that screen readers announce it."""
    return rx.el.div(
        rx.el.span(rx.cond(DevicesState.selecting, DevicesState.selected_words, ""), role="status"),
        rx.cond(
            DevicesState.selecting,
            rx.fragment(
                button(words.SELECT_ALL, on_click=DevicesState.select_all),
                button(
                    words.REVOKE_SELECTED,
                    kind="danger",
                    disabled=DevicesState.selected.length() == 0,
                    on_click=DevicesState.ask_revoke_selected,
                ),
            ),
        ),
        class_name=rx.cond(DevicesState.selecting, "choosing", "choosing choosing-idle"),
    )


def choose_button() -> rx.Component:
    return button(
        words.SELECT,
        on_click=DevicesState.start_or_stop_selecting,
        custom_attrs={"aria-pressed": rx.cond(DevicesState.selecting, "true", "false")},
    )


def tick(row: Row) -> rx.Component:
    return rx.cond(
        DevicesState.selecting,
        rx.el.label(
            rx.el.input(
                type="checkbox",
                checked=DevicesState.selected.contains(row.id),
                on_change=DevicesState.select(row.id),
                aria_label=f"{words.SELECT} " + row.title,
                class_name="checkbox",
            ),
            class_name="device-tick",
        ),
    )
