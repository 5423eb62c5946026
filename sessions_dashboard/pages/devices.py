"""Your devices."""

import reflex as rx
from reflex_components_core.el.elements.inline import A

from sessions_dashboard.components.browser import modal
from sessions_dashboard.components.controls import (
    button,
    confirmation,
    dismiss_button,
    field,
    password_dialog,
    sign_out_button,
)
from sessions_dashboard.components.device_card import (
    device_card,
    history_link,
    rename_button,
    revoke_button,
)
from sessions_dashboard.components.feedback import empty_state, skeleton_rows
from sessions_dashboard.components.new_device_card import new_device_questions
from sessions_dashboard.components.shell import signed_in_page
from sessions_dashboard.sessions.models import MAX_NAME_LENGTH
from sessions_dashboard.states.devices import DevicesState
from sessions_dashboard.states.rows import DeviceRow
from sessions_dashboard.words import common
from sessions_dashboard.words import devices as words


def devices_page() -> rx.Component:
    return signed_in_page(
        common.DEVICES,
        words.LEAD,
        rx.cond(
            DevicesState.is_hydrated,
            rx.fragment(new_device_questions(), _this_device(), _other_devices(), _credit()),
            rx.fragment(skeleton_rows(1), skeleton_rows(3)),
        ),
        confirmation(
            open=(DevicesState.revoking.id != "") & ~DevicesState.confirming,
            title=DevicesState.revoke_question,
            text=DevicesState.revoke_consequence,
            confirm=words.REVOKE,
            on_confirm=DevicesState.revoke,
            on_dismiss=DevicesState.close_dialog,
        ),
        confirmation(
            open=DevicesState.signing_out_others & ~DevicesState.confirming,
            title=words.SIGN_OUT_OTHERS_QUESTION,
            text=DevicesState.sign_out_others_consequence,
            confirm=words.SIGN_OUT_OTHERS,
            on_confirm=DevicesState.sign_out_others,
            on_dismiss=DevicesState.close_dialog,
        ),
        password_dialog(DevicesState.go_on, DevicesState.close_dialog),
        _rename_dialog(),
    )


def _this_device() -> rx.Component:
    row = DevicesState.this_device
    return rx.el.ul(
        device_card(
            row,
            history_link(row.id, row.title),
            rename_button(row, DevicesState.ask_rename(row.id)),
            sign_out_button("plain"),
            current=True,
        ),
        class_name="panel",
        aria_label=words.THIS_DEVICE,
    )


def _other_devices() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(words.OTHER_DEVICES, class_name="section-title", id="other-devices"),
            rx.cond(
                DevicesState.others.length() > 0,
                button(
                    words.SIGN_OUT_OTHERS,
                    kind="danger-quiet",
                    on_click=DevicesState.ask_sign_out_others,
                ),
            ),
            class_name="section-header",
        ),
        rx.cond(
            DevicesState.others.length() > 0,
            rx.el.ul(
                rx.foreach(DevicesState.others, _other_device),
                class_name="panel",
                aria_labelledby="other-devices",
            ),
            rx.el.div(
                empty_state("shield-check", words.NO_OTHERS_TITLE, words.NO_OTHERS),
                class_name="panel",
            ),
        ),
        rx.cond(
            DevicesState.not_shown > 0,
            rx.el.p(DevicesState.not_shown_words, class_name="list-note"),
        ),
        class_name="section",
    )


def _credit() -> rx.Component:
    return rx.cond(
        DevicesState.credit != "",
        rx.el.p(
            A.create(DevicesState.credit, href=DevicesState.credit_address, class_name="link"),
            class_name="list-note",
        ),
    )


def _other_device(row: rx.Var[DeviceRow]) -> rx.Component:
    return device_card(
        row,
        history_link(row.id, row.title),
        rename_button(row, DevicesState.ask_rename(row.id)),
        revoke_button(row, DevicesState.ask_revoke(row.id)),
    )


def _rename_dialog() -> rx.Component:
    return modal(
        rx.el.h2(DevicesState.rename_title, id="rename-title", class_name="dialog-title"),
        rx.el.form(
            field(
                words.RENAME_LABEL,
                "name",
                hint=words.RENAME_HINT,
                default_value=DevicesState.renaming.name,
                placeholder=rx.cond(
                    DevicesState.renaming.label != "",
                    DevicesState.renaming.label,
                    DevicesState.renaming.title,
                ),
                max_length=MAX_NAME_LENGTH,
                auto_focus=True,
                auto_complete="off",
            ),
            rx.el.p(DevicesState.rename_problem, role="alert", class_name="field-problem"),
            rx.el.div(
                dismiss_button(),
                button(words.SAVE, kind="primary", type="submit"),
                class_name="dialog-actions",
            ),
            on_submit=DevicesState.rename,
        ),
        open=DevicesState.renaming.id != "",
        on_dismiss=DevicesState.close_dialog,
        class_name="dialog",
        aria_labelledby="rename-title",
    )
