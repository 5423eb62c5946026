"""What is looked for among the sessions: search, statuses, the form of filters, chips."""

import reflex as rx

from sessions_dashboard.components.browser import kept_focus
from sessions_dashboard.components.console import columns_menu, export_menu, sort_choice
from sessions_dashboard.components.controls import button, drop_down, folds, icon
from sessions_dashboard.components.filter_chips import filter_chips
from sessions_dashboard.components.filter_fields import FilterFields
from sessions_dashboard.devices import DeviceKind
from sessions_dashboard.sessions.filters import MOMENTS, Sort
from sessions_dashboard.states.admin_sessions import (
    COLUMNS,
    MAX_SEARCH_LENGTH,
    AdminSessionsState,
)
from sessions_dashboard.states.saved_views import SavedViewsState, ViewLink
from sessions_dashboard.words import admin as words
from sessions_dashboard.words import devices as device_words

State = AdminSessionsState
FIELDS = FilterFields(words.NAMES, State.fields)
SEARCH_DELAY_MILLISECONDS = 250
COLUMN_WORDS = {
    "device": words.DEVICE,
    "address": words.ADDRESS,
    "place": words.PLACE,
    "status": words.STATUS,
    "started": words.STARTED,
    "last_active": words.LAST_ACTIVE,
    "ended": words.ENDED,
}


def session_filters() -> rx.Component:
    return rx.el.div(
        _statuses(),
        rx.el.div(
            _search(),
            _filters(),
            _columns(),
            _views(),
            export_menu("sessions", State.query),
            class_name="toolbar",
        ),
        kept_focus(filter_chips(State.chips, State.remove, State.clear)),
        class_name="finder",
    )


def _statuses() -> rx.Component:
    return rx.el.div(
        *(
            rx.el.button(
                text,
                type="button",
                class_name="segment",
                on_click=State.show_status(status.value),
                custom_attrs={
                    "aria-pressed": rx.cond(State.status == status.value, "true", "false")
                },
            )
            for status, text in words.STATUSES.items()
        ),
        role="group",
        aria_label=words.STATUS,
        class_name="segments",
    )


def _search() -> rx.Component:
    return rx.el.label(
        rx.el.span(words.SEARCH, class_name="visually-hidden"),
        icon("search", 16),
        rx.el.input(
            type="search",
            class_name="input search-input",
            placeholder=words.SEARCH_HINT,
            default_value=State.search,
            max_length=MAX_SEARCH_LENGTH,
            on_change=State.look_for.debounce(SEARCH_DELAY_MILLISECONDS),
            key=State.search_version.to_string(),
        ),
        class_name="search",
    )


def _filters() -> rx.Component:
    return drop_down(
        words.FILTERS,
        "sliders-horizontal",
        rx.el.form(
            rx.el.div(
                FIELDS.text("user", hint="ada@example.com"),
                FIELDS.text("network", hint=words.NETWORK_HINT),
                FIELDS.select("role", ((one.value, text) for one, text in words.ROLES.items())),
                FIELDS.select(
                    "kind",
                    ((kind.value, device_words.device_kind(kind.value)) for kind in DeviceKind),
                ),
                FIELDS.select_of("browser", State.browsers),
                FIELDS.select_of("os", State.systems),
                FIELDS.select_named("country", State.countries),
                FIELDS.select("reason", ((one.value, text) for one, text in words.REASONS.items())),
                class_name="filter-fields",
            ),
            rx.el.div(
                *map(FIELDS.moment, MOMENTS),
                class_name="filter-fields",
            ),
            rx.el.p(words.TIMES_NOTE, class_name="field-hint"),
            rx.el.div(
                *(FIELDS.flag(name) for name in words.FLAGS),
                class_name="filter-flags",
            ),
            rx.el.div(
                button(words.CLEAR, on_click=State.clear, custom_attrs=folds()),
                button(words.APPLY, kind="primary", type="submit", custom_attrs=folds()),
                class_name="dialog-actions",
            ),
            on_submit=State.apply,
            key=State.form_version.to_string(),
        ),
        wide=True,
    )


def _columns() -> rx.Component:
    return columns_menu(
        {name: COLUMN_WORDS[name] for name in COLUMNS},
        State.hidden,
        State.show_column,
        *(_sort(sort) for sort in Sort),
    )


def _sort(sort: Sort) -> rx.Component:
    return sort_choice(
        words.SORTS[sort],
        here=State.sort == sort.value,
        descending=State.descending,
        on_click=State.sort_by(sort.value),
    )


def _views() -> rx.Component:
    return drop_down(
        words.VIEWS,
        "bookmark",
        rx.cond(
            SavedViewsState.views.length() > 0,
            rx.el.ul(rx.foreach(SavedViewsState.views, _view), class_name="kept-views"),
            rx.el.p(words.NO_VIEWS, class_name="field-hint"),
        ),
        _forgotten(),
        rx.el.form(
            rx.el.label(words.KEEP_VIEW, html_for="view-name", class_name="field-label"),
            rx.el.div(
                rx.el.input(
                    id="view-name",
                    name="name",
                    required=True,
                    max_length=60,
                    auto_complete="off",
                    class_name="input",
                ),
                button(words.KEEP, type="submit"),
                class_name="keep-view",
            ),
            on_submit=SavedViewsState.keep,
            key=SavedViewsState.version.to_string(),
        ),
    )


def _forgotten() -> rx.Component:
    """Says that a view was deleted, and takes it back."""
    return rx.el.div(
        rx.cond(
            SavedViewsState.forgotten != "",
            rx.el.div(
                rx.el.bdi(SavedViewsState.forgotten_words),
                button(
                    words.UNDO,
                    kind="quiet",
                    on_click=SavedViewsState.bring_back,
                    auto_focus=True,
                    custom_attrs=folds(),
                ),
                key=SavedViewsState.forgotten,
                class_name="forgotten-view",
            ),
        ),
        role="status",
    )


def _view(view: rx.Var[ViewLink]) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            rx.el.bdi(view.name),
            type="button",
            class_name="link-button",
            on_click=SavedViewsState.open_view(view.name),
            custom_attrs=folds(),
        ),
        rx.el.button(
            icon("x", 14),
            type="button",
            aria_label=f"{words.FORGET} " + view.name,
            class_name="chip-remove",
            on_click=SavedViewsState.forget(view.name),
        ),
    )
