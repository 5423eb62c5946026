"""One account, for administrators."""

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from sessions_dashboard import navigation
from sessions_dashboard.components.api_keys import key_card
from sessions_dashboard.components.browser import relative_time
from sessions_dashboard.components.console import page_below
from sessions_dashboard.components.controls import (
    badge,
    button,
    confirmation,
    icon,
    paging,
    password_dialog,
)
from sessions_dashboard.components.device_card import device_card, revoke_button
from sessions_dashboard.components.feedback import empty_state, once_loaded, skeleton_rows
from sessions_dashboard.components.history import history_line
from sessions_dashboard.components.places_credit import places_credit
from sessions_dashboard.components.secret_link import secret_link_dialog
from sessions_dashboard.pages.admin_users import account_badges
from sessions_dashboard.states.admin_user import AdminUserState
from sessions_dashboard.states.rows import DeviceRow
from sessions_dashboard.words import admin_users as words
from sessions_dashboard.words import api_keys as key_words
from sessions_dashboard.words import console
from sessions_dashboard.words.devices import THIS_DEVICE

account = AdminUserState.account


def admin_user_page() -> rx.Component:
    return page_below(
        console.USERS,
        ReactRouterLink.create(
            icon("arrow-left", 16), words.ALL_USERS, to=navigation.ADMIN_USERS, class_name="back"
        ),
        words.ACCOUNT_TITLE,
        rx.cond(account.email != "", rx.el.bdi(account.email), words.ACCOUNT_TITLE),
        once_loaded(
            AdminUserState.loaded,
            rx.cond(
                account.id != "",
                rx.fragment(_who(), _sessions(), places_credit(), _keys(), _history()),
                rx.el.div(
                    empty_state("user-x", words.NOT_FOUND_TITLE, words.NOT_FOUND),
                    class_name="panel",
                ),
            ),
            skeleton_rows(4),
        ),
        confirmation(
            open=(
                (AdminUserState.asking != "")
                | (AdminUserState.revoking.id != "")
                | (AdminUserState.revoking_key.id != "")
            )
            & ~AdminUserState.confirming,
            title=AdminUserState.question,
            text=AdminUserState.consequence,
            confirm=AdminUserState.verb,
            on_confirm=AdminUserState.confirm,
            on_dismiss=AdminUserState.close_dialog,
        ),
        secret_link_dialog(AdminUserState.link, AdminUserState.close_link),
        password_dialog(AdminUserState.confirm, AdminUserState.close_dialog),
    )


def _who() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            account_badges(account),
            rx.el.p(
                rx.el.span(words.CREATED_AGO, " ", relative_time(account.created)),
                rx.cond(
                    account.is_disabled,
                    rx.el.span(words.DISABLED_SINCE, " ", relative_time(account.disabled)),
                ),
                rx.cond(
                    account.is_invited,
                    rx.el.span(
                        words.INVITED_UNTIL, " ", relative_time(account.invited_until, to_come=True)
                    ),
                ),
                class_name="facts facts-quiet",
            ),
            _deeds(),
            class_name="panel panel-form",
        ),
    )


def _deeds() -> rx.Component:
    return rx.el.div(
        rx.cond(~account.is_disabled, _deed("link")),
        rx.cond(account.is_admin, _deed("withdraw"), _deed("grant")),
        rx.cond(
            ~account.is_self,
            rx.fragment(
                rx.cond(account.sessions > 0, _deed("end_all", "danger-quiet")),
                rx.cond(account.is_disabled, _deed("enable"), _deed("disable", "danger-quiet")),
            ),
        ),
        class_name="deeds",
    )


def _deed(deed: str, kind: str = "plain") -> rx.Component:
    return button(words.button(deed), kind=kind, on_click=AdminUserState.ask(deed))


def _sessions() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(words.SESSIONS_TITLE, class_name="section-title"),
            _all(words.ALL_SESSIONS, AdminUserState.all_sessions),
            class_name="section-header",
        ),
        rx.cond(
            AdminUserState.devices.length() > 0,
            rx.el.ul(rx.foreach(AdminUserState.devices, _device), class_name="panel"),
            rx.el.p(words.NO_SESSIONS, class_name="quiet"),
        ),
        class_name="section",
    )


def _all(text: str, address: rx.Var[str]) -> rx.Component:
    """The way to the list where all of it is found."""
    return ReactRouterLink.create(text, to=address, class_name="text-link")


def _device(row: rx.Var[DeviceRow]) -> rx.Component:
    return device_card(
        row,
        rx.cond(
            row.id == AdminUserState.own_session,
            badge(THIS_DEVICE, "accent"),
            revoke_button(row, AdminUserState.ask_revoke(row.id)),
        ),
    )


def _keys() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(key_words.TITLE, class_name="section-title"), class_name="section-header"
        ),
        rx.cond(
            AdminUserState.keys.length() > 0,
            rx.el.ul(
                rx.foreach(
                    AdminUserState.keys,
                    lambda row: key_card(row, AdminUserState.ask_revoke_key(row.id)),
                ),
                class_name="panel keys",
            ),
            rx.el.p(key_words.NONE_OF_THEIRS, class_name="quiet"),
        ),
        class_name="section",
    )


def _history() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(words.HISTORY_TITLE, class_name="section-title"),
            _all(words.ALL_EVENTS, AdminUserState.all_events),
            class_name="section-header",
        ),
        rx.cond(
            AdminUserState.history.length() > 0,
            rx.fragment(
                rx.el.ul(rx.foreach(AdminUserState.history, history_line), class_name="history"),
                paging(
                    words.NEWER,
                    words.OLDER,
                    has_newer=AdminUserState.has_previous,
                    has_older=AdminUserState.has_next,
                    on_newer=AdminUserState.previous_page,
                    on_older=AdminUserState.next_page,
                ),
            ),
            rx.el.p(words.NO_HISTORY, class_name="quiet"),
        ),
        class_name="section",
    )
