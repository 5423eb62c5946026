"""All active sessions, for administrators."""

import reflex as rx

from sessions_dashboard.components.browser import relative_time
from sessions_dashboard.components.console import console_page
from sessions_dashboard.components.controls import (
    badge,
    confirmation,
    icon,
    paging,
    password_dialog,
)
from sessions_dashboard.components.device_card import device_icon, revoke_button
from sessions_dashboard.components.feedback import empty_state, skeleton_rows
from sessions_dashboard.states.admin_sessions import MAX_SEARCH_LENGTH, AdminSessionsState
from sessions_dashboard.states.rows import DeviceRow
from sessions_dashboard.words import admin as words
from sessions_dashboard.words import common
from sessions_dashboard.words.devices import ACTIVE_NOW

SEARCH_DELAY_MILLISECONDS = 250


def admin_sessions_page() -> rx.Component:
    return console_page(
        common.SESSIONS,
        words.LEAD,
        rx.cond(
            AdminSessionsState.is_hydrated,
            rx.fragment(_search(), _table(), _paging()),
            skeleton_rows(6),
        ),
        confirmation(
            open=(AdminSessionsState.revoking.id != "") & ~AdminSessionsState.confirming,
            title=AdminSessionsState.revoke_question,
            text=AdminSessionsState.revoke_consequence,
            confirm=words.REVOKE,
            on_confirm=AdminSessionsState.revoke,
            on_dismiss=AdminSessionsState.close_dialog,
        ),
        password_dialog(AdminSessionsState.revoke, AdminSessionsState.close_dialog),
    )


def _search() -> rx.Component:
    return rx.el.div(
        rx.el.label(
            rx.el.span(words.SEARCH, class_name="visually-hidden"),
            icon("search", 16),
            rx.el.input(
                type="search",
                class_name="input search-input",
                placeholder=words.SEARCH_HINT,
                default_value=AdminSessionsState.search,
                max_length=MAX_SEARCH_LENGTH,
                on_change=AdminSessionsState.look_for.debounce(SEARCH_DELAY_MILLISECONDS),
            ),
            class_name="search",
        ),
        rx.el.p(AdminSessionsState.total_words, role="status", class_name="list-note"),
        class_name="toolbar",
    )


def _table() -> rx.Component:
    headings = (words.USER, words.DEVICE, words.ADDRESS, words.STARTED, words.LAST_ACTIVE)
    return rx.cond(
        AdminSessionsState.rows.length() > 0,
        rx.el.div(
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        *[rx.el.th(text, scope="col") for text in headings],
                        rx.el.th(
                            rx.el.span(words.ACTION, class_name="visually-hidden"), scope="col"
                        ),
                    )
                ),
                rx.el.tbody(rx.foreach(AdminSessionsState.rows, _row)),
                class_name="table",
            ),
            class_name="panel table-panel",
        ),
        rx.el.div(
            empty_state("search-x", words.NO_MATCH_TITLE, words.NO_MATCH), class_name="panel"
        ),
    )


def _row(row: rx.Var[DeviceRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.email, class_name="cell-strong", custom_attrs={"data-label": words.USER}),
        rx.el.td(
            rx.el.span(
                device_icon(row.kind),
                rx.el.bdi(row.title),
                class_name="cell-device",
            ),
            custom_attrs={"data-label": words.DEVICE},
        ),
        rx.el.td(row.ip_address, class_name="address", custom_attrs={"data-label": words.ADDRESS}),
        rx.el.td(relative_time(row.started), custom_attrs={"data-label": words.STARTED}),
        rx.el.td(
            relative_time(row.last_active, recent=ACTIVE_NOW),
            custom_attrs={"data-label": words.LAST_ACTIVE},
        ),
        rx.el.td(
            rx.cond(
                row.id == AdminSessionsState.own_id,
                badge(words.YOURS, "accent"),
                revoke_button(row, AdminSessionsState.ask_revoke(row.id)),
            ),
            class_name="cell-action",
        ),
    )


def _paging() -> rx.Component:
    return paging(
        words.NEWER,
        words.OLDER,
        has_newer=AdminSessionsState.has_newer,
        has_older=AdminSessionsState.has_older,
        on_newer=AdminSessionsState.newer,
        on_older=AdminSessionsState.older,
    )
