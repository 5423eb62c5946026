"""The marks of browsers and systems, by the names of `assets/marks.svg`."""

from typing import Any

import reflex as rx

from sessions_dashboard.components.controls import icon
from sessions_dashboard.states.activity import EndedRow
from sessions_dashboard.states.new_devices import QuestionRow
from sessions_dashboard.states.rows import DeviceRow

Row = rx.Var[DeviceRow] | rx.Var[QuestionRow] | rx.Var[EndedRow] | Any


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


def device_mark(row: Row) -> rx.Component:
    """The browser with its system at the corner; the kind of device where the browser has none."""
    return rx.el.div(
        rx.cond(row.browser_mark != "", _mark(row.browser_mark, 22), device_icon(row.kind)),
        rx.cond(
            row.os_mark != "", rx.el.span(_mark(row.os_mark, 12), class_name="device-mark-system")
        ),
        class_name="device-mark",
    )


def _mark(name: rx.Var[str], size: int) -> rx.Component:
    return rx.el.svg(
        rx.el.svg.use(href=f"/marks.svg#{name}"),
        width=size,
        height=size,
        fill="currentColor",
        aria_hidden="true",
        class_name="icon",
    )
