"""The frame of the administrators' pages: the shared frame, and the way between them."""

from typing import Any

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from sessions_dashboard import navigation
from sessions_dashboard.components.browser import backend_link
from sessions_dashboard.components.controls import drop_down, folds
from sessions_dashboard.components.shell import signed_in_page
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


def console_page(title: str, lead: str, *content: Any) -> rx.Component:
    return signed_in_page(title, lead, *content, above=_sections(title))


def page_below(
    section: str, back: rx.Component, title: str, heading: rx.Component, *content: Any
) -> rx.Component:
    """A page of one thing out of the list that a section is; `back` leads to the list."""
    above = rx.fragment(_sections(section), back)
    return signed_in_page(title, "", *content, above=above, heading=heading)


def _sections(here: str) -> rx.Component:
    return rx.el.nav(
        *[
            ReactRouterLink.create(
                name,
                to=address,
                class_name="tab tab-here" if name == here else "tab",
                custom_attrs={"aria-current": "page"} if name == here else {},
            )
            for name, address in SECTIONS
        ],
        aria_label=words.NAVIGATION,
        class_name="tabs",
    )


def export_menu(name: str, query: rx.Var[str]) -> rx.Component:
    """The list as a file: `name` is the list's own, `query` what it is filtered by."""
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


def account_link(email: Any, address: Any) -> rx.Component:
    return ReactRouterLink.create(rx.el.bdi(email), to=address, class_name="text-link")


def cell(label: str, *children: Any, **props: Any) -> rx.Component:
    """A table's cell that carries its column's name, for where the columns don't fit."""
    return rx.el.td(*children, custom_attrs={"data-label": label}, **props)


def ledger(headings: tuple[str, ...], body: rx.Component, caption: str) -> rx.Component:
    """A table that becomes a list of cards where its columns don't fit."""
    return rx.el.div(
        rx.el.table(
            rx.el.caption(caption, class_name="visually-hidden"),
            rx.el.thead(rx.el.tr(*[rx.el.th(text, scope="col") for text in headings])),
            body,
            class_name="ledger",
        ),
        class_name="panel table-panel",
    )
