"""All sessions, for administrators."""

import reflex as rx

from sessions_dashboard.components.browser import kept_focus
from sessions_dashboard.components.bulk_end import bulk_dialogs, operations, selection_bar
from sessions_dashboard.components.console import console_page, totals
from sessions_dashboard.components.controls import (
    confirmation,
    paging,
    password_dialog,
)
from sessions_dashboard.components.feedback import empty_state, once_loaded, skeleton_rows
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
        once_loaded(
            AdminSessionsState.loaded,
            rx.fragment(
                operations(),
                session_filters(),
                # What is offered for those ticked goes away with the last tick.
                kept_focus(_totals()),
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
            skeleton_rows(6),
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
        here=AdminSessionsState.unfiltered,
    )


def _totals() -> rx.Component:
    return totals(
        AdminSessionsState.total_words,
        AdminSessionsState.news,
        AdminSessionsState.show_news,
        selection_bar(),
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
