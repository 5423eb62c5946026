"""The history of everyone, for administrators."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from sessions_dashboard.components.browser import exact_time
from sessions_dashboard.components.console import (
    account_link,
    cell,
    console_page,
    export_menu,
    ledger,
)
from sessions_dashboard.components.controls import button, drop_down, folds, icon, paging
from sessions_dashboard.components.feedback import empty_state, skeleton_rows, until_loaded
from sessions_dashboard.components.filter_chips import filter_chips
from sessions_dashboard.sessions.events import MAX_SEARCH_LENGTH
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.policy import EndReason
from sessions_dashboard.states.admin_events import AdminEventsState, EventRow
from sessions_dashboard.words import admin_events as words


def admin_events_page() -> rx.Component:
    return console_page(
        words.TITLE,
        words.LEAD,
        rx.cond(
            AdminEventsState.is_hydrated & AdminEventsState.loaded,
            rx.fragment(_form(), _news(), _table(), _paging()),
            until_loaded(skeleton_rows(6)),
        ),
    )


def _form() -> rx.Component:
    return rx.el.div(
        rx.el.form(
            rx.el.label(
                rx.el.span(words.SEARCH, class_name="visually-hidden"),
                icon("search", 16),
                rx.el.input(
                    name="q",
                    type="search",
                    placeholder=words.SEARCH_HINT,
                    default_value=AdminEventsState.fields["q"],
                    max_length=MAX_SEARCH_LENGTH,
                    class_name="input search-input",
                ),
                class_name="search",
            ),
            button(words.APPLY, type="submit"),
            drop_down(words.FILTERS, "sliders-horizontal", *_filters(), wide=True),
            export_menu("events", AdminEventsState.shown),
            on_submit=AdminEventsState.search,
            # Another address fills the fields anew.
            key=AdminEventsState.shown,
            role="search",
            class_name="toolbar",
        ),
        filter_chips(AdminEventsState.chips, AdminEventsState.remove, AdminEventsState.clear),
        class_name="finder",
    )


def _filters() -> tuple[rx.Component, ...]:
    return (
        rx.el.div(
            _field(
                "network",
                words.NETWORK,
                rx.el.input(
                    placeholder=words.NETWORK_HINT,
                    max_length=MAX_SEARCH_LENGTH,
                    **_attributes("network"),
                ),
            ),
            _choice("kind", words.KIND, words.ANY_KIND, {k: words.kind(k) for k in EventKind}),
            _choice(
                "reason", words.REASON, words.ANY_REASON, {r: words.reason(r) for r in EndReason}
            ),
            _moment("from", words.FROM),
            _moment("to", words.TO),
            class_name="filter-fields",
        ),
        rx.el.div(
            button(words.CLEAR, on_click=AdminEventsState.clear, custom_attrs=folds()),
            button(words.FILTER, kind="primary", type="submit", custom_attrs=folds()),
            class_name="dialog-actions",
        ),
    )


def _field(name: str, label: str, control: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=f"filter-{name}", class_name="field-label"),
        control,
        class_name="field",
    )


def _attributes(name: str) -> dict[str, Any]:
    return {
        "id": f"filter-{name}",
        "name": name,
        "default_value": AdminEventsState.fields[name],
        "class_name": "input",
    }


def _choice(name: str, label: str, any_one: str, options: Mapping[Any, str]) -> rx.Component:
    return _field(
        name,
        label,
        rx.el.select(
            rx.el.option(any_one, value=""),
            *[rx.el.option(text, value=value.value) for value, text in options.items()],
            **_attributes(name),
        ),
    )


def _moment(name: str, label: str) -> rx.Component:
    return _field(name, label, rx.el.input(type="datetime-local", **_attributes(name)))


def _news() -> rx.Component:
    return rx.el.div(
        rx.cond(
            AdminEventsState.news != "",
            button(
                icon("arrow-up", 16), AdminEventsState.news, on_click=AdminEventsState.show_news
            ),
        ),
        role="status",
        class_name="news",
    )


def _table() -> rx.Component:
    headings = (words.AT, words.USER, words.WHAT, words.ADDRESS, words.BY)
    return rx.cond(
        AdminEventsState.rows.length() > 0,
        ledger(headings, rx.el.tbody(rx.foreach(AdminEventsState.rows, _row)), caption=words.TITLE),
        rx.el.div(
            empty_state("search-x", words.NO_MATCH_TITLE, words.NO_MATCH), class_name="panel"
        ),
    )


def _row(row: rx.Var[EventRow]) -> rx.Component:
    return rx.el.tr(
        cell(words.AT, exact_time(row.at, seconds=True)),
        cell(
            words.USER,
            rx.cond(row.address != "", account_link(row.email, row.address), _nobody()),
        ),
        cell(
            words.WHAT,
            rx.el.bdi(row.text, class_name=rx.cond(row.alarming, "alarming", "")),
            class_name="cell-strong",
        ),
        cell(words.ADDRESS, _or_nobody(row.ip_address), class_name="address"),
        cell(words.BY, _or_nobody(row.done_by)),
    )


def _or_nobody(email: Any) -> rx.Component:
    return rx.cond(email != "", rx.el.bdi(email), _nobody())


def _nobody() -> rx.Component:
    return rx.el.span(words.NOBODY, class_name="quiet")


def _paging() -> rx.Component:
    return paging(
        words.NEWER,
        words.OLDER,
        has_newer=AdminEventsState.has_newer,
        has_older=AdminEventsState.has_older,
        on_newer=AdminEventsState.newer,
        on_older=AdminEventsState.older,
    )
