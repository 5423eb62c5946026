"""What unfolds below a device."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.inline import A

from sessions_dashboard import navigation
from sessions_dashboard.components.browser import exact_time, relative_time
from sessions_dashboard.components.controls import icon
from sessions_dashboard.states.device_details import ChangeRow, DeviceDetailsState
from sessions_dashboard.states.rows import DeviceRow
from sessions_dashboard.words import devices as words

State = DeviceDetailsState
Row = rx.Var[DeviceRow]


def details_button(row: Row) -> rx.Component:
    return rx.el.button(
        icon("chevron-down", 16),
        type="button",
        aria_label=f"{words.DETAILS_OF} " + row.title,
        title=words.DETAILS,
        class_name="button button-quiet button-icon fold",
        on_click=State.unfold(row.id),
        custom_attrs={
            "aria-expanded": rx.cond(State.device_id == row.id, "true", "false"),
            "aria-controls": rx.cond(State.device_id == row.id, "device-details", ""),
        },
    )


def device_details(row: Row) -> rx.Component:
    return rx.cond(
        State.device_id == row.id,
        rx.el.div(
            rx.el.dl(
                _fact(words.FIRST_SEEN, exact_time(row.first_seen)),
                _fact(words.STARTED, exact_time(row.started)),
                _fact(words.LAST_SEEN, exact_time(row.last_active)),
                _fact(words.EXPIRES, exact_time(row.expires)),
                _fact(words.ADDRESS, rx.el.span(row.ip_address, class_name="address")),
                rx.cond(State.network != "", _fact(words.NETWORK, rx.el.bdi(State.network))),
                rx.cond(
                    State.browser_version != "",
                    _fact(words.BROWSER_VERSION, rx.el.bdi(State.browser_version)),
                ),
                _fact(words.USER_AGENT, rx.el.bdi(State.user_agent, class_name="agent")),
                _fact(words.CHANGES, _changes()),
                class_name="facts-list",
            ),
            A.create(
                words.ALL_HISTORY,
                href=f"{navigation.ACTIVITY}?session={row.id}",
                class_name="link",
            ),
            id="device-details",
            class_name="device-details",
        ),
    )


def _fact(name: str, value: Any) -> rx.Component:
    return rx.el.div(rx.el.dt(name), rx.el.dd(value))


def _changes() -> rx.Component:
    return rx.cond(
        State.changes.length() > 0,
        rx.el.ul(rx.foreach(State.changes, _change)),
        words.NO_CHANGES,
    )


def _change(row: rx.Var[ChangeRow]) -> rx.Component:
    return rx.el.li(
        rx.el.bdi(row.text),
        rx.el.span(
            rx.el.span(relative_time(row.at)),
            rx.cond(row.ip_address != "", rx.el.span(row.ip_address, class_name="address")),
            class_name="facts facts-quiet",
        ),
    )
