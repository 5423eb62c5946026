"""The history of everyone, for administrators."""

from typing import Any

import reflex as rx

from sessions_dashboard.components.browser import exact_time
from sessions_dashboard.components.console import account_link, cell, console_page, ledger
from sessions_dashboard.components.controls import button, icon, paging
from sessions_dashboard.components.feedback import empty_state, skeleton_rows, until_loaded
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
    return rx.el.form(
        rx.el.div(
            rx.el.label(words.SEARCH, html_for="q", class_name="filter-label"),
            rx.el.input(
                id="q",
                name="q",
                type="search",
                placeholder=words.SEARCH_HINT,
                default_value=AdminEventsState.fields["q"],
                max_length=MAX_SEARCH_LENGTH,
                class_name="input",
            ),
            class_name="filter filter-wide",
        ),
        rx.el.div(
            rx.el.label(words.NETWORK, html_for="network", class_name="filter-label"),
            rx.el.input(
                id="network",
                name="network",
                placeholder=words.NETWORK_HINT,
                default_value=AdminEventsState.fields["network"],
                max_length=MAX_SEARCH_LENGTH,
                class_name="input",
            ),
            class_name="filter",
        ),
        _choice("kind", words.KIND, words.ANY_KIND, {k.value: words.kind(k) for k in EventKind}),
        _choice(
            "reason", words.REASON, words.ANY_REASON, {r.value: words.reason(r) for r in EndReason}
        ),
        _moment("from", words.FROM),
        _moment("to", words.TO),
        rx.el.div(
            button(icon("search", 16), words.APPLY, kind="primary", type="submit"),
            rx.cond(
                AdminEventsState.is_narrowed,
                button(words.CLEAR, on_click=AdminEventsState.clear),
            ),
            class_name="filter-actions",
        ),
        on_submit=AdminEventsState.search,
        # Another address fills the fields anew.
        key=AdminEventsState.shown,
        role="search",
        class_name="filters",
    )


def _choice(name: str, label: str, any_one: str, options: dict[str, str]) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=name, class_name="filter-label"),
        rx.el.select(
            rx.el.option(any_one, value=""),
            *[rx.el.option(text, value=value) for value, text in options.items()],
            id=name,
            name=name,
            default_value=AdminEventsState.fields[name],
            class_name="input select",
        ),
        class_name="filter",
    )


def _moment(name: str, label: str) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=name, class_name="filter-label"),
        rx.el.input(
            id=name,
            name=name,
            type="datetime-local",
            default_value=AdminEventsState.fields[name],
            class_name="input",
        ),
        class_name="filter filter-moment",
    )


def _news() -> rx.Component:
    return rx.el.div(
        rx.cond(
            AdminEventsState.has_news,
            button(icon("arrow-up", 16), words.NEWS, on_click=AdminEventsState.show_news),
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
