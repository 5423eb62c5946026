"""What is looked for among the sessions: search, statuses, the form of filters, chips."""

from collections.abc import Iterable

import reflex as rx

from sessions_dashboard.components.console import export_menu
from sessions_dashboard.components.controls import button, drop_down, folds, icon
from sessions_dashboard.components.filter_chips import filter_chips
from sessions_dashboard.components.session_table import order_icon
from sessions_dashboard.devices import DeviceKind
from sessions_dashboard.sessions.filters import YES, Sort
from sessions_dashboard.states.admin_sessions import (
    COLUMNS,
    MAX_SEARCH_LENGTH,
    AdminSessionsState,
)
from sessions_dashboard.states.saved_views import SavedViewsState, ViewLink
from sessions_dashboard.words import admin as words
from sessions_dashboard.words import devices as device_words

State = AdminSessionsState
SEARCH_DELAY_MILLISECONDS = 250
MOMENTS = ("started_from", "started_to", "seen_from", "seen_to", "ended_from", "ended_to")
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
        filter_chips(State.chips, State.remove, State.clear),
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
                _text("user", "email", "ada@example.com"),
                _text("network", "text", words.NETWORK_HINT),
                _select("role", ((one.value, text) for one, text in words.ROLES.items())),
                _select(
                    "kind",
                    ((kind.value, device_words.device_kind(kind.value)) for kind in DeviceKind),
                ),
                _select_of("browser", State.browsers),
                _select_of("os", State.systems),
                _field(
                    "country",
                    rx.el.select(
                        rx.el.option(words.ANY, value=""),
                        rx.foreach(State.countries, lambda one: rx.el.option(one[1], value=one[0])),
                        **_attributes("country"),
                    ),
                ),
                _select("reason", ((one.value, text) for one, text in words.REASONS.items())),
                class_name="filter-fields",
            ),
            rx.el.div(
                *(_text(name, "datetime-local") for name in MOMENTS),
                class_name="filter-fields",
            ),
            rx.el.p(words.UTC_NOTE, class_name="field-hint"),
            rx.el.div(
                *(_flag(name, text) for name, text in words.FLAGS.items()),
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


def _field(name: str, control: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.label(words.NAMES[name], html_for=f"filter-{name}", class_name="field-label"),
        control,
        class_name="field",
    )


def _attributes(name: str) -> dict[str, object]:
    return {
        "id": f"filter-{name}",
        "name": name,
        "default_value": State.fields[name],
        "class_name": "input",
    }


def _text(name: str, kind: str, hint: str = "") -> rx.Component:
    # What the browser would refuse is the server's to read: half an email address is none.
    kind = "text" if kind == "email" else kind
    return _field(name, rx.el.input(type=kind, placeholder=hint, **_attributes(name)))


def _select(name: str, options: Iterable[tuple[str, str]]) -> rx.Component:
    return _field(
        name,
        rx.el.select(
            rx.el.option(words.ANY, value=""),
            *(rx.el.option(text, value=value) for value, text in options),
            **_attributes(name),
        ),
    )


def _select_of(name: str, values: rx.Var[list[str]]) -> rx.Component:
    return _field(
        name,
        rx.el.select(
            rx.el.option(words.ANY, value=""),
            rx.foreach(values, lambda value: rx.el.option(value, value=value)),
            **_attributes(name),
        ),
    )


def _flag(name: str, text: str) -> rx.Component:
    return rx.fragment(
        # A box that is not ticked sends nothing, so this stands before it.
        rx.el.input(type="hidden", name=name, value=""),
        rx.el.label(
            rx.el.input(
                type="checkbox",
                name=name,
                value=YES,
                default_checked=State.fields[name] == YES,
                class_name="checkbox",
            ),
            text,
            class_name="choice",
        ),
    )


def _columns() -> rx.Component:
    return drop_down(
        words.COLUMNS,
        "columns-3",
        *(
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    checked=~State.hidden.contains(name),
                    on_change=lambda on, name=name: State.show_column(name, on),
                    class_name="checkbox",
                ),
                COLUMN_WORDS[name],
                class_name="choice",
            )
            for name in COLUMNS
        ),
        rx.el.div(
            rx.el.p(words.SORTED_BY, class_name="field-label"),
            *(_sort(sort) for sort in Sort),
            class_name="drop-sorts",
        ),
    )


def _sort(sort: Sort) -> rx.Component:
    here = State.sort == sort.value
    return rx.el.button(
        words.SORTS[sort],
        rx.cond(here, order_icon()),
        type="button",
        class_name="sort-button",
        on_click=State.sort_by(sort.value),
        custom_attrs={"aria-pressed": rx.cond(here, "true", "false"), **folds()},
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
