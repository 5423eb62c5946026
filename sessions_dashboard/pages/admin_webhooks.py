"""Webhooks, for administrators."""

from typing import Any

import reflex as rx

from sessions_dashboard.components.browser import focus_wrong, modal, relative_time
from sessions_dashboard.components.console import cell, console_page, ledger
from sessions_dashboard.components.controls import (
    badge,
    button,
    confirmation,
    field,
    icon,
    paging,
    password_dialog,
)
from sessions_dashboard.components.feedback import empty_state, once_loaded, skeleton_rows
from sessions_dashboard.components.secret_link import secret_link_dialog
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.webhook_models import MAX_URL_LENGTH
from sessions_dashboard.states.admin_webhooks import (
    EVERYTHING_FIELD,
    KIND_FIELD,
    AdminWebhooksState,
    DeliveryRow,
    EndpointRow,
)
from sessions_dashboard.words import admin_webhooks as words
from sessions_dashboard.words import common


def admin_webhooks_page() -> rx.Component:
    return console_page(
        words.TITLE,
        words.LEAD,
        once_loaded(
            AdminWebhooksState.loaded,
            rx.fragment(_endpoints(), _deliveries()),
            skeleton_rows(4),
        ),
        _form_dialog(),
        confirmation(
            open=(AdminWebhooksState.asking != "") & ~AdminWebhooksState.confirming,
            title=AdminWebhooksState.question,
            text=AdminWebhooksState.consequence,
            confirm=AdminWebhooksState.verb,
            on_confirm=AdminWebhooksState.confirm,
            on_dismiss=AdminWebhooksState.close_dialog,
        ),
        secret_link_dialog(
            AdminWebhooksState.secret,
            AdminWebhooksState.close_dialog,
            title=words.SECRET_TITLE,
            lead=words.SECRET_LEAD,
            label=words.SECRET_LABEL,
        ),
        password_dialog(AdminWebhooksState.confirm, AdminWebhooksState.close_dialog),
    )


def _endpoints() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(words.ENDPOINTS, class_name="section-title"),
            button(
                icon("plus", 16), words.ADD, kind="primary", on_click=AdminWebhooksState.ask_add
            ),
            class_name="section-header",
        ),
        rx.cond(
            AdminWebhooksState.endpoints.length() > 0,
            rx.el.ul(rx.foreach(AdminWebhooksState.endpoints, _endpoint), class_name="panel"),
            rx.el.div(empty_state("webhook", words.NONE_TITLE, words.NONE), class_name="panel"),
        ),
        class_name="section",
    )


def _endpoint(row: rx.Var[EndpointRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(icon("webhook", 20), class_name="device-mark"),
        rx.el.div(
            rx.el.div(
                rx.el.h3(rx.el.bdi(row.url), class_name="device-title endpoint-url"),
                rx.cond(row.is_disabled, badge(words.DISABLED, "bad")),
                class_name="device-heading",
            ),
            rx.el.p(words.TOLD_OF, " ", row.told_of, class_name="device-line"),
            rx.el.p(
                rx.el.span(words.ADDED, " ", relative_time(row.added)),
                rx.cond(
                    row.rotated != "",
                    rx.el.span(words.NEW_SECRET_SINCE, " ", relative_time(row.rotated)),
                ),
                class_name="device-line facts",
            ),
            rx.el.div(
                rx.cond(
                    ~row.is_disabled,
                    _deed(words.TEST_BUTTON, row, AdminWebhooksState.send_test(row.id)),
                ),
                _deed(words.CHANGE, row, AdminWebhooksState.ask_kinds(row.id)),
                _asked("rotate", row),
                rx.cond(row.is_disabled, _asked("enable", row), _asked("disable", row)),
                _asked("delete", row, kind="danger-quiet"),
                class_name="deeds endpoint-deeds",
            ),
            class_name="device-text",
        ),
        class_name="device",
    )


def _asked(deed: str, row: rx.Var[EndpointRow], kind: str = "plain") -> rx.Component:
    return _deed(words.button(deed), row, AdminWebhooksState.ask(deed, row.id), kind)


def _deed(text: str, row: rx.Var[EndpointRow], on_click: Any, kind: str = "plain") -> rx.Component:
    return button(
        text,
        rx.el.span(" ", row.host, class_name="visually-hidden"),
        kind=kind,
        on_click=on_click,
    )


def _deliveries() -> rx.Component:
    headings = (
        words.CREATED,
        words.WHAT,
        words.ENDPOINT,
        words.STATE,
        words.TOOK,
        words.AGAIN,
    )
    return rx.el.section(
        rx.el.div(
            rx.el.h2(words.DELIVERIES, class_name="section-title"),
            rx.el.p(words.KEPT, class_name="list-note"),
            class_name="section-header",
        ),
        rx.cond(
            AdminWebhooksState.deliveries.length() > 0,
            ledger(
                headings,
                rx.el.tbody(rx.foreach(AdminWebhooksState.deliveries, _delivery)),
                caption=words.DELIVERIES,
            ),
            rx.el.p(words.NO_DELIVERIES, class_name="quiet"),
        ),
        paging(
            words.NEWER,
            words.OLDER,
            has_newer=AdminWebhooksState.has_previous,
            has_older=AdminWebhooksState.has_next,
            on_newer=AdminWebhooksState.previous_page,
            on_older=AdminWebhooksState.next_page,
        ),
        class_name="section",
    )


def _delivery(row: rx.Var[DeliveryRow]) -> rx.Component:
    return rx.el.tr(
        cell(words.CREATED, relative_time(row.created), class_name="cell-strong"),
        cell(words.WHAT, row.what, " ", rx.el.code(row.type, class_name="event-type")),
        cell(words.ENDPOINT, rx.el.bdi(row.host, class_name="address")),
        cell(words.STATE, _delivery_state(row)),
        cell(words.TOOK, row.took, class_name="cell-number"),
        cell(
            words.AGAIN,
            rx.cond(
                row.can_be_sent,
                button(
                    words.SEND_AGAIN,
                    rx.el.span(" ", row.what, " ", row.host, class_name="visually-hidden"),
                    on_click=AdminWebhooksState.send_again(row.id),
                ),
            ),
        ),
        key=row.id,
    )


def _delivery_state(row: rx.Var[DeliveryRow]) -> rx.Component:
    return rx.el.div(
        rx.match(
            row.tone,
            ("accent", badge(row.state, "accent")),
            ("bad", badge(row.state, "bad")),
            badge(row.state),
        ),
        rx.cond(row.outcome != "", rx.el.bdi(row.outcome, class_name="quiet delivery-answer")),
        rx.cond(
            row.next_try != "",
            rx.el.span(
                words.NEXT_TRY,
                " ",
                relative_time(row.next_try, to_come=True),
                class_name="quiet",
            ),
        ),
        class_name="delivery-state",
    )


def _form_dialog() -> rx.Component:
    return modal(
        rx.el.h2(
            rx.cond(AdminWebhooksState.form == "add", words.ADD_TITLE, words.CHANGE_TITLE),
            id="endpoint-title",
            class_name="dialog-title",
        ),
        rx.el.p(
            rx.cond(
                AdminWebhooksState.form == "add", words.ADD_LEAD, AdminWebhooksState.target.url
            ),
            class_name="dialog-text endpoint-name",
        ),
        _form(),
        open=(AdminWebhooksState.form != "") & ~AdminWebhooksState.confirming,
        on_dismiss=AdminWebhooksState.close_dialog,
        class_name="dialog dialog-wide",
        aria_labelledby="endpoint-title",
    )


def _form() -> rx.Component:
    # One for each endpoint, so that what was ticked for one is not for another.
    return rx.el.form(
        rx.cond(AdminWebhooksState.form == "add", _url_field()),
        focus_wrong(AdminWebhooksState.refused),
        _kinds_field(),
        rx.el.p(AdminWebhooksState.form_problem, role="alert", class_name="field-problem"),
        rx.el.div(
            button(common.CANCEL, on_click=AdminWebhooksState.close_dialog),
            button(
                rx.cond(AdminWebhooksState.form == "add", words.CREATE, words.SAVE),
                kind="primary",
                type="submit",
            ),
            class_name="dialog-actions",
        ),
        key=AdminWebhooksState.target.id,
        on_submit=AdminWebhooksState.save,
        class_name="form dialog-form",
    )


def _url_field() -> rx.Component:
    return rx.el.div(
        field(
            words.URL,
            "url",
            "url",
            required=True,
            max_length=MAX_URL_LENGTH,
            placeholder=words.URL_HINT,
            auto_focus=True,
            auto_complete="off",
            aria_invalid=rx.cond(AdminWebhooksState.url_problem != "", "true", "false"),
            aria_describedby="url-problem",
        ),
        rx.el.p(
            AdminWebhooksState.url_problem,
            id="url-problem",
            role="alert",
            class_name="field-problem",
        ),
    )


def _kinds_field() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(words.KINDS, class_name="field-label"),
        rx.el.label(
            rx.el.input(
                type="checkbox",
                name=EVERYTHING_FIELD,
                default_checked=AdminWebhooksState.target.everything,
                class_name="checkbox",
            ),
            words.EVERYTHING,
            class_name="choice",
        ),
        rx.el.div(*[_kind(kind) for kind in EventKind], class_name="kinds"),
        class_name="kinds-field",
    )


def _kind(kind: EventKind) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name=KIND_FIELD + kind.value,
            default_checked=AdminWebhooksState.target.kinds.contains(kind.value),
            class_name="checkbox",
        ),
        words.kind(kind.value),
        class_name="choice",
    )
