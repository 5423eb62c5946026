"""The marks of browsers and systems, by the names of `assets/marks.svg`."""

import reflex as rx

from sessions_dashboard.components.controls import icon
from sessions_dashboard.devices import DeviceKind
from sessions_dashboard.states.activity import EndedRow
from sessions_dashboard.states.new_devices import QuestionRow
from sessions_dashboard.states.rows import DeviceRow
from sessions_dashboard.states.session_rows import SessionRow

Row = rx.Var[DeviceRow] | rx.Var[QuestionRow] | rx.Var[EndedRow] | rx.Var[SessionRow]


KIND_ICONS = {
    DeviceKind.PHONE: "smartphone",
    DeviceKind.TABLET: "tablet",
    DeviceKind.DESKTOP: "monitor",
    DeviceKind.TV: "tv",
    DeviceKind.CONSOLE: "gamepad-2",
    DeviceKind.WEARABLE: "watch",
    DeviceKind.CAR: "car",
    DeviceKind.HEADSET: "rectangle-goggles",
    DeviceKind.SPEAKER: "speaker",
    DeviceKind.BOT: "bot",
    DeviceKind.SCRIPT: "square-terminal",
    DeviceKind.UNKNOWN: "globe",
}


def device_icon(kind: rx.Var[str]) -> rx.Component:
    return rx.match(
        kind,
        *[(one.value, icon(name, 22)) for one, name in KIND_ICONS.items()],
        icon(KIND_ICONS[DeviceKind.UNKNOWN], 22),
    )


def browser_icon(row: Row) -> rx.Component:
    """The browser; the kind of device where it has no mark."""
    return rx.cond(row.browser_mark != "", _mark(row.browser_mark, 22), device_icon(row.kind))


def device_mark(row: Row) -> rx.Component:
    """The browser with its system at the corner."""
    return rx.el.div(
        browser_icon(row),
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
