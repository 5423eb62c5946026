"""All accounts, for administrators."""

import reflex as rx

from sessions_dashboard import navigation
from sessions_dashboard.accounts.directory import AccountSort
from sessions_dashboard.accounts.users import MAX_EMAIL_LENGTH
from sessions_dashboard.components.browser import KeptQuery, modal, relative_time, while_waiting
from sessions_dashboard.components.console import (
    account_link,
    cell,
    console_page,
    export_menu,
    ledger,
    sort_choice,
    sorting_heading,
    totals,
)
from sessions_dashboard.components.controls import (
    badge,
    button,
    dismiss_button,
    drop_down,
    field,
    icon,
    paging,
    password_dialog,
)
from sessions_dashboard.components.feedback import empty_state, once_loaded, skeleton_rows
from sessions_dashboard.components.secret_link import secret_link_dialog
from sessions_dashboard.states.admin_users import (
    MAX_SEARCH_LENGTH,
    AccountRow,
    AdminUsersState,
)
from sessions_dashboard.words import admin_users as words
from sessions_dashboard.words.devices import ACTIVE_NOW

SEARCH_DELAY_MILLISECONDS = 250


def admin_users_page() -> rx.Component:
    return console_page(
        words.TITLE,
        words.LEAD,
        once_loaded(
            AdminUsersState.loaded,
            rx.fragment(_toolbar(), _totals(), _table(), _paging()),
            skeleton_rows(6),
        ),
        _create_dialog(),
        secret_link_dialog(AdminUsersState.link, AdminUsersState.close_link),
        password_dialog(AdminUsersState.create_confirmed, AdminUsersState.close_dialog),
    )


def account_badges(row: rx.Var[AccountRow]) -> rx.Component:
    return rx.el.span(
        rx.cond(row.is_admin, badge(words.ADMIN, "accent")),
        rx.cond(row.is_disabled, badge(words.DISABLED, "bad")),
        rx.cond(row.is_invited, badge(words.INVITED)),
        rx.cond(row.is_self, badge(words.YOU)),
        class_name="badges",
    )


def _toolbar() -> rx.Component:
    return rx.el.div(
        rx.el.label(
            rx.el.span(words.SEARCH, class_name="visually-hidden"),
            icon("search", 16),
            rx.el.input(
                type="search",
                class_name="input search-input",
                placeholder=words.SEARCH_HINT,
                default_value=AdminUsersState.opened_with,
                max_length=MAX_SEARCH_LENGTH,
                on_change=AdminUsersState.look_for.debounce(SEARCH_DELAY_MILLISECONDS),
            ),
            # Another address fills the field anew.
            key=AdminUsersState.opened_with,
            class_name="search",
        ),
        KeptQuery.create(path=navigation.ADMIN_USERS, query=AdminUsersState.query),
        rx.el.label(
            rx.el.span(words.SHOW, class_name="visually-hidden"),
            rx.el.select(
                *[rx.el.option(text, value=kind) for kind, text in words.KINDS.items()],
                value=AdminUsersState.kind,
                on_change=AdminUsersState.show,
                class_name="input select",
            ),
        ),
        _sorts(),
        export_menu("users", AdminUsersState.query),
        button(icon("plus", 16), words.ADD, kind="primary", on_click=AdminUsersState.ask_create),
        class_name="toolbar toolbar-console",
    )


def _sorts() -> rx.Component:
    """Where the headings are out of sight there is no other way to sort."""
    return rx.el.div(
        drop_down(
            words.SORT,
            "arrow-down-up",
            rx.el.div(
                *(
                    sort_choice(
                        text,
                        here=AdminUsersState.sort == sort.value,
                        descending=AdminUsersState.descending,
                        on_click=AdminUsersState.sort_by(sort.value),
                    )
                    for sort, text in words.SORTS.items()
                ),
                class_name="drop-sorts",
            ),
        ),
        class_name="without-headings",
    )


def _totals() -> rx.Component:
    return totals(AdminUsersState.total_words, AdminUsersState.news, AdminUsersState.show_news)


def _table() -> rx.Component:
    headings = (
        _sorting(words.EMAIL, AccountSort.EMAIL),
        words.ROLE,
        words.SESSIONS,
        words.LAST_ACTIVE,
        _sorting(words.CREATED, AccountSort.CREATED),
    )
    return rx.cond(
        AdminUsersState.rows.length() > 0,
        ledger(headings, rx.el.tbody(rx.foreach(AdminUsersState.rows, _row)), caption=words.TITLE),
        rx.el.div(
            empty_state("search-x", words.NO_MATCH_TITLE, words.NO_MATCH), class_name="panel"
        ),
    )


def _sorting(text: str, sort: AccountSort) -> rx.Component:
    return sorting_heading(
        text,
        here=AdminUsersState.sort == sort.value,
        descending=AdminUsersState.descending,
        on_click=AdminUsersState.sort_by(sort.value),
    )


def _row(row: rx.Var[AccountRow]) -> rx.Component:
    return rx.el.tr(
        cell(words.EMAIL, account_link(row.email, row.address), class_name="cell-strong"),
        cell(words.ROLE, account_badges(row)),
        cell(words.SESSIONS, row.sessions, class_name="cell-number"),
        cell(
            words.LAST_ACTIVE,
            rx.cond(
                row.last_active != "",
                relative_time(row.last_active, recent=ACTIVE_NOW),
                rx.el.span(words.NEVER, class_name="quiet"),
            ),
        ),
        cell(words.CREATED, relative_time(row.created)),
        class_name=rx.cond(row.changed, "row-changed", ""),
    )


def _paging() -> rx.Component:
    return paging(
        words.PREVIOUS,
        words.NEXT,
        has_newer=AdminUsersState.has_previous,
        has_older=AdminUsersState.has_next,
        on_newer=AdminUsersState.previous_page,
        on_older=AdminUsersState.next_page,
    )


def _create_dialog() -> rx.Component:
    return modal(
        rx.el.h2(words.ADD_TITLE, id="create-title", class_name="dialog-title"),
        rx.el.p(words.ADD_LEAD, class_name="dialog-text"),
        rx.el.form(
            field(
                words.EMAIL,
                "email",
                "email",
                required=True,
                max_length=MAX_EMAIL_LENGTH,
                auto_focus=True,
                auto_complete="off",
            ),
            rx.el.label(
                rx.el.input(type="checkbox", name="is_admin", class_name="checkbox"),
                words.MAKE_ADMIN,
                class_name="choice",
            ),
            rx.el.p(AdminUsersState.create_problem, role="alert", class_name="field-problem"),
            rx.el.div(
                while_waiting(words.CREATING),
                dismiss_button(),
                button(words.CREATE, kind="primary", type="submit"),
                class_name="dialog-actions",
            ),
            on_submit=AdminUsersState.create,
            class_name="form dialog-form",
        ),
        open=AdminUsersState.creating & ~AdminUsersState.confirming,
        on_dismiss=AdminUsersState.close_dialog,
        # A handler that failed has answered, too.
        answered=AdminUsersState.answers.to_string() + AdminUsersState.failure,
        class_name="dialog",
        aria_labelledby="create-title",
    )
