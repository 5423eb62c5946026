"""Narrowing the list of devices, choosing several of them, and what is worth a look."""

from typing import Any

import reflex as rx

from sessions_dashboard.components.controls import button, icon
from sessions_dashboard.states.device_list import KindRow
from sessions_dashboard.states.devices import DevicesState
from sessions_dashboard.states.rows import DeviceRow
from sessions_dashboard.words import devices as words

Row = rx.Var[DeviceRow] | Any


def advice() -> rx.Component:
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
    return rx.cond(
        DevicesState.kinds.length() > 0,
        rx.el.div(
            rx.foreach(DevicesState.kinds, _kind),
            role="group",
            aria_label=words.NARROW,
            class_name="segments",
        ),
    )


def _kind(row: rx.Var[KindRow]) -> rx.Component:
    return rx.el.button(
        row.text,
        rx.el.span(row.number, class_name="segment-number"),
        type="button",
        class_name="segment",
        disabled=row.number == 0,
        on_click=DevicesState.narrow(row.id),
        custom_attrs={"aria-pressed": rx.cond(DevicesState.kind == row.id, "true", "false")},
    )


def choosing_bar() -> rx.Component:
    """What to do with several. The region is there from the start, so that readers count along."""
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
