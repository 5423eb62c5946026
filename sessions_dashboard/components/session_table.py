"""The table of sessions: rows to tick, to open and to end, in an order that is chosen."""

import reflex as rx

from sessions_dashboard.components.browser import relative_time
from sessions_dashboard.components.console import sorting_heading
from sessions_dashboard.components.controls import badge, icon
from sessions_dashboard.components.device_card import revoke_button
from sessions_dashboard.components.marks import browser_icon
from sessions_dashboard.sessions.filters import Sort
from sessions_dashboard.states.admin_sessions import AdminSessionsState
from sessions_dashboard.states.session_rows import SessionRow
from sessions_dashboard.words import admin as words
from sessions_dashboard.words.devices import ACTIVE_NOW

Row = rx.Var[SessionRow]
State = AdminSessionsState


def session_table() -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    _tick_page(),
                    _heading("user", words.USER),
                    _optional("device", _heading("device", words.DEVICE)),
                    _optional("address", _heading("address", words.ADDRESS)),
                    _optional("place", _heading("place", words.PLACE)),
                    _optional("status", _heading("status", words.STATUS)),
                    _optional("started", _sorting("started", words.STARTED, Sort.STARTED)),
                    _optional("last_active", _sorting("active", words.LAST_ACTIVE, Sort.SEEN)),
                    _optional("ended", _sorting("ended", words.ENDED, Sort.ENDED)),
                    rx.el.th(
                        rx.el.span(words.ACTION, class_name="visually-hidden"),
                        scope="col",
                        class_name="col-action",
                    ),
                )
            ),
            rx.el.tbody(rx.foreach(State.rows, _row)),
            class_name="table sessions",
        ),
        class_name="panel table-panel",
    )


def status_badge(row: Row) -> rx.Component:
    return rx.el.span(
        rx.el.span(row.status_words, class_name="badge badge-" + row.status),
        rx.cond(row.reason != "", rx.el.span(row.reason, class_name="reason")),
        class_name="cell-status",
    )


def _optional(name: str, cell: rx.Component) -> rx.Component:
    return rx.cond(State.hidden.contains(name), rx.fragment(), cell)


def _tick_page() -> rx.Component:
    return rx.el.th(
        rx.el.input(
            type="checkbox",
            aria_label=words.SELECT_PAGE,
            checked=State.all_ticked,
            disabled=~State.can_tick,
            on_change=State.tick_page,
            class_name="checkbox",
        ),
        scope="col",
        class_name="col-tick",
    )


def _heading(name: str, text: str) -> rx.Component:
    return rx.el.th(text, scope="col", class_name=f"col-{name}")


def _sorting(name: str, text: str, sort: Sort) -> rx.Component:
    return sorting_heading(
        text,
        here=State.sort == sort.value,
        descending=State.descending,
        on_click=State.sort_by(sort.value),
        class_name=f"col-{name}",
    )


def _row(row: Row) -> rx.Component:
    return rx.el.tr(
        _tick(row),
        _user(row),
        _optional("device", _device(row)),
        _optional("address", _cell("address", words.ADDRESS, row.ip_address)),
        _optional("place", _cell("place", words.PLACE, row.place)),
        _optional("status", _cell("status", words.STATUS, status_badge(row))),
        _optional("started", _cell("started", words.STARTED, relative_time(row.started))),
        _optional("last_active", _cell("active", words.LAST_ACTIVE, _last_active(row))),
        _optional("ended", _cell("ended", words.ENDED, relative_time(row.ended))),
        _action(row),
        class_name=rx.cond(row.changed, "row-changed", ""),
    )


def _tick(row: Row) -> rx.Component:
    return rx.el.td(
        rx.el.input(
            type="checkbox",
            aria_label=f"{words.SELECT} " + row.title + " · " + row.email,
            checked=State.ticked.contains(row.id),
            disabled=row.is_over,
            on_change=lambda on: State.tick(row.id, on),
            class_name="checkbox",
        ),
        class_name="col-tick",
    )


def _user(row: Row) -> rx.Component:
    return _cell(
        "user",
        words.USER,
        rx.el.button(
            row.email,
            type="button",
            class_name="link-button",
            on_click=State.open_session(row.id),
        ),
        rx.cond(row.is_admin, icon_with_words("shield", words.ADMINISTRATOR)),
    )


def _device(row: Row) -> rx.Component:
    return _cell(
        "device",
        words.DEVICE,
        rx.el.span(browser_icon(row), rx.el.bdi(row.title), class_name="cell-device"),
    )


def _last_active(row: Row) -> rx.Component:
    return rx.cond(
        row.is_live,
        relative_time(row.last_active, recent=ACTIVE_NOW),
        relative_time(row.last_active),
    )


def _action(row: Row) -> rx.Component:
    return rx.el.td(
        rx.cond(
            row.id == State.own_id,
            badge(words.YOURS, "accent"),
            rx.cond(row.is_live, revoke_button(row, State.ask_revoke(row.id))),
        ),
        class_name="col-action",
    )


def _cell(name: str, label: str, *content: rx.Component | rx.Var[str]) -> rx.Component:
    return rx.el.td(*content, class_name=f"col-{name}", custom_attrs={"data-label": label})


def icon_with_words(name: str, text: str) -> rx.Component:
    """An icon that means something, with its words for screen readers."""
    return rx.el.span(
        icon(name, 14),
        rx.el.span(text, class_name="visually-hidden"),
        title=text,
        class_name="icon-words",
    )
