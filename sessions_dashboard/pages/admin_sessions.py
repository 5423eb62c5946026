"""All sessions, for administrators."""

import reflex as rx

from sessions_dashboard.components.bulk_end import bulk_dialogs, operations, selection_bar
from sessions_dashboard.components.console import console_page
from sessions_dashboard.components.controls import (
    button,
    confirmation,
    icon,
    paging,
    password_dialog,
)
from sessions_dashboard.components.feedback import empty_state, skeleton_rows, until_loaded
from sessions_dashboard.components.places_credit import places_credit
from sessions_dashboard.components.session_filters import session_filters
from sessions_dashboard.components.session_panel import session_panel
from sessions_dashboard.components.session_table import session_table
from sessions_dashboard.states.admin_sessions import AdminSessionsState
from sessions_dashboard.states.bulk import BulkEndState
from sessions_dashboard.words import admin as words
from sessions_dashboard.words import common


def admin_sessions_page() -> rx.Component:
    return console_page(
        common.SESSIONS,
        words.LEAD,
        rx.cond(
            AdminSessionsState.loaded,
            rx.fragment(
                operations(),
                session_filters(),
                _totals(),
                rx.cond(
                    AdminSessionsState.rows.length() > 0,
                    session_table(),
                    rx.el.div(
                        empty_state("search-x", words.NO_MATCH_TITLE, words.NO_MATCH),
                        class_name="panel",
                    ),
                ),
                _paging(),
                places_credit(),
            ),
            until_loaded(skeleton_rows(6)),
        ),
        session_panel(),
        confirmation(
            open=(AdminSessionsState.revoking.id != "") & ~AdminSessionsState.confirming,
            title=AdminSessionsState.revoke_question,
            text=AdminSessionsState.revoke_consequence,
            confirm=words.REVOKE,
            on_confirm=AdminSessionsState.revoke,
            on_dismiss=AdminSessionsState.close_dialog,
        ),
        bulk_dialogs(),
        password_dialog(BulkEndState.password_entered, BulkEndState.close_password),
    )


def _totals() -> rx.Component:
    return rx.el.div(
        rx.el.p(AdminSessionsState.total_words, role="status", class_name="list-note"),
        rx.cond(
            AdminSessionsState.news != "",
            button(
                icon("arrow-up", 14),
                AdminSessionsState.news,
                kind="quiet",
                on_click=AdminSessionsState.show_news,
            ),
        ),
        selection_bar(),
        class_name="totals",
    )


def _paging() -> rx.Component:
    return paging(
        words.NEWER,
        words.OLDER,
        has_newer=AdminSessionsState.has_newer,
        has_older=AdminSessionsState.has_older,
        on_newer=AdminSessionsState.newer,
        on_older=AdminSessionsState.older,
    )
