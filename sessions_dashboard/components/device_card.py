"""One device in a list."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.inline import A

from sessions_dashboard import navigation
from sessions_dashboard.components.browser import relative_time
from sessions_dashboard.components.controls import badge, button, icon
from sessions_dashboard.states.rows import DeviceRow
from sessions_dashboard.words import devices as words

Row = rx.Var[DeviceRow] | Any


def device_icon(kind: rx.Var[str]) -> rx.Component:
    return rx.match(
        kind,
        ("phone", icon("smartphone", 22)),
        ("tablet", icon("tablet", 22)),
        ("desktop", icon("monitor", 22)),
        ("tv", icon("tv", 22)),
        ("console", icon("gamepad-2", 22)),
        ("wearable", icon("watch", 22)),
        ("bot", icon("bot", 22)),
        ("script", icon("square-terminal", 22)),
        icon("globe", 22),
    )


def device_card(row: Row, *actions: rx.Component, current: bool = False) -> rx.Component:
    return rx.el.li(
        rx.el.div(device_icon(row.kind), class_name="device-mark"),
        rx.el.div(
            rx.el.div(
                rx.el.bdi(row.title, class_name="device-title"),
                badge(words.THIS_DEVICE, "accent") if current else rx.fragment(),
                class_name="device-heading",
            ),
            rx.cond(row.label != "", rx.el.p(row.label, class_name="device-line")),
            _facts(row, current),
            class_name="device-text",
        ),
        rx.el.div(*actions, class_name="device-actions"),
        class_name="device device-current" if current else "device",
    )


def _facts(row: Row, current: bool) -> rx.Component:
    if current:
        activity = rx.el.span(words.ACTIVE_NOW, class_name="active-now")
    else:
        activity = rx.el.span(
            rx.el.span(words.LAST_ACTIVE + " ", class_name="fact-name"),
            relative_time(row.last_active, recent=words.ACTIVE_NOW),
        )
    return rx.el.div(
        rx.el.p(
            activity,
            rx.cond(row.place != "", rx.el.span(row.place)),
            rx.el.span(
                rx.el.span(words.ADDRESS + " ", class_name="visually-hidden"),
                row.ip_address,
                class_name="address",
            ),
            class_name="facts",
        ),
        rx.el.p(
            rx.el.span(words.STARTED + " ", relative_time(row.started)),
            rx.el.span(words.EXPIRES + " ", relative_time(row.expires)),
            class_name="facts facts-quiet",
        ),
    )


def rename_button(row: Row, on_click: Any) -> rx.Component:
    return rx.el.button(
        icon("pencil", 16),
        type="button",
        aria_label=f"{words.RENAME} " + row.title,
        title=words.RENAME,
        class_name="button button-quiet button-icon",
        on_click=on_click,
    )


def history_link(session_id: rx.Var[str], title: rx.Var[str]) -> rx.Component:
    """To what happened on one device. A full load: the page reads its address when it loads."""
    return A.create(
        icon("history", 16),
        href=f"{navigation.ACTIVITY}?session={session_id}",
        aria_label=f"{words.HISTORY_OF} " + title,
        title=words.HISTORY,
        class_name="button button-quiet button-icon",
    )


def revoke_button(row: Row, on_click: Any) -> rx.Component:
    return button(words.REVOKE, aria_label=f"{words.REVOKE} " + row.title, on_click=on_click)
