"""API keys on the page Account: the list, the form, and the key that is shown once."""

from typing import Any

import reflex as rx

from sessions_dashboard.components.browser import backend_link, modal, relative_time
from sessions_dashboard.components.controls import (
    badge,
    button,
    confirmation,
    dismiss_button,
    field,
    icon,
    password_dialog,
)
from sessions_dashboard.components.feedback import once_loaded, skeleton_rows
from sessions_dashboard.components.secret_link import secret_link_dialog
from sessions_dashboard.sessions import Scope
from sessions_dashboard.sessions.api_keys import ADMIN_SCOPES, LIFETIMES
from sessions_dashboard.sessions.models import MAX_NAME_LENGTH
from sessions_dashboard.states.api_keys import SCOPE_FIELD, ApiKeysState, KeyRow
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words import api_keys as words

USUAL_LIFETIME = LIFETIMES[1]


def api_keys_section() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(words.TITLE, class_name="section-title"),
            button(icon("plus", 16), words.ADD, on_click=ApiKeysState.ask_key),
            class_name="section-header",
        ),
        rx.el.p(
            words.LEAD,
            " ",
            backend_link(words.DOCS, path="/api/docs", class_name="link"),
            class_name="field-hint",
        ),
        once_loaded(
            ApiKeysState.keys_loaded,
            _keys(),
            skeleton_rows(1),
        ),
        _form(),
        secret_link_dialog(
            ApiKeysState.new_key,
            ApiKeysState.close_keys,
            title=words.KEY_TITLE,
            lead=words.KEY_LEAD,
            label=words.KEY_LABEL,
        ),
        confirmation(
            open=ApiKeysState.key_target.id != "",
            title=ApiKeysState.revoke_question,
            text=words.REVOKE_CONSEQUENCE,
            confirm=words.REVOKE,
            on_confirm=ApiKeysState.revoke_key,
            on_dismiss=ApiKeysState.close_keys,
        ),
        password_dialog(ApiKeysState.make_key_now, ApiKeysState.close_keys),
        class_name="panel panel-form",
    )


def _keys() -> rx.Component:
    return rx.cond(
        ApiKeysState.keys.length() > 0,
        rx.el.ul(
            rx.foreach(
                ApiKeysState.keys,
                lambda row: key_card(row, ApiKeysState.ask_revoke(row.id)),
            ),
            class_name="keys",
        ),
        rx.el.p(words.NONE, class_name="keys-none"),
    )


def key_card(row: rx.Var[KeyRow], on_revoke: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(icon("key-round", 20), class_name="device-mark"),
        rx.el.div(
            rx.el.div(
                rx.el.h3(rx.el.bdi(row.name), class_name="device-title"),
                rx.el.code("…", row.ending, class_name="key-ending"),
                rx.cond(row.is_expired, badge(words.EXPIRED, "bad")),
                class_name="device-heading",
            ),
            rx.el.p(row.may, class_name="device-line"),
            _times(row),
            class_name="device-text",
        ),
        rx.el.div(
            button(
                words.REVOKE,
                rx.el.span(" ", row.name, class_name="visually-hidden"),
                kind="danger-quiet",
                on_click=on_revoke,
            ),
            class_name="device-actions",
        ),
        key=row.id,
        class_name="key",
    )


def _times(row: rx.Var[KeyRow]) -> rx.Component:
    return rx.el.p(
        rx.cond(
            row.used != "",
            rx.el.span(
                words.LAST_USED,
                " ",
                relative_time(row.used),
                " ",
                words.FROM,
                " ",
                rx.el.bdi(row.used_from, class_name="address"),
            ),
            rx.el.span(words.NEVER_USED),
        ),
        rx.el.span(words.MADE, " ", relative_time(row.made)),
        rx.cond(
            ~row.is_expired,
            rx.el.span(words.EXPIRES, " ", relative_time(row.expires, to_come=True)),
        ),
        class_name="facts facts-quiet",
    )


def _form() -> rx.Component:
    return modal(
        rx.el.h2(words.FORM_TITLE, id="key-title", class_name="dialog-title"),
        rx.el.p(words.FORM_LEAD, class_name="dialog-text"),
        rx.el.form(
            field(
                words.NAME,
                "name",
                hint=words.NAME_HINT,
                required=True,
                max_length=MAX_NAME_LENGTH,
                auto_focus=True,
                auto_complete="off",
            ),
            _scopes(),
            _lifetimes(),
            rx.el.p(ApiKeysState.key_problem, role="alert", class_name="field-problem"),
            rx.el.div(
                dismiss_button(),
                button(words.CREATE, kind="primary", type="submit"),
                class_name="dialog-actions",
            ),
            on_submit=ApiKeysState.make_key,
            class_name="form dialog-form",
        ),
        open=ApiKeysState.is_making & ~PageState.confirming,
        on_dismiss=ApiKeysState.close_keys,
        class_name="dialog",
        aria_labelledby="key-title",
    )


def _scopes() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(words.SCOPES, class_name="field-label"),
        *[_scope(scope) for scope in Scope if scope not in ADMIN_SCOPES],
        rx.cond(
            PageState.is_admin,
            rx.fragment(*[_scope(scope) for scope in Scope if scope in ADMIN_SCOPES]),
        ),
        class_name="kinds-field",
    )


def _scope(scope: Scope) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="checkbox", name=SCOPE_FIELD + scope.value, class_name="checkbox"),
        words.SCOPE_CHOICES[scope],
        class_name="choice",
    )


def _lifetimes() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(words.LIFETIME, class_name="field-label"),
        *[_lifetime(one.days) for one in LIFETIMES],
        class_name="kinds-field lifetimes",
    )


def _lifetime(days: int) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="days",
            value=str(days),
            default_checked=days == USUAL_LIFETIME.days,
            class_name="checkbox",
        ),
        words.lifetime(days),
        class_name="choice",
    )
