"""The clean-up, for administrators."""

import reflex as rx

from sessions_dashboard.components.browser import relative_time
from sessions_dashboard.components.console import cell, console_page, ledger
from sessions_dashboard.components.controls import (
    badge,
    button,
    confirmation,
    icon,
    paging,
    password_dialog,
)
from sessions_dashboard.components.feedback import once_loaded, skeleton_rows
from sessions_dashboard.states.admin_cleanup import AdminCleanupState, RunRow
from sessions_dashboard.words import admin_cleanup as words


def admin_cleanup_page() -> rx.Component:
    return console_page(
        words.TITLE,
        words.LEAD,
        once_loaded(
            AdminCleanupState.schedule != "",
            rx.fragment(_next(), _runs()),
            skeleton_rows(4),
        ),
        confirmation(
            open=AdminCleanupState.asking & ~AdminCleanupState.confirming,
            title=words.RUN_QUESTION,
            text=AdminCleanupState.run_consequence,
            confirm=words.RUN_NOW,
            on_confirm=AdminCleanupState.run,
            on_dismiss=AdminCleanupState.close_dialog,
        ),
        password_dialog(AdminCleanupState.run, AdminCleanupState.close_dialog),
    )


def _next() -> rx.Component:
    return rx.el.section(
        rx.el.dl(
            _fact(words.SCHEDULE, AdminCleanupState.schedule),
            _fact(words.NEXT_RUN, relative_time(AdminCleanupState.next_run, to_come=True)),
            _fact(words.WOULD_GO, AdminCleanupState.would_go),
            class_name="fact-list",
        ),
        rx.el.p(AdminCleanupState.retention, class_name="quiet"),
        rx.el.div(
            rx.cond(AdminCleanupState.is_running, _progress()),
            role="status",
        ),
        rx.el.div(
            button(
                icon("play", 16),
                words.RUN_NOW,
                kind="primary",
                disabled=AdminCleanupState.is_running,
                on_click=AdminCleanupState.ask_run,
            ),
            class_name="deeds",
        ),
        class_name="panel panel-form",
    )


def _fact(name: str, value: rx.Var[str] | rx.Component) -> rx.Component:
    return rx.el.div(rx.el.dt(name), rx.el.dd(value), class_name="fact")


def _progress() -> rx.Component:
    known = AdminCleanupState.to_do > 0
    return rx.el.div(
        rx.el.p(words.RUNNING, ": ", AdminCleanupState.progress_words),
        rx.cond(
            known,
            rx.el.progress(
                value=AdminCleanupState.done.to_string(),
                max=AdminCleanupState.to_do.to_string(),
                aria_label=words.PROGRESS,
                class_name="progress",
            ),
            rx.el.progress(aria_label=words.PROGRESS, class_name="progress"),
        ),
        class_name="running",
    )


def _runs() -> rx.Component:
    headings = (
        words.STARTED,
        words.BY,
        words.STATE,
        words.TOOK,
        words.SESSIONS,
        words.EVENTS,
    )
    return rx.el.section(
        rx.el.div(rx.el.h2(words.RUNS, class_name="section-title"), class_name="section-header"),
        rx.cond(
            AdminCleanupState.runs.length() > 0,
            ledger(
                headings, rx.el.tbody(rx.foreach(AdminCleanupState.runs, _row)), caption=words.RUNS
            ),
            rx.el.p(words.NO_RUNS, class_name="quiet"),
        ),
        paging(
            words.NEWER,
            words.OLDER,
            has_newer=AdminCleanupState.has_previous,
            has_older=AdminCleanupState.has_next,
            on_newer=AdminCleanupState.previous_page,
            on_older=AdminCleanupState.next_page,
        ),
        class_name="section",
    )


def _row(row: rx.Var[RunRow]) -> rx.Component:
    return rx.el.tr(
        cell(words.STARTED, relative_time(row.started), class_name="cell-strong"),
        cell(words.BY, rx.el.bdi(row.begun_by)),
        cell(
            words.STATE,
            rx.match(
                row.tone,
                ("accent", badge(row.state, "accent")),
                ("bad", badge(row.state, "bad")),
                badge(row.state),
            ),
            rx.cond(row.error != "", rx.el.p(row.error, class_name="field-problem")),
        ),
        cell(words.TOOK, row.took, class_name="cell-number"),
        cell(words.SESSIONS, row.sessions, class_name="cell-number"),
        cell(words.EVENTS, row.events, class_name="cell-number"),
    )
