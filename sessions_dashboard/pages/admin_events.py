"""The history of everyone, for administrators."""

from typing import Any

import reflex as rx

from sessions_dashboard.components.browser import exact_time, kept_focus
from sessions_dashboard.components.console import (
    account_link,
    cell,
    columns_menu,
    console_page,
    export_menu,
    heading,
    ledger,
    totals,
)
from sessions_dashboard.components.controls import button, drop_down, folds, icon, paging
from sessions_dashboard.components.feedback import empty_state, once_loaded, skeleton_rows
from sessions_dashboard.components.filter_chips import filter_chips
from sessions_dashboard.components.filter_fields import FilterFields
from sessions_dashboard.components.history import given_reason
from sessions_dashboard.devices import DeviceKind
from sessions_dashboard.sessions.event_filters import MAX_SEARCH_LENGTH, MOMENTS
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.states.admin_events import COLUMNS, AdminEventsState, EventRow
from sessions_dashboard.words import admin_events as words
from sessions_dashboard.words.admin import REASONS, ROLES, TIMES_NOTE
from sessions_dashboard.words.devices import device_kind

State = AdminEventsState
FIELDS = FilterFields(words.NAMES, State.fields)
COLUMN_WORDS = {"user": words.USER, "address": words.ADDRESS, "by": words.BY}


def admin_events_page() -> rx.Component:
    return console_page(
        words.TITLE,
        words.LEAD,
        once_loaded(
            State.loaded,
            # The form is made anew with every other address.
            rx.fragment(kept_focus(_form()), _totals(), _table(), _paging()),
            skeleton_rows(6),
        ),
        here=State.unfiltered,
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
                    default_value=State.fields["q"],
                    max_length=MAX_SEARCH_LENGTH,
                    class_name="input search-input",
                ),
                class_name="search",
            ),
            button(words.APPLY, type="submit"),
            drop_down(words.FILTERS, "sliders-horizontal", *_filters(), wide=True),
            _columns(),
            export_menu("events", State.shown),
            on_submit=State.search,
            # Another address fills the fields anew.
            key=f"{State.form_version} {State.shown}",
            role="search",
            class_name="toolbar",
        ),
        filter_chips(State.chips, State.remove, State.clear),
        class_name="finder",
    )


def _filters() -> tuple[rx.Component, ...]:
    return (
        rx.el.div(
            FIELDS.text("user", hint=words.USER_HINT),
            FIELDS.text("network", hint=words.NETWORK_HINT),
            FIELDS.select("role", ((one.value, text) for one, text in ROLES.items())),
            FIELDS.select_of("browser", State.browsers),
            FIELDS.select_of("os", State.systems),
            FIELDS.select("kind", ((one.value, words.kind(one)) for one in EventKind)),
            FIELDS.select("reason", ((one.value, text) for one, text in REASONS.items())),
            class_name="filter-fields",
        ),
        rx.el.div(
            *map(FIELDS.moment, MOMENTS),
            class_name="filter-fields",
        ),
        rx.el.p(TIMES_NOTE, class_name="field-hint"),
        rx.el.div(*map(FIELDS.flag, words.OWN_FLAGS), class_name="filter-flags"),
        _of_session(),
        rx.el.div(
            button(words.CLEAR, on_click=State.clear, custom_attrs=folds()),
            button(words.FILTER, kind="primary", type="submit", custom_attrs=folds()),
            class_name="dialog-actions",
        ),
    )


def _of_session() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(words.OF_SESSION, class_name="field-label"),
        rx.el.div(
            FIELDS.select(
                "device_kind", ((one.value, device_kind(one.value)) for one in DeviceKind)
            ),
            FIELDS.select_named("country", State.countries),
            class_name="filter-fields",
        ),
        rx.el.div(*map(FIELDS.flag, words.FLAGS_OF_SESSION), class_name="filter-flags"),
        rx.el.p(words.ONLY_OF_SESSION, id="only-of-session", class_name="field-hint"),
        class_name="filter-group",
        custom_attrs={"aria-describedby": "only-of-session"},
    )


def _columns() -> rx.Component:
    return columns_menu(
        {name: COLUMN_WORDS[name] for name in COLUMNS},
        State.hidden,
        State.show_column,
        _order(**folds()),
    )


def _order(**attributes: str) -> rx.Component:
    """The heading of the times; a click reverses the list."""
    return rx.el.button(
        words.AT,
        rx.cond(State.oldest_first, icon("arrow-up", 14), icon("arrow-down", 14)),
        type="button",
        class_name="sort-button",
        on_click=State.turn_round,
        custom_attrs=attributes,
    )


def _totals() -> rx.Component:
    return totals(State.total_words, State.news, State.show_news)


def _table() -> rx.Component:
    direction = rx.cond(State.oldest_first, "ascending", "descending")
    return rx.cond(
        State.rows.length() > 0,
        ledger(
            (
                rx.el.th(_order(), scope="col", custom_attrs={"aria-sort": direction}),
                _optional("user", heading(words.USER)),
                heading(words.WHAT),
                _optional("address", heading(words.ADDRESS)),
                _optional("by", heading(words.BY)),
            ),
            rx.el.tbody(rx.foreach(State.rows, _row)),
            caption=words.TITLE,
        ),
        rx.el.div(
            empty_state("search-x", words.NO_MATCH_TITLE, words.NO_MATCH), class_name="panel"
        ),
    )


def _optional(name: str, cell: rx.Component) -> rx.Component:
    return rx.cond(State.hidden.contains(name), rx.fragment(), cell)


def _row(row: rx.Var[EventRow]) -> rx.Component:
    return rx.el.tr(
        cell(words.AT, exact_time(row.at, seconds=True)),
        _optional(
            "user",
            cell(
                words.USER,
                rx.cond(row.address != "", account_link(row.email, row.address), _nobody()),
            ),
        ),
        cell(
            words.WHAT,
            rx.el.div(
                rx.el.bdi(row.text, class_name=rx.cond(row.alarming, "alarming", "")),
                rx.cond(row.more != "", rx.el.p(rx.el.bdi(row.more), class_name="reason")),
                given_reason(row.given_reason),
            ),
            class_name="cell-strong",
        ),
        _optional("address", cell(words.ADDRESS, _or_nobody(row.ip_address), class_name="address")),
        _optional("by", cell(words.BY, _or_nobody(row.done_by))),
    )


def _or_nobody(email: Any) -> rx.Component:
    return rx.cond(email != "", rx.el.bdi(email), _nobody())


def _nobody() -> rx.Component:
    return rx.el.span(words.NOBODY, class_name="quiet")


def _paging() -> rx.Component:
    """The next page is on the right, whichever order the list is in."""
    newer = {"has_newer": State.has_newer, "on_newer": State.newer}
    older = {"has_older": State.has_older, "on_older": State.older}
    return rx.cond(
        State.oldest_first,
        paging(
            words.OLDER,
            words.NEWER,
            has_newer=State.has_older,
            has_older=State.has_newer,
            on_newer=State.older,
            on_older=State.newer,
        ),
        paging(words.NEWER, words.OLDER, **newer, **older),
    )
