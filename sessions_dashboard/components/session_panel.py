"""Everything known of one session, at the side of the list."""

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from sessions_dashboard.components.browser import exact_time, kept_focus, modal, relative_time
from sessions_dashboard.components.console import account_link
from sessions_dashboard.components.controls import button, icon
from sessions_dashboard.components.device_card import revoke_button
from sessions_dashboard.components.feedback import empty_state
from sessions_dashboard.components.history import done_by, given_reason
from sessions_dashboard.components.marks import device_mark
from sessions_dashboard.components.session_table import status_badge
from sessions_dashboard.states.admin_sessions import AdminSessionsState
from sessions_dashboard.states.session_panel import Fact, PanelEvent, SessionPanelState
from sessions_dashboard.states.session_rows import SessionRow
from sessions_dashboard.words import admin as words
from sessions_dashboard.words import common

Panel = SessionPanelState
List = AdminSessionsState


def session_panel() -> rx.Component:
    return modal(
        rx.el.div(
            rx.el.h2(words.SESSION, id="panel-title", class_name="dialog-title"),
            rx.el.button(
                icon("x"),
                type="button",
                aria_label=common.CLOSE,
                class_name="button button-quiet button-icon",
                on_click=List.open_session(""),
            ),
            class_name="panel-head",
        ),
        kept_focus(
            rx.cond(
                Panel.about.id != "",
                rx.fragment(_about(), _events(), _others()),
                empty_state("search-x", words.NOT_THERE_TITLE, words.NOT_THERE),
            )
        ),
        open=Panel.open,
        on_dismiss=List.open_session(""),
        class_name="side-panel",
        aria_labelledby="panel-title",
    )


def _about() -> rx.Component:
    about = Panel.about
    return rx.el.section(
        rx.el.div(
            device_mark(about),
            rx.el.div(
                rx.el.bdi(about.title, class_name="device-title"),
                rx.cond(about.label != "", rx.el.p(about.label, class_name="device-line")),
                rx.el.p(account_link(about.email, about.account), class_name="device-line"),
                class_name="device-text",
            ),
            class_name="panel-about",
        ),
        rx.el.div(
            rx.cond(
                about.is_live & (about.id != List.own_id),
                revoke_button(about, List.ask_revoke(about.id)),
            ),
            button(words.SHOW_ALL_OF_USER, on_click=List.show_user(about.email)),
            button(words.SHOW_NETWORK, on_click=List.show_network(about.ip_address)),
            class_name="panel-actions",
        ),
        rx.el.dl(rx.foreach(Panel.facts, _fact), class_name="facts-list"),
    )


def _fact(fact: rx.Var[Fact]) -> rx.Component:
    return rx.el.div(
        rx.el.dt(fact.name),
        rx.el.dd(
            rx.cond(
                fact.at != "",
                rx.fragment(
                    exact_time(fact.at),
                    " ",
                    rx.el.span(relative_time(fact.at), class_name="reason"),
                ),
                rx.el.bdi(fact.text),
            )
        ),
    )


def _events() -> rx.Component:
    return rx.el.section(
        rx.el.h3(words.EVENTS, class_name="section-title"),
        rx.cond(
            Panel.events.length() > 0,
            rx.el.ol(rx.foreach(Panel.events, _event), class_name="timeline"),
            rx.el.p(words.NO_EVENTS, class_name="list-note"),
        ),
        _cut(Panel.events_cut, words.ALL_EVENTS_OF_USER, Panel.all_events),
        class_name="panel-section",
    )


def _event(event: rx.Var[PanelEvent]) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.bdi(event.text),
            rx.cond(event.done_from != "", rx.fragment(" ", rx.el.bdi(event.done_from))),
        ),
        rx.el.p(
            rx.el.span(exact_time(event.at, seconds=True)),
            rx.el.span(relative_time(event.at)),
            rx.cond(event.ip_address != "", rx.el.span(event.ip_address, class_name="address")),
            class_name="facts facts-quiet",
        ),
        done_by(event.done_by),
        given_reason(event.given_reason),
    )


def _others() -> rx.Component:
    return rx.el.section(
        rx.el.h3(words.OTHERS, class_name="section-title"),
        rx.cond(
            Panel.others.length() > 0,
            rx.el.ul(rx.foreach(Panel.others, _other), class_name="other-sessions"),
            rx.el.p(words.NO_OTHERS, class_name="list-note"),
        ),
        _cut(Panel.others_cut, words.SHOW_ALL_OF_USER, Panel.all_sessions),
        class_name="panel-section",
    )


def _cut(text: rx.Var[str], link: str, address: rx.Var[str]) -> rx.Component:
    """Says that the list above goes on, and leads to all of it."""
    return rx.cond(
        text != "",
        rx.el.p(
            text,
            " ",
            ReactRouterLink.create(link, to=address, class_name="text-link"),
            class_name="list-note",
        ),
    )


def _other(row: rx.Var[SessionRow]) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            rx.el.bdi(row.title),
            type="button",
            class_name="link-button",
            on_click=List.open_session(row.id),
        ),
        status_badge(row),
        rx.el.p(
            rx.el.span(row.ip_address, class_name="address"),
            rx.el.span(relative_time(row.last_active)),
            class_name="facts facts-quiet",
        ),
    )
