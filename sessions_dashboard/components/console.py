"""The frame of the administrators' pages and what they share: tabs, tables, menus."""

from collections.abc import Callable, Mapping
from typing import Any

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from sessions_dashboard import navigation
from sessions_dashboard.components.browser import backend_link
from sessions_dashboard.components.controls import button, drop_down, folds, icon
from sessions_dashboard.components.shell import signed_in_page
from sessions_dashboard.words import admin
from sessions_dashboard.words import console as words

SECTIONS = (
    (words.OVERVIEW, navigation.ADMIN),
    (words.SESSIONS, navigation.ADMIN_SESSIONS),
    (words.USERS, navigation.ADMIN_USERS),
    (words.EVENTS, navigation.ADMIN_EVENTS),
    (words.POLICY, navigation.ADMIN_POLICY),
    (words.WEBHOOKS, navigation.ADMIN_WEBHOOKS),
    (words.CLEANUP, navigation.ADMIN_CLEANUP),
)


def console_page(
    title: str, lead: str, *content: Any, here: rx.Var[str] | None = None
) -> rx.Component:
    """`here` is where the page's own tab leads, if that keeps part of the address."""
    return signed_in_page(title, lead, *content, above=_sections(title, here))


def page_below(
    section: str, back: rx.Component, title: str, heading: rx.Component, *content: Any
) -> rx.Component:
    """A page about one thing from a section's list; `back` leads to the list."""
    above = rx.fragment(_sections(section), back)
    return signed_in_page(title, "", *content, above=above, heading=heading)


def _sections(section: str, here: rx.Var[str] | None = None) -> rx.Component:
    return rx.el.nav(
        *[
            _tab(name, address)
            if name != section
            else _tab_here(name, address if here is None else here)
            for name, address in SECTIONS
        ],
        aria_label=words.NAVIGATION,
        class_name="tabs",
    )


def _tab(name: str, address: str) -> rx.Component:
    return ReactRouterLink.create(name, to=address, class_name="tab")


def _tab_here(name: str, address: str | rx.Var[str]) -> rx.Component:
    current = {"aria-current": "page"}
    return ReactRouterLink.create(name, to=address, class_name="tab tab-here", custom_attrs=current)


def export_menu(name: str, query: rx.Var[str]) -> rx.Component:
    """The list as a file: `name` is the list's, `query` what it is filtered by."""
    return drop_down(
        words.EXPORT,
        "download",
        *(
            backend_link(
                text,
                path=f"/export/{name}.{suffix}?" + query,
                download=True,
                class_name="button button-quiet",
                custom_attrs=folds(),
            )
            for suffix, text in (("csv", words.EXPORT_CSV), ("jsonl", words.EXPORT_LINES))
        ),
    )


def totals(
    total: rx.Var[str], news: rx.Var[str], show_news: Any, *others: rx.Component
) -> rx.Component:
    """How long a list is, and what is new in it; the space for that is reserved: no row moves."""
    return rx.el.div(
        rx.el.p(total, role="status", class_name="list-note"),
        rx.cond(
            news != "",
            button(icon("arrow-up", 14), news, kind="quiet", on_click=show_news),
        ),
        *others,
        class_name="totals",
    )


def account_link(email: Any, address: Any) -> rx.Component:
    return ReactRouterLink.create(rx.el.bdi(email), to=address, class_name="text-link")


def cell(label: str, *children: Any, **props: Any) -> rx.Component:
    """A table's cell that carries its column's name, for where the columns don't fit."""
    return rx.el.td(*children, custom_attrs={"data-label": label}, **props)


def heading(text: str) -> rx.Component:
    return rx.el.th(text, scope="col")


def sorting_heading(
    text: str, *, here: rx.Var[bool], descending: rx.Var[bool], on_click: Any, class_name: str = ""
) -> rx.Component:
    """The heading of a column that the list can be sorted by; `here` is whether it is."""
    order = rx.cond(descending, "descending", "ascending")
    return rx.el.th(
        rx.el.button(
            text,
            rx.cond(here, order_icon(descending)),
            type="button",
            class_name="sort-button",
            on_click=on_click,
        ),
        scope="col",
        class_name=class_name,
        custom_attrs={"aria-sort": rx.cond(here, order, "none")},
    )


def order_icon(descending: rx.Var[bool]) -> rx.Component:
    """The direction of sorting, beside what the list is sorted by."""
    return rx.cond(descending, icon("arrow-down", 14), icon("arrow-up", 14))


def sort_choice(
    text: str, *, here: rx.Var[bool], descending: rx.Var[bool], on_click: Any
) -> rx.Component:
    """The same in a drop-down, for where there are no headings."""
    return rx.el.button(
        text,
        rx.cond(here, order_icon(descending)),
        type="button",
        class_name="sort-button",
        on_click=on_click,
        custom_attrs={"aria-pressed": rx.cond(here, "true", "false"), **folds()},
    )


def ledger(
    headings: tuple[str | rx.Component, ...], body: rx.Component, caption: str
) -> rx.Component:
    """A table that becomes a list of cards where its columns don't fit."""
    return rx.el.div(
        rx.el.table(
            rx.el.caption(caption, class_name="visually-hidden"),
            rx.el.thead(
                rx.el.tr(*(heading(one) if isinstance(one, str) else one for one in headings))
            ),
            body,
            class_name="ledger",
        ),
        class_name="panel table-panel",
    )


def columns_menu(
    names: Mapping[str, str],
    hidden: rx.Var[list[str]],
    show: Callable[[str, rx.Var[bool]], Any],
    *orders: rx.Component,
) -> rx.Component:
    """Which columns a list shows, and below what it is sorted by.

    Args:
        names: what each column is called.
        show: the event that shows or hides one.
    """
    return drop_down(
        admin.COLUMNS,
        "columns-3",
        *(
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    checked=~hidden.contains(name),
                    on_change=lambda on, name=name: show(name, on),
                    class_name="checkbox",
                ),
                called,
                class_name="choice",
            )
            for name, called in names.items()
        ),
        rx.el.div(
            rx.el.p(admin.SORTED_BY, class_name="field-label"),
            *orders,
            class_name="drop-sorts",
        ),
    )
