"""Ending many sessions: what is selected, what would be ended, how far it has come."""

import reflex as rx

from sessions_dashboard.components.browser import exact_time, kept_focus, modal, relative_time
from sessions_dashboard.components.controls import badge, button, field, icon
from sessions_dashboard.components.marks import device_icon
from sessions_dashboard.states.admin_sessions import AdminSessionsState
from sessions_dashboard.states.bulk import BulkEndState, OperationRow
from sessions_dashboard.states.session_rows import SessionRow
from sessions_dashboard.words import admin, common
from sessions_dashboard.words import bulk as words

State = BulkEndState


def selection_bar() -> rx.Component:
    """Beside the number of sessions: what can be done with those ticked, or with all."""
    ticked = AdminSessionsState.ticked.length()
    return rx.el.div(
        rx.cond(
            ticked > 0,
            rx.fragment(
                rx.el.span(
                    ticked.to_string() + " " + words.SELECTED, role="status", class_name="list-note"
                ),
                button(words.UNSELECT, kind="quiet", on_click=AdminSessionsState.untick_all),
                button(words.END_SELECTED, kind="danger-quiet", on_click=State.preview_ticked),
            ),
        ),
        _end_matching(),
        button(words.NOT_BEFORE, on_click=State.ask_not_before),
        class_name="selection",
    )


def _end_matching() -> rx.Component:
    why = AdminSessionsState.none_to_end
    return rx.fragment(
        button(
            words.END_MATCHING,
            kind="danger-quiet",
            on_click=State.preview_matching,
            disabled=why != "",
            title=why,
            aria_describedby=rx.cond(why != "", "none-to-end", ""),
        ),
        rx.cond(
            why != "",
            rx.el.span(why, id="none-to-end", class_name="visually-hidden"),
        ),
    )


def bulk_dialogs() -> rx.Component:
    return rx.fragment(_collecting(), _preview(), _not_before())


def operations() -> rx.Component:
    return kept_focus(
        rx.cond(
            State.operations.length() > 0,
            rx.el.section(
                rx.el.h2(words.OPERATIONS, class_name="visually-hidden"),
                rx.el.ul(rx.foreach(State.operations, _operation), class_name="operations"),
            ),
        )
    )


def _operation(row: rx.Var[OperationRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            badge(row.state, "neutral"),
            rx.el.span(rx.cond(row.is_running, row.progress, row.outcome), role="status"),
            rx.el.bdi(row.began_by, class_name="list-note"),
            rx.cond(
                row.finished != "",
                rx.el.span(relative_time(row.finished), class_name="list-note"),
            ),
            class_name="operation-words",
        ),
        rx.cond(
            row.is_running,
            rx.fragment(
                rx.el.progress(
                    value=row.done, max=row.total, aria_label=row.progress, class_name="progress"
                ),
                button(words.STOP, on_click=State.stop(row.id)),
            ),
            rx.el.button(
                icon("x", 16),
                type="button",
                aria_label=common.DISMISS,
                on_click=State.dismiss(row.id),
                class_name="button button-quiet button-icon",
            ),
        ),
        key=row.id,
        class_name="operation",
    )


def _collecting() -> rx.Component:
    return modal(
        rx.el.h2(words.COLLECTING, id="collecting-title", class_name="dialog-title"),
        rx.el.p(State.collected_words, role="status", class_name="dialog-text"),
        open=State.collecting,
        on_dismiss=State.close,
        class_name="dialog",
        aria_labelledby="collecting-title",
    )


def _preview() -> rx.Component:
    return modal(
        rx.el.h2(_title(), id="bulk-title", class_name="dialog-title"),
        rx.el.p(_lead(), class_name="dialog-text"),
        _signed_in_before(),
        rx.cond(State.to_end > 0, _among_them()),
        # In one place whatever is ended, so that the focus stays at it when it is ticked.
        rx.cond(State.includes_own, _own()),
        rx.cond(State.to_end > 0, _confirmation(), _nothing()),
        open=State.previewing & ~State.confirming,
        on_dismiss=State.close,
        role="alertdialog",
        class_name="dialog dialog-wide",
        aria_labelledby="bulk-title",
    )


def _title() -> rx.Var[str]:
    nothing = rx.cond(State.own_alone, words.OWN_ALONE_TITLE, words.NOTHING_TITLE)
    return rx.cond(State.to_end > 0, State.question, nothing)


def _lead() -> rx.Var[str]:
    nothing = rx.cond(State.own_alone, words.OWN_ALONE, words.NOTHING)
    return rx.cond(State.to_end > 0, words.CONSEQUENCE, nothing)


def _signed_in_before() -> rx.Component:
    return rx.cond(
        State.signed_in_before != "",
        rx.el.p(
            words.SIGNED_IN_BEFORE,
            " ",
            exact_time(State.signed_in_before),
            class_name="dialog-text",
        ),
    )


def _nothing() -> rx.Component:
    return rx.el.div(
        button(common.CLOSE, on_click=State.close),
        class_name="dialog-actions",
    )


def _among_them() -> rx.Component:
    return rx.fragment(
        rx.el.p(words.AMONG_THEM, class_name="field-label dialog-form"),
        rx.el.ul(rx.foreach(State.first, _first), class_name="among-them"),
    )


def _confirmation() -> rx.Component:
    return rx.el.form(
        field(
            words.REASON,
            "reason",
            hint=words.REASON_HINT,
            required=True,
            max_length=200,
            auto_complete="off",
        ),
        rx.cond(
            State.type_number != "",
            rx.el.div(
                rx.el.label(State.type_number, html_for="number", class_name="field-label"),
                rx.el.input(
                    id="number",
                    name="number",
                    input_mode="numeric",
                    auto_complete="off",
                    class_name="input",
                ),
                class_name="field",
            ),
        ),
        rx.el.div(
            rx.el.p(State.form_problem, role="alert", class_name="field-problem"),
            button(common.CANCEL, on_click=State.close),
            button(words.END, kind="danger", type="submit"),
            class_name="dialog-actions",
        ),
        on_submit=State.confirm,
        class_name="dialog-form bulk-form",
    )


def _first(row: rx.Var[SessionRow]) -> rx.Component:
    return rx.el.li(
        device_icon(row.kind),
        rx.el.bdi(row.email, class_name="device-title"),
        rx.el.p(
            rx.el.span(rx.el.bdi(row.title)),
            rx.el.span(row.ip_address, class_name="address"),
            rx.el.span(relative_time(row.last_active)),
            class_name="facts facts-quiet",
        ),
    )


def _own() -> rx.Component:
    return rx.el.div(
        icon("circle-alert"),
        rx.el.div(
            rx.el.p(
                rx.cond(
                    State.include_own,
                    words.OWN_ENDED,
                    rx.cond(State.own_alone, words.OWN_ALONE_LEFT_OUT, words.OWN_LEFT_OUT),
                )
            ),
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    checked=State.include_own,
                    on_change=State.choose_own,
                    class_name="checkbox",
                ),
                rx.cond(State.own_alone, words.END_OWN, words.INCLUDE_OWN),
                class_name="choice",
            ),
            class_name="notice-text",
        ),
        class_name="notice notice-neutral dialog-form",
    )


def _not_before() -> rx.Component:
    return modal(
        rx.el.h2(words.NOT_BEFORE_TITLE, id="not-before-title", class_name="dialog-title"),
        rx.el.p(words.NOT_BEFORE_LEAD, class_name="dialog-text"),
        rx.el.form(
            field(words.MOMENT, "moment", "datetime-local", words.YOUR_ZONE, required=True),
            rx.el.div(
                rx.el.label(words.WHO, html_for="not-before-role", class_name="field-label"),
                rx.el.select(
                    rx.el.option(words.EVERYBODY, value=""),
                    *(rx.el.option(text, value=role.value) for role, text in admin.ROLES.items()),
                    id="not-before-role",
                    name="role",
                    class_name="input",
                ),
                class_name="field",
            ),
            rx.el.p(State.not_before_problem, role="alert", class_name="field-problem"),
            rx.el.div(
                button(common.CANCEL, on_click=State.close),
                button(words.PREVIEW, kind="primary", type="submit"),
                class_name="dialog-actions",
            ),
            on_submit=State.preview_not_before,
            class_name="dialog-form bulk-form",
        ),
        open=State.asking_not_before,
        on_dismiss=State.close,
        class_name="dialog",
        aria_labelledby="not-before-title",
    )
